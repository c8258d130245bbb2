"""How each database gets from the households of an audience to their contacts; the rows are the same.

SQLite walks the households in the order of their rows and looks up the head's contacts by index, PostgreSQL joins whole
tables. Both weigh all contacts of a household only where the head's are not enough. Measured over 1,000,000 residents,
each shape is two to four times faster on its own database than the other one's.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from profiles.models import Contact, Household, Resident
from profiles.targeting.clauses import surely
from profiles.targeting.operands import trimmed_code
from push import ranking
from push.ranking import IDS, Audience, addressable, own_rank, usable
from push.states import Reason


def found(session: Session, audience: Audience, *, barred: bool, is_single: bool = True) -> Subquery:
    """A row a household (or resident): household_id, resident_id, contact_id, channel, address_index, reason.

    Without a contact the channel is empty and the reason says why there is none. Unless `is_single`, a head's further
    contacts may follow in rows of their own; where hardly any head has two, taking those out again is far cheaper than
    choosing at once.
    """
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    if audience.to_residents:
        rows = _residents_joined(audience, barred) if is_postgresql else _residents_looked_up(audience, barred)
        return _reasoned(audience, rows.subquery("rows"), barred).subquery("found")
    choices = ranking.choices_made(session, audience)
    if is_postgresql:
        return _weighed_apart(audience, choices, barred)
    along = _weighed_along(audience, choices, barred, is_single=is_single or bool(choices))
    return _reasoned(audience, along.subquery("rows"), barred).subquery("found")


def _weighed_along(audience: Audience, choices: list[Select[int]], barred: bool, *, is_single: bool) -> Select[*tuple[Any, ...]]:
    """SQLite: the head's contacts, and anybody's where the household wants more.

    Beside min() stand the columns of the very row that holds it (sqlite.org/lang_select.html, "bare columns"), so that
    nothing is sorted and no contact is fetched a second time.
    """
    head, contact, better = aliased(Resident), aliased(Contact), aliased(Contact)
    number = func.min(own_rank(audience.channels, contact)) % IDS if is_single else contact.id
    rows = (
        select(Household.id.label("household_id"), contact.resident_id, number.label("contact_id"), contact.channel,
               contact.address_index)
        .select_from(Household).outerjoin(head, _heads(audience, head))
        .outerjoin(contact, and_(contact.resident_id == head.id, usable(audience, contact, barred=barred)))
        .where(surely(audience.condition, (), audience.today), _lives_within(audience.divisions)))
    first = (rows.group_by(Household.id) if is_single else rows).subquery("first")
    weighed = ranking.best_id(audience, first.c.household_id, barred=barred).correlate(first).scalar_subquery()
    taken = {"resident_id": better.resident_id, "contact_id": better.id, "channel": better.channel,
             "address_index": better.address_index}
    return select(
        first.c.household_id, *(func.coalesce(column, first.c[name]).label(name) for name, column in taken.items()),
    ).select_from(first).outerjoin(better, better.id == case((_wanting(first, choices), weighed)))


def _weighed_apart(audience: Audience, choices: list[Select[int]], barred: bool) -> Subquery:
    """PostgreSQL: the heads' contacts by one join of whole tables, the households that need more one by one."""
    head, contact = aliased(Resident), aliased(Contact)
    own = select(
        head.household_id, contact.resident_id, contact.id.label("contact_id"), contact.channel, contact.address_index,
        own_rank(audience.channels, contact).label("rank"),
    ).join(contact, and_(contact.resident_id == head.id, usable(audience, contact, barred=barred))).where(
        head.is_head, addressable(audience, head)).subquery("own")
    first = (
        select(Household.id.label("household_id"), own.c.resident_id, own.c.contact_id, own.c.channel, own.c.address_index)
        .select_from(Household).outerjoin(own, own.c.household_id == Household.id)
        .where(surely(audience.condition, audience.divisions, audience.today))
        .ext(distinct_on(Household.id)).order_by(Household.id, own.c.rank)).cte("first")
    wanting = _wanting(first, choices)
    weighed = ranking.best(audience, first.c.household_id, barred=barred).correlate(first).lateral("weighed")
    others = select(
        first.c.household_id, weighed.c.resident_id, weighed.c.contact_id, weighed.c.channel, weighed.c.address_index,
    ).select_from(first).outerjoin(weighed, true()).where(wanting).subquery("others")
    settled = select(first, literal("").label("reason")).where(not_(wanting))
    return union_all(settled, _reasoned(audience, others, barred)).subquery("found")


