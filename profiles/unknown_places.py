"""Places a condition names that nobody knows: it would reach nobody there, and the writer should hear why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from profiles.history import DivisionChange
from profiles.models import Division
from profiles.targeting.operands import trimmed_code


@dataclass(frozen=True)
class UnknownPlace:
    """A code that is no division of ours, and where in the condition it stands (`all[0].within`)."""

    path: str
    code: str

    @property
    def words(self) -> str:
        """One sentence with the cure."""
        return f"{self.path}：没有代码为“{self.code}”的区划，那里一户也数不到。请核对代码，或先导入行政区划"


def unknown_places(session: Session, condition: Any) -> tuple[UnknownPlace, ...]:
    """The places of a condition (decoded JSON) that no division lies in and none had as its code; none while there are no divisions."""
    named = list(_named(condition, ""))
    if not named or session.scalar(select(Division.code).limit(1)) is None:
        return ()
    return tuple(UnknownPlace(path, code) for path, code in named if not _is_known(session, trimmed_code(code)))


def _is_known(session: Session, code: str) -> bool:
    here = select(Division.code).where(Division.code.startswith(code, autoescape=True)).limit(1)
    before = select(DivisionChange.old).where(DivisionChange.old.startswith(code, autoescape=True)).limit(1)
    return any(session.scalar(query) is not None for query in (here, before))


def _named(part: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(part, dict):
        return
    within = f"{path}." if path else ""
    for group in ("all", "any"):
        for place, one in enumerate(part.get(group) or ()):
            yield from _named(one, f"{within}{group}[{place}]")
    for group in ("not", "someone", "everyone"):
        yield from _named(part.get(group), f"{within}{group}")
    if part.get("fact") == "division":
        for operator in ("within", "is", "in"):
            codes = part.get(operator) or ()
            for code in [codes] if isinstance(codes, str) else codes:
                yield f"{within}{operator}", str(code)
