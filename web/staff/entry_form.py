"""A knowledge entry's form: read, checked for what must not be public, and shown again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from knowledge.lines import EntryLine
from notices.redaction import phones_in, scan_fields
from web.staff.frame import Fault

LINES = ("id", "question", "short", "office", "phone", "valid_from", "valid_until", "source")
LABELS = {"id": "编号", "question": "问题", "similar": "相似问", "answer": "答案", "short": "一句话答案", "office": "答复单位",
          "phone": "电话", "divisions": "适用地方", "valid_from": "生效日期", "valid_until": "有效期至", "source": "依据"}


@dataclass(frozen=True)
class EntryForm:
    """What stands in the form."""

    values: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    similar: str = ""
    divisions: tuple[str, ...] = ()

    def line(self) -> EntryLine:
        """The entry as the knowledge room files it; raises pydantic's ValidationError."""
        filled: dict[str, Any] = {name: value for name, value in self.values.items() if value}
        return EntryLine.model_validate({**filled, "answer": self.answer, "divisions": list(self.divisions),
                                         "similar": [one.strip() for one in self.similar.splitlines() if one.strip()]})

    def faults(self) -> list[Fault]:
        """What is missing or cannot be read, and numbers of persons that must not be told to everybody."""
        found: list[Fault] = []
        try:
            self.line()
        except ValidationError as error:
            found = [_fault(str(one["loc"][0]) if one["loc"] else "", one["type"], str(one["msg"]))
                     for one in error.errors()]
        own = phones_in([self.values.get("phone", "")])
        texts = {"问题": self.values.get("question", ""), "答案": self.answer, "相似问": self.similar}
        found += [Fault({"问": "question", "答": "answer", "相": "similar"}[number.place[0]],
                        f"{number.place}有{number.kind.words}（{number.excerpt}）。确是办公电话的，填到“电话”里；不是就删去。")
                  for number in scan_fields(texts, own)]
        return found


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
    return Fault(name, f"{label}：{message.removeprefix('Value error, ')}。请改正。")
