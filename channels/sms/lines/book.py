"""Which report speaks of which of our messages: kept in memory for what the rows cannot tell.

A report names a part by the carrier's id. An id just given may not stand in the rows yet, a report may overtake the
answer that gives its id, a long message has an id a part, and a message whose answer was lost has none that we know.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from channels.messages import ReceiptKind

# Ids of messages in one part stand in the rows within a second; those of long ones are needed until every part is told.
MOST_BRIEF = 20_000
MOST_LONG = 40_000
MOST_LOST = 10_000
# Carriers tell to the minute when they took a message, and clocks differ.
TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True)
class Slip:
    """A report as it came; `token` is whatever the caller needs to thank for it."""

    message_id: str
    number: str = field(repr=False)
    kind: ReceiptKind
    code: str = ""
    booked_at: tuple[datetime, ...] = ()
    token: object = field(default=None, repr=False)


@dataclass(frozen=True)
class Told:
    """What a report amounts to: a word on a message, or (`is_word` false) nothing yet and only thanks."""

    slip: Slip
    is_word: bool = False
    attempt: str | None = None
    reference: str = ""


@dataclass(eq=False)
class Sending:
    """One message of `total` parts on its way to some numbers, under our attempt id."""

    attempt: str
    numbers: tuple[str, ...] = field(repr=False)
    total: int
    begun_at: datetime
    reference: str = ""
    is_void: bool = False
    arrived: dict[str, set[int]] = field(default_factory=dict, repr=False)


class Book:
    """The messages of one process; belongs to one event loop."""

    def __init__(self) -> None:
        """Nothing is on its way."""
        self._brief: OrderedDict[str, tuple[Sending, int]] = OrderedDict()
        self._long: OrderedDict[str, tuple[Sending, int]] = OrderedDict()
        self._open: dict[str, list[Sending]] = {}
        self._lost: OrderedDict[int, Sending] = OrderedDict()
        self._void: OrderedDict[str, datetime] = OrderedDict()
        self._parked: dict[str, list[Slip]] = {}

    def begin(self, attempt: str, numbers: tuple[str, ...], total: int, now: datetime) -> Sending:
        """A message is about to leave: reports to its numbers wait until its ids are known."""
        sending = Sending(attempt, numbers, total, now)
        for number in numbers:
            self._open.setdefault(number, []).append(sending)
        return sending

    def taken(self, sending: Sending, place: int, message_id: str) -> list[Told]:
        """A part (from 1) got its id; gives what reports that came before it amount to."""
        self._name(sending, place, message_id)
        if not self._parked:
            return []
        told = []
        for number in sending.numbers:
            early = [slip for slip in self._parked.get(number, ()) if slip.message_id == message_id]
            for slip in early:
                self._parked[number].remove(slip)
                told.append(self._counted(sending, place, slip))
        return told

    def ended(self, sending: Sending, *, is_lost: bool = False, is_void: bool = False) -> list[Told]:
        """A message is through, lost in its last part, or void (it goes again whole, what is told of its parts is of no use)."""
        sending.is_void = is_void
        for number in sending.numbers:
            if is_void and sending.total > 1:
                self._void[number] = sending.begun_at
                while len(self._void) > MOST_LOST:
                    self._void.popitem(last=False)
            others = [one for one in self._open.get(number, ()) if one is not sending]
            if others:
                self._open[number] = others
            else:
                self._open.pop(number, None)
        if is_lost:
            self._lost[id(sending)] = sending
            while len(self._lost) > MOST_LOST:
                self._lost.popitem(last=False)
        told = []
        for number in sending.numbers if self._parked else ():
            for slip in self._parked.pop(number, ()):
                told.extend(self.report(slip))
        if not is_lost:
            sending.numbers = ()
        return told

    def report(self, slip: Slip) -> list[Told]:
        """Take a report in; nothing is told of one that waits for its id."""
        found = self._brief.get(slip.message_id) or self._long.get(slip.message_id)
        if found is not None:
            return [self._counted(*found, slip)]
        if slip.number in self._open:
            self._parked.setdefault(slip.number, []).append(slip)
            return []
        lost = self._adopted(slip)
        if lost is not None:
            return [self._counted(lost, lost.total, slip)]
        # Of an earlier life of this process, or of another one's: the rows know the id of the last part.
        return [Told(slip, is_word=True, reference=slip.message_id)]

    def _name(self, sending: Sending, place: int, message_id: str) -> None:
        shelf, most = (self._brief, MOST_BRIEF) if sending.total == 1 else (self._long, MOST_LONG)
        shelf[message_id] = (sending, place)
        while len(shelf) > most:
            shelf.popitem(last=False)
        if place == sending.total:
            sending.reference = message_id

    def _adopted(self, slip: Slip) -> Sending | None:
        """The one lost message that an unknown id can only belong to: same number, taken when it left."""
        near = [sending for sending in self._lost.values() if slip.number in sending.numbers
                and any(abs(moment - sending.begun_at) <= TOLERANCE for moment in slip.booked_at)]
        if len(near) != 1:
            return None
        void_at = self._void.get(slip.number)
        if void_at is not None and abs(void_at - near[0].begun_at) <= 2 * TOLERANCE:
            return None  # it may be a part of the try before, whose answer was lost too
        self._name(near[0], near[0].total, slip.message_id)
        if len(near[0].numbers) == 1:
            self._lost.pop(id(near[0]), None)
        return near[0]

    def _counted(self, sending: Sending, place: int, slip: Slip) -> Told:
        """The first failure of a part fails the message; it has arrived when all its parts have."""
        word = Told(slip, True, sending.attempt, sending.reference or slip.message_id)
        if sending.is_void:
            return Told(slip)
        if slip.kind is ReceiptKind.FAILED or sending.total == 1:
            return word
        arrived = sending.arrived.setdefault(slip.number, set())
        arrived.add(place)
        return word if len(arrived) == sending.total else Told(slip)