def _heads(audience: Audience, head: Any) -> ColumnElement[bool]:
    return and_(head.household_id == Household.id, head.is_head, addressable(audience, head))


def _wanting(first: Any, choices: list[Select[int]]) -> ColumnElement[bool]:
    """Whether the head's best contact does not settle it for a household."""
    return or_(first.c.contact_id.is_(None), *(first.c.household_id.in_(owners) for owners in choices))


def _residents_looked_up(audience: Audience, barred: bool) -> Select[*tuple[Any, ...]]:
    """SQLite: every addressable member with their own best contact."""
    member, contact, own = aliased(Resident), aliased(Contact), aliased(Contact)
    best = select(func.min(own_rank(audience.channels, own)) % IDS).where(
        own.resident_id == member.id, usable(audience, own, barred=barred)).correlate(member).scalar_subquery()
    return (
        select(Household.id.label("household_id"), member.id.label("resident_id"), contact.id.label("contact_id"),
               contact.channel, contact.address_index)
        .join(member, member.household_id == Household.id).outerjoin(contact, contact.id == best)
        .where(addressable(audience, member), surely(audience.condition, (), audience.today),
               _lives_within(audience.divisions)))


def _residents_joined(audience: Audience, barred: bool) -> Select[*tuple[Any, ...]]:
    """PostgreSQL: every addressable member with their own best contact."""
    member, contact = aliased(Resident), aliased(Contact)
    return (
        select(Household.id.label("household_id"), member.id.label("resident_id"), contact.id.label("contact_id"),
               contact.channel, contact.address_index)
        .join(member, and_(member.household_id == Household.id, addressable(audience, member)))
        .outerjoin(contact, and_(contact.resident_id == member.id, usable(audience, contact, barred=barred)))
        .where(surely(audience.condition, audience.divisions, audience.today))
        .ext(distinct_on(member.id)).order_by(member.id, own_rank(audience.channels, contact)))


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


def _reasoned(audience: Audience, rows: Subquery, barred: bool) -> Select[*tuple[Any, ...]]:
    """The rows with the reason why there is no contact; looked for only where there is none."""
    reason = case((rows.c.contact_id.is_(None), _missing(audience, rows, barred)), else_="")
    return select(rows.c.household_id, rows.c.resident_id, rows.c.contact_id,
                  func.coalesce(rows.c.channel, "").label("channel"), rows.c.address_index, reason.label("reason"))


def _missing(audience: Audience, rows: Subquery, barred: bool) -> ColumnElement[Any]:
    missing = case((_has_contact(audience, rows, Contact.retired_at.is_not(None)), Reason.ADDRESS_RETIRED.value),
                   else_=literal(Reason.NO_CONTACT.value))
    if audience.about_households:
        live = and_(Contact.retired_at.is_(None), Contact.shared)
        missing = case((_has_contact(audience, rows, live), Reason.COLLECTED.value), else_=missing)
    if barred:
        live = usable(audience, Contact, barred=False)
        missing = case((_has_contact(audience, rows, live), Reason.REFUSED.value), else_=missing)
    return missing


def _has_contact(audience: Audience, rows: Subquery, such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a household (or resident) without a usable contact has one of the notice's channels that is `such`."""
    member = aliased(Resident)
    owner = member.id == rows.c.resident_id if audience.to_residents else member.household_id == rows.c.household_id
    return exists(select(1).select_from(member).join(Contact, Contact.resident_id == member.id).where(
        owner, addressable(audience, member), ranking.preference(audience.channels, Contact).is_not(None), such).correlate(rows))
