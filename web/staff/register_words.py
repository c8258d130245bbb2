"""What the register says of a household, line by line: the value, its source and date, and what the household says itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from profiles import answers
from profiles.answers import Said, Value
from profiles.contacts import masked_name
from profiles.facts import NONE, Catalogue, Fact, Kind, Level
from profiles.models import Household, Resident, Standing
from profiles.provenance import Provenance, outdated_words, provenance
from profiles.targeting.conditions import Leaf, OneOf
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.weighing import Observed, observe
from web.wording import figure

UNKNOWN = "没有登记"
SHOWN_ABOVE = frozenset({"household.group", "member.gender", "member.relation", "member.age"})
"""Facts that stand in the head of the page or in the table of members."""


@dataclass(frozen=True)
class Told:
    """What the household says of a fact itself; `warning` tells what taking it would mean besides."""

    id: int
    words: str
    at: datetime
    warning: str = ""


@dataclass(frozen=True)
class Known:
    """One fact in words, whose it is, where it comes from, and whether it is too old; `told` stands beside it."""

    label: str
    words: str
    source: str = ""
    outdated: str = ""
    whose: str = ""
    told: Told | None = None

    @property
    def is_known(self) -> bool:
        """Whether anything is registered."""
        return self.words != UNKNOWN


def known(
    session: Session, keyring: Keyring, household: Household, facts: HouseholdFacts, catalogue: Catalogue, today: date, *,
    names: bool, hardship: bool,
) -> tuple[Known, ...]:
    """Every fact of the household, then what is known of its members; nothing that tells of hardship unless it may be seen."""
    told = {(one.about, one.fact): one for one in answers.standing_answers(session, keyring, household.id)}
    shown = [fact for fact in catalogue.facts if fact.kind not in (Kind.DERIVED, Kind.DIVISION) and fact.name not in SHOWN_ABOVE
             and (hardship or not fact.sensitive)]
    people = _people(session, keyring, household.id, facts, whole=names)
    made = _Lines(facts, catalogue, provenance(session, household), told, today)
    return (*made.of_household([fact for fact in shown if fact.level is Level.HOUSEHOLD]),
            *made.of_lists(), *made.of_members(people, [fact for fact in shown if fact.level is Level.MEMBER]))


@dataclass(frozen=True)
class _Lines:
    facts: HouseholdFacts
    catalogue: Catalogue
    dates: Provenance
    told: Mapping[tuple[int | None, str], Said]
    today: date

    def of_household(self, shown: Sequence[Fact]) -> Iterator[Known]:
        for fact in shown:
            value = observe(Leaf(fact, OneOf(())), self.facts, None, self.today)
            yield self._line(fact, _size(self.facts) if fact.name == "household.size" else _words(fact, value))

    def of_lists(self) -> Iterator[Known]:
        for family, kept in zip(self.catalogue.families, (self.facts.crops, self.facts.livestock), strict=False):
            label = f"{family.verb}{'植' if family.prefix == 'crop.' else '殖'}"
            yield self._line(family.pattern, _amounts(kept, family.prefix, self.catalogue), label=label)
            for (about, name), said in self.told.items():
                fact = self.catalogue.fact(name)
                if about is None and fact is not None and name.startswith(family.prefix):
                    amount = None if kept is None else kept.get(fact.label, 0.0)
                    yield self._line(fact, _words(fact, amount), told=_told(fact, said, is_first=kept is None))

    def of_members(self, people: Sequence[tuple[int, str, MemberFacts]], shown: Sequence[Fact]) -> Iterator[Known]:
        for number, name, member in people:
            for fact in shown:
                value = observe(Leaf(fact, OneOf(())), self.facts, member, self.today)
                if value is not None or (number, fact.name) in self.told:
                    yield self._line(fact, _words(fact, value), number, whose=name)

    def _line(self, fact: Fact, words: str, about: int | None = None, *, label: str = "", whose: str = "",
              told: Told | None = None) -> Known:
        said = self.told.get((about, fact.name))
        told = told or (None if said is None else _told(fact, said))
        if words == UNKNOWN:
            return Known(label or fact.label, words, whose=whose, told=told)
        stated = self.dates.of(fact, about or 0)
        return Known(label or fact.label, words, stated.words, outdated_words(fact, stated, self.today), whose, told)


def _people(session: Session, keyring: Keyring, household_id: int, facts: HouseholdFacts, *, whole: bool
            ) -> list[tuple[int, str, MemberFacts]]:
    # In the order of `profiles.register.facts_of`.
    rows = session.execute(select(Resident.id, Resident.name).where(
        Resident.household_id == household_id, Resident.standing == Standing.PRESENT).order_by(Resident.id)).all()
    opened = [keyring.decrypt(name, "name") for _, name in rows]
    return [(number, name if whole else masked_name(name), member)
            for (number, _), name, member in zip(rows, opened, facts.members, strict=True)]


def _told(fact: Fact, said: Said, *, is_first: bool = False) -> Told:
    warning = f"采纳后，登记为只有{fact.label}这一样；还有别的，请先在农户表里补全。" if is_first else ""
    return Told(said.id, _words(fact, _spoken(said.value)), said.at, warning)


def _spoken(value: Value) -> Observed:
    return value if isinstance(value, bool | str) else float(value)


def _words(fact: Fact, value: Observed) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, frozenset):
        return "、".join(sorted(value)) or NONE
    if isinstance(value, str):
        return f"{value} 级" if value in ("A", "B", "C", "D") and fact.name == "household.house_grade" else value
    return f"{_plain(value)} {fact.unit}".strip()


def _plain(value: float) -> str:
    """6.5, 3, 12,000: no more places than were said."""
    return figure(value) if float(value).is_integer() else f"{value:,.4f}".rstrip("0").rstrip(".")


def _size(facts: HouseholdFacts) -> str:
    """What was written down, else as many as are known to live there."""
    if facts.size is not None:
        return f"{facts.size} 人"
    return f"{'' if facts.roster_complete else '至少 '}{len(facts.members)} 人" if facts.members else UNKNOWN


def _amounts(values: Mapping[str, float] | None, family: str, catalogue: Catalogue) -> str:
    """玉米 5 亩，肉牛 4 头: each with the unit of its own fact."""
    if values is None:
        return UNKNOWN
    facts = {name: catalogue.fact(family + name) for name in values}
    return "，".join(f"{name} {_plain(amount)} {fact.unit if (fact := facts[name]) else ''}".strip()
                    for name, amount in values.items()) or NONE
