"""The desk (工作台): what waits for me, and what went out lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from notices.models import Notice
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import waiting
from web.staff.menu import NOTICE_READERS, WRITERS, holds, holds_itself
from web.staff.models import Role

LATELY = 6


@dataclass(frozen=True)
class Published:
    """A notice that went out lately."""

    reference: str
    title: str
    at: datetime


@staff()
def desk() -> str:
    """What waits for the signed-in person, line by line, and what was published lately."""
    with house().database.reading() as session:
        lines = waiting.lines(session, actor(), the_day())
        lately = _lately(session) if holds(actor(), *NOTICE_READERS) else []
    return render_template("staff/desk.html", heading="工作台", waits=lines, lately=lately,
                           may_write=holds_itself(actor(), *WRITERS), is_auditor=actor().roles == {Role.AUDITOR})


def _lately(session: Session) -> list[Published]:
    rows = session.execute(
        select(Notice.reference, Notice.title, Notice.published_at)
        .where(Notice.published_at.is_not(None), Notice.withdrawn_at.is_(None))
        .order_by(Notice.published_at.desc()).limit(LATELY))
    return [Published(reference, title, at) for reference, title, at in rows if at is not None]
