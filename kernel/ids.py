"""Names for things: sortable ids for attempts, short numbers a person can read out, and secret tokens."""

from __future__ import annotations

import secrets
import time

# No 0/O, 1/I/L: a number read over the telephone must survive it.
READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def sortable_id() -> str:
    """26 hex characters: 12 of milliseconds, 14 random; short enough for a vendor's OutId (64 characters)."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(7)}"


def readable_number(length: int = 6) -> str:
    """A random number of characters that cannot be mistaken for one another."""
    return "".join(secrets.choice(READABLE) for _ in range(length))
