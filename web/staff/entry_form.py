"""A knowledge entry's form: read, checked for what must not be public, and shown again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from knowledge.elements import LABELS as ELEMENTS
from knowledge.elements import NAMES
from knowledge.lines import EntryLine, reason_of
from knowledge.models import EntryKind
from knowledge.tables import KIND_WORDS
from notices.redaction import phones_in, scan_fields
from web.staff.frame import Fault

LINES = ("id", "kind", "question", "short", "office", "phone", "valid_from", "valid_until", "source", *NAMES)
KINDS = ((EntryKind.ANSWER.value, KIND_WORDS[EntryKind.ANSWER], "一件事一个说法"),
         (EntryKind.GUIDE.value, KIND_WORDS[EntryKind.GUIDE], "办一件事要什么条件、带什么、去哪儿、几天、收不收费"))
HINTS = {"background": "为什么有这项政策，一两句话", "conditions": "谁能办，一行一条", "standard": "发多少、补多少、交多少，写明单位", "materials": "要带什么，一行一样",
         "steps": "一行一步，不用写序号", "place": "哪个窗口、什么地址", "hours": "星期几、几点到几点", "until": "到哪天为止可以申请，全年可办的写“全年”",
         "time_limit": "几个工作日办好", "fee": "不收费就写“不收费”", "link": "https:// 开头的网址"}
NEVER_HOLDS = "有效期至比生效日期还早，这一条永远不会用来回答。请改其中一个日期。"
_MASKED = re.compile(r"[0-9A-Za-z一二三四五六七八九零〇幺两]{0,3}\*{2,}[0-9Xx]{0,4}|[一-鿿]某+")
LABELS = {"kind": "类型", **ELEMENTS, "id": "编号", "question": "问题", "similar": "相似问", "answer": "答案", "short": "一句话答案", "office": "答复单位",
          "phone": "电话", "divisions": "适用地方", "valid_from": "生效日期", "valid_until": "有效期至", "source": "依据"}


@dataclass(frozen=True)
class EntryForm:
    """What stands in the form."""

    values: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    similar: str = ""
    divisions: tuple[str, ...] = ()

    @property
    def is_guide(self) -> bool:
        """Whether the part of the form for guides is wanted: for a guide, and wherever something stands in it."""
        return self.values.get("kind") == EntryKind.GUIDE or any(self.values.get(name) for name in NAMES)

    def line(self) -> EntryLine:
        """The entry as the knowledge room files it; raises pydantic's ValidationError."""
        filled: dict[str, Any] = {name: value for name, value in self.values.items() if value}
        return EntryLine.model_validate({**filled, "answer": self.answer, "divisions": list(self.divisions),
                                         "similar": [one.strip() for one in self.similar.splitlines() if one.strip()]})

    def text(self, name: str) -> str:
        """What stands in one field."""
        return {"answer": self.answer, "similar": self.similar}.get(name) or self.values.get(name, "")

    def faults(self, kept: str = "") -> list[Fault]:
        """What is missing or cannot be read, and numbers of persons that must not be told to everybody; numbers that stand in
        the answer `kept` so far were judged when it was taken in.
        """
        found: list[Fault] = []
        try:
            self.line()
        except ValidationError as error:
            found = [_fault(str(one["loc"][0]) if one["loc"] else "kind", one["type"], str(one["msg"]))
                     for one in error.errors()]
        starts, ends = (self.values.get(name, "") for name in ("valid_from", "valid_until"))
        if starts and ends and ends < starts and not {"valid_from", "valid_until"} & {one.place for one in found}:
            found.append(Fault("valid_until", NEVER_HOLDS))
        own = phones_in([self.values.get("phone", ""), kept])
        named = {LABELS[name]: name for name in ("question", "answer", "similar", "short", *NAMES)}
        texts = {LABELS[name]: self.text(name) for name in named.values()}
        found += [Fault(next((name for label, name in named.items() if number.place.startswith(label)), "answer"),
                        f"{number.place}有{number.kind.words}（{number.excerpt}）。确是办公电话的，填到“电话”里；不是就删去。")
                  for number in scan_fields(texts, own)]
        return found


def masked_in(before: str, after: str) -> list[str]:
    """What of a text was hidden on its way into the form, as it now reads, each once."""
    return list(dict.fromkeys(one for one in _MASKED.findall(after) if one not in before))


def posted(form: MultiDict[str, str]) -> EntryForm:
    """The form as it came."""
    return EntryForm({name: form.get(name, "").strip() for name in LINES}, form.get("answer", "").strip(),
                     form.get("similar", ""), tuple(form.getlist("divisions")))


def of_line(line: EntryLine) -> EntryForm:
    """The form of what was written before."""
    values = {name: str(getattr(line, name) or "") for name in LINES}
    return EntryForm(values, line.answer, "\n".join(line.similar), tuple(line.divisions))


def _fault(name: str, kind: str, message: str) -> Fault:
    label = LABELS.get(name, name)
    if kind in ("missing", "string_too_short"):
        return Fault(name, f"{label}没有填写。请补上。")
    if kind == "string_too_long":
        limit = re.search(r"\d+", message)
        return Fault(name, f"{label}太长，最多 {limit.group() if limit else ''} 字。请缩短。")
    if kind.startswith("date"):
        return Fault(name, f"{label}不是日期。请写成 2026-11-30 这样。")
    reason, cure = reason_of(kind, message, {})
    return Fault(name, f"{label}：{reason}。{cure.replace('后重新导入', '')}。")
