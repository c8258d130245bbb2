"""The sections of one's own page, one table: which piece stands where, and what it has to say to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from web.public import mine_order
from web.public.mine_session import Me

Context = Callable[[Session, Me], Mapping[str, Any]]


@dataclass(frozen=True)
class Section:
    """A template under `public/mine/` and what it needs; `name` is its anchor on the page."""

    name: str
    template: str
    context: Context


def _nothing(_session: Session, _me: Me) -> Mapping[str, Any]:
    return {}


SECTIONS: tuple[Section, ...] = (
    Section("order", "public/mine/order.html", mine_order.context),
    Section("data", "public/mine/data.html", _nothing),
)


def shown(session: Session, me: Me) -> dict[str, Any]:
    """What every section has to say, under its name: a template finds its own as `sections.<name>`."""
    return {section.name: section.context(session, me) for section in SECTIONS}
