"""What became of pushes: the list with its counts, one dispatch in figures and bars, the ledger by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from push import coverage, replies, tallies
from push.figures import Status
from push.models import Delivery, Dispatch
from push.states import DeliveryState, DispatchState, Possibly, state_words
from push.trace import channel_words
from push.visits import Visit

__all__ = ["About", "Line", "Strip", "View", "about", "channel_words", "lines", "strips", "told", "views"]

ORDER = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.SENDING, DeliveryState.PLANNED,
         DeliveryState.UNKNOWN, DeliveryState.FAILED)
MEANINGS = {
    DeliveryState.DELIVERED: "平台回执：已到手机",
    DeliveryState.ACCEPTED: "平台已收下，等回执",
    DeliveryState.SENDING: "正在交给平台",
    DeliveryState.PLANNED: "还没有轮到",
    DeliveryState.UNKNOWN: "平台没有答复，正在查询，不会重发",
    DeliveryState.FAILED: "没有送到",
    DeliveryState.SKIPPED: "没有发",
}
# 少于 5 户: nobody can be told from their neighbours.
FEW = 5


@dataclass(frozen=True)
class Line:
    """One dispatch in a list."""

    number: int
    reference: str
    title: str
    state: DispatchState
    release_at: datetime
    sent_by: str
    corrects: int | None
    counts: Mapping[str, int]
    released_at: datetime | None = None

    @property
    def words(self) -> str:
        """Where it stands, in the office's word."""
        return state_words(self.state, self.released_at)

    @property
    def total(self) -> int:
        """Messages it set out to send, and did or did not."""
        return sum(count for state, count in self.counts.items() if state != DeliveryState.SKIPPED)

    def of(self, *states: str) -> int:
        """How many stand in one of the states."""
        return sum(self.counts.get(state, 0) for state in states)


@dataclass(frozen=True)
class Strip:
    """One piece of the bar: where it begins and how wide it is in a thousand, and what it stands for."""

    state: DeliveryState
    count: int
    start: float
    width: float
    meaning: str

    @property
    def words(self) -> str:
        """The state in the office's word."""
        return self.state.words


@dataclass(frozen=True)
class View:
    """One of a dispatch's pages: where it stands, its name, how many lines wait there."""

    endpoint: str
    address: str
    words: str
    count: int = 0


@dataclass(frozen=True)
class About:
    """A dispatch's own facts in words."""

    number: int
    reference: str
    title: str
    state: DispatchState
    sent_by: str
    created_at: datetime
    release_at: datetime
    finished_at: datetime | None
    surely: int
    undecided: int
    possibly: str
    possibly_reason: str
    corrects: int | None
    held_because: str
    divisions: Sequence[str]
    text: str
    released_at: datetime | None = None
    must_arrive: int = 0
    ceiling_reason: str = ""

    @property
    def words(self) -> str:
        """Where it stands, in the office's word."""
        return state_words(self.state, self.released_at)

    @property
    def is_cut_short(self) -> bool:
        """Whether it was stopped on the way, so that the same words may go to the others."""
        return self.state is DispatchState.STOPPED and self.corrects is None

    @property
    def waits(self) -> bool:
        """Whether its hour is still to come, so that it can be cancelled."""
        return self.released_at is None and not self.state.is_over


def lines(session: Session, actor: Actor, limit: int = 50, *, since: datetime | None = None, until: datetime | None = None
          ) -> list[Line]:
    """The dispatches of the actor's area, the newest first, within moments when they are given."""
    chosen = select(Dispatch).order_by(Dispatch.id.desc())
    if since is not None and until is not None:
        chosen = chosen.where(Dispatch.release_at >= since, Dispatch.release_at < until)
    # Area first, then the newest: a township's own must not be pushed out by those of the county.
    own = (one for one in session.scalars(chosen.execution_options(yield_per=limit))
           if all(actor.may_act_in(code) for code in one.divisions))
    dispatches = list(islice(own, limit))
    # What is long over was counted for good: the others are few.
    counts: dict[int, dict[str, int]] = tallies.kept(session, dispatches)
    for number, state, count in session.execute(
            select(Delivery.dispatch_id, Delivery.state, func.count())
            .where(Delivery.dispatch_id.in_([one.id for one in dispatches if one.id not in counts])).group_by(Delivery.dispatch_id, Delivery.state)):
        counts.setdefault(number, {})[state] = count
    return [Line(one.id, one.notice_reference, one.title, DispatchState(one.state), one.release_at, one.sent_by, one.corrects,
                 counts.get(one.id, {}), one.released_at) for one in dispatches]


