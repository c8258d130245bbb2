"""Whom a notice reaches, and by which address: condition ∩ people present ∩ live contacts − refusals, as one SELECT.

The databases walk differently, so the one question has two shapes: SQLite looks up the best contact of each household
in turn, PostgreSQL joins all contacts at once and keeps the best of each (DISTINCT ON). Measured over 1,000,000
residents, each is two to four times faster on its own database than the other one's shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from profiles.consent import refused_clause
from profiles.divisions import present_codes
from profiles.models import Contact, Household, Refusal, Resident, Standing, WishKind
from profiles.present_places import presently
from profiles.targeting.clauses import surely
from profiles.targeting.conditions import Condition, facts_named
from profiles.targeting.operands import trimmed_code
from push.models import Delivery
from push.planning import ADULT, YOUNGEST_ADDRESSEE, born_by
from push.states import REACHED, DeliveryState, Reason

# More contacts than any register will hold; above them stands what ranks one before another.
IDS = 1 << 40
# In the very words of the index that holds these few.
CHOSEN: ColumnElement[bool] = literal_column("(contacts.preferred OR contacts.verified)", Boolean())


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


PLACES = frozenset({"division", "household.group"})


def tells_of_households(condition: Condition | None) -> bool:
    """Whether a message sent by a condition tells something of whoever gets it, beyond where they live."""
    return any(fact.name not in PLACES for fact in facts_named(condition))


def with_refusals_in_force(session: Session, audience: Audience) -> bool:
    """Whether the opt-out register holds anything that could bar this audience; mostly not, and then it need not be read."""
    return audience.refusals and session.scalar(
        select(Refusal.id).where(Refusal.withdrawn_at.is_(None), Refusal.kind == WishKind.REFUSED,
                                 Refusal.topic.in_(("", audience.topic)), Refusal.channel.in_(("", *audience.channels))).limit(1)) is not None


def with_chosen_contacts(session: Session) -> bool:
    """Whether any contact in the register is preferred or proved; in a register just imported none is."""
    return session.scalar(select(Contact.id).where(CHOSEN).limit(1)) is not None


def paths(session: Session, audience: Audience) -> Subquery:
    """A row a household (or resident): household_id, resident_id, contact_id, channel, address_index, state, reason.

    `state` is planned or skipped; a household whose number another one shares is still planned here (see `shared`).
    """
    # Places written under an old code are looked for under today's, as the count before it did.
    audience = replace(audience, condition=presently(session, audience.condition),
                       divisions=tuple(present_codes(session, audience.divisions)))
    barred = with_refusals_in_force(session, audience)
    if session.get_bind().dialect.name == "postgresql":
        found = _joined(audience, barred)
    else:
        found = _looked_up(audience, barred, with_chosen=with_chosen_contacts(session))
    reason = _reason(audience, found, barred).label("reason")
    rows = select(
        found.c.household_id, found.c.resident_id, found.c.contact_id,
        func.coalesce(found.c.channel, "").label("channel"), found.c.address_index, reason,
    ).subquery("reasoned")
    state = case((rows.c.reason == "", DeliveryState.PLANNED.value), else_=DeliveryState.SKIPPED.value)
    return select(rows, state.label("state")).subquery("paths")


def shared(dispatch_id: int, first: int, last: int) -> Select[*tuple[Any, ...]]:
    """Ids of planned deliveries, all between two ids, whose number an earlier row of the same dispatch already gets."""
    planned = and_(Delivery.id.between(first, last), Delivery.dispatch_id + 0 == dispatch_id,
                   Delivery.state == DeliveryState.PLANNED)
    # By their ids and not by the index of dispatches, whose every row would be fetched apart. Mostly there are few: counting first and ranking only those is four times as fast as ranking all.
    double = select(Delivery.address_index).where(planned).group_by(Delivery.address_index).having(func.count() > 1)
    place = func.row_number().over(partition_by=Delivery.address_index, order_by=Delivery.id)
    ranked = select(Delivery.id, place.label("place")).where(
        planned, Delivery.address_index.in_(double)).subquery("ranked")
    return select(ranked.c.id).where(ranked.c.place > 1)


def best_contacts(households: Sequence[int], channels: tuple[str, ...], topic: str, today: date, *,
                  refusals: bool, about_households: bool) -> Select[*tuple[Any, ...]]:
    """The best contact of each of a few households on the given channels: household_id, contact_id."""
    audience = Audience(None, (), channels, topic, today, refusals=refusals, about_households=about_households)
    best = _best(audience, refusals)
    return select(Household.id.label("household_id"), best.label("contact_id")).where(
        Household.id.in_(households), Household.left_at.is_(None))


def _looked_up(audience: Audience, barred: bool, *, with_chosen: bool) -> Subquery:
    """SQLite: for each household, the head's best contact, else anybody's, looked up by index.

    Only where somebody in the household chose or proved a contact must all be weighed: those are few and found first.
    """
    contact = aliased(Contact)
    if audience.to_residents:
        member = aliased(Resident)
        own = _best_of_resident(audience, barred, member.id)
        rows = (select(Household.id.label("household_id"), member.id.label("resident_id"), contact.id.label("contact_id"),
                       contact.channel, contact.address_index)
                .join(member, member.household_id == Household.id).outerjoin(contact, contact.id == own)
                .where(_addressable(audience, member)))
    else:
        best: ColumnElement[Any] = func.coalesce(_best_of_head(audience, barred), _best(audience, barred))
        if with_chosen:
            best = case((Household.id.in_(_with_a_choice()), _best(audience, barred)), else_=best)
        rows = (select(Household.id.label("household_id"), contact.resident_id, contact.id.label("contact_id"),
                       contact.channel, contact.address_index)
                .select_from(Household).outerjoin(contact, contact.id == best))
    return rows.where(surely(audience.condition, (), audience.today), _lives_within(audience.divisions)).subquery("found")


def _lives_within(divisions: tuple[str, ...]) -> ColumnElement[bool]:
    """Living in one of the divisions (none: anywhere), said so that SQLite reads the households in the order of their rows.

    By the index of divisions, members and contacts would be fetched from all over the file: for a county that took five
    times as long, while the whole table is read in a tenth of a second.
    """
    if not divisions:
        return true()
    by_name = Household.division + ""
    codes = [trimmed_code(code) for code in divisions]
    return or_(*(by_name.between(code, code.ljust(12, "9")) for code in codes))


def _joined(audience: Audience, barred: bool) -> Subquery:
    """PostgreSQL: all members and contacts joined at once, the best of each household (or resident) kept."""
    member, contact = aliased(Resident), aliased(Contact)
    of_member = and_(contact.resident_id == member.id, _usable(audience, barred, contact))
    if audience.to_residents:
        rows = (select(Household.id.label("household_id"), member.id.label("resident_id"), contact.id.label("contact_id"),
                       contact.channel, contact.address_index)
                .join(member, and_(member.household_id == Household.id, _addressable(audience, member)))
                .outerjoin(contact, of_member)
                .ext(distinct_on(member.id)).order_by(member.id, _rank(audience, contact)))
    else:
        people = select(
            member.household_id, contact.resident_id, contact.id.label("contact_id"), contact.channel, contact.address_index,
            *(criterion.label(f"rank_{place}") for place, criterion in enumerate(_ranking(audience, member, contact)))
        ).join(contact, of_member).where(_addressable(audience, member)).subquery("people")
        ranks = [people.c[f"rank_{place}"] for place in range(len(_ranking(audience, member, contact)))]
        rows = (select(Household.id.label("household_id"), people.c.resident_id, people.c.contact_id, people.c.channel,
                       people.c.address_index)
                .outerjoin(people, people.c.household_id == Household.id)
                .ext(distinct_on(Household.id)).order_by(Household.id, *ranks))
    return rows.where(surely(audience.condition, audience.divisions, audience.today)).subquery("found")


def _with_a_choice() -> Select[int]:
    """Households in which somebody's contact is preferred or proved."""
    member = aliased(Resident)
    return select(member.household_id).join(Contact, Contact.resident_id == member.id).where(CHOSEN)


