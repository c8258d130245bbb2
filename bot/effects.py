"""What a turn of the conversation asks to be done; the reception does it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class TakeConsultation:
    """Hand a question to people; the reception adds the number to the replies."""

    text: str


@dataclass(frozen=True)
class PlaceConsultation:
    """The person says which village a question is about that was handed over."""

    number: str
    division: str


@dataclass(frozen=True)
class Refuse:
    """The person wants no more of some topics (none named = all that may be refused) over a channel (empty = any)."""

    topics: tuple[str, ...] = ()
    channel: str = ""


@dataclass(frozen=True)
class Want:
    """The person wants some topics again, whatever else is refused."""

    topics: tuple[str, ...]


@dataclass(frozen=True)
class Only:
    """The person wants nothing but some topics."""

    topics: tuple[str, ...]


@dataclass(frozen=True)
class Restore:
    """The person wants messages again."""


@dataclass(frozen=True)
class ByDay:
    """The person wants messages in the daytime only."""


@dataclass(frozen=True)
class AnyHour:
    """The person does not mind the hour any more."""


@dataclass(frozen=True)
class AskForCode:
    """The person names the telephone by which to prove who they are."""

    phone: str = field(repr=False)


@dataclass(frozen=True)
class TryCode:
    """The person repeats the six digits."""

    code: str = field(repr=False)


@dataclass(frozen=True)
class BeOneOf:
    """The person says which of a family they are."""

    resident_id: int


@dataclass(frozen=True)
class Unbind:
    """The person wants this address to stand for nobody any more."""


@dataclass(frozen=True)
class RememberQuestion:
    """Keep a question and its decision for finding gaps."""

    text: str
    decision: str
    entry: str | None
    score: float


@dataclass(frozen=True)
class ShowNotice:
    """The person chose to see a notice."""

    reference: str


@dataclass(frozen=True)
class KeepAnswer:
    """A household says something of itself: kept beside the register until the office has looked."""

    fact: str
    value: bool | float | str = field(repr=False)


@dataclass(frozen=True)
class JudgeAnswer:
    """The person says whether the answer given last helped; `number` is that of the question as it was kept."""

    number: int
    helpful: bool


@dataclass(frozen=True)
class ChooseEntry:
    """Of several answers the person chose one, or None for none of them."""

    number: int
    entry: str | None


@dataclass(frozen=True)
class RateCase:
    """The person says what they think of the answer to a consultation: good, fair or bad."""

    number: str
    rating: str


@dataclass(frozen=True)
class ReopenCase:
    """The person is not content, says why, and wants it done again."""

    number: str
    reason: str = field(repr=False)


Effect = (KeepAnswer | TakeConsultation | PlaceConsultation | Refuse | Want | Only | Restore | ByDay | AnyHour | AskForCode | TryCode | BeOneOf | Unbind
          | RememberQuestion | ShowNotice | JudgeAnswer | ChooseEntry | RateCase | ReopenCase)
