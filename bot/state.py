"""The values a conversation is made of, and what it may look up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from channels.messages import Incoming, Reply


@dataclass(frozen=True)
class State:
    """What is remembered of a talk: where the person is, what was offered by number, what we wait for.

    `offered` are the targets of the numbers last shown (`entry:…`, `more:…`, `notice:…`, `claim:…`, `place:…`, `human:`,
    `who:…`, `none:`); `awaiting` is `question` while the next words go to a person, `place` while a village is waited
    for, `phone`, `code` and `who` on the way to being known;
    `asked` is what 人工 would hand over; `missed` says that the last question found nothing.
    """

    division: str | None = None
    offered: tuple[str, ...] = ()
    awaiting: str = ""
    asked: str = ""
    missed: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {"division": self.division, "offered": list(self.offered), "awaiting": self.awaiting, "asked": self.asked,
                "missed": self.missed}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Read what was stored; unknown keys of a newer version are left aside."""
        return cls(data.get("division"), tuple(data.get("offered", ())), data.get("awaiting", ""),
                   data.get("asked", ""), bool(data.get("missed", False)))


@dataclass(frozen=True)
class TakeConsultation:
    """Hand a question to people; the reception adds the number to the replies."""

    text: str


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
class Proof:
    """What became of a step towards being known (see `bot.phrases.wishes`), the people to choose from, or the name bound."""

    answer: str
    choices: tuple[tuple[int, str], ...] = ()
    name: str = ""


@dataclass(frozen=True)
class RememberQuestion:
    """Keep a question and its decision for finding gaps."""

    text: str
    decision: str
    entry: str | None
    score: float


Effect = (TakeConsultation | Refuse | Want | Only | Restore | ByDay | AnyHour | AskForCode | TryCode | BeOneOf | Unbind
          | RememberQuestion)


@dataclass(frozen=True)
class Turn:
    """One step: the state after it, what is said, what is to be done."""

    state: State
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = field(default=())


@dataclass(frozen=True)
class Answer:
    """An entry as the bot says it; `short` is its text for an SMS, empty when none was written."""

    id: str
    question: str
    answer: str
    office: str
    phone: str
    source: str
    until: date | None
    short: str = ""


@dataclass(frozen=True)
class Finding:
    """What the library found: `answer`, `clarify` or `hand_over`, with the entries to show."""

    decision: str
    answers: tuple[Answer, ...]
    best: str | None = None
    score: float = 0.0


@dataclass(frozen=True)
class News:
    """A notice as the bot tells it."""

    reference: str
    title: str
    summary: str
    until: date | None
    office: str
    phone: str


@dataclass(frozen=True)
class Offer:
    """Something a household may apply for: `told` are the reasons a resident may read, `words` the office's reserve."""

    reference: str
    title: str
    told: tuple[str, ...]
    words: str
    bring: str
    where: str


@dataclass(frozen=True)
class Claims:
    """What a household may apply for, the most urgent first, and the one question that would decide more."""

    offers: tuple[Offer, ...]
    ask: str = ""


@dataclass(frozen=True)
class Progress:
    """Where a consultation stands, in the office's word."""

    number: str
    words: str
    due: date
    is_open: bool = True
    is_overdue: bool = False


class Library(Protocol):
    """What a conversation may look up; the reception gives one that reads the rooms."""

    def ask(self, text: str, division: str | None) -> Finding:
        """Find answers."""
        ...

    def entry(self, entry_id: str) -> Answer | None:
        """One entry."""
        ...

    def news(self, division: str | None) -> Sequence[News]:
        """The newest notices of a place."""
        ...

    def notice(self, reference: str) -> News | None:
        """One published notice."""
        ...

    def claims(self, incoming: Incoming) -> Claims | None:
        """What the household of who is speaking may apply for; None unless they are bound to one."""
        ...

    def places_named(self, text: str) -> Sequence[str]:
        """The divisions a text names and nothing else; several share some names."""
        ...

    def place_of_scene(self, scene: str) -> str | None:
        """The division of a scanned code."""
        ...

    def place_of_address(self, incoming: Incoming) -> str | None:
        """The division on record for who is speaking."""
        ...

    def name_of(self, division: str) -> str:
        """A division's name with its parent's."""
        ...

    def knows(self, incoming: Incoming) -> bool:
        """Whether the register knows somebody at the address of who is speaking."""
        ...

    def progress(self, number: str) -> Progress | None:
        """Where a consultation stands."""
        ...

    def address(self, reference: str) -> str:
        """The public address of a notice."""
        ...
