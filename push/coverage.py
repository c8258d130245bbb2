"""覆盖率 and 到达率 of a dispatch by place and by kind of household, what is unclear, and what it cost: set by set.

Somebody counts as covered when the message was handed over and not refused or reported failed; also when the very number
got it by another household's message, or by an earlier dispatch of the same words. Somebody counts as arrived when a
receipt says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from kernel.days import moment
from profiles.divisions import TOWNSHIP, Names
from profiles.models import Household, HouseholdKind
from push import tallies
from push.models import Attempt, Delivery, Dispatch
from push.settings import PushSettings
from push.states import AttemptState, DeliveryState, Reason

ARRIVED = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED)
WAITING = (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.UNKNOWN)
# The vendor took it and said afterwards that it came to nothing.
TAKEN_IN_VAIN = (Reason.NOT_DELIVERED, Reason.RECIPIENT_GONE)
# Nobody goes to see who wants no message, who is gone, and whom a stop was meant for.
NOT_VISITED = (Reason.REFUSED, Reason.LEFT, Reason.STOPPED, Reason.CANCELLED)
NOWHERE, NO_KIND = "", "没有登记户类型"


@dataclass(frozen=True)
class Share:
    """One line: how many of an audience were covered, handed over and arrived; `code` is a division or a kind."""

    code: str
    name: str
    audience: int
    covered: int
    waiting: int
    submitted: int
    arrived: int
    missed: int

    @property
    def coverage(self) -> float | None:
        """覆盖率: covered of the audience; None without an audience."""
        return self.covered / self.audience if self.audience else None

    @property
    def arrival(self) -> float | None:
        """到达率: arrived by receipt of those handed over; None where nothing was handed over."""
        return self.arrived / self.submitted if self.submitted else None


@dataclass(frozen=True)
class Spent:
    """What one gateway carried of one channel: messages by state, parts that are paid, yuan."""

    channel: str
    gateway: str
    taken: int
    arrived: int
    failed: int
    unknown: int
    parts: int
    cost: float


@dataclass(frozen=True)
class Unclear:
    """One message nobody knows the fate of: since when, who has it, and what is being waited for."""

    delivery_id: int
    household: str
    division: str
    channel: str
    gateway: str
    since: datetime
    asked: int
    ask_at: datetime | None
    said: str

    @property
    def waits_for(self) -> str:
        """What will settle it, in words."""
        if self.ask_at is None:
            return "等平台的状态回执"
        asked = f"已查询 {self.asked} 次，" if self.asked else ""
        return f"{asked}{moment(self.ask_at)} 再向平台查询"


def by_place(session: Session, dispatch: Dispatch) -> tuple[Share, list[Share], list[Share]]:
    """The whole, by township and by village, each in the order of their codes."""
    people = addressees(dispatch)
    home = func.coalesce(Household.division, NOWHERE)
    rows = session.execute(select(home, *_sums(people)).select_from(people).outerjoin(
        Household, Household.id == people.c.household_id).group_by(home)).all()
    names = Names(session)
    villages = sorted((Share(code, names.name(code) if code else "已不在名册", *numbers) for code, *numbers in rows),
                      key=lambda share: share.code)
    townships: dict[str, list[Share]] = {}
    for share in villages:
        townships.setdefault(share.code[:TOWNSHIP], []).append(share)
    return (_together("", "合计", villages),
            [_together(code, names.name(code) if code else "已不在名册", shares) for code, shares in townships.items()], villages)


def by_kind(session: Session, dispatch: Dispatch) -> list[Share]:
    """By kind of household, the largest first; a household of two kinds counts in both."""
    people = addressees(dispatch)
    kind = func.coalesce(HouseholdKind.kind, NO_KIND)
    rows = session.execute(select(kind, *_sums(people)).select_from(people).outerjoin(
        HouseholdKind, HouseholdKind.household_id == people.c.household_id).group_by(kind))
    return sorted((Share(name, name, *numbers) for name, *numbers in rows), key=lambda share: -share.audience)


def spent(session: Session, dispatch: Dispatch, settings: PushSettings) -> list[Spent]:
    """What each gateway carried and what it is reckoned to cost."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for channel, gateway, state, _, count in tallies.by_gateway(session, dispatch.id):
        if gateway:
            states = found.setdefault((channel, gateway), {})
            states[state] = states.get(state, 0) + count
    lines = []
    for (channel, gateway), states in sorted(found.items()):
        taken = sum(states.get(state, 0) for state in ARRIVED)
        parts = taken * int((dispatch.content.get(channel) or {}).get("parts", 0))
        lines.append(Spent(channel, gateway, taken, states.get(DeliveryState.DELIVERED, 0), states.get(DeliveryState.FAILED, 0),
                           states.get(DeliveryState.UNKNOWN, 0), parts, round(parts * settings.sms_price / 100, 2)))
    return lines


