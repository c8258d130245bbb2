"""The places an account may choose from, as a tree of county, townships and villages, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from profiles.divisions import COUNTY, TOWNSHIP, VILLAGE, short_name, standing
from profiles.history import Codes
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


def tree(session: Session, actor: Actor, county: str, chosen: Sequence[str] = ()) -> tuple[Place, ...]:
    """The top places of the actor's area within the county: the county itself, a township, or a village.

    What has become another place is left out, but for what a form has `chosen` before: it is not lost by saving again.
    """
    root = actor.jurisdiction if len(actor.jurisdiction) >= COUNTY else county
    rows = [*standing(session, root), *_retired(session, root, chosen)]
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


def _retired(session: Session, root: str, chosen: Sequence[str]) -> list[tuple[str, str]]:
    """The chosen places, and those they lie in, that have become others meanwhile."""
    codes = Codes.read(session)
    wanted = {code[:length] for code in chosen for length in (TOWNSHIP, VILLAGE) if len(code) >= length and code.startswith(root)}
    gone = sorted(code for code in wanted if codes.present(code) != code)
    named = session.execute(select(Division.code, Division.name).where(Division.code.in_(gone)).order_by(Division.code))
    return [(code, f"{short_name(name)}（已变更）") for code, name in named]


def townships(session: Session, actor: Actor, county: str) -> tuple[tuple[str, str], ...]:
    """Code and name of the places a filter offers: the actor's area and the townships in it."""
    found: list[tuple[str, str]] = []
    for top in tree(session, actor, county):
        found.append((top.code, top.name))
        found.extend((one.code, one.name) for one in top.below)
    return tuple(found)


def places(session: Session, actor: Actor, county: str) -> tuple[tuple[str, str], ...]:
    """Code and name of every place of the actor's area down to the villages, these named with their township."""
    found: list[tuple[str, str]] = []
    for top in tree(session, actor, county):
        found.append((top.code, top.name))
        for one in top.below:
            found.append((one.code, one.name if len(one.code) < VILLAGE else f"{top.name} {one.name}"))
            found.extend((village.code, f"{one.name} {village.name}") for village in one.below)
    return tuple(found)
