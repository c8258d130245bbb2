"""One text message outside a dispatch: over the first gateway that may say it, its blanks filled from the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from channels.contract import Limits, Talker
from channels.failures import Outcome
from channels.messages import Call, Content, Message, Purpose
from channels.sms.approvals import Approvals
from channels.sms.templates import Register
from channels.splitting import first_piece, sms_length
from kernel.http import Client
from kernel.ids import sortable_id

CUT = "……"


class Speaker(Talker, Protocol):
    """A gateway that says single words, and declares what it can carry."""

    @property
    def gateway(self) -> str:
        """The vendor behind it."""
        ...

    @property
    def limits(self) -> Limits:
        """Declared limits."""
        ...


class SmsTalker:
    """Says single words from any process, by the first gateway in order whose vendor approved what they are for."""

    def __init__(self, gateways: Mapping[str, Speaker], approvals: Approvals) -> None:
        """`gateways` are those that need no line, or may open their own; at least one."""
        self._gateways = gateways
        self._approvals = approvals

    def speaker(self, purpose: Purpose) -> Speaker:
        """Who says words of a purpose; where none may, the first, who says why it did not."""
        return next((one for name, one in self._gateways.items() if self._approvals.vendor_id(name, purpose) is not None),
                    next(iter(self._gateways.values())))

    @property
    def gateway(self) -> str:
        """Who says notices."""
        return self.speaker(Purpose.NOTICE).gateway

    @property
    def limits(self) -> Limits:
        """What the one that says notices can carry."""
        return self.speaker(Purpose.NOTICE).limits

    def may_say(self, purpose: Purpose) -> bool:
        """Whether any of them may send a purpose."""
        return any(self._approvals.vendor_id(name, purpose) is not None for name in self._gateways)

    async def say(self, client: Client, message: Message) -> Outcome:
        """Send one message now."""
        await self._approvals.freshen()
        return await self.speaker(message.content.purpose).say(client, message)


def single_call(message: Message, register: Register, now: datetime) -> Call:
    """A call of one message; free words go into the only blank of their template, cut to what it holds."""
    return Call(message.name or sortable_id(), (replace(message, content=_filled(message.content, register)),), now)


def _filled(content: Content, register: Register) -> Content:
    template = register.templates[content.purpose]
    if content.variables or len(template.variables) != 1:
        return content
    words = " ".join(content.text.split())
    return template.content({template.variables[0]: first_piece(words, template.longest_blank, sms_length, CUT)},
                            register.signature)
