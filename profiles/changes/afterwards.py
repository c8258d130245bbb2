"""What follows every import: pairs to decide, and messages that stay paused for residents who are reported dead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from profiles import contacts
from profiles.changes import doubles
from profiles.changes.models import ChangeKind, ChangeReport, ReportState
from profiles.changes.reporting import PAUSED
from profiles.models import Contact


def after_import(session: Session, now: datetime) -> None:
    """Look for identity numbers in two households, and let a number that a file brought reach nobody who is reported dead."""
    doubles.look_for(session, now)
    reported = select(ChangeReport.resident_id).where(
        ChangeReport.kind == ChangeKind.DIED, ChangeReport.state == ReportState.SAID, ChangeReport.resident_id.is_not(None))
    fresh = session.scalars(select(Contact.id).where(Contact.resident_id.in_(reported), Contact.retired_at.is_(None)))
    contacts.retire(session, list(fresh), PAUSED, now)
