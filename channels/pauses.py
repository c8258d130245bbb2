"""An account that a vendor has told to be quiet is quiet in every process, for as long as the vendor said."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from kernel.clock import Clock
from kernel.database import Base, Database, Moment

# Another process's pause is known here this soon; what slips through is refused once more, and not sent.
KEPT_SECONDS = 1.0


class GatewayPause(Base):
    """One account's pause."""

    __tablename__ = "gateway_pauses"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    until: Mapped[datetime] = mapped_column(Moment)


class Pauses:
    """The pause of one account, shared through the database; touches it only when asked."""

    def __init__(self, database: Database, name: str, clock: Clock) -> None:
        """`name` is the account's."""
        self._database = database
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._until: datetime | None = None
        self._good_until = 0.0

    def rest(self) -> timedelta:
        """How long the account has to be quiet still; zero when it may speak."""
        now = self._clock.now()
        with self._lock:
            if (self._until is None or self._until <= now) and time.monotonic() >= self._good_until:
                with self._database.reading() as session:
                    row = session.get(GatewayPause, self._name)
                self._until = row.until if row is not None else None
                self._good_until = time.monotonic() + KEPT_SECONDS
            return max(timedelta(0), self._until - now) if self._until is not None else timedelta(0)

    def pause(self, wait: timedelta) -> None:
        """The vendor asked for quiet: the longer of two pauses holds."""
        until = self._clock.now() + wait
        with self._lock:
            self._until = until if self._until is None else max(self._until, until)
            with self._database.writing() as session:
                session.execute(delete(GatewayPause).where(GatewayPause.name == self._name, GatewayPause.until <= until))
                if session.get(GatewayPause, self._name) is None:
                    session.add(GatewayPause(name=self._name, until=until))