def _best(audience: Audience, barred: bool) -> ScalarSelect[int]:
    """The id of a household's best contact."""
    member, contact = aliased(Resident), aliased(Contact)
    query = select(contact.id).select_from(member).join(contact, contact.resident_id == member.id).where(
        member.household_id == Household.id, _addressable(audience, member), _usable(audience, barred, contact))
    return query.order_by(*_ranking(audience, member, contact)).limit(1).correlate(Household).scalar_subquery()


def _best_of_head(audience: Audience, barred: bool) -> ScalarSelect[int]:
    """The id of the head's best contact: what most households come to, so it is found without sorting."""
    member, contact = aliased(Resident), aliased(Contact)
    query = select(func.min(_rank(audience, contact)) % IDS).select_from(member).join(
        contact, contact.resident_id == member.id).where(
        member.household_id == Household.id, member.is_head, _addressable(audience, member),
        _usable(audience, barred, contact))
    return query.correlate(Household).scalar_subquery()


def _best_of_resident(audience: Audience, barred: bool, resident_id: Any) -> ScalarSelect[int]:
    contact = aliased(Contact)
    query = select(func.min(_rank(audience, contact)) % IDS).where(
        contact.resident_id == resident_id, _usable(audience, barred, contact))
    return query.correlate_except(contact).scalar_subquery()


