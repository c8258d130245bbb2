"""What the clock does with consultations: the heads are told of what became overdue, and what nobody rated is closed in the end."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from kernel.clock import today
from knowledge import overdue, rating
from web.house import House

LOOK_SECONDS = 300.0

log = structlog.get_logger(__name__)


class CaseClock:
    """Looks every few minutes; a second one changes nothing."""

    def __init__(self, house: House) -> None:
        """Of a house."""
        self._house = house

    def look(self) -> tuple[int, int]:
        """How many were told of, and how many closed."""
        now, days = self._house.clock.now(), self._house.settings.consultations.consultation_close_days
        with self._house.database.writing() as session:
            told = overdue.escalate(session, today(self._house.clock), now)
            closed = rating.close_old(session, now, days)
        if told or closed:
            log.info("consultations were looked after", overdue=told, closed=closed)
        return told, closed

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            try:
                self.look()
            except SQLAlchemyError as error:
                log.warning("consultations cannot be looked after, trying again", kind=type(error).__name__)
            stop.wait(LOOK_SECONDS)
