"""Crops and animals a condition names that no household is registered with: most often another word for one that is there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from profiles.models import HouseholdCrop, HouseholdLivestock
from profiles.targeting.conditions import Condition, facts_named

MOST_NAMED = 6
_LISTS = {"crop.": HouseholdCrop.name, "livestock.": HouseholdLivestock.name}


@dataclass(frozen=True)
class UnknownName:
    """What is asked for in the words of its fact (种冬小麦), and what households are registered with, the most frequent first."""

    asked: str
    held: tuple[str, ...]

    @property
    def words(self) -> str:
        """One sentence with the cure."""
        return f"没有一户登记过{self.asked}。登记得多的是：{'、'.join(self.held)}。请核对名字"


def unknown_names(session: Session, condition: Condition | None) -> tuple[UnknownName, ...]:
    """The names of a condition that stand nowhere in the register; none while the register has no such list at all."""
    found = []
    for fact in facts_named(condition) if condition is not None else ():
        prefix = next((prefix for prefix in _LISTS if fact.name.startswith(prefix)), "")
        if not prefix:
            continue
        name = _LISTS[prefix]
        if session.scalar(select(name).where(name == fact.name.removeprefix(prefix)).limit(1)) is None:
            held = session.scalars(select(name).group_by(name).order_by(func.count().desc(), name).limit(MOST_NAMED)).all()
            found += [UnknownName(fact.saying or fact.label, tuple(held))] if held else []
    return tuple(found)
