"""Whom a notice reaches, and by which address: condition ∩ people present ∩ live contacts − refusals, as one SELECT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, null, select
from sqlalchemy.orm import Session

from profiles.divisions import present_codes
from profiles.models import Contact, Household, Refusal, Resident, WishKind
from profiles.present_places import presently
from profiles.targeting.conditions import Condition, facts_named
from push import joins, ranking
from push.models import Delivery
from push.ranking import Audience
from push.states import REACHED, DeliveryState, Reason

__all__ = [
    "Audience",
    "Tally",
    "best_contacts",
    "has_doubles",
    "lesser",
    "own_contacts",
    "paths",
    "shared",
    "tally",
    "tells_of_households",
    "with_refusals_in_force",
]

# So many numbers are compared in memory (about 100 MB).
AT_ONCE = 500_000
PLACES = frozenset({"division", "household.group"})


def tells_of_households(condition: Condition | None) -> bool:
    """Whether a message sent by a condition tells something of whoever gets it, beyond where they live."""
    return any(fact.name not in PLACES for fact in facts_named(condition))


def with_refusals_in_force(session: Session, audience: Audience) -> bool:
    """Whether the opt-out register holds anything that could bar this audience; mostly not, and then it need not be read."""
    return audience.refusals and session.scalar(
        select(Refusal.id).where(Refusal.withdrawn_at.is_(None), Refusal.kind == WishKind.REFUSED,
                                 Refusal.topic.in_(("", audience.topic)), Refusal.channel.in_(("", *audience.channels))).limit(1)) is not None


def paths(session: Session, audience: Audience, *, is_single: bool = True) -> Subquery:
    """A row a household (or resident): household_id, resident_id, contact_id, channel, address_index, reason, state.

    `state` is planned or skipped; a household whose number another one shares is still planned here (see `shared`).
    Unless `is_single`, a household may have several rows, of which `lesser` are to be taken out.
    """
    # Places written under an old code are looked for under today's, as the count before it did.
    audience = replace(audience, condition=presently(session, audience.condition),
                       divisions=tuple(present_codes(session, audience.divisions)))
    found = joins.found(session, audience, barred=with_refusals_in_force(session, audience), is_single=is_single)
    if not audience.earlier:
        # By what is at hand and not by the reason, which would be looked up a second time.
        state = case((found.c.contact_id.is_(None), DeliveryState.SKIPPED.value), else_=DeliveryState.PLANNED.value)
        return select(found, state.label("state")).subquery("paths")
    reason = case((_already_reached(audience, found), literal(Reason.ALREADY_SENT.value)), else_=found.c.reason)
    rows = select(*(column for column in found.c if column.name != "reason"), reason.label("reason")).subquery("reasoned")
    state = case((rows.c.reason == "", DeliveryState.PLANNED.value), else_=DeliveryState.SKIPPED.value)
    return select(rows, state.label("state")).subquery("paths")


def lesser(dispatch_id: int, first: int, last: int, channels: tuple[str, ...]) -> Select[int]:
    """Ids of deliveries, all between two ids, beside which the same household has one to a better contact of its head's."""
    own = and_(Delivery.id.between(first, last), Delivery.dispatch_id + 0 == dispatch_id)
    several = select(Delivery.household_id).where(own).group_by(Delivery.household_id).having(func.count() > 1)
    rank = ranking.own_rank(channels, Contact)
    place = func.row_number().over(partition_by=Delivery.household_id, order_by=rank)
    ranked = select(Delivery.id, place.label("place")).join(Contact, Contact.id == Delivery.contact_id).where(
        own, Delivery.household_id.in_(several)).subquery("ranked")
    return select(ranked.c.id).where(ranked.c.place > 1)


@dataclass(frozen=True)
class Tally:
    """What stands between two ids of a dispatch: how many households, and whether any number stands twice."""

    households: int
    has_doubles: bool


def tally(session: Session, dispatch_id: int, first: int, last: int) -> Tally:
    """Both counts in one reading."""
    if session.get_bind().dialect.name == "sqlite" and last - first < AT_ONCE:
        return _tally_in_memory(session, dispatch_id, first, last)
    households, numbers, single = session.execute(
        select(func.count(Delivery.household_id.distinct()), func.count(Delivery.address_index),
               func.count(Delivery.address_index.distinct()))
        .where(Delivery.id.between(first, last), Delivery.dispatch_id + 0 == dispatch_id)).one()
    return Tally(households, numbers > single)


