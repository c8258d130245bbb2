"""The sixteen characters of a code: its number and a signature, with one spelling only and nothing personal."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

NUMBER_BYTES = 4
MARK_BYTES = 8
LENGTH = 16


def make(code_id: int, key: bytes) -> str:
    """The token of a code: 12 bytes (number, truncated HMAC-SHA256) as 16 base64url characters."""
    number = code_id.to_bytes(NUMBER_BYTES, "big")
    return base64.urlsafe_b64encode(number + _mark(number, key)).decode("ascii")


def read(token: str, key: bytes) -> int | None:
    """The code's number, or None for a token that this key did not make.

    Twelve bytes fill sixteen characters exactly, so no second spelling of a token exists.
    """
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    number, mark = raw[:NUMBER_BYTES], raw[NUMBER_BYTES:]
    if not hmac.compare_digest(mark, _mark(number, key)):
        return None
    return int.from_bytes(number, "big")


def _mark(number: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"board code\x00" + number, hashlib.sha256).digest()[:MARK_BYTES]
