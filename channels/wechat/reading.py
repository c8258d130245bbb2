"""From a parsed message of the platform to what a person did, or to a receipt."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels import cleaning
from channels.messages import Incoming, IncomingKind, Receipt, ReceiptKind
from channels.wechat.degrees import from_gcj02
from kernel.clock import CHINA

_LONGEST_ID = 64
# The path of a board's code (`qrcodes.tokens`): sixteen characters.
_BOARD = re.compile(r"/q/([A-Za-z0-9_-]{16})(?:[?#]|$)")
_EVENTS = {
    "subscribe": IncomingKind.FOLLOW,
    "subscribe_scan": IncomingKind.FOLLOW,
    "scan": IncomingKind.SCAN,
    "unsubscribe": IncomingKind.UNFOLLOW,
    "click": IncomingKind.CLICK,
    "scancode_waitmsg": IncomingKind.SCAN,
}
_MESSAGES = {
    "text": ("content", IncomingKind.TEXT),
    "voice": ("recognition", IncomingKind.VOICE),
    "image": ("", IncomingKind.IMAGE),
    "location": ("label", IncomingKind.LOCATION),
}


def people(message: Any) -> Mapping[str, str]:
    """Who wrote (openid) and to which account, as a reply needs them."""
    return {"person": cleaning.clean(message.source, _LONGEST_ID), "account": cleaning.clean(message.target, _LONGEST_ID)}


def incoming(message: Any) -> Incoming | None:
    """What a person said or did; None for what nobody expects an answer to.

    That is a page viewed (VIEW), a position the account reports by itself (LOCATION, which nobody asked for and which is not
    kept), and the acts of menu buttons after which a message of its own follows (pictures, a place).
    """
    openid = cleaning.clean(message.source, _LONGEST_ID)
    if not openid:
        return None
    if message.type == "event":
        return _event(message, openid)
    if not message.id:
        return None
    # A film, a file, a card, whatever the platform thinks of next: something that is no words, and is answered so.
    field, kind = _MESSAGES.get(message.type, ("", IncomingKind.IMAGE))
    said = cleaning.clean(getattr(message, field)) if field else ""
    return Incoming(
        channel="wechat", address=openid, key=f"wechat:{cleaning.clean(message.id, 40)}", kind=kind, text=said.strip(),
        place=_place(message) if kind is IncomingKind.LOCATION else None, at=_moment(message.time),
    )


def receipt(message: Any) -> Receipt | None:
    """The final fate of a template message (TEMPLATESENDJOBFINISH), or None for anything else."""
    if message.type != "event" or message.event != "templatesendjobfinish" or not message.id:
        return None
    status, at = cleaning.code(message.status), _moment(message.time)
    arrived = status == "success"
    return Receipt(
        channel="wechat",
        kind=ReceiptKind.DELIVERED if arrived else ReceiptKind.FAILED,
        key=f"wechat:job:{cleaning.clean(message.id, 40)}:{'success' if arrived else 'failed'}",
        vendor_reference=cleaning.reference(message.id),
        address=cleaning.clean(message.source, _LONGEST_ID) or None,
        code=status,
        words="" if arrived else _words(status),
        at=at,
        # It names the message by a number that came with the answer: one whose answer was lost is known by its moment.
        gateway="wechat",
        booked_at=() if at is None else (at,),
        whole=True,
    )


def _event(message: Any, openid: str) -> Incoming | None:
    kind = _EVENTS.get(message.event)
    if kind is None:
        return None
    scene = cleaning.clean(_scene(message)).strip()[:_LONGEST_ID] or None
    # Events carry no MsgId; the openid is part of their name and must not be readable in it.
    named = "\n".join([openid, str(message.time), message.event, scene or ""])
    return Incoming(
        channel="wechat", address=openid, key=f"wechat:{hashlib.sha256(named.encode()).hexdigest()[:40]}", kind=kind,
        scene=scene, at=_moment(message.time),
    )


def _scene(message: Any) -> Any:
    if message.event in ("subscribe_scan", "scan"):
        return message.scene_id
    if message.event == "scancode_waitmsg":
        # Scanned from the menu: a code of our own boards leads to their village.
        board = _BOARD.search(cleaning.clean(message.scan_code_info.get("ScanResult")))
        return board[1] if board else ""
    return message.key if message.event == "click" else ""


def _place(message: Any) -> tuple[float, float] | None:
    """The position in WGS 84, as every channel gives it."""
    try:
        latitude, longitude = float(message.location_x), float(message.location_y)
    except (TypeError, ValueError):
        return None
    is_on_earth = math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return from_gcj02(latitude, longitude) if is_on_earth else None


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, CHINA) if isinstance(seconds, int) and 0 < seconds < 4_102_444_800 else None


def _words(status: str) -> str:
    return "对方设置了拒收" if "user block" in status else "微信没能送到"
