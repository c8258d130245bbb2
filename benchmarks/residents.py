"""Residents who talk to the WeChat callback of a real site: each says something, waits for the answer, thinks, goes on.

What stands for the platform: every callback is encrypted and signed as WeChat's are; one of ten messages is brought a second
time five seconds later, as the platform does when an answer was lost on the way, and one of fifty beside the first; whatever
is not answered within five seconds is brought again, three times in all.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import Random

import aiohttp

from channels.simulators.letters import WechatLetters
from channels.simulators.postman import Letter
from channels.wechat.settings import WechatSettings
from kernel.clock import SystemClock

THINKING = (1.0, 3.0)
"""Seconds between an answer and the next message, evenly spread."""
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
    answered: int = 0
    empty: int = 0
    messages: int = 0
    repeats: int = 0
    lost: int = 0
    two_answers: list[str] = field(default_factory=list)
    awaited: Counter[str] = field(default_factory=Counter)

    def quantile(self, share: float) -> float:
        """Seconds that this share of the first tries took at most."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Crowd:
    """So many residents at once, from one seed."""

    def __init__(self, address: str, settings: WechatSettings, questions: Sequence[str], seed: int = 1) -> None:
        """`address` is the site's, without a slash."""
        self._address = address
        self._letters = WechatLetters(settings)
        self._questions = questions
        self._dice = Random(seed)
        self._clock = SystemClock()
        self._number = int(time.time()) * 1_000_000
        self.tally = Tally()

    async def talk(self, residents: int, seconds: float) -> None:
        """Let them talk for a while; what is on its way at the end is waited for."""
        connections = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connections, timeout=aiohttp.ClientTimeout(total=30)) as session:
            until = time.monotonic() + seconds
            await asyncio.gather(*(self._resident(session, f"o-crowd-{number:04d}", until) for number in range(residents)))

    async def _resident(self, session: aiohttp.ClientSession, openid: str, until: float) -> None:
        later: list[asyncio.Task[None]] = []
        await asyncio.sleep(self._dice.uniform(0, THINKING[1]))
        while time.monotonic() < until:
            self._number += 1
            await self._say(session, openid, self._number, later)
            await asyncio.sleep(self._dice.uniform(*THINKING))
        await asyncio.gather(*later)

    async def _say(self, session: aiohttp.ClientSession, openid: str, number: int, later: list[asyncio.Task[None]]) -> None:
        chance = self._dice.random()
        letter = partial(self._letter, openid, number, self._dice.randrange(100), self._words(), self._clock.now())
        heard: list[str] = []
        self.tally.messages += 1
        beside = (asyncio.create_task(self._bring(session, letter, heard, 0.05))
                  if chance < DOUBLED else None)
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
        if heard:
            self.tally.answered += 1
        else:
            self.tally.empty += 1
            self.tally.awaited[openid] += 1
        if len(set(heard)) > 1:
            self.tally.two_answers.append(" | ".join(sorted(set(heard))))
        if DOUBLED <= chance < DOUBLED + REPEATED:
            later.append(asyncio.create_task(self._again(session, letter, heard)))

    async def _again(self, session: aiohttp.ClientSession, letter: Callable[[], Letter], heard: list[str]) -> None:
        before = list(heard)
        self.tally.repeats += 1
        await self._bring(session, letter, heard, PLATFORM_PATIENCE)
        if before and set(heard) != set(before):
            self.tally.two_answers.append(" | ".join(sorted(set(heard))))

    async def _bring(self, session: aiohttp.ClientSession, letter: Callable[[], Letter], heard: list[str], rest: float) -> bool:
        """One try, in an envelope of its own; False when nothing came within the platform's patience."""
        await asyncio.sleep(rest)
        one = letter()
        try:
            async with asyncio.timeout(PLATFORM_PATIENCE), session.post(
                    f"{self._address}/hooks/{one.hook}", data=one.body, headers={"Content-Type": one.content_type}) as answer:
                body = await answer.read()
        except (TimeoutError, aiohttp.ClientError):
            return False
        self.tally.statuses[answer.status] += 1
        text = self._letters.reply_text(body) if answer.status == 200 else None
        if text:
            heard.append(text)
        return answer.status == 200

    def _letter(self, openid: str, number: int, kind: int, words: str, at: datetime) -> Letter:
        if kind < QUESTIONS:
            return self._letters.text(openid, words, number, at)
        if kind < QUESTIONS + TALK:
            return self._letters.text(openid, SMALL_TALK[number % len(SMALL_TALK)], number, at)
        if kind < QUESTIONS + TALK + VOICES:
            return self._letters.voice(openid, words, number, at)
        if kind < QUESTIONS + TALK + VOICES + CLICKS:
            return self._letters.event(openid, "CLICK", "latest", at)
        return self._letters.position(openid, 35.85 + number % 7 / 50, 106.64, number, at)

    def _words(self) -> str:
        return self._dice.choice(self._questions)
