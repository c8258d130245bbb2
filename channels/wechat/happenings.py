"""Events of the account that are no words of a follower: consents, fates of subscription messages, broadcasts that ended.

The library knows none of the subscription events; their fields are read as the platform sends them
(developers.weixin.qq.com, 订阅通知事件推送; 群发接口, 事件推送群发结果).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from channels import cleaning
from channels.messages import Consent, JobFinished, Receipt, ReceiptKind
from kernel.clock import CHINA

_LONGEST_ID = 64
_MOST = 20


def consents(data: Mapping[str, Any]) -> tuple[Consent, ...]:
    """Yes and no in the window that asks, and no in the settings of the follower."""
    event, openid, at = _event(data), _text(data.get("FromUserName")), _moment(data)
    if event not in ("subscribe_msg_popup_event", "subscribe_msg_change_event") or not openid or at is None:
        return ()
    holder = "SubscribeMsgPopupEvent" if event == "subscribe_msg_popup_event" else "SubscribeMsgChangeEvent"
    found = []
    for row in _rows(data.get(holder)):
        template, said = _text(row.get("TemplateId")), _text(row.get("SubscribeStatusString"))
        if template and said in ("accept", "reject"):
            found.append(Consent("wechat", openid, template, said == "accept", at))
    return tuple(found)


def receipts(data: Mapping[str, Any]) -> tuple[Receipt, ...]:
    """The fates of subscription messages, by the number the platform gave each."""
    openid, at = _text(data.get("FromUserName")), _moment(data)
    if _event(data) != "subscribe_msg_sent_event" or not openid:
        return ()
    found = []
    for row in _rows(data.get("SubscribeMsgSentEvent")):
        number, code = _text(row.get("MsgID")), cleaning.code(row.get("ErrorCode"))
        if not number or not code:
            continue
        arrived = code == "0"
        found.append(Receipt(
            channel="wechat", kind=ReceiptKind.DELIVERED if arrived else ReceiptKind.FAILED,
            key=f"wechat:sent:{number}:{'success' if arrived else 'failed'}", vendor_reference=number, address=openid,
            code=code, words="" if arrived else cleaning.words(row.get("ErrorStatus")), at=at,
            # Nothing else can tell what became of one whose answer was lost: nobody can be asked, and it is known by its moment.
            gateway="wechat", booked_at=() if at is None else (at,), whole=True))
    return tuple(found)


def jobs(data: Mapping[str, Any]) -> tuple[JobFinished, ...]:
    """How a broadcast ended; `send success` may leave single followers out, `err(…)` is the platform's own review."""
    number = _text(data.get("MsgID") or data.get("MsgId"))
    if _event(data) != "masssendjobfinish" or not number:
        return ()
    status = cleaning.code(data.get("Status"))
    is_done = status.replace(" ", "").lower() == "sendsuccess"
    figures = (_whole(data.get(name)) for name in ("TotalCount", "FilterCount", "SentCount", "ErrorCount"))
    return (JobFinished("wechat", number, is_done, "" if is_done else status, *figures),)


def _event(data: Mapping[str, Any]) -> str:
    return _text(data.get("Event")).lower()


def _rows(holder: Any) -> Iterator[Mapping[str, Any]]:
    """The entries of a <List>: one alone is read as an object, several as a list."""
    listed = holder.get("List") if isinstance(holder, Mapping) else None
    for one in (listed if isinstance(listed, list) else [listed])[:_MOST]:
        if isinstance(one, Mapping):
            yield one


def _text(value: Any) -> str:
    return cleaning.clean(value, _LONGEST_ID).strip()


def _whole(value: Any) -> int:
    text = cleaning.clean(value, 9)
    return int(text) if text.isascii() and text.isdigit() else 0


def _moment(data: Mapping[str, Any]) -> datetime | None:
    seconds = _whole_long(data.get("CreateTime"))
    return datetime.fromtimestamp(seconds, CHINA) if 0 < seconds < 4_102_444_800 else None


def _whole_long(value: Any) -> int:
    text = cleaning.clean(value, 12)
    return int(text) if text.isascii() and text.isdigit() else 0
