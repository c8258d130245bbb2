"""Which contact a message goes to: who may be addressed, by what, and what goes before what, as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from profiles.consent import refused_clause
from profiles.models import Contact, Resident, Standing
from profiles.targeting.conditions import Condition
from push.planning import ADULT, YOUNGEST_ADDRESSEE, born_by

# More contacts than any register will hold; above them stands what ranks one before another.
IDS = 1 << 40
# In the very words of the index that holds these few: compared with anything, SQLite would read every contact instead.
CHOSEN: ColumnElement[Any] = literal_column("(contacts.preferred OR contacts.verified)")


@dataclass(frozen=True)
class Audience:
    """Whom to address: the condition within divisions, over channels in the order of their preference.

    `refusals` is False for what an opt-out does not stop. `about_households`: the message itself tells that a household
    meets a condition, so that no 代收 number may get it. `earlier` are dispatches of the same content that were
    stopped on the way: whom they reached is not addressed again.
    """

    condition: Condition | None
    divisions: tuple[str, ...]
    channels: tuple[str, ...]
    topic: str
    today: date
    to_residents: bool = False
    refusals: bool = True
    about_households: bool = False
    earlier: tuple[int, ...] = ()


def choices(audience: Audience) -> list[Select[int]]:
    """Households whose contacts must all be weighed: somebody's is preferred or proved, or not a telephone.

    In every other the head's best, as the head goes before everybody else, is the best of the household. Several
    statements, each of which walks an index of its own.
    """
    member = aliased(Resident)
    owners = select(member.household_id).join(Contact, Contact.resident_id == member.id)
    others = [channel for channel in audience.channels if channel != "sms"]
    mixed = [owners.where(Contact.channel.in_(others))] if others and len(audience.channels) > 1 else []
    return [owners.where(CHOSEN), *mixed]


def choices_made(session: Session, audience: Audience) -> list[Select[int]]:
    """Those of the choices that hold anybody; in a register just imported none does."""
    return [owners for owners in choices(audience) if session.scalar(owners.limit(1)) is not None]


def best(audience: Audience, household_id: Any, *, barred: bool) -> Select[*tuple[Any, ...]]:
    """The best contact of a household in one row, or none: resident_id, contact_id, channel, address_index."""
    contact = aliased(Contact)
    columns = (contact.resident_id, contact.id.label("contact_id"), contact.channel, contact.address_index)
    chosen: Select[*tuple[Any, ...]] = _best(audience, household_id, contact, select(*columns), barred=barred)
    return chosen


def best_id(audience: Audience, household_id: Any, *, barred: bool) -> Select[int]:
    """The id alone of a household's best contact."""
    contact = aliased(Contact)
    chosen: Select[int] = _best(audience, household_id, contact, select(contact.id), barred=barred)
    return chosen


def addressable(audience: Audience, member: Any) -> ColumnElement[bool]:
    """Whether a member may be addressed at all: here, and no child."""
    return and_(member.standing == Standing.PRESENT,
                or_(member.birth_date.is_(None), member.birth_date <= born_by(audience.today, YOUNGEST_ADDRESSEE)))


def usable(audience: Audience, contact: Any, *, barred: bool) -> ColumnElement[bool]:
    """Whether a contact may be used; `barred`: the opt-out register holds what could stand in the way."""
    # By its rank and not by its name: SQLite would else walk every contact of the channel instead of the household's own.
    live = and_(contact.retired_at.is_(None), preference(audience.channels, contact).is_not(None))
    if audience.about_households:
        live = and_(live, contact.shared.is_(False))
    return and_(live, not_(refused_clause(contact, audience.topic))) if barred else live


def preference(channels: tuple[str, ...], contact: Any) -> ColumnElement[Any]:
    """The place of a contact's channel in the notice's order; NULL when it is none of them."""
    return case({channel: place for place, channel in enumerate(channels)}, value=contact.channel)


def order(audience: Audience, member: Any, contact: Any) -> list[ColumnElement[Any]]:
    """Which of a household's contacts goes first.

    Who is grown up (a head is); the preferred contact, the notice's first channel, a proved one; then the head, who is at
    home, the oldest; then the contact that has stood longest.
    """
    grown_by = born_by(audience.today, ADULT)
    who = case((or_(member.is_head, member.birth_date <= grown_by), 0), (member.birth_date.is_(None), 1), else_=2)
    at_hand = case((member.is_head, 0), (member.migrant, 2), else_=1)
    # One number instead of four: sorting by it is a third cheaper.
    return [(who * 1024 + _kept(audience.channels, contact)) * 4 + at_hand, member.birth_date, contact.id]


def own_rank(channels: tuple[str, ...], contact: Any) -> ColumnElement[Any]:
    """One person's contacts in one number: how good, then its id (the rest of a division by IDS)."""
    number: ColumnElement[Any] = _kept(channels, contact) * literal(IDS, BigInteger) + contact.id
    return number


def _kept(channels: tuple[str, ...], contact: Any) -> ColumnElement[int]:
    """How good a contact is, whosever it is: what somebody chose goes before the notice's order of channels."""
    chosen, proved = case((contact.preferred, 0), else_=1), case((contact.verified, 0), else_=1)
    good: ColumnElement[int] = (chosen * 16 + preference(channels, contact)) * 2 + proved
    return good


def _best(audience: Audience, household_id: Any, contact: Any, columns: Select[*tuple[Any, ...]], *, barred: bool) -> Any:
    member = aliased(Resident)
    return columns.select_from(member).join(contact, contact.resident_id == member.id).where(
        member.household_id == household_id, addressable(audience, member), usable(audience, contact, barred=barred),
    ).order_by(*order(audience, member, contact)).limit(1)
