"""What Tencent says of a template (cloud.tencent.com 382/52069, DescribeSmsTemplateList)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels import cleaning
from channels.exchange import Said, Verdict
from channels.sms.reviews import Reviewed
from channels.sms.templates import Approval

ACTION = "DescribeSmsTemplateList"
# StatusCode: 0 passed and in force, 1 in review, 2 passed but not yet in force, -1 not passed or failed.
_STATES = {"0": Approval.APPROVED, "1": Approval.PENDING, "2": Approval.PENDING, "-1": Approval.REJECTED}


def question(vendor_id: str) -> Mapping[str, Any]:
    """The body that asks about one template."""
    return {"International": 0, "TemplateIdSet": [int(vendor_id)]}


def reviewed(said: Said | Verdict, vendor_id: str) -> Reviewed:
    """The vendor's word, or why there is none."""
    if isinstance(said, Verdict):
        return Reviewed(fault=said.words)
    response = said.data.get("Response")
    response = response if isinstance(response, Mapping) else {}
    error = response.get("Error")
    if isinstance(error, Mapping):
        return Reviewed(fault=f"腾讯云没有答复模板的状态：{cleaning.words(error.get('Message')) or cleaning.code(error.get('Code'))}")
    rows = response.get("DescribeTemplateStatusSet")
    row = next((one for one in rows if isinstance(one, Mapping) and cleaning.clean(one.get("TemplateId"), 20) == vendor_id),
               None) if isinstance(rows, list) else None
    if row is None:
        return Reviewed(fault=f"腾讯云没有编号为 {vendor_id} 的模板。请核对编号。")
    state = _STATES.get(cleaning.clean(row.get("StatusCode"), 4))
    if state is None:
        return Reviewed(fault="腾讯云答复的模板状态读不懂，请到腾讯云控制台看。")
    reason = cleaning.words(row.get("ReviewReply")) if state is Approval.REJECTED else ""
    return Reviewed(state, reason, None, cleaning.clean(row.get("TemplateContent"), 500))