def paid_parts(session: Session, lines: Sequence[Line]) -> dict[int, int]:
    """Parts of text messages that are paid, of each dispatch in a list; what is long over as it was counted."""
    dispatches = {one.id: one for one in session.scalars(select(Dispatch).where(Dispatch.id.in_([line.number for line in lines])))}
    kept = tallies.kept(session, dispatches.values())
    parts = {**dict.fromkeys(dispatches, 0), **tallies.parts_paid(session, kept)}
    for number, channel, count in session.execute(
            select(Delivery.dispatch_id, Delivery.channel, func.count())
            .where(Delivery.dispatch_id.in_([number for number in dispatches if number not in kept]),
                   Delivery.state.in_(tallies.PAID)).group_by(Delivery.dispatch_id, Delivery.channel)):
        parts[number] += count * int((dispatches[number].content.get(channel) or {}).get("parts", 0))
    return parts


def about(dispatch: Dispatch) -> About:
    """A dispatch's own facts."""
    content: Mapping[str, Any] = dispatch.content.get("sms") or next(iter(dispatch.content.values()), {})
    return About(
        number=dispatch.id, reference=dispatch.notice_reference, title=dispatch.title, state=DispatchState(dispatch.state),
        sent_by=dispatch.sent_by, created_at=dispatch.created_at, release_at=dispatch.release_at,
        finished_at=dispatch.finished_at, surely=dispatch.surely_households,
        undecided=max(0, dispatch.possibly_households - dispatch.surely_households),
        possibly=Possibly(dispatch.possibly).words, possibly_reason=dispatch.possibly_reason, corrects=dispatch.corrects,
        held_because=dispatch.held_because, divisions=dispatch.divisions, text=str(content.get("text", "")),
        released_at=dispatch.released_at, must_arrive=dispatch.must_arrive, ceiling_reason=dispatch.ceiling_reason)


def strips(status: Status) -> tuple[Strip, ...]:
    """The bar: everything that was to be sent, in the order of how far it came."""
    total = sum(status.deliveries.get(state, 0) for state in ORDER)
    found: list[Strip] = []
    start = 0.0
    for state in ORDER:
        count = status.deliveries.get(state, 0)
        width = 1000 * count / total if total else 0.0
        found.append(Strip(state, count, start, width, MEANINGS[state]))
        start += width
    return tuple(found)


def told(count: int) -> str:
    """A count for the ledger: under five nobody can be told from their neighbours."""
    return f"少于 {FEW}" if 0 < count < FEW else f"{count:,}"


def views(session: Session, dispatch: Dispatch) -> list[View]:
    """The pages of a dispatch, with what waits on each."""
    number = dispatch.id
    unclear = coverage.unclear_count(session, number)
    heard = replies.counted(session, [number]).get(number, 0)
    visits = session.scalar(select(func.count()).select_from(Visit).where(Visit.dispatch_id == number)) or 0
    pages = (("staff.dispatch", "进展", 0), ("staff.push_coverage", "覆盖和到达", 0), ("staff.push_missed", "没有收到的", 0),
             ("staff.push_unclear", "待核实", unclear), ("staff.push_replies", "回复", heard), ("staff.visited", "入户", visits))
    return [View(endpoint, url_for(endpoint, number=number), words, count) for endpoint, words, count in pages]
