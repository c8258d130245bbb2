"""Who is looking at their own matters: sessions opened by a proved telephone, each as long as the proof still holds."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.crypto import Keyring
from kernel.database import Base, Moment
from profiles import access
from profiles.access import Whom
from profiles.models import Contact, Household, Resident, Standing
from profiles.privacy import masked_name

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# Looking at three pages a second must not write three times a second.
NOTED_EVERY = timedelta(minutes=1)


class OwnSession(Base):
    """One browser that was let in by a code sent to `contact_id`; only a digest of its token is kept."""

    __tablename__ = "own_sessions"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment, index=True)


@dataclass(frozen=True)
class Me:
    """The resident a page is shown to; `name` is masked."""

    resident_id: int
    reference: str
    household_id: int
    division: str
    name: str
    contact_id: int


def open_session(session: Session, resident_id: int, contact_id: int, now: datetime) -> str:
    """Let a resident in whose telephone was just proved; gives the token for the browser. Old sessions are cleared.

    That the person looks at the own matters is written down here, once a session.
    """
    session.execute(delete(OwnSession).where(or_(OwnSession.seen_at < now - IDLE, OwnSession.opened_at < now - LONGEST))
                    .execution_options(synchronize_session=False))
    token = secrets.token_urlsafe(32)
    session.add(OwnSession(token=_digest(token), resident_id=resident_id, contact_id=contact_id, opened_at=now, seen_at=now))
    person = session.get_one(Resident, resident_id)
    home = session.get_one(Household, person.household_id)
    access.looked_at_own(session, now, Whom(home.id, person.id, person.reference, home.division))
    session.flush()
    return token


def who(session: Session, keyring: Keyring, token: str, now: datetime) -> Me | None:
    """Whose session it is; None when it is over, the resident is no longer here, or the telephone was retired or shared."""
    row = session.execute(
        select(Resident.id, Resident.reference, Resident.name, Resident.household_id, Household.division,
               OwnSession.contact_id)
        .join(OwnSession, OwnSession.resident_id == Resident.id)
        .join(Household, Household.id == Resident.household_id)
        .join(Contact, Contact.id == OwnSession.contact_id)
        .where(OwnSession.token == _digest(token), OwnSession.seen_at >= now - IDLE, OwnSession.opened_at >= now - LONGEST,
               Resident.standing == Standing.PRESENT, Household.left_at.is_(None), Contact.resident_id == Resident.id,
               Contact.retired_at.is_(None), Contact.shared.is_(False))).one_or_none()
    if row is None:
        return None
    number, reference, name, household_id, division, contact_id = row
    return Me(number, reference, household_id, division, masked_name(keyring.decrypt(name, "name")), contact_id)


def is_to_be_noted(session: Session, token: str, now: datetime) -> bool:
    """Whether a look is due to be written down, so that the half hour begins anew; a look that takes no lock."""
    return session.scalar(select(OwnSession.token).where(
        OwnSession.token == _digest(token), OwnSession.seen_at < now - NOTED_EVERY)) is not None


def note(session: Session, token: str, now: datetime) -> None:
    """Begin the half hour anew."""
    session.execute(update(OwnSession).where(OwnSession.token == _digest(token)).values(seen_at=now)
                    .execution_options(synchronize_session=False))


def end(session: Session, token: str) -> None:
    """End a session for good."""
    session.execute(delete(OwnSession).where(OwnSession.token == _digest(token))
                    .execution_options(synchronize_session=False))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