def _tally_in_memory(session: Session, dispatch_id: int, first: int, last: int) -> Tally:
    """SQLite, in this very process, hands the numbers over in half the time it takes to sort them."""
    cursor = session.connection().connection.cursor()
    cursor.execute("SELECT household_id, address_index FROM deliveries WHERE id BETWEEN ? AND ? AND dispatch_id + 0 = ?",
                   (first, last, dispatch_id))
    rows = cursor.fetchall()
    cursor.close()
    numbers = [number for _, number in rows if number is not None]
    return Tally(len({household for household, _ in rows}), len(set(numbers)) < len(numbers))


def has_doubles(session: Session, dispatch_id: int, first: int, last: int) -> bool:
    """Whether any number stands twice among the planned deliveries between two ids; mostly none does."""
    planned = _planned(dispatch_id, first, last)
    numbers = select(Delivery.address_index).where(planned, Delivery.address_index.is_not(None))
    every, single = (select(func.count()).select_from(rows.subquery()).scalar_subquery() for rows in (numbers, numbers.distinct()))
    return session.scalar(select(every > single)) or False


def shared(dispatch_id: int, first: int, last: int) -> Select[*tuple[Any, ...]]:
    """Ids of planned deliveries, all between two ids, whose number an earlier row of the same dispatch already gets."""
    planned = _planned(dispatch_id, first, last)
    # Mostly there are few: counting first and ranking only those is four times as fast as ranking all.
    double = select(Delivery.address_index).where(planned).group_by(Delivery.address_index).having(func.count() > 1)
    place = func.row_number().over(partition_by=Delivery.address_index, order_by=Delivery.id)
    ranked = select(Delivery.id, place.label("place")).where(
        planned, Delivery.address_index.in_(double)).subquery("ranked")
    return select(ranked.c.id).where(ranked.c.place > 1)


def best_contacts(households: Sequence[int], channels: tuple[str, ...], topic: str, today: date, *,
                  refusals: bool, about_households: bool) -> Select[*tuple[Any, ...]]:
    """The best contact of each of a few households on the given channels: household_id, contact_id."""
    audience = Audience(None, (), channels, topic, today, refusals=refusals, about_households=about_households)
    best = ranking.best_id(audience, Household.id, barred=refusals).correlate(Household).scalar_subquery()
    return select(Household.id.label("household_id"), best.label("contact_id")).where(
        Household.id.in_(households), Household.left_at.is_(None))


def own_contacts(residents: Select[Any], channels: tuple[str, ...], topic: str, today: date, *,
                 refusals: bool, about_households: bool) -> Select[*tuple[Any, ...]]:
    """The best contact of each of a few residents' own on the given channels: resident_id, contact_id."""
    audience = Audience(None, (), channels, topic, today, refusals=refusals, about_households=about_households)
    best = func.min(ranking.own_rank(channels, Contact)) % ranking.IDS
    return (select(Contact.resident_id, best.label("contact_id"))
            .join(Resident, Resident.id == Contact.resident_id).join(Household, Household.id == Resident.household_id)
            .where(Contact.resident_id.in_(residents), Household.left_at.is_(None), ranking.addressable(audience, Resident),
                   ranking.usable(audience, Contact, barred=refusals))
            .group_by(Contact.resident_id))


def _planned(dispatch_id: int, first: int, last: int) -> ColumnElement[bool]:
    # By their ids and not by the index of dispatches, whose every row would be fetched apart.
    return and_(Delivery.id.between(first, last), Delivery.dispatch_id + 0 == dispatch_id,
                Delivery.state == DeliveryState.PLANNED)


def _already_reached(audience: Audience, found: Subquery) -> ColumnElement[bool]:
    column = Delivery.resident_id if audience.to_residents else Delivery.household_id
    wanted = found.c.resident_id if audience.to_residents else found.c.household_id
    return wanted.in_(select(column).where(
        Delivery.dispatch_id.in_(audience.earlier), Delivery.state.in_(REACHED), column.is_not(null())))
