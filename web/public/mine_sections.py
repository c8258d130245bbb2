"""The sections of one's own page, one table: which piece stands where, and what it has to say to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from web.public import mine_cases, mine_claims, mine_contacts, mine_data, mine_order, mine_wishes
from web.public.mine_session import Me

Context = Callable[[Session, Me], Mapping[str, Any]]


@dataclass(frozen=True)
class Section:
    """A template under `public/mine/` and what it needs; `name` is its anchor on the page."""

    name: str
    template: str
    context: Context


SECTIONS: tuple[Section, ...] = (
    Section("claims", "public/mine/claims.html", mine_claims.claims),
    Section("told", "public/mine/told.html", mine_claims.sent),
    Section("cases", "public/mine/cases.html", mine_cases.context),
    Section("wishes", "public/mine/wishes.html", mine_wishes.context),
    Section("contacts", "public/mine/contacts.html", mine_contacts.context),
    Section("order", "public/mine/order.html", mine_order.context),
    Section("data", "public/mine/data.html", mine_data.context),
)


def shown(session: Session, me: Me) -> dict[str, Any]:
    """What every section has to say, under its name: a template finds its own as `sections.<name>`."""
    return {section.name: section.context(session, me) for section in SECTIONS}
