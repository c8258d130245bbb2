"""A notice's form: from what a browser posts to the writing the notices room reads, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from notices.failures import Fault as DraftFault
from notices.writing import LABELS, must_arrive_of
from profiles.facts import REGISTER, Catalogue
from profiles.failures import ConditionRefused
from web.staff.conditions import AND, Built, Row, build, rows_of
from web.staff.frame import Fault

LINES = ("reference", "title", "summary", "topic", "kind", "office", "phone", "document_number", "property",
         "property_reason", "aspect", "to", "valid_from", "valid_until", "deadline", "must_arrive", "short_text",
         "what_to_bring", "where")
EVERYBODY, BY_ROWS, BY_CODE = "everybody", "rows", "code"
MOST_ROWS = 20
_FIELD_NAMES = re.compile(f"（(?:{'|'.join(sorted(LABELS, key=len, reverse=True))})）")
_ANCHORS = {"other_phones": "other_phones", "divisions": "divisions"}


@dataclass(frozen=True)
class NoticeForm:
    """What stands in the form: plain fields as text, the rest as what was chosen."""

    values: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    divisions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("wechat", "sms")
    other_phones: str = ""

    audience: str = EVERYBODY
    rows: tuple[Row, ...] = ()
    condition_code: str = ""
    catalogue: Catalogue = REGISTER

    @property
    def built(self) -> Built:
        """The rows read."""
        return build(self.rows, self.catalogue)

    @property
    def is_unfilled(self) -> bool:
        """Whether 按条件筛选 is chosen and no row says anything yet."""
        return self.audience == BY_ROWS and all(row.is_blank for row in self.rows)

    def condition(self) -> Any:
        """The condition as the room reads it: decoded JSON, None for everybody; ValueError for code that is no JSON."""
        if self.audience == BY_ROWS:
            return self.built.condition
        return json.loads(self.condition_code) if self.audience == BY_CODE and self.condition_code.strip() else None

    def raw(self) -> dict[str, Any]:
        """The writing as decoded JSON; the condition is left out when its code cannot be read."""
        raw: dict[str, Any] = {**self.values, "body": self.body, "divisions": list(self.divisions),
                               "channels": list(self.channels)}
        phones = [phone for phone in re.split(r"[、，,；;\s]+", self.other_phones) if phone]
        if phones:
            raw["other_phones"] = phones
        try:
            raw["condition"] = self.condition()
        except ValueError:
            raw["condition"] = None
        return {key: value for key, value in raw.items() if value not in ("", None)}

    def faults(self) -> list[Fault]:
        """What the form itself can tell: rows that say nothing, code that is no JSON."""
        if self.audience == BY_ROWS:
            found = [Fault(f"row-{one.row}", one.words) for one in self.built.faults]
            if not found and self.built.condition is None:
                return [Fault("row-0", "选了“按条件筛选”，还没有填条件。请至少填一行，或改选“范围内的所有农户”。")]
            return found
        if self.audience != BY_CODE:
            return []
        try:
            self.condition()
        except json.JSONDecodeError as error:
            place = f"第 {error.lineno} 行第 {error.colno} 个字附近"
            return [Fault("condition_code", f"推送条件的代码：{place}不是正确的 JSON。请检查引号、逗号和括号是否成对、是否为英文符号。")]
        except (ValueError, RecursionError):
            return [Fault("condition_code", "推送条件的代码：套得太深，或有写不下的数字。请改写。")]
        return []

    def placed(self, faults: Sequence[DraftFault]) -> list[Fault]:
        """The room's faults beside the fields of this form."""
        return [Fault(self._place(fault.path), self._words(fault)) for fault in faults]

    def refused(self, refusal: ConditionRefused) -> Fault:
        """A refused condition beside its row, or beside its code with the path of the fault."""
        row = self.built.row_at(refusal.path) if self.audience == BY_ROWS else None
        if row is None:
            return Fault("condition_code", refusal.words)
        return Fault(f"row-{row}", f"推送条件第 {row + 1} 行：{refusal.reason}。{refusal.cure}。")

    def _place(self, path: str) -> str:
        name = re.split(r"[.\[]", path, maxsplit=1)[0]
        if name != "condition":
            return _ANCHORS.get(name, name if name in LABELS else "")
        row = self.built.row_at(path.removeprefix("condition").removeprefix(".")) if self.audience == BY_ROWS else None
        return f"row-{row}" if row is not None else "condition_code" if self.audience == BY_CODE else "audience"

    def _words(self, fault: DraftFault) -> str:
        name, _, rest = fault.path.partition(".")
        name = name.partition("[")[0]
        row = self._place(fault.path).partition("row-")[2]
        label = f"推送条件第 {int(row) + 1} 行" if row else LABELS.get(name, fault.path)
        place = f"{label}（{rest}）" if name == "condition" and rest and self.audience == BY_CODE else label
        return for_clerks(f"{place}：{fault.reason}。{fault.cure}。")


def posted(form: MultiDict[str, str], catalogue: Catalogue = REGISTER) -> NoticeForm:
    """The form as it came."""
    numbers = sorted({int(found[1]) for key in form if (found := re.fullmatch(r"row-(\d{1,2})-fact", key))})[:MOST_ROWS]
    rows = tuple(Row(*(form.get(f"row-{number}-{part}", default).strip() for part, default in
                       (("fact", ""), ("name", ""), ("operator", ""), ("value", ""), ("joint", AND))))
                 for number in numbers)
    return NoticeForm(
        values={name: form.get(name, "").strip() for name in LINES}, body=form.get("body", ""),
        divisions=tuple(form.getlist("divisions")), channels=tuple(form.getlist("channels")),
        other_phones=form.get("other_phones", "").strip(),
        audience=form.get("audience", EVERYBODY), rows=rows, condition_code=form.get("condition_code", ""),
        catalogue=catalogue,
    )


def filled(content: Mapping[str, Any], catalogue: Catalogue = REGISTER) -> NoticeForm:
    """The form of a stored writing."""
    condition = content.get("condition")
    rows = rows_of(condition, catalogue)
    audience = EVERYBODY if condition is None else BY_CODE if rows is None else BY_ROWS
    return NoticeForm(
        values={name: str(content.get(name) or "") for name in LINES} | {
            "must_arrive": str(must_arrive_of(content) or "")}, body=content.get("body", ""),
        divisions=tuple(content.get("divisions", ())), channels=tuple(content.get("channels", ())),
        other_phones="、".join(content.get("other_phones", ())),
        audience=audience, rows=rows or (), catalogue=catalogue,
        condition_code="" if condition is None else json.dumps(condition, ensure_ascii=False, indent=2),
    )


def for_clerks(words: str) -> str:
    """A sentence without the names that fields have in files: 短信正文（short_text） is 短信正文 on a screen."""
    return _FIELD_NAMES.sub("", words).replace("。。", "。")
