"""The notice file format: what an office writes once, read strictly and refused in Chinese with place and cure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from kernel.clock import in_china
from notices.failures import DraftRefused, Fault
from notices.faults import fault, faults_of, shown
from notices.redaction import phones_in
from notices.topics import Topic, topic_named
from profiles.facts import Catalogue
from profiles.failures import ConditionRefused
from profiles.targeting import parsing

MOST_DIVISIONS = 500
MUST_ARRIVE_DAYS, MOST_MUST_ARRIVE_DAYS = 3, 30


class Kind(StrEnum):
    """What sort of notice it is."""

    NOTICE = "notice"
    POLICY = "policy"
    INTERPRETATION = "interpretation"
    GUIDE = "guide"
    DRAFT_DECISION = "draft_decision"
    PUBLIC_LIST = "public_list"
    PROJECT = "project"
    EMERGENCY = "emergency"

    @property
    def words(self) -> str:
        """The office's word."""
        return {
            "notice": "通知", "policy": "政策", "interpretation": "政策解读", "guide": "办事指南", "draft_decision": "征求意见",
            "public_list": "公示名单", "project": "项目", "emergency": "紧急通知",
        }[self]


class Property(StrEnum):
    """公开属性: whether the public may read it (条例 §13–16; the last two by an office's own practice)."""

    OPEN = "主动公开"
    ON_REQUEST = "依申请公开"
    CLOSED = "不予公开"
    ABRIDGED = "删减后公开"
    DECLASSIFIED = "脱密后公开"

    @property
    def is_public(self) -> bool:
        """Whether it may stand on the web."""
        return self not in (Property.ON_REQUEST, Property.CLOSED)


def _clean(text: str) -> str:
    for place, letter in enumerate(text, start=1):
        if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t\r":
            raise fault(f"第 {place} 个字是看不见的控制符", "请删去后重新输入这一段")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _reference(text: str) -> str:
    if not re.fullmatch(r"[\w][\w.\-〔〕（）()·]*", text):
        raise fault("编号里有不能用的符号", "只用字母、数字、汉字、点和短横，例如 PY-2026-001")
    return text


def _code(raw: object) -> object:
    """A division code without filling zeros; the statistics bureau writes a county as 640425000000."""
    text = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if not isinstance(text, str):
        return raw
    text = text.strip()
    while len(text) in (9, 12) and text.endswith("000"):
        text = text[:-3]
    if not re.fullmatch(r"[1-9]\d{1,11}", text, re.ASCII) or len(text) not in (2, 4, 6, 9, 12):
        raise fault(f"“{shown(raw)}”不是区划代码", "县写 6 位、乡镇 9 位、村 12 位数字，例如 640425100")
    return text


def _day(raw: object) -> object:
    if isinstance(raw, datetime):
        return in_china(raw).date()
    if isinstance(raw, date):
        return raw
    text = raw.strip() if isinstance(raw, str) else ""
    written = re.fullmatch(r"(\d{4})(?:[-./]|年)(\d{1,2})(?:[-./]|月)(\d{1,2})日?", text, re.ASCII)
    try:
        if written:
            return date(*(int(part) for part in written.groups()))
        return in_china(datetime.fromisoformat(text)).date()
    except ValueError:
        raise fault(f"“{shown(raw)}”不是日期", '请写成 "2026-11-30" 这样') from None


def _days_before(raw: object) -> object:
    """How many days before the deadline a notice must have arrived, 0 for one that need not; `true` is the usual number."""
    if isinstance(raw, bool):
        return MUST_ARRIVE_DAYS if raw else 0
    text = raw.strip().removesuffix("天").strip() if isinstance(raw, str) else raw
    whole = isinstance(text, str) and re.fullmatch(r"\d{1,3}", text, re.ASCII) is not None
    days = int(str(text)) if whole else text
    if not isinstance(days, int) or not 0 <= days <= MOST_MUST_ARRIVE_DAYS:
        raise fault(f"“{shown(raw)}”不是天数", f"请写截止前几天，1 到 {MOST_MUST_ARRIVE_DAYS}；不是必达的就不填")
    return days


def _joined(raw: object) -> object:
    """A list of things to bring as one line."""
    if isinstance(raw, list) and all(isinstance(part, str) for part in raw):
        return "、".join(part.strip() for part in raw)
    return raw


def _each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _telephone(text: str) -> str:
    if not phones_in([text]) and not re.search(r"\d{3,5}", text):
        raise fault("里面没有电话号码", "请写办公电话，例如 0954-7012345；可以写几个，用顿号隔开")
    return text


Line = Annotated[str, AfterValidator(_line)]
Passage = Annotated[str, AfterValidator(_clean)]
Day = Annotated[date, BeforeValidator(_day)]
Code = Annotated[str, BeforeValidator(_code)]
Channel = Literal["wechat", "sms", "telegram", "board"]
Aspect = Literal["决策", "执行", "管理", "服务", "结果"]


def _usual_channels() -> list[Channel]:
    return ["wechat", "sms"]


