"""CMPP as one account of a carrier speaks it."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

from channels.exchange import Verdict
from channels.sms.gateways.cmpp import codes, wire
from channels.sms.gateways.cmpp.settings import CmppAccount
from channels.sms.gateways.cmpp.wire import ANSWER, Command
from channels.sms.lines.dialect import Answered, Asked, Garbled, Heard, Reported, Said
from channels.sms.numbers import mobile
from channels.sms.segments import Segment, without_header
from kernel.clock import CHINA

_ENCODINGS = {0: "ascii", 3: "ascii", 8: "utf-16-be", 15: "gb18030"}


class CmppDialect:
    """One account; keeps nothing but what it was made with."""

    gateway = "cmpp"
    # A wrong password tried too often is locked by carriers.
    login_wait = timedelta(seconds=60)

    def __init__(self, account: CmppAccount) -> None:
        """`account` is the carrier's address and what was agreed on."""
        self._account = account
        self._widths = account.widths

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return self._account.host, self._account.port

    def login(self, sequence: int, now: datetime) -> bytes:
        """CMPP_CONNECT."""
        return wire.connect(sequence, self._account.user, self._account.password, self._widths, now)

    def refusal(self, status: int) -> Verdict:
        """Why the login was refused."""
        return codes.login_refusal(status)

    def submission(self, sequence: int, numbers: tuple[str, ...], segment: Segment) -> bytes:
        """CMPP_SUBMIT."""
        return wire.submit(sequence, numbers, segment.body, (segment.total, segment.number), self._account.terms, self._widths)

    def judge(self, answer: Answered, count: int) -> Verdict:
        """What CMPP_SUBMIT_RESP means."""
        return codes.judge(answer.status, answer.message_id, count, is_third=self._widths is wire.V3)

    def link_test(self, sequence: int) -> bytes:
        """CMPP_ACTIVE_TEST."""
        return wire.frame(Command.ACTIVE_TEST, sequence)

    def goodbye(self, sequence: int) -> bytes:
        """CMPP_TERMINATE."""
        return wire.frame(Command.TERMINATE, sequence)

    def read(self, frame: bytes) -> Heard:
        """One frame; raises Garbled for what is no CMPP of this version."""
        _, command, sequence = wire.HEAD.unpack_from(frame)
        body = frame[wire.HEAD_BYTES:]
        try:
            return self._heard(command, sequence, body)
        except struct.error as error:
            raise Garbled(f"command {command:#x} of {len(body)} bytes") from error

    def _heard(self, command: int, sequence: int, body: bytes) -> Heard:
        if command == Command.CONNECT | ANSWER:
            # A gateway that takes no such version may answer in the form of the other one.
            return Answered(sequence, body[0] if len(body) == 18 else wire.status(body, wire.V3))
        if command == Command.SUBMIT | ANSWER:
            return Answered(sequence, wire.status(body, self._widths, 8), body[:8].hex())
        if command == Command.DELIVER:
            return self._delivered(sequence, body)
        if command == Command.ACTIVE_TEST:
            return Asked(wire.frame(Command.ACTIVE_TEST | ANSWER, sequence, b"\x00"))
        if command == Command.TERMINATE:
            return Asked(wire.frame(Command.TERMINATE | ANSWER, sequence), is_goodbye=True)
        if command in (Command.ACTIVE_TEST | ANSWER, Command.TERMINATE | ANSWER):
            return Answered(sequence)
        if command & 0xFFFF > 0x30 or command & ~(ANSWER | 0xFFFF):
            raise Garbled(f"command {command:#x}")
        return Asked(b"")  # QUERY_RESP and the like: nothing we asked for

    def _delivered(self, sequence: int, body: bytes) -> Heard:
        one = wire.delivered(body, self._widths)
        thanks = wire.deliver_answer(sequence, one.message_id, self._widths)
        if one.is_report:
            told = wire.report(one.content, self._widths)
            return Reported(told.message_id.hex(), mobile(told.number or one.source), codes.kind_of(told.stat), told.stat, thanks,
                            _moments(told.submitted))
        content, piece = without_header(one.content) if one.udhi else (one.content, None)
        text = content.decode(_ENCODINGS.get(one.format, "gb18030"), "replace")
        return Said(mobile(one.source), text, (one.message_id.hex(), one.destination), thanks, piece)


def _moments(text: str) -> tuple[datetime, ...]:
    """A report's YYMMDDHHMM, in China."""
    try:
        return (datetime.strptime(text, "%y%m%d%H%M").replace(tzinfo=CHINA),)
    except ValueError:
        return ()
