"""The bell: due batches are rung by their ids through dramatiq, and whoever hears it looks at the rows."""

from __future__ import annotations

import time
from collections.abc import Callable

import dramatiq
import structlog
from dramatiq.broker import Broker

from kernel.clock import Clock
from kernel.database import Database
from kernel.queue import Unheard, bind
from profiles.facts import REGISTER, Catalogue
from push import noticeboards, sweep
from push.settings import PushSettings

QUEUE = "deliveries"
DELIVER = "deliver_batch"
# A batch that stays due is rung again, but not at every look: nobody may be free for it.
RING_AGAIN_SECONDS = 2.0
# A sheet that is over comes down a minute late at most; nobody waits at the board for it.
BOARDS_SECONDS = 60.0
# Nor for being joined to a push that left long ago.
THOROUGH_SECONDS = 2.0

log = structlog.get_logger(__name__)


def open_bell(broker: Broker, heard: Callable[[int], None]) -> dramatiq.Actor[[int], None]:
    """Bind what happens when a batch rings; it must not raise."""
    return bind(broker, DELIVER, QUEUE, heard)


class Sweeper:
    """Looks at the rows, tidies them up, rings for what is due, and lets the villages' boards follow."""

    def __init__(self, database: Database, clock: Clock, settings: PushSettings, ring: Callable[[int], object],
                 catalogue: Catalogue = REGISTER) -> None:
        """`ring` is called with the id of each batch that is due and was not rung lately, and may say Unheard; `catalogue` reads conditions."""
        self._database = database
        self._clock = clock
        self._settings = settings
        self._ring = ring
        self._catalogue = catalogue
        self._rung: dict[int, float] = {}
        self._boards_at: float | None = None
        self._thorough_at: float | None = None

    def look(self) -> int:
        """One round; gives how many batches were rung."""
        now = self._clock.now()
        moment = time.monotonic()
        is_time = self._thorough_at is None or moment - self._thorough_at >= THOROUGH_SECONDS
        if is_time:
            self._thorough_at = moment
        sweep.sweep(self._database, now, self._settings, self._catalogue, thoroughly=is_time)
        moment = time.monotonic()
        self._rung = {number: at for number, at in self._rung.items() if moment - at < RING_AGAIN_SECONDS}
        due = [number for number in sweep.due_batches(self._database, now) if number not in self._rung]
        self._rung.update(dict.fromkeys(due, moment))
        try:
            for number in due:
                self._ring(number)
        except Unheard as error:
            log.warning("the bell cannot be rung, workers look by themselves", kind=str(error))
        # Last, so that no board keeps a message waiting.
        if self._boards_at is None or moment - self._boards_at >= BOARDS_SECONDS:
            self._boards_at = moment
            noticeboards.keep_up(self._database, now)
        return len(due)
