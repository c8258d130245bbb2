"""Keeping the register of templates: filing one, writing down how its review went, taking one out of use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.messages import Purpose
from channels.sms.models import SmsTemplate
from channels.sms.reviews import Reviewed
from channels.sms.templates import Approval, Template, same_wording
from channels.splitting import LONGEST, sms_length
from kernel.audit import Actor, record

LONGEST_ID = 60
LONGEST_REASON = 200
LINES = ("cmpp", "smpp")


class FilingRefused(Exception):
    """Something of a filing is wrong: the field and the sentence."""

    def __init__(self, place: str, words: str) -> None:
        """`place` is the form's field, empty for the whole."""
        super().__init__(words)
        self.place = place
        self.words = words


@dataclass(frozen=True)
class Word:
    """How a review stands, as a person or the vendor says it."""

    state: Approval
    reason: str = ""
    decided_on: date | None = None


def file(session: Session, gateway: str, purpose: Purpose, vendor_id: str, wording: str, word: Word, actor: Actor,
         now: datetime) -> SmsTemplate:
    """Enter a template; raises FilingRefused."""
    # A carrier's port takes whole texts and knows no template by an id.
    vendor_id, wording = vendor_id.strip() or (gateway if gateway in LINES else ""), wording.strip()
    _check(gateway, purpose, vendor_id, wording, word)
    if vendor_id and gateway not in LINES and session.scalar(select(SmsTemplate.id).where(
            SmsTemplate.gateway == gateway, SmsTemplate.vendor_id == vendor_id, SmsTemplate.retired_at.is_(None))):
        raise FilingRefused("vendor_id", f"编号 {vendor_id} 已经登记过了。要改状态，请在清单里点它。")
    row = SmsTemplate(gateway=gateway, purpose=purpose.value, vendor_id=vendor_id, wording=wording, state=word.state.value,
                      reason=word.reason, decided_on=word.decided_on, changed_by=actor.name, changed_at=now)
    session.add(row)
    session.flush()
    record(session, now, actor, "template.filed", _subject(row), {"purpose": purpose.value, "state": word.state.value})
    return row


def change(session: Session, number: int, vendor_id: str, wording: str, word: Word, actor: Actor, now: datetime) -> SmsTemplate:
    """Write down how a template stands now; raises FilingRefused."""
    row = in_use(session, number)
    vendor_id, wording = vendor_id.strip() or (row.gateway if row.gateway in LINES else ""), wording.strip()
    _check(row.gateway, Purpose(row.purpose), vendor_id, wording, word)
    before = {"state": row.state, "vendor_id": row.vendor_id, "reason": row.reason}
    row.vendor_id, row.wording, row.state = vendor_id, wording, word.state.value
    row.reason, row.decided_on, row.changed_by, row.changed_at = word.reason, word.decided_on, actor.name, now
    record(session, now, actor, "template.changed", _subject(row),
           {"before": before, "after": {"state": row.state, "vendor_id": row.vendor_id, "reason": row.reason}})
    return row


def retire(session: Session, number: int, actor: Actor, now: datetime) -> SmsTemplate:
    """Take a template out of use; it stays on record."""
    row = in_use(session, number)
    row.retired_at, row.changed_by, row.changed_at = now, actor.name, now
    record(session, now, actor, "template.retired", _subject(row), {"state": row.state})
    return row


def tell(session: Session, number: int, said: Reviewed, actor: Actor, now: datetime) -> bool:
    """Write down the vendor's own word on a template; True when it changed something."""
    row = in_use(session, number)
    row.asked_at = now
    wording = said.wording if said.wording and not same_wording(said.wording, row.wording) else row.wording
    day = said.decided_on or (row.decided_on if row.state == said.state else None)
    if (row.state, row.reason, row.decided_on, row.wording) == (said.state.value, said.reason, day, wording):
        return False
    before = {"state": row.state, "reason": row.reason}
    row.state, row.reason, row.decided_on, row.wording = said.state.value, said.reason, day, wording
    row.changed_by, row.changed_at = actor.name, now
    record(session, now, actor, "template.reviewed", _subject(row),
           {"before": before, "after": {"state": row.state, "reason": row.reason}})
    return True


def in_use(session: Session, number: int) -> SmsTemplate:
    """A template that is in use; raises FilingRefused."""
    row = session.get(SmsTemplate, number)
    if row is None or row.retired_at is not None:
        raise FilingRefused("", "没有这条模板，或者它已经停用。请回到清单。")
    return row


def retired(session: Session) -> Sequence[SmsTemplate]:
    """The templates that are out of use, the latest first."""
    return session.scalars(select(SmsTemplate).where(SmsTemplate.retired_at.is_not(None))
                           .order_by(SmsTemplate.retired_at.desc()).limit(50)).all()


def _check(gateway: str, purpose: Purpose, vendor_id: str, wording: str, word: Word) -> None:
    if not wording:
        raise FilingRefused("wording", "请填写报备的原文，空格处写 {title} 等。")
    if sms_length(wording) > LONGEST:
        raise FilingRefused("wording", f"原文 {sms_length(wording)} 字，超过 {LONGEST} 字。请缩短。")
    if not Template(purpose, wording).variables:
        raise FilingRefused("wording", "原文里没有空格，填不进内容。空格处写 {title} 等。")
    if len(vendor_id) > LONGEST_ID or not vendor_id.isascii() or any(mark.isspace() for mark in vendor_id):
        raise FilingRefused("vendor_id", "编号只有字母、数字和符号，照平台上的抄。")
    if word.state is Approval.APPROVED and not vendor_id and gateway not in LINES:
        raise FilingRefused("vendor_id", "已通过的模板要填平台给的编号，发送时要用。")
    if word.state is Approval.REJECTED and not word.reason:
        raise FilingRefused("reason", "被驳回的，请抄上平台给的理由，改的时候要看。")
    if len(word.reason) > LONGEST_REASON:
        raise FilingRefused("reason", f"理由太长（{len(word.reason)} 字），请控制在 {LONGEST_REASON} 字以内。")


def _subject(row: SmsTemplate) -> str:
    return f"template:{row.gateway} {row.vendor_id or row.id}"
