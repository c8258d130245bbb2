"""A gateway over a line, put together: its book, its intake, its connections and its sender."""

from __future__ import annotations

from dataclasses import replace

from channels.contract import Limits
from channels.sms.lines.book import Book
from channels.sms.lines.dialect import Dialect, Figures
from channels.sms.lines.intake import Intake
from channels.sms.lines.line import IDLE_SECONDS, CarrierLine
from channels.sms.lines.sender import LineSender
from channels.sms.templates import Register
from kernel.clock import Clock
from kernel.crypto import Keyring


def line_sender(dialect: Dialect, figures: Figures, register: Register, keyring: Keyring, clock: Clock, limits: Limits, *,
                opens_itself: bool, idle: float = IDLE_SECONDS) -> LineSender:
    """The sender of a gateway, with its line closed; `opens_itself`: the first message opens it where nobody did."""
    book = Book()
    intake = Intake(dialect.gateway, book, keyring, clock.now)
    line = CarrierLine(dialect, figures, intake, clock, opens_itself=opens_itself, idle=idle)
    return LineSender(dialect, line, book, intake, register, clock, replace(limits, whole_text=True))
