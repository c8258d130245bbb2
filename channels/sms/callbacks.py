"""Reading the JSON callbacks of SMS gateways: row by row, so that one bad row costs no good one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import structlog

from channels.cleaning import clean
from channels.failures import CallbackRefused
from kernel.clock import CHINA
from kernel.crypto import Keyring

log = structlog.get_logger(__name__)


def rows(method: str, body: bytes) -> tuple[dict[str, Any], ...]:
    """The objects of a JSON list (or one object alone); raises CallbackRefused for what is no such thing."""
    if method != "POST":
        raise CallbackRefused(405, "短信回调只收 POST。")
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CallbackRefused(400, "短信回调不是 UTF-8 的 JSON，已拒收。") from error
    listed = data if isinstance(data, list) else [data]
    good = tuple(row for row in listed if isinstance(row, dict))
    if not good and (listed or not isinstance(data, list)):
        raise CallbackRefused(400, "短信回调里没有一条记录，已拒收。")
    return good


def event_key(keyring: Keyring, gateway: str, number: str, facts: Sequence[str]) -> str:
    """A name for what somebody said that is the same when it is pushed again and shows no number."""
    return report_key(gateway, [keyring.index(number, "phone").hex(), *facts])


def report_key(gateway: str, facts: Sequence[str], call: str | None = None) -> str:
    """A name for what is told of a message, among all that is told of its number; the same when it is pushed again.

    With the `call` it speaks of in front, names of one call stand beside each other in the index that knows them: a hundred
    reports touch two or three of its pages instead of a hundred.
    """
    digest = hashlib.sha256("\n".join(facts).encode("utf-8", "replace")).hexdigest()
    return f"{gateway}:{call}:{digest[:40]}" if call else f"{gateway}:{digest[:40]}"


def moment(value: Any) -> datetime | None:
    """A vendor's `2026-11-23 10:00:00`, which is China's time."""
    return _read_moment(clean(value, 19))


# A callback's hundred reports are mostly of one second.
@lru_cache(maxsize=256)
def _read_moment(text: str) -> datetime | None:
    if len(text) != 19 or text[10] != " ":
        return None
    try:
        # Ten times as quick as strptime, and a callback holds a hundred.
        at = datetime.fromisoformat(text).replace(tzinfo=CHINA)
    except ValueError:
        return None
    # 0001-01-01 and 9999-12-31 stand for "not known", and reckoning with them ends the calendar.
    return at if 1970 <= at.year < 2100 else None


def tell_of_skipped(gateway: str, given: int, read: int) -> None:
    """Leave a trace of rows that could not be read."""
    if read < given:
        log.warning("rows of a callback could not be read", gateway=gateway, rows=given, unreadable=given - read)
