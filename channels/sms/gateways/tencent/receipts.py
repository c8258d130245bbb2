"""Tencent's callbacks (cloud.tencent.com 382/59178, 382/59179): status reports in a list, replies one by one, unsigned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from channels import cleaning
from channels.contract import Received, Request, Response
from channels.messages import Incoming, IncomingKind, Receipt, ReceiptKind, Reply
from channels.sms.callbacks import event_key, moment, report_key, rows, tell_of_skipped
from channels.sms.carriers import is_gone
from channels.sms.networks import Network, refuse_strangers
from channels.sms.numbers import mobile
from kernel.clock import CHINA
from kernel.crypto import Keyring

THANKS = json.dumps({"result": 0, "errmsg": "OK"}, separators=(",", ":")).encode()


class TencentReceiver:
    """The receiving half, mounted at `/hooks/tencent`; a report names its message by the SerialNo of the sending."""

    name = "tencent"

    def __init__(self, keyring: Keyring, allowed: tuple[Network, ...] = ()) -> None:
        """`allowed` limits where callbacks may come from; empty means anywhere."""
        self._keyring = keyring
        self._allowed = allowed

    def receive(self, request: Request) -> Received:
        """Read reports and replies; raises CallbackRefused for what is neither."""
        refuse_strangers(request.remote, self._allowed)
        given = rows(request.method, request.body)
        incoming, receipts = [], []
        for row in given:
            number = mobile(row.get("mobile"))
            if number is None:
                continue
            if isinstance(row.get("report_status"), str):
                receipts.append(self._receipt(row, number))
            elif isinstance(row.get("text"), str):
                incoming.append(self._incoming(row, number))
        tell_of_skipped(self.name, len(given), len(incoming) + len(receipts))
        return Received(tuple(incoming), tuple(receipts))

    def acknowledge(self, received: Received, replies: Sequence[Reply]) -> Response:
        """Say that it was taken; replies go out by the talker."""
        return Response(THANKS, "application/json; charset=utf-8")

    def _receipt(self, row: dict[str, Any], number: str) -> Receipt:
        code, words = cleaning.code(row.get("errmsg")), cleaning.words(row.get("description"))
        arrived = row["report_status"].upper() == "SUCCESS"
        at = moment(row.get("user_receive_time"))
        serial = cleaning.reference(row.get("sid"))
        return Receipt(
            channel="sms",
            kind=ReceiptKind.DELIVERED if arrived else ReceiptKind.FAILED,
            key=report_key(self.name, [serial or "", str(arrived), code]),
            vendor_reference=serial,
            address=number,
            code=code,
            words=words,
            at=at,
            recipient_gone=not arrived and is_gone(code, words),
            # It names the message by a number that came with our answer: one that came first is known by its moment.
            gateway=self.name,
            booked_at=() if at is None else (at,),
            whole=True,
        )

    def _incoming(self, row: dict[str, Any], number: str) -> Incoming:
        said = cleaning.clean(row["text"])
        facts = [cleaning.clean(row.get(name), 64) for name in ("time", "extend")]
        return Incoming(
            channel="sms", address=number, key=event_key(self._keyring, self.name, number, [*facts, said]),
            kind=IncomingKind.TEXT, text=said.strip(), at=_moment(row.get("time")),
        )


def _moment(value: Any) -> datetime | None:
    """A Unix time in seconds, as the reply callback gives it."""
    text = cleaning.clean(value, 10)
    return datetime.fromtimestamp(int(text), CHINA) if text.isascii() and text.isdigit() else None
