"""Where a scanned code leads: to its place, to its replacement, or to an honest refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from qrcodes import tokens
from qrcodes.models import Code

MOST_REPLACEMENTS = 10


@dataclass(frozen=True)
class Landing:
    """A code of ours that is in force: what it opens and where it hangs."""

    code_id: int
    kind: str
    target: str
    placement: str


@dataclass(frozen=True)
class Expired:
    """A code of ours that is not in force any more, and the place it stood for."""

    target: str


@dataclass(frozen=True)
class Forged:
    """Not a code of ours."""


def find(session: Session, token: str, key: bytes, now: datetime) -> Landing | Expired | Forged:
    """Follow a token; a replaced code leads to the one that took its place."""
    code_id = tokens.read(token, key)
    code = None if code_id is None else session.get(Code, code_id)
    if code is None:
        return Forged()
    for _ in range(MOST_REPLACEMENTS):
        if code.replaced_by is None:
            break
        code = session.get_one(Code, code.replaced_by)
    if code.expires_at is not None and code.expires_at <= now:
        return Expired(code.target)
    return Landing(code.id, code.kind, code.target, code.placement)


def place(session: Session, token: str, key: bytes, now: datetime) -> str | None:
    """The division a token stands for, when it is ours and in force."""
    found = find(session, token, key, now)
    return found.target if isinstance(found, Landing) else None
