"""How far a condition reaches, in numbers and words: beside the builder, on a notice's page, and in the trial room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from profiles import reach
from profiles.divisions import Names
from profiles.reach import Missing
from profiles.targeting.parsing import parse
from profiles.targeting.wording import sentence
from profiles.unknown_names import unknown_names
from profiles.unknown_places import unknown_places
from web.house import house
from web.security import actor

MANY_PLACES = 4


@dataclass(frozen=True)
class Reckoned:
    """A condition within places: its sentence, the places, and the households it reaches."""

    sentence: str
    places: str
    surely: int
    undecided: int
    residents: int
    missing: tuple[Missing, ...]
    warnings: tuple[str, ...] = ()


def reckon(session: Session, condition: Any, divisions: Sequence[str], day: date) -> Reckoned:
    """Count a condition (decoded JSON, None for everybody) within divisions; raises ConditionRefused."""
    read = parse(condition, house().catalogue)
    counts = reach.count(session, read, divisions, day)
    missing = reach.missing_facts(session, read, divisions, day) if counts.undecided else ()
    names = Names(session)
    return Reckoned(sentence(read, names.name), places_in_words(divisions, names), counts.surely, counts.undecided,
                    counts.residents, missing,
                    (*(one.words for one in unknown_places(session, condition)), *(one.words for one in unknown_names(session, read))))


def within_area(divisions: Sequence[str]) -> tuple[str, ...]:
    """The chosen places inside the signed-in person's area, else the whole area."""
    chosen = tuple(code for code in divisions if actor().may_act_in(code))
    return chosen or ((actor().jurisdiction,) if actor().jurisdiction else ())


def places_in_words(divisions: Sequence[str], names: Names) -> str:
    """The places a notice is for, the first few by name."""
    shown = "、".join(names.place(code) for code in divisions[:MANY_PLACES])
    return f"{shown} 等 {len(divisions)} 处" if len(divisions) > MANY_PLACES else shown
