"""The values a conversation is made of, and what it may look up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.effects import Effect
from channels.messages import Incoming, Reply
from knowledge.elements import Elements


@dataclass(frozen=True)
class State:
    """What is remembered of a talk: where the person is, what was offered by number, what we wait for.

    `offered` are the targets of the numbers last shown (`entry:…`, `more:…`, `notice:…`, `claim:…`, `place:…`, `at:…`, `case:…`, `rate:…`,
    `useful:…`, `human:`, `who:…`, `none:`), `earlier` those of the list before it; `awaiting` is `question` while the next words
    go to a person, `agreeing` while it was offered that the last ones do, `reason` while it is said why an answer was no good, `place` while a village is waited for, `phone`, `code`
    and `who` on the way to being known;
    `fact` while a household's own answer is waited for: `asked_fact` is what was asked, `skipped` what they do not know;
    `told_fact` is what was answered last and may be corrected; `reminded` counts how often the open step was brought up again;
    `asked` is what 人工 would hand over; `missed` says that the last question found nothing;
    `subject` is what was spoken of last (`entry:…`, `notice:…`, `sent:…` for a message whose title may not be said), about which a bare 要带什么 asks; `unheard` is a piece of a
    question that was not understood and may go on; `cases` are the numbers of what was handed over in this talk;
    `note` names the question kept last, `useful` counts the answers until it is asked again whether one helped;
    `rating` is the number of the answered consultation that a 满意 speaks of;
    `mark` tells the list of `offered` from others, `earlier_mark` that of `earlier`, where it can still be chosen from.
    The reception writes when `offered`, `asked` and `subject` came: they grow old (`offered_at`, `asked_at`, `subject_at`, ISO).
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
    earlier: tuple[str, ...] = ()
    offered_at: str = ""
    asked_at: str = ""
    subject: str = ""
    subject_at: str = ""
    unheard: str = ""
    cases: tuple[str, ...] = ()
    note: int = 0
    useful: int = 0
    rating: str = ""
    mark: str = ""
    earlier_mark: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Read what was stored; unknown keys of a newer version are left aside."""
        known = {one.name: one.default for one in fields(cls)}
        told: dict[str, Any] = {name: tuple(value) if isinstance(known[name], tuple) else value
                                for name, value in data.items() if name in known}
        return cls(**told)


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
    """An entry as the bot says it; `short` is its text for an SMS, empty when none was written.

    `reference` is the notice it was made of, empty for an entry of its own; `page` the public address that has the whole.
    """

    id: str
    question: str
    answer: str
    office: str
    phone: str
    source: str
    until: date | None
    short: str = ""
    elements: Elements = field(default_factory=Elements)
    reference: str = ""
    page: str = ""


@dataclass(frozen=True)
class Finding:
    """What the library found: `answer`, `clarify` or `hand_over`, with the entries to show."""

    decision: str
    answers: tuple[Answer, ...]
    best: str | None = None
    score: float = 0.0


@dataclass(frozen=True)
class News:
    """A notice as the bot tells it; `is_open_to_all` when it names nobody whom it is for."""

    reference: str
    title: str
    summary: str
    until: date | None
    office: str
    phone: str
    bring: str = ""
    where: str = ""
    is_open_to_all: bool = True


@dataclass(frozen=True)
class Pushed:
    """The message that reached an address last; `is_named` says whether its title may be said there."""

    reference: str
    at: datetime
    is_named: bool = True


@dataclass(frozen=True)
class Opening:
    """When an office is there: `today` says whether it opens on this day, `following` is the next day it does."""

    hours: str
    is_open: bool
    today: bool
    following: date


class Fit(StrEnum):
    """Whether one notice is for the household of who is speaking."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    EVERYBODY = "everybody"
    UNBOUND = "unbound"


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
    may_rate: bool = False


@dataclass(frozen=True)
class Elsewhere:
    """What a bound resident left open in another talk: facts they did not know, consultations they handed over."""

    skipped: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


class Library(Protocol):
    """What a conversation may look up; the reception gives one that reads the rooms."""

    def ask(self, text: str, division: str | None) -> Finding:
        """Find answers."""
        ...

    def entry(self, entry_id: str) -> Answer | None:
        """One entry."""
        ...

    def entries(self, ids: Sequence[str]) -> Sequence[Answer]:
        """Those of some entries that stand, in the order asked."""
        ...

    def near(self, text: str, division: str | None) -> Sequence[Answer]:
        """What else a question might have meant, the likeliest first."""
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

    def places_within(self, text: str) -> Sequence[str]:
        """The villages that a name among other words may mean."""
        ...

    def place_of_scene(self, scene: str) -> str | None:
        """The division of a scanned code."""
        ...

    def place_near(self, incoming: Incoming) -> str | None:
        """The village nearest to a place that was sent; the place itself is kept nowhere."""
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

    def cases(self, incoming: Incoming, numbers: Sequence[str]) -> Sequence[Progress]:
        """What was handed over from this address or by who is bound to it, and by these numbers, the latest first."""
        ...

    def elsewhere(self, incoming: Incoming) -> Elsewhere:
        """What who is speaking left open in their other talks; nothing of whom nobody knows."""
        ...

    def to_rate(self, incoming: Incoming) -> str | None:
        """The number of the answer that who is speaking may be asked about."""
        ...

    def pushed(self, incoming: Incoming) -> Pushed | None:
        """The message that reached who is speaking last, within three days."""
        ...

    def fits(self, incoming: Incoming, reference: str) -> Fit:
        """Whether a notice is for the household of who is speaking."""
        ...

    def opening(self, office: str) -> Opening:
        """When an office is there."""
        ...

    def telephones(self, office: str) -> Sequence[tuple[str, str]]:
        """The offices of a name with the telephone of each, as the reviewed answers give them, the one most often given first."""
        ...

    def address(self, reference: str) -> str:
        """The public address of a notice."""
        ...
