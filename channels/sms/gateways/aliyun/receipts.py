"""Aliyun's callbacks: SmsReport (what became of a message) and SmsUp (what a person wrote back).

help.aliyun.com 101867 and 101868: a JSON list without a signature, pushed again after 1, 5 and 10 minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels import cleaning
from channels.contract import Received, Request, Response
from channels.messages import Incoming, IncomingKind, Receipt, ReceiptKind, Reply
from channels.sms.callbacks import event_key, moment, report_key, rows, tell_of_skipped
from channels.sms.carriers import is_gone
from channels.sms.networks import Network, refuse_strangers
from channels.sms.numbers import mobile
from kernel.crypto import Keyring

THANKS = json.dumps({"code": 0, "msg": "成功"}, ensure_ascii=False, separators=(",", ":")).encode()


_SAYING = ("success", "biz_id", "out_id", "err_code", "err_msg", "report_time")


@dataclass(frozen=True)
class _Facts:
    """What a report says besides its number."""

    kind: ReceiptKind
    business: str | None
    out_id: str | None
    code: str
    words: str
    at: datetime | None
    is_gone: bool
    key: str

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> _Facts:
        code, words = cleaning.code(row.get("err_code")), cleaning.words(row.get("err_msg"))
        business, out_id = cleaning.reference(row.get("biz_id")), cleaning.attempt(row.get("out_id"))
        arrived = row["success"] is True or str(row["success"]).lower() == "true"
        return cls(kind=ReceiptKind.DELIVERED if arrived else ReceiptKind.FAILED, business=business, out_id=out_id, code=code,
                   words=words, at=moment(row.get("report_time")), is_gone=not arrived and is_gone(code, words),
                   key=report_key("aliyun", (business or "", out_id or "", str(arrived), code), out_id or business))


def _facts(row: Mapping[str, Any], known: dict[tuple[Any, ...], _Facts]) -> _Facts:
    """A callback's hundred reports are of one or two calls and mostly say the same: that is read once."""
    # A truth value is no number here, though Python holds True and 1 for equal.
    says = (type(row["success"]), *map(row.get, _SAYING))
    try:
        facts = known.get(says)
    except TypeError:  # a list where a text should be
        return _Facts.read(row)
    if facts is None:
        facts = known[says] = _Facts.read(row)
    return facts


class AliyunReceiver:
    """The receiving half, mounted at `/hooks/aliyun`; whether a receipt is ours is decided by the delivery it names."""

    name = "aliyun"

    def __init__(self, keyring: Keyring, allowed: tuple[Network, ...] = ()) -> None:
        """`allowed` limits where callbacks may come from; empty means anywhere."""
        self._keyring = keyring
        self._allowed = allowed

    def receive(self, request: Request) -> Received:
        """Read reports and replies; raises CallbackRefused for what is neither."""
        refuse_strangers(request.remote, self._allowed)
        given = rows(request.method, request.body)
        incoming, receipts = [], []
        known: dict[tuple[Any, ...], _Facts] = {}
        for row in given:
            number = mobile(row.get("phone_number"))
            if number is None:
                continue
            if "success" in row:
                receipts.append(self._receipt(_facts(row, known), number))
            elif isinstance(row.get("content"), str):
                incoming.append(self._incoming(row, number))
        tell_of_skipped(self.name, len(given), len(incoming) + len(receipts))
        return Received(tuple(incoming), tuple(receipts))

    def acknowledge(self, received: Received, replies: Sequence[Reply]) -> Response:
        """Say that it was taken; replies go out by the talker, for this answer reaches nobody's telephone."""
        return Response(THANKS, "application/json; charset=utf-8")

    def _receipt(self, facts: _Facts, number: str) -> Receipt:
        return Receipt(
            channel="sms", kind=facts.kind, key=facts.key, vendor_reference=facts.business, attempt=facts.out_id, address=number,
            code=facts.code, words=facts.words, at=facts.at, recipient_gone=facts.is_gone)

    def _incoming(self, row: dict[str, Any], number: str) -> Incoming:
        said = cleaning.clean(row["content"])
        facts = [cleaning.clean(row.get(name), 64) for name in ("sequence_id", "send_time", "dest_code")]
        return Incoming(
            channel="sms", address=number, key=event_key(self._keyring, self.name, number, [*facts, said]),
            kind=IncomingKind.TEXT, text=said.strip(), at=moment(row.get("send_time")),
        )