class NoticeDraft(BaseModel):
    """One notice as it is written; every rendering, the audience and the digest follow from it alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="信息")

    reference: Annotated[Line, AfterValidator(_reference)] = Field(max_length=60, title="编号")
    title: Line = Field(max_length=120, title="标题")
    body: Passage = Field(max_length=20_000, title="正文")
    office: Line = Field(max_length=80, title="发布单位")
    phone: Annotated[Line, AfterValidator(_telephone)] = Field(max_length=80, title="电话")
    divisions: Annotated[list[Code], AfterValidator(_each_once)] = Field(
        min_length=1, max_length=MOST_DIVISIONS, title="适用区划")
    summary: Line = Field(default="", max_length=300, title="摘要")
    topic: Topic = Field(default=Topic.OTHER, title="主题")
    kind: Kind = Field(default=Kind.NOTICE, title="种类")
    document_number: Line = Field(default="", max_length=60, title="文号")
    disclosure: Property = Field(default=Property.OPEN, alias="property", title="公开属性")
    property_reason: Line = Field(default="", max_length=200, title="公开属性理由")
    aspect: Aspect | None = Field(default=None, title="公开环节")
    condition: dict[str, Any] | None = Field(default=None, title="推送范围")
    to: Literal["households", "residents"] = Field(default="households", title="发给谁")
    # Unset it is written as before there were days, so that what was approved then keeps its hash.
    must_arrive: Annotated[int, BeforeValidator(_days_before), PlainSerializer(lambda days: days or False)] = Field(
        default=0, title="必达")
    valid_from: Day | None = Field(default=None, title="生效日期")
    valid_until: Day | None = Field(default=None, title="有效期至")
    deadline: Day | None = Field(default=None, title="办理截止日期")
    short_text: Line = Field(default="", max_length=200, title="短信正文")
    what_to_bring: Annotated[Line, BeforeValidator(_joined)] = Field(default="", max_length=200, title="带什么")
    where: Line = Field(default="", max_length=100, title="办理地点")
    other_phones: list[Line] = Field(default_factory=list, max_length=20, title="文中其他办公电话")
    channels: Annotated[list[Channel], AfterValidator(_each_once)] = Field(
        default_factory=_usual_channels, title="渠道")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> NoticeDraft:
        if self.disclosure is not Property.OPEN and not self.property_reason:
            reason = f"公开属性是“{self.disclosure.value}”，没有写理由"
            raise fault(reason, "请补上“公开属性理由”，写明依据的条款", "property_reason")
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise fault("有效期至早于生效日期（valid_from）", "请核对这两个日期", "valid_until")
        return self

    @property
    def own_phones(self) -> frozenset[str]:
        """The offices' telephone numbers that may stand in the text, in digits alone."""
        return phones_in([self.phone, *self.other_phones])

    def content(self) -> dict[str, Any]:
        """The whole writing as plain JSON, the same for the same writing."""
        return self.model_dump(mode="json", by_alias=True)


LABELS = {field.alias or name: str(field.title) for name, field in NoticeDraft.model_fields.items()}
"""The fields by their names in the file, in the office's words."""


@dataclass(frozen=True)
class Written:
    """A good writing and what should be looked at all the same."""

    draft: NoticeDraft
    remarks: tuple[str, ...] = ()


def read(raw: object, catalogue: Catalogue) -> Written:
    """One notice from decoded JSON; raises DraftRefused with every fault found."""
    if not isinstance(raw, dict):
        raise DraftRefused([Fault("整条", "不是一条信息", '请写成 {"reference": …, "title": …} 这样')])
    remarks: list[str] = []
    prepared = _prepared(raw, remarks)
    faults: list[Fault] = []
    try:
        draft = NoticeDraft.model_validate(prepared)
    except ValidationError as error:
        faults.extend(faults_of(error, LABELS))
    try:
        parsing.parse(prepared.get("condition"), catalogue)
    except ConditionRefused as refused:
        path = "condition" if refused.path == "整个条件" else f"condition.{refused.path}"
        # What is no JSON object at all, pydantic has already told.
        if not any(known.path == "condition" for known in faults):
            faults.append(Fault(path, refused.reason, refused.cure))
    if not faults and draft.must_arrive and draft.deadline is None:
        faults.append(Fault("must_arrive", "必达从截止日期往回数，还没有填办理截止日期（deadline）", "请填办理截止日期，或不选必达"))
    if faults:
        raise DraftRefused(faults)
    return Written(draft, tuple(remarks))


def must_arrive_of(content: Mapping[str, Any]) -> int:
    """The days before the deadline of a stored revision, 0 for none; before there were days it said only whether."""
    stored = content.get("must_arrive", False)
    return MUST_ARRIVE_DAYS if stored is True else int(stored)


def restored(content: Mapping[str, Any]) -> NoticeDraft:
    """The writing behind a stored revision."""
    return NoticeDraft.model_validate(dict(content))


def _prepared(raw: Mapping[Any, Any], remarks: list[str]) -> dict[str, Any]:
    """The fields that hold something, with the words offices use brought to those of the format."""
    filled = {str(key): value for key, value in raw.items()
              if value is not None and not (isinstance(value, str) and not value.strip())}
    if "bring" in filled and "what_to_bring" not in filled:
        filled["what_to_bring"] = filled.pop("bring")
    aspect = filled.get("aspect")
    if isinstance(aspect, str):
        filled["aspect"] = aspect.strip().removesuffix("公开")
    topic = filled.get("topic")
    if isinstance(topic, str):
        known = topic_named(topic.strip())
        if known is None:
            remarks.append(f"topic：没有“{shown(topic)}”这个主题，先归入“其他”。可用的有：{'、'.join(Topic)}。")
        filled["topic"] = known or Topic.OTHER
    return filled
