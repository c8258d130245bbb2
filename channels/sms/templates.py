"""The register of approved SMS templates: purpose, wording with ${…} blanks, the vendor's id, the approval."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from channels.messages import Content, Purpose
from channels.splitting import LONGEST, sms_length

# ${name} as Aliyun writes it; {name} too, because settings files take ${name} for a variable of their own.
_BLANK = re.compile(r"\$?\{(\w+)\}")
# Vendors refuse addresses inside a blank, and villagers are taught to fear links.
_LINK = re.compile(r"https?://|www\.|[a-z0-9-]\.(?:cn|com|net|org|gov|top|cc|xyz|vip|me|ly|link|site)(?![a-z0-9])",
                   re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")

# What stands at the vendors until an office has its own wording approved. No link and no unsubscribe words:
# a notice carries neither (工信部, 通信短信息服务管理规定 §18 binds promotions only).
TEXTS: Mapping[Purpose, str] = {
    Purpose.NOTICE: "${title}。时间：${deadline}；地点：${where}；电话：${phone}，可拨12345核实。",
    Purpose.CORRECTION: "更正通知，请以本条为准：${title}。时间：${deadline}；地点：${where}；电话：${phone}，可拨12345核实。",
    Purpose.EMERGENCY: "紧急通知：${title}。时间：${deadline}；地点：${where}；电话：${phone}。",
    Purpose.CODE: "验证码${code}，${minutes}分钟内有效。请勿告诉他人，工作人员不会向您索要。",
    Purpose.CONSULTATION: "您的咨询答复：${answer}。详情可拨12345。",
}


class Approval(StrEnum):
    """Whether a vendor lets a template be used."""

    UNFILED = "unfiled"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"unfiled": "未报备", "pending": "审核中", "approved": "已通过", "rejected": "被驳回"}[self]


@dataclass(frozen=True)
class Template:
    """One approved wording; `longest_blank` is what the vendor lets stand in a blank."""

    purpose: Purpose
    text: str
    longest_blank: int = 35

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The blanks in their order, which is also the order of vendors that number them."""
        return tuple(dict.fromkeys(_BLANK.findall(self.text)))

    def fill(self, variables: Mapping[str, str]) -> str:
        """The text with its blanks filled; a missing one stays visible as ${name}."""
        return _BLANK.sub(lambda blank: variables.get(blank[1], blank[0]), self.text)

    def whole(self, variables: Mapping[str, str], signature: str) -> str:
        """What a person receives: the signature and the filled text."""
        return f"【{signature}】{self.fill(variables)}"

    def content(self, variables: Mapping[str, str], signature: str) -> Content:
        """A content whose text is what a person receives."""
        kept = {name: variables[name] for name in self.variables if name in variables}
        return Content(self.purpose, self.whole(variables, signature), kept)


class Filings(Protocol):
    """What the vendors have approved, as it stands now (`channels.sms.approvals`)."""

    def vendor_id(self, gateway: str, purpose: Purpose) -> str | None:
        """The id to send a purpose by."""
        ...

    def complaint(self, purpose: Purpose) -> str:
        """Why no gateway can send a purpose."""
        ...

    async def freshen(self) -> None:
        """Read again when it is time."""
        ...


@dataclass(frozen=True)
class Register:
    """One gateway's templates: the shared wording, and the id the vendor gave each.

    Without `filings`, as in a test, the settings' `vendor_ids` are all there is.
    """

    signature: str
    templates: Mapping[Purpose, Template]
    vendor_ids: Mapping[Purpose, str]
    gateway: str = ""
    filings: Filings | None = None

    def vendor_id(self, purpose: Purpose) -> str | None:
        """The vendor's id for a purpose, or None while none is approved."""
        if self.filings is not None:
            return self.filings.vendor_id(self.gateway, purpose)
        return self.vendor_ids.get(purpose) or None

    def approval(self, purpose: Purpose) -> Approval:
        """Whether a purpose can be sent."""
        return Approval.APPROVED if self.vendor_id(purpose) else Approval.UNFILED

    async def freshen(self) -> None:
        """Look whether the approvals have changed."""
        if self.filings is not None:
            await self.filings.freshen()

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content, in Chinese; empty when it can go."""
        template = self.templates[content.purpose]
        found = [fault for name in template.variables for fault in _faults(name, content.variables, template)]
        whole = template.whole(content.variables, self.signature)
        if not found and content.text and content.text not in (whole, template.fill(content.variables)):
            found.append("正文与短信模板填空后的文字不一致。请重新生成短信版式，再送审。")
        unsendable = self.filings.complaint(content.purpose) if self.filings is not None else ""
        if unsendable:
            found.append(unsendable)
        if content.form and content.form != self.signature:
            found.append(f"短信签名签发时是【{content.form}】，现在是【{self.signature}】。请管理员把设置 SMS_SIGNATURE 改回，"
                         "或请编辑重新送审（点“修改”，不用改字，保存后送审）。")
        if sms_length(whole) > LONGEST:
            found.append(f"短信全文 {sms_length(whole)} 字，超过 {LONGEST} 字。请缩短。")
        return tuple(found)


def same_wording(one: str, other: str) -> bool:
    """Whether two wordings are the same however their blanks are named: ${title}, {title} or, at Tencent, {1}."""
    return _numbered(one) == _numbered(other)


def _numbered(text: str) -> str:
    order: dict[str, int] = {}

    def number(blank: re.Match[str]) -> str:
        name = blank[1]
        return f"{{{name if name.isdigit() else order.setdefault(name, len(order) + 1)}}}"

    return _BLANK.sub(number, text.strip())


def _faults(name: str, variables: Mapping[str, str], template: Template) -> list[str]:
    value = variables.get(name, "")
    if not value.strip():
        return [f"短信模板的空格“{name}”没有内容。请补上。"]
    found = []
    if sms_length(value) > template.longest_blank:
        found.append(f"短信模板的空格“{name}”有 {sms_length(value)} 字，最多 {template.longest_blank} 字。请缩短。")
    if _LINK.search(value):
        found.append(f"短信模板的空格“{name}”里有网址，平台会拒发。请去掉，改写地点和电话。")
    if "【" in value or "】" in value or _UNPRINTABLE.search(value):
        found.append(f"短信模板的空格“{name}”里有【】或换行，平台会拒发。请去掉。")
    return found
