"""What each gateway may send: the settings' entries, and over them the register's rows, read again every few seconds."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from channels.messages import Purpose
from channels.sms.filing import LINES
from channels.sms.models import SmsTemplate
from channels.sms.templates import Approval, Template, same_wording
from kernel.database import Database

# What a clerk enters is known to every process this soon.
KEPT_SECONDS = 3.0
VENDORS: Mapping[str, str] = {"aliyun": "阿里云", "tencent": "腾讯云", "cmpp": "运营商（CMPP）", "smpp": "供应商（SMPP）"}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.NOTICE: "通知", Purpose.CORRECTION: "更正", Purpose.EMERGENCY: "紧急通知", Purpose.CODE: "验证码",
    Purpose.CONSULTATION: "留言答复",
}
# Needed in a hurry, when there is no time left for two days of a vendor's review.
BEFOREHAND = (Purpose.CORRECTION, Purpose.EMERGENCY)
_WHERE = "请在“系统管理→短信模板”登记。"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Filed:
    """One template of one vendor; `number` is its row, None for an entry of the settings."""

    number: int | None
    gateway: str
    purpose: Purpose
    vendor_id: str
    wording: str
    state: Approval
    reason: str = ""
    decided_on: date | None = None


Rows = Mapping[tuple[str, Purpose], tuple[Filed, ...]]


class Approvals:
    """All vendors' templates in one place; touches the database only when it is first asked."""

    def __init__(self, database: Database, templates: Mapping[Purpose, Template],
                 vendor_ids: Mapping[str, Mapping[Purpose, str]]) -> None:
        """`templates` is the wording in use; `vendor_ids` are the settings' entries by gateway, in the gateways' order."""
        self._database = database
        self._templates = templates
        self._vendor_ids = vendor_ids
        self._rows: Rows = {}
        self._good_until = 0.0
        self._lock = threading.Lock()

    @property
    def gateways(self) -> tuple[str, ...]:
        """The gateways that are open, in order."""
        return tuple(self._vendor_ids)

    def entries(self, gateway: str, purpose: Purpose) -> tuple[Filed, ...]:
        """What is filed for a purpose, the settings' entry first; a row of the same id stands in its place."""
        rows = self._present().get((gateway, purpose), ())
        given = self._vendor_ids.get(gateway, {}).get(purpose, "")
        if not given:
            return rows
        # A carrier gives no ids: there, what was filed for a purpose decides.
        own = tuple(row for row in rows if row.vendor_id == given or gateway in LINES)
        entry = own or (Filed(None, gateway, purpose, given, self._templates[purpose].text, Approval.APPROVED),)
        return (*entry, *(row for row in rows if row not in own))

    def vendor_id(self, gateway: str, purpose: Purpose) -> str | None:
        """The id to send a purpose by: the first that is approved and says what we say; None when there is none."""
        return next((one.vendor_id for one in self.entries(gateway, purpose) if self._is_good(one)), None)

    def approval(self, gateway: str, purpose: Purpose) -> Approval:
        """How far the best of a purpose's templates has come."""
        if self.vendor_id(gateway, purpose) is not None:
            return Approval.APPROVED
        states = {one.state for one in self.entries(gateway, purpose)} - {Approval.APPROVED}
        return next((state for state in (Approval.PENDING, Approval.REJECTED) if state in states), Approval.UNFILED)

    def why_not(self, gateway: str, purpose: Purpose) -> str:
        """Why a purpose cannot be sent there, with the cure; empty when it can."""
        if self.vendor_id(gateway, purpose) is not None:
            return ""
        name, entries = f"{VENDORS.get(gateway, gateway)}的“{PURPOSES[purpose]}”短信模板", self.entries(gateway, purpose)
        if any(one.state is Approval.APPROVED for one in entries):
            return f"{name}通过的原文与本系统正在用的不一致。请改 SMS_TEMPLATE_{purpose.name}_TEXT，或按正在用的原文重新报备。"
        state = self.approval(gateway, purpose)
        if state is Approval.PENDING:
            return f"{name}还在审核中。平台通过后，{_WHERE}"
        if state is Approval.REJECTED:
            said = next((f"（{one.reason}）" for one in reversed(entries) if one.reason), "")
            return f"{name}被驳回{said}。请改好重新报备，再{_WHERE.removeprefix('请')}"
        return f"{name}还没有报备。请先到短信平台报备，再{_WHERE.removeprefix('请')}"

    def complaint(self, purpose: Purpose) -> str:
        """Why no gateway can send a purpose; empty when one can."""
        found = [self.why_not(gateway, purpose) for gateway in self._vendor_ids]
        return found[0] if found and all(found) else ""

    def lacking(self, purposes: tuple[Purpose, ...] = BEFOREHAND) -> tuple[Purpose, ...]:
        """Those purposes that no gateway can send now."""
        return tuple(purpose for purpose in purposes if self.complaint(purpose))

    def forget(self) -> None:
        """Read again at the next question: something was changed in this process."""
        self._good_until = 0.0

    async def freshen(self) -> None:
        """Read again when it is time, without holding up the event loop."""
        if time.monotonic() >= self._good_until:
            await asyncio.to_thread(self._present)

    def _is_good(self, one: Filed) -> bool:
        return one.state is Approval.APPROVED and same_wording(one.wording, self._templates[one.purpose].text)

    def _present(self) -> Rows:
        with self._lock:
            if time.monotonic() >= self._good_until:
                self._rows = self._read()
                self._good_until = time.monotonic() + KEPT_SECONDS
            return self._rows

    def _read(self) -> Rows:
        try:
            with self._database.reading() as session:
                rows = session.scalars(select(SmsTemplate).where(SmsTemplate.retired_at.is_(None)).order_by(SmsTemplate.id)).all()
        except SQLAlchemyError as error:
            # A database that is away, or not migrated yet: what was known, else the settings, holds.
            log.warning("the register of templates cannot be read", kind=type(error).__name__)
            return self._rows
        found: dict[tuple[str, Purpose], tuple[Filed, ...]] = {}
        for row in rows:
            key = (row.gateway, Purpose(row.purpose))
            found[key] = (*found.get(key, ()), Filed(row.id, row.gateway, key[1], row.vendor_id, row.wording,
                                                     Approval(row.state), row.reason, row.decided_on))
        return found
