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

    `offered` are the targets of the numbers last shown (`entry:…`, `notice:…`, `none`); `awaiting` is `question`
    while the next words go to a person.
    """

    division: str | None = None
    offered: tuple[str, ...] = ()
    awaiting: str = ""
    asked: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {"division": self.division, "offered": list(self.offered), "awaiting": self.awaiting, "asked": self.asked}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Read what was stored; unknown keys of a newer version are left aside."""
        return cls(data.get("division"), tuple(data.get("offered", ())), data.get("awaiting", ""),
                   data.get("asked", ""))


@dataclass(frozen=True)
class TakeConsultation:
    """Hand a question to people; the reception adds the number to the replies."""

    text: str


@dataclass(frozen=True)
class Refuse:
    """The person wants no more of a topic (empty = all that may be refused)."""

    topic: str = ""


@dataclass(frozen=True)
class Restore:
    """The person wants messages again."""


@dataclass(frozen=True)
class RememberQuestion:
    """Keep a question and its decision for finding gaps."""

    text: str
    decision: str
    entry: str | None
    score: float


Effect = TakeConsultation | Refuse | Restore | RememberQuestion


@dataclass(frozen=True)
class Turn:
    """One step: the state after it, what is said, what is to be done."""

    state: State
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = field(default=())


@dataclass(frozen=True)
class Answer:
    """An entry as the bot says it."""

    id: str
    question: str
    answer: str
    office: str
    phone: str
    source: str
    until: date | None


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

    def place_named(self, text: str) -> str | None:
        """The division a text names, when it names exactly one."""
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

    def progress(self, number: str) -> tuple[str, str, date] | None:
        """A consultation's number, state in words and deadline."""
        ...

    def address(self, reference: str) -> str:
        """The public address of a notice."""
        ...
