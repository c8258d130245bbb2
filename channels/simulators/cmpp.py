"""A carrier's CMPP gateway (ISMG) as it is seen over the wire; its frames are read and written here, not by our own codec."""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable

from channels.simulators.lines import Gateway, Port, Submitted
from channels.simulators.world import World
from channels.sms.segments import Segment
from kernel.clock import in_china

_NUMBER = re.compile(r"(?:86)?1[3-9]\d{9}")
_CONNECT, _TERMINATE, _SUBMIT, _DELIVER, _TEST = 1, 2, 4, 5, 8
_ANSWER = 0x80000000


class CmppVendor:
    """One simulated account; the version is the account's."""

    name = "cmpp"
    too_fast = 8

    def __init__(self, world: World) -> None:
        """Account and terms are those of the world's settings."""
        self.gateway = Gateway(world, self)
        self._world = world
        self._account = world.config.cmpp.account
        self._is_third = self._account.widths.code == 0x30
        self._number_bytes = 32 if self._is_third else 21

    def heard(self, port: Port, frame: bytes) -> None:
        """Answer one frame; before the login only a login is answered."""
        command, sequence = struct.unpack(">II", frame[4:12])
        body = frame[12:]
        if command == _CONNECT:
            self._connect(port, sequence, body)
        elif not port.is_in:
            port.hang_up()
        elif command == _SUBMIT:
            self.gateway.submitted(port, self._submission(sequence, body))
        elif command == _DELIVER | _ANSWER:
            self.gateway.thanked(port, sequence)
        elif command == _TEST:
            port.write(_frame(_TEST | _ANSWER, sequence, b"\x00"))
        elif command == _TERMINATE:
            port.write(_frame(_TERMINATE | _ANSWER, sequence, b""))
            port.hang_up(politely=True)

    def answer(self, sequence: int, code: int, message_id: int) -> bytes:
        """CMPP_SUBMIT_RESP."""
        return _frame(_SUBMIT | _ANSWER, sequence, self._id(message_id) + self._result(code))

    def report(self, message_id: int, number: str, stat: str) -> Callable[[int], bytes]:
        """CMPP_DELIVER with a status report."""
        stamp = f"{in_china(self._world.clock.now()):%y%m%d%H%M}".encode()
        content = (self._id(message_id) + stat.encode()[:7].ljust(7, b"\x00") + stamp + stamp
                   + number.encode().ljust(self._number_bytes, b"\x00") + struct.pack(">I", message_id % 2**32))
        return self._delivery(self._id(self._world.number()), number, 1, 0, content)

    def words(self, number: str, part: Segment, message_id: int) -> Callable[[int], bytes]:
        """CMPP_DELIVER with a person's words."""
        return self._delivery(self._id(message_id), number, 0, 8, part.body, udhi=int(part.has_header))

    def _connect(self, port: Port, sequence: int, body: bytes) -> None:
        user, proof, version, stamp = struct.unpack(">6s16sBI", body)
        secret = self._account.password.encode()
        expected = hashlib.md5(user + b"\0" * (9 - (6 - len(user.rstrip(b"\0")))) + secret + b"%010d" % stamp,
                               usedforsecurity=False).digest()
        status = 0
        if version != self._account.widths.code:
            status = 4
        elif user.rstrip(b"\0").decode() != self._account.user or proof != expected:
            status = 3
        answer = self._result(status)
        mine = hashlib.md5(answer + proof + secret, usedforsecurity=False).digest()
        port.write(_frame(_CONNECT | _ANSWER, sequence, answer + mine + bytes((self._account.widths.code,))))
        if status:
            port.hang_up(politely=True)
        else:
            self.gateway.logged_in(port)

    def _submission(self, sequence: int, body: bytes) -> Submitted:
        wide = self._number_bytes
        payer_end = 8 + 4 + 10 + 1 + wide + (1 if self._is_third else 0)
        udhi, form = body[payer_end + 1], body[payer_end + 2]
        enterprise = body[payer_end + 3:payer_end + 9]
        source_at = payer_end + 9 + 2 + 6 + 17 + 17
        source, count = body[source_at:source_at + 21], body[source_at + 21]
        numbers_at = source_at + 22
        numbers = tuple(body[numbers_at + place * wide:numbers_at + (place + 1) * wide].rstrip(b"\0").decode()
                        for place in range(count))
        length_at = numbers_at + count * wide + (1 if self._is_third else 0)
        length, tail = body[length_at], 20 if self._is_third else 8
        content = body[length_at + 1:length_at + 1 + length]
        is_whole = len(body) == length_at + 1 + length + tail and form == 8 and length <= 140 and 0 < count < 100
        refusal = 0 if is_whole else 1
        refusal = refusal or (7 if body[12:22].rstrip(b"\0").decode() != self._account.terms.service else 0)
        refusal = refusal or (10 if source.rstrip(b"\0").decode() != self._account.terms.source else 0)
        refusal = refusal or (11 if enterprise.rstrip(b"\0").decode() != self._account.terms.enterprise else 0)
        refusal = refusal or (0 if all(_NUMBER.fullmatch(number) for number in numbers) else 13)
        return Submitted(sequence, tuple(number[-11:] for number in numbers), content, bool(udhi), body[10] == 1, refusal)

    def _delivery(self, message_id: bytes, number: str, is_report: int, form: int, content: bytes, *,
                  udhi: int = 0) -> Callable[[int], bytes]:
        body = (message_id + self._account.terms.source.encode().ljust(21, b"\0")
                + self._account.terms.service.encode().ljust(10, b"\0") + bytes((0, udhi, form))
                + number.encode().ljust(self._number_bytes, b"\0") + (b"\0" if self._is_third else b"")
                + bytes((is_report, len(content))) + content + bytes(20 if self._is_third else 8))
        return lambda sequence: _frame(_DELIVER, sequence, body)

    def _result(self, code: int) -> bytes:
        return struct.pack(">I" if self._is_third else ">B", code)

    def _id(self, number: int) -> bytes:
        """The gateway's own number, and a running one."""
        return struct.pack(">Q", 900001 << 38 | number)


def _frame(command: int, sequence: int, body: bytes) -> bytes:
    return struct.pack(">III", 12 + len(body), command, sequence) + body
