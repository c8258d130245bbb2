"""What to do and when, as values: quiet hours, whom to address, how to cut the work into batches, what an answer means.

Pure: takes values and gives values; the database, the network and the queue are others' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from channels.failures import Fate, FateKind, Outcome, OutcomeKind
from kernel.clock import CHINA, in_china
from push.states import DeliveryState, Reason

ADULT = 18
# Data of children under 14 are sensitive (个人信息保护法 §28): they are never addressed.
YOUNGEST_ADDRESSEE = 14
MORNING = timedelta(hours=9)

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~～至]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True)
class QuietHours:
    """The hours in which nothing but an emergency goes out, in China's time; may reach over midnight."""

    start: time
    end: time

    @staticmethod
    def parse(text: str) -> QuietHours | None:
        """Read `22:00-07:00`; empty is none. Raises ValueError with the cure in Chinese."""
        if not text.strip():
            return None
        found = _HOURS.fullmatch(text.strip().replace("：", ":"))
        if found is None:
            raise ValueError(f"“{text}”不是一段时间。请写成 22:00-07:00，不要静默时段就留空")
        hours = [int(part) for part in found.groups()]
        if hours[0] > 23 or hours[2] > 24 or max(hours[1], hours[3]) > 59 or (hours[2] == 24 and hours[3]):
            raise ValueError(f"“{text}”里没有这个钟点。请写成 22:00-07:00")
        quiet = QuietHours(time(hours[0], hours[1]), time(hours[2] % 24, hours[3]))
        if quiet.start == quiet.end:
            raise ValueError(f"“{text}”等于全天都不发。请写成 22:00-07:00，不要静默时段就留空")
        return quiet

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in them; the end no longer does."""
        clock = in_china(moment).time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def next_end(self, moment: datetime) -> datetime:
        """When they end next, at or after a moment that lies in them."""
        here = in_china(moment)
        ends = datetime.combine(here.date(), self.end, CHINA)
        return ends if ends > here else ends + timedelta(days=1)


def may_leave_at(moment: datetime, quiet: QuietHours | None, deadline: datetime | None, *, urgent: bool) -> datetime:
    """When a message due at a moment may leave: after the quiet hours, but never later than it is of use.

    What the quiet hours would carry past the deadline goes at once: a night's disturbance is less than a lost right.
    """
    if urgent or quiet is None or not quiet.holds(moment):
        return moment
    later = quiet.next_end(moment)
    return moment if deadline is not None and moment <= deadline < later else later


def waits_until(moment: datetime, daytime: QuietHours | None, deadline: datetime | None, *, urgent: bool) -> datetime | None:
    """Until when a message waits for somebody who wants none but by day; None when it may go now.

    As with the quiet hours, what would come too late for the deadline goes at once.
    """
    if urgent or daytime is None or daytime.holds(moment):
        return None
    begins = QuietHours(daytime.end, daytime.start).next_end(moment)
    return None if deadline is not None and moment <= deadline < begins else begins


def end_of(day: date) -> datetime:
    """The last moment of a day in China."""
    return datetime.combine(day, time(23, 59, 59), CHINA)


def start_of(moment: datetime, days: int = 0) -> datetime:
    """The first moment of a moment's day in China, or of a day so many days later."""
    return datetime.combine(in_china(moment).date() + timedelta(days=days), time(0, 0), CHINA)


def morning_after(release_at: datetime, days: int, quiet: QuietHours | None, deadline: datetime | None) -> datetime | None:
    """Nine o'clock so many days after a release; None where that is too late for a deadline the release was in time for."""
    at = may_leave_at(start_of(release_at, days) + MORNING, quiet, deadline, urgent=False)
    return at if deadline is None or deadline < release_at or at <= deadline else None


def gives_up_at(release_at: datetime, deadline: datetime | None, hours: float) -> datetime:
    """Until when a message that surely has not left is tried again."""
    if deadline is not None and deadline > release_at:
        return deadline
    return release_at + timedelta(hours=hours)


def born_by(today: date, age: int) -> date:
    """The latest birthday of somebody who has completed `age` years today."""
    try:
        return today.replace(year=today.year - age)
    except ValueError:  # 29 February
        return today.replace(year=today.year - age, day=28)


def slices(first: int, last: int, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of at most `size` ids that cover `first` to `last`, both ends included."""
    for start in range(first, last + 1, size):
        yield start, min(start + size - 1, last)


@dataclass(frozen=True)
class Word:
    """What an answer makes of a delivery; equal words are written in one statement.

    `due_at` is when a planned one may go again; `retires` takes its address out of use; `holds` stops the whole
    dispatch, for the fault is in our own settings and would meet every other message too.
    """

    state: DeliveryState
    reason: str = ""
    due_at: datetime | None = None
    alone: bool = False
    retires: bool = False
    holds: bool = False
    vendor_reference: str | None = None
    code: str = ""
    words: str = ""


def word_on(outcome: Outcome, now: datetime, give_up_at: datetime, spread: float = 0.0) -> Word:
    """What an outcome makes of a delivery; `spread` (0 to 1) lengthens a rest by up to a tenth, so that not all come at once."""
    said = (outcome.vendor_reference, outcome.code[:60], outcome.words[:200])
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            return Word(DeliveryState.ACCEPTED, vendor_reference=said[0], code=said[1])
        case OutcomeKind.THROTTLED:
            due_at = now + outcome.wait * (1 + spread / 10)
            if due_at > give_up_at:
                return Word(DeliveryState.FAILED, Reason.TOO_LATE, None, False, False, False, *said)
            return Word(DeliveryState.PLANNED, "", due_at, outcome.alone, False, False, *said)
        case OutcomeKind.MISCONFIGURED:
            return Word(DeliveryState.PLANNED, "", now, False, False, True, *said)
        case OutcomeKind.RECIPIENT_GONE:
            return Word(DeliveryState.FAILED, Reason.RECIPIENT_GONE, None, False, True, False, *said)
        case OutcomeKind.REFUSED:
            return Word(DeliveryState.FAILED, Reason.VENDOR_REFUSED, None, False, False, False, *said)
        case OutcomeKind.UNKNOWN:
            return Word(DeliveryState.UNKNOWN, "", None, False, False, False, *said)


def word_of_fate(fate: Fate, now: datetime, give_up_at: datetime) -> Word | None:
    """What the vendor's word on a lost call makes of a delivery; None when it told nothing.

    NOT_FOUND is proof that the vendor never took it: it goes again, under a new attempt, as long as it is of use.
    """
    said = (fate.vendor_reference, fate.code[:60], fate.words[:200])
    match fate.kind:
        case FateKind.TAKEN:
            return Word(DeliveryState.ACCEPTED, "", None, False, False, False, *said)
        case FateKind.DELIVERED:
            return Word(DeliveryState.DELIVERED, "", None, False, False, False, *said)
        case FateKind.FAILED:
            reason = Reason.RECIPIENT_GONE if fate.recipient_gone else Reason.NOT_DELIVERED
            return Word(DeliveryState.FAILED, reason, None, False, fate.recipient_gone, False, *said)
        case FateKind.NOT_FOUND:
            if now > give_up_at:
                return Word(DeliveryState.FAILED, Reason.TOO_LATE, None, False, False, False, *said)
            return Word(DeliveryState.PLANNED, "", now, False, False, False, *said)
        case FateKind.NO_ANSWER:
            return None


def next_asking(asked: int, now: datetime) -> datetime:
    """When to ask again after so many askings that told nothing: 15 s, then doubling to half an hour."""
    return now + timedelta(seconds=min(15 * 2 ** min(asked, 10), 1800))
