"""Logs go to stderr as one line each, and no phone or identity number ever stands in them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# 11-digit mobiles and 15- or 18-character identity numbers, wherever they stand in a text.
_PERSONAL = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)|(?<!\d)(\d{6})\d{8,9}(\d{2}[\dXx])(?!\d)|(?<!\d)(\d{6})\d{6}(\d{3})(?!\d)")


# WeChat names the sender in the address of its own callback, and in its fields.
_OPENID = re.compile(r"(openid\W{1,4}|<FromUserName><!\[CDATA\[)[\w-]{6,}", re.IGNORECASE)


def mask(text: str) -> str:
    """The text with every phone and identity number masked in the middle, and no openid."""
    if "openid" in text or "FromUserName" in text:
        text = _OPENID.sub(r"\1****", text)
    return _PERSONAL.sub(lambda found: "****".join(part for part in found.groups() if part), text)


def start_logging(*, level: int = logging.INFO) -> None:
    """Send structlog and the standard library's log records to stderr, masked."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            _masked,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_MaskingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))


class _MaskingFormatter(logging.Formatter):
    """A formatter whose whole output, traceback included, is masked."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def _masked(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: mask(value) if isinstance(value, str) else value for name, value in event.items()}
