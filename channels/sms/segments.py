"""A long text as the parts a telephone puts together again: UCS-2 in at most 140 bytes, a 6-byte header before each.

3GPP TS 23.040 §9.2.3.24.1: 05 00 03, a reference shared by the parts, how many there are, which one this is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.splitting import ALONE, PART, sms_length

HEADER = b"\x05\x00\x03"
HEADER_BYTES = 6


@dataclass(frozen=True)
class Segment:
    """One part: its bytes with the header, and its place (from 1) among `total`; alone it has no header."""

    body: bytes = field(repr=False)
    number: int = 1
    total: int = 1

    @property
    def has_header(self) -> bool:
        """Whether the body begins with the header of a part."""
        return self.total > 1


@dataclass(frozen=True)
class Piece:
    """What an arriving part says of itself."""

    reference: int
    total: int
    number: int


def segments(text: str, reference: int) -> list[Segment]:
    """The parts of a text; `reference` (0–255) tells the parts of one message from those of the next."""
    if sms_length(text) <= ALONE:
        return [Segment(_units(text))]
    bodies, rest = [], text
    while rest:
        taken = rest[:PART]
        while sms_length(taken) > PART:  # a character outside the basic plane counts twice and is not torn
            taken = taken[:-1]
        bodies.append(taken)
        rest = rest[len(taken):]
    total = len(bodies)
    return [Segment(HEADER + bytes((reference % 256, total, number)) + _units(body), number, total)
            for number, body in enumerate(bodies, start=1)]


def without_header(body: bytes) -> tuple[bytes, Piece | None]:
    """An arriving body without its header, and what the header says of parts (8-bit or 16-bit references)."""
    length = body[0] + 1 if body else 0
    if length < 1 or length > len(body):
        return body, None
    header, rest = body[:length], body[length:]
    piece = None
    if header[1:3] == b"\x00\x03" and length >= HEADER_BYTES:
        piece = Piece(header[3], header[4], header[5])
    elif header[1:3] == b"\x08\x04" and length >= HEADER_BYTES + 1:
        piece = Piece(header[3] * 256 + header[4], header[5], header[6])
    if piece is not None and not 1 <= piece.number <= piece.total:
        piece = None
    return rest, piece


def _units(text: str) -> bytes:
    return text.encode("utf-16-be", "replace")
