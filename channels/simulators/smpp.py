"""A short message centre (SMSC) over SMPP 3.4 as it is seen over the wire, without the library our own side uses."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from channels.simulators.lines import Gateway, Port, Submitted
from channels.simulators.world import World
from channels.sms.segments import Segment
from kernel.clock import in_china

_NUMBER = re.compile(r"(?:86)?1[3-9]\d{9}")
_BIND, _SUBMIT, _DELIVER, _UNBIND, _ENQUIRE = 0x9, 0x4, 0x5, 0x6, 0x15
_ANSWER = 0x80000000
_BAD_PASSWORD, _BAD_NUMBER, _BAD_LENGTH, _NOT_BOUND = 0x0E, 0x0B, 0x01, 0x04


class SmppVendor:
    """One simulated account."""

    name = "smpp"
    too_fast = 0x58

    def __init__(self, world: World) -> None:
        """The account is that of the world's settings."""
        self.gateway = Gateway(world, self)
        self._world = world
        self._account = world.config.smpp.account

    def heard(self, port: Port, frame: bytes) -> None:
        """Answer one frame."""
        command, _, sequence = struct.unpack(">III", frame[4:16])
        body = frame[16:]
        if command == _BIND:
            self._bind(port, sequence, body)
        elif command == _SUBMIT and not port.is_in:
            port.write(self.answer(sequence, _NOT_BOUND, 0))
        elif command == _SUBMIT:
            self.gateway.submitted(port, self._submission(sequence, body))
        elif command == _DELIVER | _ANSWER:
            self.gateway.thanked(port, sequence)
        elif command == _ENQUIRE:
            port.write(_frame(_ENQUIRE | _ANSWER, sequence))
        elif command == _UNBIND:
            port.write(_frame(_UNBIND | _ANSWER, sequence))
            port.hang_up(politely=True)

    def answer(self, sequence: int, code: int, message_id: int) -> bytes:
        """submit_sm_resp; an error has no body."""
        return _frame(_SUBMIT | _ANSWER, sequence, b"" if code else b"%010d\0" % message_id, code)

    def report(self, message_id: int, number: str, stat: str) -> Callable[[int], bytes]:
        """deliver_sm with a receipt: in the words of appendix B and in optional parameters."""
        stamp = f"{in_china(self._world.clock.now()):%y%m%d%H%M}"
        arrived = stat == "DELIVRD"
        words = (f"id:{message_id:010d} sub:001 dlvrd:{int(arrived):03d} submit date:{stamp} done date:{stamp} "
                 f"stat:{stat[:7]} err:{0 if arrived else 1:03d} text:")
        extra = struct.pack(">HHB", 0x0427, 1, 2 if arrived else 5) + struct.pack(">HH", 0x001E, 11) + b"%010d\0" % message_id
        return self._delivery(number, 0x04, 0, words.encode(), extra)

    def words(self, number: str, part: Segment, message_id: int) -> Callable[[int], bytes]:
        """deliver_sm with a person's words."""
        return self._delivery(number, 0x40 if part.has_header else 0, 8, part.body, b"")

    def _bind(self, port: Port, sequence: int, body: bytes) -> None:
        user, password = body.split(b"\0")[:2]
        good = (user.decode(), password.decode()) == (self._account.user, self._account.password)
        port.write(_frame(_BIND | _ANSWER, sequence, b"simulated\0" if good else b"", 0 if good else _BAD_PASSWORD))
        if good:
            self.gateway.logged_in(port)
        else:
            port.hang_up(politely=True)

    def _submission(self, sequence: int, body: bytes) -> Submitted:
        _, body = _string(body)
        _, body = _string(body[2:])
        number, body = _string(body[2:])
        esm_class = body[0]
        _, body = _string(body[3:])
        _, body = _string(body)
        wants_report, coding, length = body[0], body[2], body[4]
        content = body[5:5 + length]
        refusal = 0 if len(content) == length <= 140 and coding == 8 else _BAD_LENGTH
        refusal = refusal or (0 if _NUMBER.fullmatch(number) else _BAD_NUMBER)
        return Submitted(sequence, (number[-11:],), content, bool(esm_class & 0x40), bool(wants_report & 1), refusal)

    def _delivery(self, number: str, esm_class: int, coding: int, content: bytes, extra: bytes) -> Callable[[int], bytes]:
        body = (b"\0" + b"\x01\x01" + b"86" + number.encode() + b"\0" + b"\0\0" + self._account.source.encode() + b"\0"
                + bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0, len(content))) + content + extra)
        return lambda sequence: _frame(_DELIVER, sequence, body)


def _string(body: bytes) -> tuple[str, bytes]:
    """A zero-ended string, and what follows it."""
    value, _, rest = body.partition(b"\0")
    return value.decode("ascii"), rest


def _frame(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body
