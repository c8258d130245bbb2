"""Posting codes: one text message to one telephone, beside the page that asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import structlog

from channels.messages import Message, Purpose
from channels.sms.talking import SmsTalker
from kernel.http import Network
from profiles.binding import LASTS

if TYPE_CHECKING:
    from channels.registry import Channels

log = structlog.get_logger(__name__)


class CodePost:
    """Sends codes in threads of its own: the page answers as fast for a number nobody knows as for one that gets a code.

    A code that was lost on the way is asked for again after a minute; nothing of it is written down but its outcome.
    """

    def __init__(self, channels: Callable[[], Channels | None], network: Network) -> None:
        """`channels` is opened when it is first needed."""
        self._channels = channels
        self._network = network

    @property
    def is_open(self) -> bool:
        """Whether codes can be sent at all: a gateway that every process may use has its template for codes approved."""
        channels = self._channels()
        talker = channels.talkers.get("sms") if channels else None
        return isinstance(talker, SmsTalker) and talker.may_say(Purpose.CODE)

    def post(self, phone: str, code: str) -> None:
        """Send a code soon; returns at once."""
        self._threads.submit(self._send, phone, code)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=4, thread_name_prefix="codes")

    def _send(self, phone: str, code: str) -> None:
        channels = self._channels()
        register, talker = (channels.sms_register, channels.talkers.get("sms")) if channels else (None, None)
        if register is None or talker is None:
            log.warning("a code could not be sent: no text messages are set up")
            return
        blanks = {"code": code, "minutes": str(int(LASTS.total_seconds()) // 60)}
        content = register.templates[Purpose.CODE].content(blanks, register.signature)

        async def say() -> None:
            async with self._network.open(1) as client:
                outcome = await talker.say(client, Message(0, phone, content))
                log.info("a code was sent", outcome=outcome.kind.value, code=outcome.code)

        try:
            asyncio.run(say())
        except Exception:
            log.exception("a code could not be sent")