def _addressable(audience: Audience, member: Any) -> ColumnElement[bool]:
    return and_(member.standing == Standing.PRESENT,
                or_(member.birth_date.is_(None), member.birth_date <= born_by(audience.today, YOUNGEST_ADDRESSEE)))


def _usable(audience: Audience, barred: bool, contact: Any) -> ColumnElement[bool]:
    # By its rank and not by its name: SQLite would else walk every contact of the channel instead of the household's own.
    live = and_(contact.retired_at.is_(None), _preference(audience, contact).is_not(None))
    if audience.about_households:
        live = and_(live, contact.shared.is_(False))
    return and_(live, not_(refused_clause(contact, audience.topic))) if barred else live


def _preference(audience: Audience, contact: Any) -> ColumnElement[Any]:
    return case({channel: place for place, channel in enumerate(audience.channels)}, value=contact.channel)


def _ranking(audience: Audience, member: Any, contact: Any) -> list[ColumnElement[Any]]:
    """Which of a household's contacts goes first.

    Who is grown up (a head is); the preferred contact, the notice's first channel, a proved one; then the head, who is at
    home, the oldest; then the contact that has stood longest.
    """
    grown_by = born_by(audience.today, ADULT)
    who = case((or_(member.is_head, member.birth_date <= grown_by), 0), (member.birth_date.is_(None), 1), else_=2)
    at_hand = case((member.is_head, 0), (member.migrant, 2), else_=1)
    # One number instead of four: sorting by it is a third cheaper.
    return [(who * 1024 + _kept(audience, contact)) * 4 + at_hand, member.birth_date, contact.id]


def _kept(audience: Audience, contact: Any) -> ColumnElement[int]:
    """How good a contact is, whosever it is: what somebody chose goes before the notice's order of channels."""
    chosen, proved = case((contact.preferred, 0), else_=1), case((contact.verified, 0), else_=1)
    kept: ColumnElement[int] = (chosen * 16 + _preference(audience, contact)) * 2 + proved
    return kept


def _rank(audience: Audience, contact: Any) -> ColumnElement[Any]:
    """One person's contacts in one number: how good, then its id."""
    rank: ColumnElement[Any] = _kept(audience, contact) * literal(IDS, BigInteger) + contact.id
    return rank


def _reason(audience: Audience, found: Subquery, barred: bool) -> ColumnElement[str]:
    """Why a household gets nothing, empty when it gets something."""
    # Looked at only for who has no address: mostly few.
    missing = case((_has_contact(audience, found, Contact.retired_at.is_not(None)), Reason.ADDRESS_RETIRED.value),
                   else_=literal(Reason.NO_CONTACT.value))
    if audience.about_households:
        live = and_(Contact.retired_at.is_(None), Contact.shared)
        missing = case((_has_contact(audience, found, live), Reason.COLLECTED.value), else_=missing)
    if barred:
        missing = case((_has_contact(audience, found, _usable(audience, False, Contact)), Reason.REFUSED.value), else_=missing)
    whens: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = [(found.c.contact_id.is_(None), missing)]
    if audience.earlier:
        whens.insert(0, (_already_reached(audience, found), literal(Reason.ALREADY_SENT.value)))
    return case(*whens, else_="")


def _has_contact(audience: Audience, found: Subquery, such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a household (or resident) without a usable contact has one of the notice's channels that is `such`."""
    member = aliased(Resident)
    owner = member.id == found.c.resident_id if audience.to_residents else member.household_id == found.c.household_id
    return exists(select(1).select_from(member).join(Contact, Contact.resident_id == member.id).where(
        owner, _addressable(audience, member), _preference(audience, Contact).is_not(None), such).correlate(found))


def _already_reached(audience: Audience, found: Subquery) -> ColumnElement[bool]:
    column = Delivery.resident_id if audience.to_residents else Delivery.household_id
    wanted = found.c.resident_id if audience.to_residents else found.c.household_id
    return wanted.in_(select(column).where(
        Delivery.dispatch_id.in_(audience.earlier), Delivery.state.in_(REACHED), column.is_not(null())))
