"""One text message outside a dispatch: its blanks are filled from the words when nobody filled them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from channels.messages import Call, Content, Message
from channels.sms.templates import Register
from channels.splitting import first_piece, sms_length
from kernel.ids import sortable_id

CUT = "……"


def single_call(message: Message, register: Register, now: datetime) -> Call:
    """A call of one message; free words go into the only blank of their template, cut to what it holds."""
    return Call(sortable_id(), (replace(message, content=_filled(message.content, register)),), now)


def _filled(content: Content, register: Register) -> Content:
    template = register.templates[content.purpose]
    if content.variables or len(template.variables) != 1:
        return content
    words = " ".join(content.text.split())
    return template.content({template.variables[0]: first_piece(words, template.longest_blank, sms_length, CUT)},
                            register.signature)
