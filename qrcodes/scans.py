"""Counting scans by people: a day and a number, nothing of the person or the phone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from qrcodes.models import Code, ScanCount

# Crawlers, link previews and command-line clients; WeChat's own preview fetcher names itself "MicroMessenger" with "prefetch".
ROBOTS = re.compile(r"bot|spider|crawl|preview|prefetch|curl|wget|python-|java/|go-http|headless|facebookexternalhit|^$",
                    re.IGNORECASE)


def is_person(user_agent: str, purpose: str = "") -> bool:
    """Whether a request looks like a person's browser and not a robot, a preview or a prefetch."""
    return not ROBOTS.search(user_agent) and "prefetch" not in purpose.lower()


def count_scan(session: Session, code_id: int, day: date) -> None:
    """Add one scan to a code's day."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(ScanCount).values(code_id=code_id, day=day, scans=1)
    session.execute(row.on_conflict_do_update(index_elements=["code_id", "day"],
                                              set_={"scans": ScanCount.scans + 1}))


def scans_at(session: Session, divisions: Sequence[str], since: date) -> dict[str, int]:
    """Scans since a day by the division the code was made for; those nobody scanned are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(divisions), 500):
        chosen = (select(Code.target, func.sum(ScanCount.scans)).join(ScanCount, ScanCount.code_id == Code.id)
                  .where(Code.target.in_(divisions[start:start + 500]), ScanCount.day >= since).group_by(Code.target))
        found |= {target: int(scans) for target, scans in session.execute(chosen)}
    return found