def unclear(session: Session, dispatch_id: int, offset: int, limit: int) -> list[Unclear]:
    """Messages of unknown fate, the oldest first."""
    rows = session.execute(_unclear(
        dispatch_id, Delivery.id, func.coalesce(Household.reference, ""), func.coalesce(Household.division, ""), Delivery.channel,
        Attempt.gateway, Attempt.started_at, Attempt.asked, Attempt.ask_at, Delivery.vendor_words)
        .outerjoin(Household, Household.id == Delivery.household_id)
        .order_by(Attempt.started_at, Delivery.id).offset(offset).limit(limit))
    return [Unclear(*row) for row in rows]


def unclear_count(session: Session, dispatch_id: int) -> int:
    """How many messages are of unknown fate."""
    return session.scalar(_unclear(dispatch_id, func.count())) or 0


def _unclear(dispatch_id: int, *columns: Any) -> Select[*tuple[Any, ...]]:
    # By the lost calls, which are few and have an index of their own.
    return (select(*columns).select_from(Attempt)
            .join(Delivery, and_(Delivery.id.between(Attempt.first_id, Attempt.last_id), Delivery.attempt_id == Attempt.id,
                                 Delivery.state == DeliveryState.UNKNOWN))
            .where(Attempt.dispatch_id == dispatch_id, Attempt.state == AttemptState.LOST))


def missed(dispatch: Dispatch, village: str = "") -> Select[int]:
    """Households of a place whom nothing reached and nothing will, and who are to be gone to; one statement for any number."""
    people = addressees(dispatch)
    return (select(people.c.household_id).join(Household, Household.id == people.c.household_id)
            .where(people.c.missed == 1, Household.left_at.is_(None), Household.division.startswith(village, autoescape=True))
            .distinct())


def missed_by_reason(session: Session, dispatch: Dispatch) -> list[tuple[str, str, int]]:
    """Why households were missed: village, reason, how many; the reason of the last try counts."""
    people = addressees(dispatch)
    last = aliased(Delivery)
    rows = session.execute(
        select(Household.division, last.reason, func.count(func.distinct(people.c.household_id)))
        .select_from(people).join(Household, Household.id == people.c.household_id).join(last, last.id == people.c.last_id)
        .where(people.c.missed == 1, Household.left_at.is_(None)).group_by(Household.division, last.reason))
    return [(division, str(reason), count) for division, reason, count in rows]


def addressees(dispatch: Dispatch) -> Subquery:
    """A row an addressee (household, or resident where each is written to): covered, waiting, submitted, arrived, missed."""
    own = Delivery.dispatch_id == dispatch.id
    unit = func.coalesce(Delivery.resident_id, -Delivery.household_id) if dispatch.to == "residents" else Delivery.household_id
    elsewhere = _got_elsewhere(dispatch.id)
    covered = or_(Delivery.state.in_(ARRIVED), Delivery.reason == Reason.ALREADY_SENT, elsewhere.c.id.is_not(None))
    submitted = or_(Delivery.state.in_(ARRIVED),
                    and_(Delivery.state == DeliveryState.FAILED, Delivery.reason.in_(TAKEN_IN_VAIN)))
    each = select(
        func.max(Delivery.household_id).label("household_id"), func.max(Delivery.id).label("last_id"),
        _any(covered).label("covered"), _any(Delivery.state.in_(WAITING)).label("waits"), _any(submitted).label("submitted"),
        _any(Delivery.state == DeliveryState.DELIVERED).label("arrived"),
        _any(Delivery.reason.in_(NOT_VISITED)).label("left_alone"),
    ).outerjoin(elsewhere, elsewhere.c.id == Delivery.id).where(own).group_by(unit).subquery("each_addressee")
    waiting = case((and_(each.c.covered == 0, each.c.waits == 1), 1), else_=0)
    missed_one = case((and_(each.c.covered == 0, each.c.waits == 0, each.c.left_alone == 0), 1), else_=0)
    return select(each.c.household_id, each.c.last_id, each.c.covered, waiting.label("waiting"), each.c.submitted, each.c.arrived,
                  missed_one.label("missed")).subquery("addressees")


def _got_elsewhere(dispatch_id: int) -> Subquery:
    """Deliveries left out as shared whose number got the message all the same.

    Asked as a condition of its own and joined: inside an aggregate PostgreSQL would walk all numbers for each row.
    """
    double, other = aliased(Delivery), aliased(Delivery)
    numbers = select(other.address_index).where(other.dispatch_id == dispatch_id, other.state.in_(ARRIVED),
                                                other.address_index.is_not(None))
    return select(double.id).where(double.dispatch_id == dispatch_id, double.reason == Reason.SHARED,
                                   double.address_index.in_(numbers)).subquery("elsewhere")


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))


def _sums(people: Subquery) -> Sequence[ColumnElement[Any]]:
    return [func.count(), *(func.sum(people.c[name]) for name in ("covered", "waiting", "submitted", "arrived", "missed"))]


def _together(code: str, name: str, shares: Iterable[Share]) -> Share:
    columns: Mapping[str, int] = {}
    held = list(shares)
    columns = {column: sum(int(getattr(share, column)) for share in held)
               for column in ("audience", "covered", "waiting", "submitted", "arrived", "missed")}
    return Share(code, name, **columns)
