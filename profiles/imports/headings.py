"""What the headings of a table mean: known by themselves, kept from the office's last table, or to be asked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.audit import Actor
from profiles.facts import Catalogue
from profiles.imports.claims import Claimed
from profiles.imports.models import KeptMapping
from profiles.intake.headers import column_named, plain
from profiles.intake.preview import Heading, Preview, preview


@dataclass(frozen=True)
class Settled:
    """What each heading means where it differs from its own words, or what is to be asked of the clerk."""

    mapping: Mapping[str, str]
    questions: Mapping[str, Any] | None = None


def settled(session: Session, claimed: Claimed, content: bytes, catalogue: Catalogue) -> Settled:
    """Settle the headings of a table as far as that goes without a clerk; FileRefused when it is no table at all."""
    look = preview(content, claimed.file_name, catalogue)
    kept = _kept(session, claimed.actor, heading_row(look), catalogue)
    if kept:
        look = preview(content, claimed.file_name, catalogue, kept)
    if not claimed.asks_headings or not (look.missing or any(_is_asked(one, look) for one in look.headings)):
        return Settled(kept)
    return Settled({}, _questions(look))


def keep(session: Session, actor: Actor, row: str, mapping: Mapping[str, str], now: datetime) -> None:
    """Remember for the actor's office what this heading row means."""
    found = session.get(KeptMapping, (actor.jurisdiction, row))
    if found is None:
        session.add(KeptMapping(office=actor.jurisdiction, headings=row, mapping=dict(mapping), by=actor.name, at=now))
    else:
        found.mapping, found.by, found.at = dict(mapping), actor.name, now


def heading_row(look: Preview) -> str:
    """What a heading row is known by next time: the digest of its plain words in their order."""
    return hashlib.sha256("\x1f".join(plain(one.heading) for one in look.headings).encode()).hexdigest()


def _kept(session: Session, actor: Actor, row: str, catalogue: Catalogue) -> dict[str, str]:
    """What was chosen for this heading row before; what no column may be called any more is asked anew."""
    found = session.get(KeptMapping, (actor.jurisdiction, row))
    chosen = found.mapping if found is not None else {}
    return {heading: name for heading, name in chosen.items() if not name or column_named(name, catalogue.own) is not None}


def _is_asked(one: Heading, look: Preview) -> bool:
    """Nobody understands it; a second column under the words of an understood one is left out without a question."""
    return one.means is None and not one.silent and not any(
        other.means is not None and plain(other.heading) == plain(one.heading) for other in look.headings)


def _questions(look: Preview) -> dict[str, Any]:
    seen: set[str] = set()
    columns = []
    for one in look.headings:
        if plain(one.heading) not in seen:
            seen.add(plain(one.heading))
            columns.append({"heading": one.heading, "examples": list(one.examples), "means": one.means or "",
                            "may_mean": list(one.may_mean), "asked": _is_asked(one, look)})
    return {"sheet": look.sheet, "row": look.row, "rows": look.rows, "key": heading_row(look), "columns": columns,
            "standards": [asdict(one) for one in look.standards], "missing": list(look.missing)}
