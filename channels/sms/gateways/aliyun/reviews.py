"""What Aliyun says of a template (help.aliyun.com, GetSmsTemplate; QuerySmsTemplate, its forerunner, is out of use)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from channels import cleaning
from channels.exchange import Said, Verdict
from channels.sms.reviews import Reviewed
from channels.sms.templates import Approval

ACTION = "GetSmsTemplate"
# TemplateStatus: 0 in review, 1 passed, 2 not passed, 10 withdrawn by the applicant.
_STATES = {"0": Approval.PENDING, "1": Approval.APPROVED, "2": Approval.REJECTED, "10": Approval.UNFILED}


def reviewed(said: Said | Verdict) -> Reviewed:
    """The vendor's word, or why there is none."""
    if isinstance(said, Verdict):
        return Reviewed(fault=said.words)
    code = cleaning.code(said.data.get("Code"))
    if code != "OK":
        return Reviewed(fault=f"阿里云没有答复模板的状态：{cleaning.words(said.data.get('Message')) or code or '读不懂'}")
    state = _STATES.get(cleaning.clean(said.data.get("TemplateStatus"), 4))
    if state is None:
        return Reviewed(fault="阿里云答复的模板状态读不懂，请到阿里云控制台看。")
    audit = said.data.get("AuditInfo")
    audit = audit if isinstance(audit, Mapping) else {}
    reason = cleaning.words(audit.get("RejectInfo") or said.data.get("Reason"))
    return Reviewed(state, reason if state is Approval.REJECTED else "", _day(audit.get("AuditDate")),
                    cleaning.clean(said.data.get("TemplateContent"), 500))


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(cleaning.clean(value, 10))
    except ValueError:
        return None
