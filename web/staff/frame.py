"""What surrounds every page of the console: the rail of rooms one may enter, who one is, and small things of forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from sqlalchemy.orm import Session

from kernel.audit import Actor
from profiles.divisions import Names
from web.house import house
from web.staff import waiting
from web.staff.menu import ROOMS, Room, room_of
from web.staff.models import Role

ROWS_A_PAGE = 50
# Where a row is a paragraph, as on a telephone.
LONG_ROWS_A_PAGE = 20


@dataclass(frozen=True)
class RailLine:
    """One room of the rail as this actor sees it on this page."""

    name: str
    endpoint: str
    is_here: bool
    count: int


@dataclass(frozen=True)
class Me:
    """Who is signed in, in words."""

    name: str
    roles: str
    place: str


@dataclass(frozen=True)
class Fault:
    """One thing to mend in a form: the field's id and one sentence."""

    place: str
    words: str


@dataclass(frozen=True)
class Paging:
    """Which page of a list this is, and how many rows one holds."""

    number: int
    total: int
    rows: int = ROWS_A_PAGE

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.rows))

    @property
    def offset(self) -> int:
        """How many rows stand before this page."""
        return (self.number - 1) * self.rows


def at_hand() -> dict[str, Any]:
    """What every template of the console is given."""
    actor = g.get("actor")
    if actor is None:
        return {}
    with house().database.reading() as session:
        if g.get("has_one_time"):
            return {"rooms": (), "me": me(session, actor)}
        counts = waiting.by_room(session, actor)
        return {"rooms": rail(actor, request.path, counts), "me": me(session, actor)}


def rail(actor: Actor, path: str, counts: Mapping[str, int]) -> tuple[RailLine, ...]:
    """The rooms the actor may enter, the present one marked, each with how much waits there."""
    here = None if path == url_for("staff.own_account") else room_of(path)
    return tuple(_line(room, here, counts) for room in ROOMS if room.admits(actor))


def me(session: Session, actor: Actor) -> Me:
    """The actor in words."""
    return Me(actor.name, role_words(actor.roles), place_words(session, actor.jurisdiction))


def role_words(roles: Sequence[str] | frozenset[str]) -> str:
    """Roles in their own order, in the office's words."""
    return "、".join(role.words for role in Role if role.value in roles) or "没有角色"


def place_words(session: Session, code: str) -> str:
    """An area in words; an empty code is the whole system."""
    return Names(session).place(code) if code else "全部"


def page_asked(total: int, rows: int = ROWS_A_PAGE) -> Paging:
    """The page of a list that the address asks for, within what there is."""
    wanted = request.args.get("page", 1, type=int)
    return Paging(min(max(1, wanted), Paging(1, total, rows).last), total, rows)


def _line(room: Room, here: Room | None, counts: Mapping[str, int]) -> RailLine:
    return RailLine(room.name, room.endpoint, room is here, counts.get(room.endpoint, 0))
