"""Brings receipts and residents' words to our hooks over HTTP, batched as the vendors do, and tries again when refused."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from channels.simulators.faults import Faults
from kernel.http import Answer, AnswerLost, Client, Network, NotSent, loopback_only

# Under the 64 KB that our hooks take; vendors send up to about a hundred reports at once.
REPORTS_A_POST = 120
IN_FLIGHT = 8
ROUND_SECONDS = 0.05
# Aliyun pushes again after 1, 5 and 10 minutes; here the minutes are seconds.
RETRY_SECONDS = (1.0, 5.0, 10.0)
REST_SECONDS = 1.0
MOST_WAITING = 1_000_000

log = structlog.get_logger(__name__)


@dataclass
class Letter:
    """One POST to a hook: a whole body, or a report that travels with others."""

    hook: str
    body: bytes = field(default=b"", repr=False)
    report: Mapping[str, Any] | None = field(default=None, repr=False)
    content_type: str = "application/json; charset=utf-8"
    due: float = 0.0
    tries: int = 0
    rows: int = 1


class Postman:
    """Holds letters until they are due; everything but `put` happens in the simulators' event loop."""

    def __init__(self, hooks: str | None, faults: Faults) -> None:
        """`hooks` is the address before `/aliyun`, `/wechat` …; without one, letters are dropped."""
        self.hooks = hooks.rstrip("/") if hooks else None
        self.delivered = 0
        self.given_up = 0
        self._faults = faults
        self._waiting: list[Letter] = []
        self._under_way = 0
        self._closed_until = 0.0
        self._client: Client | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self._waiting and not self._under_way

    def put(self, letter: Letter) -> None:
        """Take a receipt to bring; the habits decide whether it comes late, twice or never."""
        habits = self._faults.receipts
        if self.hooks is None or len(self._waiting) >= MOST_WAITING or self._faults.chance(habits.lose):
            return
        letter.due = time.monotonic() + habits.delay
        self._waiting.append(letter)
        if self._faults.chance(habits.duplicate):
            self._waiting.append(Letter(**{**letter.__dict__, "due": letter.due}))

    async def run(self) -> None:
        """Deliver what is due, round after round, until cancelled."""
        async with Network(loopback_only).open(IN_FLIGHT) as client:
            self._client = client
            while True:
                await self.round()
                await asyncio.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Deliver everything that is due now."""
        now = time.monotonic()
        if not self._waiting or self._client is None or now < self._closed_until:
            return
        due = [letter for letter in self._waiting if letter.due <= now]
        self._waiting = [letter for letter in self._waiting if letter.due > now]
        if self._faults.receipts.out_of_order:
            self._faults.shuffle(due)
        self._under_way += 1
        try:
            letters = _bundled(due)
            gate = asyncio.Semaphore(IN_FLIGHT)
            before = self.given_up
            await asyncio.gather(*(self._bring(letter, gate) for letter in letters))
        finally:
            self._under_way -= 1
        if self.given_up > before:
            log.warning("our hooks did not take some receipts", rows=self.given_up - before)

    async def ask(self, path: str, body: bytes, content_type: str) -> Answer | None:
        """Bring one body at once and give back what was answered; None when nobody answers."""
        if self.hooks is None or self._client is None:
            return None
        try:
            return await self._client.post(f"{self.hooks}/{path}", body, {"Content-Type": content_type})
        except (NotSent, AnswerLost):
            return None

    async def _bring(self, letter: Letter, gate: asyncio.Semaphore) -> None:
        async with gate:
            if time.monotonic() < self._closed_until:
                self._waiting.append(letter)
                return
            answer = await self.ask(letter.hook, letter.body, letter.content_type)
        if answer is None:
            # Nobody listens: everybody else's letters need not be tried in this second.
            self._closed_until = time.monotonic() + REST_SECONDS
        if answer is not None and answer.status == 200:
            self.delivered += letter.rows
        elif letter.tries < len(RETRY_SECONDS):
            letter.due = time.monotonic() + RETRY_SECONDS[letter.tries]
            letter.tries += 1
            self._waiting.append(letter)
        else:
            self.given_up += letter.rows


def _bundled(letters: list[Letter]) -> list[Letter]:
    """Whole bodies as they are; reports of one hook together in lists."""
    whole = [letter for letter in letters if letter.report is None]
    by_hook: dict[str, list[Letter]] = {}
    for letter in letters:
        if letter.report is not None:
            by_hook.setdefault(letter.hook, []).append(letter)
    for hook, reports in by_hook.items():
        for start in range(0, len(reports), REPORTS_A_POST):
            some = reports[start:start + REPORTS_A_POST]
            body = json.dumps([letter.report for letter in some], ensure_ascii=False).encode()
            whole.append(Letter(hook, body, rows=len(some)))
    return whole
