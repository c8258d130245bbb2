"""Where the shared access token is kept: one encrypted row, and a lease so that one process fetches for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import case, or_, update
from sqlalchemy.exc import IntegrityError

from channels.wechat.models import AccessToken
from kernel.crypto import Keyring, Unreadable
from kernel.database import Database

PURPOSE = "wechat_token"


@dataclass(frozen=True)
class Kept:
    """A token and when it ends."""

    token: str = field(repr=False)
    expires_at: datetime


class TokenStore(Protocol):
    """Keeps one account's token for all processes."""

    def read(self) -> Kept | None:
        """The token kept, whether or not it is still good."""
        ...

    def claim(self, who: str, now: datetime, until: datetime) -> bool:
        """Take the right to fetch, when nobody holds it."""
        ...

    def keep(self, who: str, kept: Kept, now: datetime) -> None:
        """Store what was fetched and give the right back."""
        ...

    def release(self, who: str) -> None:
        """Give the right back without a token."""
        ...

    def may_force(self, day: date, most: int) -> bool:
        """Count one forced refresh of a day; False when the day has had its `most`."""
        ...


class TokenShelf:
    """The store in the table wechat_tokens; every call is one short transaction."""

    def __init__(self, database: Database, keyring: Keyring, app_id: str) -> None:
        """For one account."""
        self._database = database
        self._keyring = keyring
        self._app_id = app_id

    def read(self) -> Kept | None:
        """The token kept; None too when it was encrypted with a key we no longer hold."""
        with self._database.reading() as session:
            row = session.get(AccessToken, self._app_id)
            if row is None or row.token is None or row.expires_at is None:
                return None
            try:
                return Kept(self._keyring.decrypt(row.token, PURPOSE), row.expires_at)
            except Unreadable:
                return None

    def claim(self, who: str, now: datetime, until: datetime) -> bool:
        """Take the lease by a conditional update; the first of all inserts the row."""
        taking = (
            update(AccessToken)
            .where(AccessToken.app_id == self._app_id,
                   or_(AccessToken.lease_until.is_(None), AccessToken.lease_until <= now))
            .values(leased_by=who, lease_until=until)
        )
        with self._database.writing() as session:
            if session.connection().execute(taking).rowcount == 1:
                return True
            if session.get(AccessToken, self._app_id) is not None:
                return False
        return self._insert(who, until)

    def keep(self, who: str, kept: Kept, now: datetime) -> None:
        """Store a token; one that comes after its lease was lost is still the account's newest, so it is kept."""
        sealed = self._keyring.encrypt(kept.token, PURPOSE)
        with self._database.writing() as session:
            session.execute(update(AccessToken).where(AccessToken.app_id == self._app_id).values(
                token=sealed, expires_at=kept.expires_at, renewed_at=now))
        self.release(who)

    def release(self, who: str) -> None:
        """Give the lease back if it is still ours."""
        with self._database.writing() as session:
            session.execute(update(AccessToken).where(
                AccessToken.app_id == self._app_id, AccessToken.leased_by == who,
            ).values(leased_by=None, lease_until=None))

    def may_force(self, day: date, most: int) -> bool:
        """One conditional update, so that all processes together stay under the platform's figure."""
        is_today = AccessToken.forced_on == day
        counting = (
            update(AccessToken)
            .where(AccessToken.app_id == self._app_id, or_(AccessToken.forced_on.is_(None), ~is_today, AccessToken.forced < most))
            .values(forced_on=day, forced=case((is_today, AccessToken.forced + 1), else_=1))
            .execution_options(synchronize_session=False)
        )
        with self._database.writing() as session:
            return session.connection().execute(counting).rowcount == 1

    def _insert(self, who: str, until: datetime) -> bool:
        try:
            with self._database.writing() as session:
                session.add(AccessToken(app_id=self._app_id, leased_by=who, lease_until=until))
        except IntegrityError:
            return False  # another process was first; it is fetching
        return True
