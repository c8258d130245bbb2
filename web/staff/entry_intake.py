"""What of a file of entries whoever is signed in may bring in: of their own area, nothing private, nothing stopped by who may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.reports import RejectedRow
from knowledge.elements import NAMES
from knowledge.lines import EntryLine, Lines
from knowledge.models import Entry, EntryState
from notices.redaction import FoundKind, phones_in, scan_fields
from web.house import house
from web.security import actor
from web.staff.entry_form import LABELS
from web.staff.entry_waits import reaches

CHUNK = 500
TOLD = ("question", "answer", "short", *NAMES)


def allowed(session: Session, lines: Lines, *, reviewed: bool, may_approve: bool) -> Lines:
    """The lines that may come in; the others join the faults, each with its row and what to do."""
    held = _held(session, lines)
    good, errors = list[EntryLine](), list(lines.errors)
    for line in lines.good:
        fault = _private(line) or _never(line) or _foreign(line, held.get(line.id), reviewed=reviewed, may_approve=may_approve)
        if fault is None:
            good.append(line)
        else:
            errors.append(replace(fault, row=lines.rows.get(line.id, 1)))
    return replace(lines, good=tuple(good), errors=tuple(sorted(errors, key=lambda one: one.row)))


def _held(session: Session, lines: Lines) -> Mapping[str, Entry]:
    ids = [line.id for line in lines.good]
    return {entry.id: entry for start in range(0, len(ids), CHUNK)
            for entry in session.scalars(select(Entry).where(Entry.id.in_(ids[start:start + CHUNK])))}


def _private(line: EntryLine) -> RejectedRow | None:
    """A number of a person in what would be told to everybody; office telephones stand in many an answer."""
    texts = {LABELS[name]: getattr(line, name) for name in TOLD if getattr(line, name)}
    if line.similar:
        texts[LABELS["similar"]] = "\n".join(line.similar)
    found = next((one for one in scan_fields(texts, phones_in([line.phone])) if one.kind is not FoundKind.LANDLINE), None)
    if found is None:
        return None
    column = next((label for label in texts if found.place.startswith(label)), LABELS["answer"])
    return RejectedRow(1, column, found.excerpt, f"有{found.kind.words}", "确是办公电话的填到“电话”列；不是就删去，再重新导入")


def _never(line: EntryLine) -> RejectedRow | None:
    """An entry whose days are none."""
    if line.valid_from is None or line.valid_until is None or line.valid_from <= line.valid_until:
        return None
    return RejectedRow(1, LABELS["valid_until"], line.valid_until.isoformat(), "比生效日期还早，永远不会用来回答", "请改其中一个日期，再重新导入")


def _foreign(line: EntryLine, held: Entry | None, *, reviewed: bool, may_approve: bool) -> RejectedRow | None:
    """An entry of somebody else's area, or one that would begin or stop to answer by who may not decide it."""
    column = LABELS["divisions"]
    beyond = next((code for code in (*(held.divisions if held else ()), *line.divisions) if not actor().may_act_in(code)), None)
    if beyond is not None:
        return RejectedRow(1, column, beyond, f"{beyond} 不在您的管理范围内", "请那里的同事来导入；这一行删去")
    stops = line.state is EntryState.RETIRED and not (held is not None and held.state == EntryState.RETIRED)
    if stops and not may_approve:
        return RejectedRow(1, "状态", "停用", "停用条目要由审定的同事来办", "请他们导入，或者把状态改成草稿")
    decides = stops or (reviewed and line.state not in (EntryState.DRAFT, EntryState.RETIRED))
    everywhere = not line.divisions or (held is not None and not held.divisions)
    if decides and everywhere and not reaches(actor(), (), house().county):
        return RejectedRow(1, column, "", "没有写适用地方，就是全县适用，要由县里审定或停用", "请写上本乡镇的区划代码，或者不勾“已经审定”存为草稿")
    return None
