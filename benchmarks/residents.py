"""Residents who talk to the WeChat callback of a real site: each says something, waits for the answer, thinks, goes on.

What stands for the platform: every callback is encrypted and signed as WeChat's are; one of ten messages is brought a second
time five seconds later, as the platform does when an answer was lost on the way, and one of fifty beside the first; whatever
is not answered within five seconds is brought again, three times in all. Everything is sealed before the clock runs and
opened after it: the residents share the machine with the site.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import aiohttp

from channels.simulators.letters import WechatLetters
from channels.simulators.postman import Letter
from channels.wechat.settings import WechatSettings
from kernel.clock import SystemClock

PLATFORM_PATIENCE = 5.0
TRIES = 3
REPEATED, DOUBLED = 0.10, 0.02
SMALL_TALK = ("你好", "谢谢", "好的", "1", "2", "最新", "我是姚河村的", "人工", "算了", "在吗")
# What people do, out of a hundred.
QUESTIONS, TALK, VOICES, CLICKS = 65, 20, 8, 4


@dataclass
class Tally:
    """What was seen."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    heard: list[list[bytes]] = field(default_factory=list)
    """What came back for each message, first try and repeats, still sealed."""
    repeats: int = 0
    lost: int = 0
    answered: int = 0
    two_answers: list[str] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """How many things were said."""
        return len(self.heard)

    def quantile(self, share: float) -> float:
        """Seconds that this share of the first tries took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Crowd:
    """So many residents at once, each with so many messages ready, from one seed."""

    def __init__(self, address: str, settings: WechatSettings, questions: Sequence[str], residents: int, messages: int, seed: int = 1) -> None:
        """`address` is the site's, without a slash."""
        self._address = address
        self._settings = settings
        self._letters = WechatLetters(settings)
        self._questions = questions
        self._dice = Random(seed)
        self._number = int(time.time()) * 1_000_000
        now = SystemClock().now()
        # A second apart, or two clicks of one person would be one event.
        self._ready = [[self._letter(f"o-crowd-{one:04d}", now + timedelta(seconds=number)) for number in range(messages)]
                       for one in range(residents)]
        self.tally = Tally()

    async def talk(self, seconds: float, thinking: tuple[float, float]) -> None:
        """Let them talk for a while, thinking between an answer and the next message; what is on its way at the end is waited for."""
        async with self._line() as session:
            until = time.monotonic() + seconds
            await asyncio.gather(*(self._resident(session, ready, until, thinking) for ready in self._ready))
        self._open()

    async def at_once(self) -> None:
        """Let everybody say one thing at the same instant."""
        async with self._line() as session:
            await asyncio.gather(*(self._say(session, ready[0], []) for ready in self._ready))
        self._open()

    def _line(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=30))

    async def _resident(self, session: aiohttp.ClientSession, ready: Sequence[Letter], until: float, thinking: tuple[float, float]) -> None:
        later: list[asyncio.Task[None]] = []
        rest = self._dice.uniform(0, thinking[1])
        for letter in ready:
            if time.monotonic() + rest >= until:
                break
            await asyncio.sleep(rest)
            await self._say(session, letter, later)
            rest = self._dice.uniform(*thinking)
        await asyncio.gather(*later)

    async def _say(self, session: aiohttp.ClientSession, letter: Letter, later: list[asyncio.Task[None]]) -> None:
        chance, heard = self._dice.random(), list[bytes]()
        self.tally.heard.append(heard)
        beside = asyncio.create_task(self._bring(session, letter, heard, 0.05)) if chance < DOUBLED else None
        for tried in range(TRIES):
            begun = time.monotonic()
            is_answered = await self._bring(session, letter, heard, 0.0)
            if tried == 0:
                self.tally.seconds.append(time.monotonic() - begun)
            if is_answered:
                break
            self.tally.lost += 1
        if beside is not None:
            await beside
        if DOUBLED <= chance < DOUBLED + REPEATED:
            self.tally.repeats += 1
            later.append(asyncio.create_task(self._again(session, letter, heard)))

    async def _again(self, session: aiohttp.ClientSession, letter: Letter, heard: list[bytes]) -> None:
        await self._bring(session, letter, heard, PLATFORM_PATIENCE)

    async def _bring(self, session: aiohttp.ClientSession, letter: Letter, heard: list[bytes], rest: float) -> bool:
        """One try; False when nothing came within the platform's patience."""
        await asyncio.sleep(rest)
        try:
            async with asyncio.timeout(PLATFORM_PATIENCE), session.post(
                    f"{self._address}/hooks/{letter.hook}", data=letter.body, headers={"Content-Type": letter.content_type}) as answer:
                body = await answer.read()
        except (TimeoutError, aiohttp.ClientError):
            return False
        self.tally.statuses[answer.status] += 1
        if answer.status == 200:
            heard.append(body)
        return answer.status == 200

    def _open(self) -> None:
        """Read what came back: two different answers to one message are one too many."""
        for bodies in self.tally.heard:
            told = {text for body in bodies if (text := self._letters.reply_text(body))}
            self.tally.answered += bool(told)
            if len(told) > 1:
                self.tally.two_answers.append(" | ".join(sorted(told)))

    def _letter(self, openid: str, at: datetime) -> Letter:
        self._number += 1
        number, kind, words = self._number, self._dice.randrange(100), self._dice.choice(self._questions)
        if kind < QUESTIONS:
            return self._letters.text(openid, words, number, at)
        if kind < QUESTIONS + TALK:
            return self._letters.text(openid, SMALL_TALK[number % len(SMALL_TALK)], number, at)
        if kind < QUESTIONS + TALK + VOICES:
            return self._letters.voice(openid, words, number, at)
        if kind < QUESTIONS + TALK + VOICES + CLICKS:
            return self._letters.event(openid, "CLICK", "latest", at)
        return self._letters.position(openid, 35.85 + number % 7 / 50, 106.64, number, at)
