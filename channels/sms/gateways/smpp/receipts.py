"""Delivery receipts of SMPP (Short Message Peer to Peer Protocol Specification v3.4, 5.2.12, 5.2.28 and appendix B)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from channels.messages import ReceiptKind
from kernel.clock import CHINA

_FIELD = re.compile(r"(?i)\b(id|submit date|done date|stat|err):([^ ]*)")
# message_state (5.2.28).
_STATES = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD"}
_ON_THE_WAY = frozenset({"ENROUTE", "ACCEPTD", "UNKNOWN", "SCHEDULED", ""})


class ReceiptIds(StrEnum):
    """How a receipt spells the id that the answer gave: message centres that answer in hex and report in decimal abound."""

    SAME = "same"
    DECIMAL = "decimal"
    HEX = "hex"

    def of_answer(self, message_id: str) -> str:
        """The id of a submit_sm_resp as it is kept."""
        return _whole(message_id, 16) if self is ReceiptIds.DECIMAL else message_id

    def of_receipt(self, message_id: str) -> str:
        """The id of a receipt in the same spelling."""
        if self is ReceiptIds.SAME:
            return message_id
        return _whole(message_id, 16 if self is ReceiptIds.HEX else 10)


@dataclass(frozen=True)
class DeliveryReceipt:
    """What a receipt says; `kind` is None for a state on the way."""

    message_id: str
    kind: ReceiptKind | None
    code: str
    booked_at: tuple[datetime, ...]


def receipt(text: str, message_id: str, state: int | None) -> DeliveryReceipt:
    """Read a receipt: its optional parameters where it has them, else the words of appendix B."""
    found = {name.lower(): value for name, value in _FIELD.findall(text)}
    stat = _STATES.get(state or 0, "") or found.get("stat", "").upper()
    error = found.get("err", "")
    kind = None if stat in _ON_THE_WAY else ReceiptKind.DELIVERED if stat in ("DELIVRD", "DELIVERED") else ReceiptKind.FAILED
    code = f"{stat}:{error}" if error.strip("0") and kind is ReceiptKind.FAILED else stat
    return DeliveryReceipt(message_id or found.get("id", ""), kind, code, _moments(found.get("submit date", "")))


def _moments(text: str) -> tuple[datetime, ...]:
    """YYMMDDhhmm without a time zone: message centres write local time or UTC."""
    try:
        bare = datetime.strptime(text[:10], "%y%m%d%H%M")  # noqa: DTZ007 (the zone is what is open)
    except ValueError:
        return ()
    return bare.replace(tzinfo=CHINA), bare.replace(tzinfo=UTC)


def _whole(message_id: str, base: int) -> str:
    try:
        return str(int(message_id, base))
    except ValueError:
        return message_id
