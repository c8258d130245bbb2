"""The places an account may choose from, as a tree of county, townships and villages, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from profiles.divisions import COUNTY, TOWNSHIP, VILLAGE, short_name
from profiles.models import Division


@dataclass(frozen=True)
class Place:
    """One division with those below it."""

    code: str
    name: str
    below: tuple[Place, ...] = ()

    def holds(self, codes: Sequence[str]) -> bool:
        """Whether one of the codes lies below it."""
        return any(code != self.code and code.startswith(self.code) for code in codes)

    def count(self, codes: Sequence[str]) -> int:
        """How many of the codes lie below it."""
        return sum(code != self.code and code.startswith(self.code) for code in codes)


def tree(session: Session, actor: Actor, county: str) -> tuple[Place, ...]:
    """The top places of the actor's area within the county: the county itself, a township, or a village."""
    root = actor.jurisdiction if len(actor.jurisdiction) >= COUNTY else county
    rows = session.execute(select(Division.code, Division.name).where(Division.code.startswith(root, autoescape=True))
                           .order_by(Division.code)).all()
    below: dict[str, list[Place]] = {}
    tops: list[Place] = []
    for code, name in sorted(rows, key=lambda row: (-len(row[0]), row[0])):
        place = Place(code, short_name(name), tuple(below.get(code, ())))
        above = {VILLAGE: code[:TOWNSHIP], TOWNSHIP: code[:COUNTY]}.get(len(code), "")
        if len(code) > len(root) and above:
            below.setdefault(above, []).append(place)
        else:
            tops.append(place)
    return tuple(tops)


def townships(session: Session, actor: Actor, county: str) -> tuple[tuple[str, str], ...]:
    """Code and name of the places a filter offers: the actor's area and the townships in it."""
    found: list[tuple[str, str]] = []
    for top in tree(session, actor, county):
        found.append((top.code, top.name))
        found.extend((one.code, one.name) for one in top.below)
    return tuple(found)
