"""How a send can end: a closed set that knows what to do next and the words a person reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class OutcomeKind(StrEnum):
    """The vendor's answer to one message, or the lack of one."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    THROTTLED = "throttled"
    RECIPIENT_GONE = "recipient_gone"
    MISCONFIGURED = "misconfigured"
    UNKNOWN = "unknown"

    @property
    def may_be_sent_again(self) -> bool:
        """Whether the same message may simply be tried later: only when the vendor surely did not take it."""
        return self is OutcomeKind.THROTTLED

    @property
    def retires_address(self) -> bool:
        """Whether the address is of no use any more."""
        return self is OutcomeKind.RECIPIENT_GONE

    @property
    def words(self) -> str:
        """The office's word for it."""
        return {
            OutcomeKind.ACCEPTED: "已提交",
            OutcomeKind.REFUSED: "被拒收",
            OutcomeKind.THROTTLED: "发送过快，稍后再发",
            OutcomeKind.RECIPIENT_GONE: "号码停用或已取消关注",
            OutcomeKind.MISCONFIGURED: "通道设置有误",
            OutcomeKind.UNKNOWN: "待核实",
        }[self]


class Fault(StrEnum):
    """For whose sake a message was not taken: decides whether another gateway may carry it."""

    GATEWAY = "gateway"
    LINE = "line"
    NUMBER = "number"
    CONTENT = "content"

    @property
    def may_shift(self) -> bool:
        """Whether another gateway may well take what this one did not: not a bad number, nor words that are refused everywhere."""
        return self in (Fault.GATEWAY, Fault.LINE)


@dataclass(slots=True)
class Outcome:
    """How one message of a call ended; made quickly rather than frozen.

    `reference` is our delivery's id; `code` and `words` are the vendor's own; `wait` is how long a throttled
    message rests before it may go again. `alone`: the vendor refused the whole call for one number's sake, so
    each of its messages has to go in a call of its own. `fault`: for whose sake it was not taken; a throttling for the
    gateway's own sake binds everything that goes there.
    """

    reference: int
    kind: OutcomeKind
    vendor_reference: str | None = None
    code: str = ""
    words: str = ""
    wait: timedelta = field(default=timedelta(0))
    alone: bool = False
    fault: Fault = Fault.GATEWAY


class FateKind(StrEnum):
    """What asking the vendor about an unknown message can tell."""

    TAKEN = "taken"
    DELIVERED = "delivered"
    FAILED = "failed"
    NOT_FOUND = "not_found"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Fate:
    """A vendor's word on a message whose answer was lost; `reference` is our delivery's id.

    NOT_FOUND is given only when it is proof: `unknown_horizon` after the call began.
    """

    reference: int
    kind: FateKind
    vendor_reference: str | None = None
    code: str = ""
    words: str = ""
    recipient_gone: bool = False


class CallbackRefused(Exception):
    """A callback that is not the vendor's, is stale, or cannot be read; `status` is what HTTP answers."""

    def __init__(self, status: int, words: str) -> None:
        """`words` is the Chinese sentence for the log and the answer's body."""
        super().__init__(words)
        self.status = status
        self.words = words
