"""CMPP on the wire: fields of fixed width behind a twelve-byte head.

中国移动通信互联网短信网关接口协议 CMPP 2.0 (2002) and 3.0 (2003), chapter 7 (消息定义) and 8. Version 3.0 widens numbers to
32 characters, results to four bytes, and ends messages with a LinkID of twenty bytes where 2.0 has eight in reserve.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from kernel.clock import in_china

HEAD = struct.Struct(">III")
HEAD_BYTES = HEAD.size
ANSWER = 0x80000000
UCS2 = 8
MOST_NUMBERS = 99  # DestUsr_tl is below 100 (7.4.3.1)


class Command(IntEnum):
    """What a frame is (8.1)."""

    CONNECT = 0x1
    TERMINATE = 0x2
    SUBMIT = 0x4
    DELIVER = 0x5
    ACTIVE_TEST = 0x8


@dataclass(frozen=True)
class Widths:
    """What differs between the versions."""

    code: int
    number: int
    result: str
    tail: int
    has_types: bool


V2 = Widths(0x20, 21, ">B", 8, False)
V3 = Widths(0x30, 32, ">I", 20, True)


@dataclass(frozen=True)
class Terms:
    """What was agreed on with the carrier: who sends, for which service, from which number, at whose cost."""

    enterprise: str
    service: str
    source: str
    fee_user_type: int
    fee_type: str
    fee_code: str
    prefix: str


@dataclass(frozen=True)
class Delivered:
    """A CMPP_DELIVER: a person's words, or (`is_report`) a status report in `content`."""

    message_id: bytes
    destination: str
    udhi: int
    format: int
    source: str = field(repr=False)
    is_report: bool
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Report:
    """The content of a status report (7.4.5.1): times to the minute, in China."""

    message_id: bytes
    stat: str
    submitted: str
    done: str
    number: str = field(repr=False)


def frame(command: int, sequence: int, body: bytes = b"") -> bytes:
    """A whole frame."""
    return HEAD.pack(HEAD_BYTES + len(body), command, sequence) + body


def connect(sequence: int, user: str, password: str, widths: Widths, now: datetime) -> bytes:
    """CMPP_CONNECT (7.4.1.1): AuthenticatorSource = MD5(Source_Addr + nine zero bytes + secret + timestamp)."""
    stamp = f"{in_china(now):%m%d%H%M%S}"
    proof = hashlib.md5(user.encode() + bytes(9) + password.encode() + stamp.encode(), usedforsecurity=False).digest()
    return frame(Command.CONNECT, sequence, text(user, 6) + proof + struct.pack(">BI", widths.code, int(stamp)))


def submit(sequence: int, numbers: tuple[str, ...], content: bytes, place: tuple[int, int], terms: Terms,
           widths: Widths) -> bytes:
    """CMPP_SUBMIT (7.4.3.1) in UCS-2 with a status report; `place` is (how many parts, which one)."""
    total, number = place
    payer = text("", widths.number) + (b"\x00" if widths.has_types else b"")
    receivers = b"".join(text(terms.prefix + one, widths.number) for one in numbers) + (b"\x00" if widths.has_types else b"")
    body = b"".join((
        bytes(8), bytes((total, number, 1, 0)), text(terms.service, 10), bytes((terms.fee_user_type,)), payer,
        bytes((0, int(total > 1), UCS2)), text(terms.enterprise, 6), text(terms.fee_type, 2), text(terms.fee_code, 6),
        bytes(17), bytes(17), text(terms.source, 21), bytes((len(numbers),)), receivers,
        bytes((len(content),)), content, bytes(widths.tail),
    ))
    return frame(Command.SUBMIT, sequence, body)


def status(body: bytes, widths: Widths, before: int = 0) -> int:
    """A result or status of this version after `before` bytes; struct.error where there is none."""
    return int(struct.unpack_from(widths.result, body, before)[0])


def delivered(body: bytes, widths: Widths) -> Delivered:
    """Read CMPP_DELIVER (7.4.5.1); struct.error where it is too short."""
    source_at = 8 + 21 + 10 + 3
    report_at = source_at + widths.number + int(widths.has_types)
    is_report, length = struct.unpack_from(">BB", body, report_at)
    content = body[report_at + 2:report_at + 2 + length]
    if len(content) != length:
        raise struct.error("the content is shorter than it says")
    return Delivered(body[:8], untext(body[8:29]), body[40], body[41], untext(body[source_at:source_at + widths.number]),
                     bool(is_report), content)


def report(content: bytes, widths: Widths) -> Report:
    """Read a status report; carriers cut the fields at the end, so a short one is read as far as it goes."""
    if len(content) < 8 + 7 + 10 + 10 + 11:
        raise struct.error("a status report of too few bytes")
    return Report(content[:8], untext(content[8:15]), untext(content[15:25]), untext(content[25:35]),
                  untext(content[35:35 + widths.number]))


def deliver_answer(sequence: int, message_id: bytes, widths: Widths) -> bytes:
    """CMPP_DELIVER_RESP (7.4.5.2): taken."""
    return frame(Command.DELIVER | ANSWER, sequence, message_id + struct.pack(widths.result, 0))


def text(value: str, width: int) -> bytes:
    """An octet string: left-justified, filled with zeros, cut where it is too long."""
    return value.encode("ascii", "replace")[:width].ljust(width, b"\x00")


def untext(value: bytes) -> str:
    """An octet string read."""
    return value.partition(b"\x00")[0].decode("ascii", "replace").strip()
