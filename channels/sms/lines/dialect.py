"""What protocols over a kept-up connection differ in, and what is heard over any of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from channels.exchange import Verdict
from channels.messages import ReceiptKind
from channels.sms.segments import Piece, Segment


class Garbled(Exception):
    """What came is not this protocol: the connection is of no use any more."""


class NotWritten(Exception):
    """Nothing left the house: `verdict` says what that means for the message."""

    def __init__(self, verdict: Verdict) -> None:
        """A line that is down is a rest; a login that was refused is a matter of settings."""
        super().__init__(verdict.code)
        self.verdict = verdict


class Unanswered(Exception):
    """It was written and no answer came: nobody may assume either way."""


@dataclass(frozen=True)
class Answered:
    """The answer to something we asked: to a login, a message, a link test, a goodbye."""

    sequence: int
    status: int = 0
    message_id: str = ""


@dataclass(frozen=True)
class Reported:
    """A status report; `kind` is None for a state on the way. `thanks` is the answer that ends its being sent again.

    `booked_at` is when the carrier took the message, in each reading the protocol leaves open.
    """

    message_id: str
    number: str | None = field(repr=False)
    kind: ReceiptKind | None
    code: str
    thanks: bytes = field(repr=False)
    booked_at: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Said:
    """What a person wrote; `facts` with number and text name this very message, unless its protocol has no name for it."""

    number: str | None = field(repr=False)
    text: str = field(repr=False)
    facts: tuple[str, ...]
    thanks: bytes = field(repr=False)
    piece: Piece | None = None
    is_named: bool = True


@dataclass(frozen=True)
class Asked:
    """A link test, a goodbye or something of no meaning to us; `reply` answers it, empty where nothing does."""

    reply: bytes
    is_goodbye: bool = False


Heard = Answered | Reported | Said | Asked


@dataclass(frozen=True)
class Figures:
    """The carrier's figures: unanswered messages a connection, connections, and the protocol's times."""

    window: int
    connections: int
    link_test: timedelta
    answer: timedelta


class Dialect(Protocol):
    """One protocol with one account: bytes to say, and values for what is heard."""

    @property
    def gateway(self) -> str:
        """The gateway's name in settings and attempts."""
        ...

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        ...

    @property
    def login_wait(self) -> timedelta:
        """How long a refused login rests."""
        ...

    def login(self, sequence: int, now: datetime) -> bytes:
        """The first thing said."""
        ...

    def refusal(self, status: int) -> Verdict:
        """What a refused login means for whoever wants to send."""
        ...

    def submission(self, sequence: int, numbers: tuple[str, ...], segment: Segment) -> bytes:
        """One part to some numbers."""
        ...

    def judge(self, answer: Answered, count: int) -> Verdict:
        """What the answer to a submission to `count` numbers means."""
        ...

    def link_test(self, sequence: int) -> bytes:
        """Are you there?"""
        ...

    def goodbye(self, sequence: int) -> bytes:
        """The last thing said."""
        ...

    def read(self, frame: bytes) -> Heard:
        """One whole frame, length included; raises Garbled."""
        ...
