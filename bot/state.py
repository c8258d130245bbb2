"""The values a conversation is made of, and what it may look up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from bot.effects import Effect
from channels.messages import Incoming, Reply


@dataclass(frozen=True)
class State:
    """What is remembered of a talk: where the person is, what was offered by number, what we wait for.

    `offered` are the targets of the numbers last shown (`entry:…`, `more:…`, `notice:…`, `claim:…`, `place:…`, `human:`,
    `who:…`, `none:`); `awaiting` is `question` while the next words go to a person, `place` while a village is waited
    for, `phone`, `code` and `who` on the way to being known;
    `fact` while a household's own answer is waited for: `asked_fact` is what was asked, `skipped` what they do not know;
    `told_fact` is what was answered last and may be corrected; `reminded` counts how often the open step was brought up again;
    `asked` is what 人工 would hand over; `missed` says that the last question found nothing.
    """

    division: str | None = None
    offered: tuple[str, ...] = ()
    awaiting: str = ""
    asked: str = ""
    missed: bool = False
    asked_fact: str = ""
    skipped: tuple[str, ...] = ()
    told_fact: str = ""
    reminded: int = 0

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {"division": self.division, "offered": list(self.offered), "awaiting": self.awaiting, "asked": self.asked,
                "missed": self.missed, "asked_fact": self.asked_fact, "skipped": list(self.skipped),
                "told_fact": self.told_fact, "reminded": self.reminded}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Read what was stored; unknown keys of a newer version are left aside."""
        return cls(data.get("division"), tuple(data.get("offered", ())), data.get("awaiting", ""),
                   data.get("asked", ""), bool(data.get("missed", False)),
                   data.get("asked_fact", ""), tuple(data.get("skipped", ())),
                   data.get("told_fact", ""), int(data.get("reminded", 0)))


@dataclass(frozen=True)
class Proof:
    """What became of a step towards being known (see `bot.phrases.wishes`), the people to choose from, or the name bound."""

    answer: str
    choices: tuple[tuple[int, str], ...] = ()
    name: str = ""


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
    until: date | None = None


class Expected(StrEnum):
    """What an answer to a question is."""

    NUMBER = "number"
    TRUTH = "truth"
    WORD = "word"


@dataclass(frozen=True)
class Asked:
    """A missing fact that can be answered in the talk; `choices` are the words it may be, empty when any may."""

    fact: str
    words: str
    expected: Expected
    unit: str = ""
    is_whole: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claims:
    """What a household may apply for, the most urgent first, and the one question that would decide most.

    `question` can be answered in the talk, `ask` is for the village; `is_told` says that an offer rests on the household's
    own word.
    """

    offers: tuple[Offer, ...]
    ask: str = ""
    question: Asked | None = None
    is_told: bool = False


@dataclass(frozen=True)
class Progress:
    """Where a consultation stands, in the office's word."""

    number: str
    words: str
    due: date
    is_open: bool = True
    is_overdue: bool = False
    answer: str = field(default="", repr=False)


class Library(Protocol):
    """What a conversation may look up; the reception gives one that reads the rooms."""

    def ask(self, text: str, division: str | None) -> Finding:
        """Find answers."""
        ...

    def entry(self, entry_id: str) -> Answer | None:
        """One entry."""
        ...

    def news(self, division: str | None, incoming: Incoming | None = None) -> Sequence[News]:
        """The newest notices of a place, in the order of who is speaking where they have one."""
        ...

    def notice(self, reference: str) -> News | None:
        """One published notice."""
        ...

    def claims(self, incoming: Incoming, said: Mapping[str, bool | float | str], skipped: Sequence[str]) -> Claims | None:
        """What the household of who is speaking may apply for; None unless they are bound to one.

        `said` is heard just now and counts beside what they said before; `skipped` are facts not to be asked for again.
        """
        ...

    def question(self, fact: str) -> Asked | None:
        """The question for a fact, whether it is open or not; None when no resident can answer it."""
        ...

    def own_page(self) -> str:
        """The public address of a person's own page."""
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

    def progress(self, number: str, incoming: Incoming) -> Progress | None:
        """Where a consultation stands; its answer only for who asked."""
        ...

    def address(self, reference: str) -> str:
        """The public address of a notice."""
        ...
