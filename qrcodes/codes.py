"""Making, moving and ending codes; one board code a division unless asked for another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from qrcodes.models import Code

BOARD = "board"
SCREEN = "screen"


def codes_for(session: Session, divisions: Iterable[str], kind: str, now: datetime) -> dict[str, Code]:
    """The code in force of each division, made where there is none yet."""
    wanted = list(divisions)
    held = in_force(session, wanted, kind, now)
    for division in wanted:
        if division not in held:
            held[division] = Code(kind=kind, target=division, created_at=now, placement="村务公示栏")
            session.add(held[division])
    session.flush()
    return held


def in_force(session: Session, divisions: Sequence[str], kind: str, now: datetime) -> dict[str, Code]:
    """The code in force of each division that has one."""
    held: dict[str, Code] = {}
    for start in range(0, len(divisions), 500):
        found = session.scalars(select(Code).where(
            Code.kind == kind, Code.target.in_(divisions[start:start + 500]), Code.replaced_by.is_(None)).order_by(Code.id))
        held.update({code.target: code for code in found if code.expires_at is None or code.expires_at > now})
    return held


def replace(session: Session, code_id: int, actor: Actor, now: datetime) -> Code:
    """Put a new code in a damaged one's place; whoever scans the old one is led to the new.

    A code is replaced once: whoever presses twice, or comes back to the page, gets the one that stands in its place.
    """
    old = session.get_one(Code, code_id, with_for_update=True)
    if old.replaced_by is not None:
        return session.get_one(Code, old.replaced_by)
    new = Code(kind=old.kind, target=old.target, placement=old.placement, created_at=now)
    session.add(new)
    session.flush()
    old.replaced_by = new.id
    record(session, now, actor, "更换二维码", f"code:{old.id}", {"new": new.id})
    return new


def expire(session: Session, code_id: int, actor: Actor, now: datetime) -> None:
    """End a code; its neighbours stay as printed."""
    session.get_one(Code, code_id).expires_at = now
    record(session, now, actor, "停用二维码", f"code:{code_id}")
