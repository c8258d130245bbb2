"""What is known of one household, as values: None is unknown everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

OwnFacts = Mapping[str, float | str]
"""A county's own facts as kept: by name a number (1 and 0 for yes and no) or a word; what is not there is unknown."""


SaidFacts = Mapping[str, "str | bool | float | frozenset[str] | None"]
"""What the household itself says, by fact; read only where the register knows nothing."""


def _unsaid() -> SaidFacts:
    return MappingProxyType({})


def _nothing() -> OwnFacts:
    return MappingProxyType({})


@dataclass(frozen=True)
class MemberFacts:
    """A living, present member; an empty `skills` is known to have none, "无" says so for disability and study."""

    birth_date: date | None = None
    gender: str | None = None
    relation: str | None = None
    disability: str | None = None
    study: str | None = None
    migrant: bool | None = None
    skills: frozenset[str] | None = None
    own: OwnFacts = field(default_factory=_nothing, hash=False)
    said: SaidFacts = field(default_factory=_unsaid, hash=False)


@dataclass(frozen=True)
class HouseholdFacts:
    """A household: `division` its village code, land in mu, income in yuan a year and head.

    A known list of crops (mu) or livestock (head) is complete: what it does not name is 0.
    `roster_complete` says that `members` are all who live here; `size` is counted from them when not stated.
    """

    division: str | None = None
    kinds: frozenset[str] | None = None
    group: str | None = None
    size: int | None = None
    land: float | None = None
    income_per_head: float | None = None
    house_grade: str | None = None
    relocated: bool | None = None
    crops: Mapping[str, float] | None = None
    livestock: Mapping[str, float] | None = None
    members: tuple[MemberFacts, ...] = ()
    roster_complete: bool = False
    own: OwnFacts = field(default_factory=_nothing, hash=False)
    said: SaidFacts = field(default_factory=_unsaid, hash=False)
