"""Template messages: which of our variables stands in which field, and what each kind of field may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from channels.messages import Content

# The fields of the template the demo registers; an office's own stand in WECHAT_TEMPLATE_FIELDS.
DEFAULT_FIELDS = "thing1=title,thing2=deadline,thing3=where,phone_number4=phone"

# 模板消息字段限制 (developers.weixin.qq.com, 发送模板消息, 参数值限制说明); a violation is answered 47003.
_KINDS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "thing": (re.compile(r".{1,20}"), "最多 20 个字"),
    "number": (re.compile(r"-?\d{1,32}(?:\.\d{1,32})?"), "只能是数字，最多 32 位"),
    "letter": (re.compile(r"[A-Za-z]{1,32}"), "只能是字母，最多 32 位"),
    "symbol": (re.compile(r"[^\w\s]{1,5}"), "只能是符号，最多 5 位"),
    "character_string": (re.compile(r"[\x21-\x7e]{1,32}"), "只能是数字、字母、符号，最多 32 位"),
    "time": (re.compile(r"[\d年月日 :~-]{1,40}"), "应是 24 小时制时间，可带年月日"),
    "date": (re.compile(r"[\d年月日 :~-]{1,40}"), "应是年月日"),
    "amount": (re.compile(r"[^\d\s]?\d{1,10}(?:\.\d{1,4})?元?"), "应是金额"),
    "phone_number": (re.compile(r"[\d+\-() ]{1,17}"), "最多 17 位数字和符号"),
    "car_number": (re.compile(r".{1,8}"), "最多 8 位"),
    "name": (re.compile(r"[\u4e00-\u9fff·]{1,10}|[A-Za-z .]{1,20}"), "最多 10 个汉字或 20 个字母"),
    "phrase": (re.compile(r"[\u4e00-\u9fff]{1,5}"), "最多 5 个汉字"),
    "const": (re.compile(r".{1,20}"), "最多 20 个字"),
}
_FIELD = re.compile(r"([a-z_]+?)\d*")


@dataclass(frozen=True)
class CardTemplate:
    """One template: the platform's id, and our variable for each of its fields."""

    vendor_id: str
    fields: Mapping[str, str]

    def data(self, content: Content) -> dict[str, dict[str, str]]:
        """The `data` of a template message."""
        return {field: {"value": content.variables.get(name, "")} for field, name in self.fields.items()}

    @property
    def form(self) -> str:
        """Which of our variables stands in which field, as it is written in the settings."""
        return ",".join(f"{field}={name}" for field, name in self.fields.items())

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for these fields, in Chinese."""
        if content.form and read_fields(content.form) != self.fields:
            # What is longest and wanted least stands last: where these words are kept they are cut.
            return (f"微信模板的字段在签发后改过。请管理员把设置改回“{content.form}”，或请编辑重新送审（点“修改”，不用改字，保存后送审）。"
                    f"现在的设置是“{self.form}”。",)
        return tuple(fault for field, name in self.fields.items()
                     if (fault := _fault(field, name, content.variables.get(name, ""))))


def read_fields(text: str) -> dict[str, str]:
    """Fields from `thing1=title,thing2=where`; raises ValueError for a field kind the platform does not know."""
    fields = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        field, equals, name = (piece.strip() for piece in part.partition("="))
        kind = _FIELD.fullmatch(field)
        if not equals or not name or kind is None or kind[1] not in _KINDS:
            raise ValueError(f"“{part}”不是模板字段，应写成 thing1=title 的样子")
        fields[field] = name
    if not fields:
        raise ValueError("至少要有一个模板字段，例如 thing1=title")
    return fields


def _fault(field: str, name: str, value: str) -> str | None:
    if not value.strip():
        return f"微信模板的“{name}”（字段 {field}）没有内容。请补上。"
    kind = _FIELD.fullmatch(field)
    pattern, words = _KINDS[kind[1] if kind else "thing"]
    if pattern.fullmatch(value):
        return None
    return f"微信模板的“{name}”（字段 {field}）{words}，现在是 {len(value)} 个字。请改短或改写。"
