"""A file of entries, brought in at a desk or by a command: of the bringer's own area, nothing private, nothing stopped by who may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.reports import ImportReport, RejectedRow
from knowledge.elements import NAMES
from knowledge.filing import import_lines
from knowledge.lines import MOST_ROWS, EntryLine, Lines
from knowledge.models import Entry, EntryState
from knowledge.neighbours import warnings_of
from notices.redaction import FoundKind, phones_in, scan_fields
from profiles.divisions import Names
from web.entry_files import read_entries
from web.house import House
from web.staff.entry_form import LABELS
from web.staff.entry_waits import reaches

CHUNK = 500
TOLD = ("question", "answer", "short", *NAMES)


@dataclass(frozen=True)
class Bringer:
    """Who brings a file in: whose area it must lie in, whether they may stop entries, and how many rows at once."""

    actor: Actor
    county: str
    may_approve: bool
    most: int = MOST_ROWS


def bring_in(house: House, data: bytes, bringer: Bringer, *, reviewed: bool) -> ImportReport:
    """Take a file of entries in, as drafts unless `reviewed`; what may not come in is refused row by row."""
    lines = read_entries(data, bringer.most)
    with house.database.reading() as session:
        lines = allowed(session, lines, bringer)
        doubts = _nowhere(session, lines.good)
    doubts += warnings_of(house.library.index, lines.good)
    report = import_lines(house.database, lines, house.clock.now(), bringer.actor, draft=not reviewed)
    return replace(report, warnings=(*report.warnings, *doubts))


def allowed(session: Session, lines: Lines, bringer: Bringer) -> Lines:
    """The lines that may come in; the others join the faults, each with its row and what to do."""
    held = _held(session, lines)
    good, errors = list[EntryLine](), list(lines.errors)
    for line in lines.good:
        fault = _private(line) or _never(line) or _foreign(line, held.get(line.id), bringer)
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


def _nowhere(session: Session, lines: Sequence[EntryLine]) -> list[str]:
    """Codes of no place that is known: nobody there could ask."""
    used: dict[str, list[str]] = {}
    for line in lines:
        for code in line.divisions:
            used.setdefault(code, []).append(line.id)
    names = Names(session)
    return [f"适用地方 {code} 不在区划表里，用在那里的 {len(ids)} 条（{'、'.join(ids[:5])}）问不到，请核对代码"
            for code, ids in used.items() if names.name(code) == code]


def _foreign(line: EntryLine, held: Entry | None, bringer: Bringer) -> RejectedRow | None:
    """An entry of somebody else's area, or one that would stop to answer by who may not decide it."""
    column = LABELS["divisions"]
    beyond = next((code for code in (*(held.divisions if held else ()), *line.divisions) if not bringer.actor.may_act_in(code)), None)
    if beyond is not None:
        return RejectedRow(1, column, beyond, f"{beyond} 不在您的管理范围内", "请那里的同事来导入；这一行删去")
    stops = line.state is EntryState.RETIRED and not (held is not None and held.state == EntryState.RETIRED)
    if stops and not bringer.may_approve:
        return RejectedRow(1, "状态", "停用", "停用条目要由审定的同事来办", "请他们导入，或者把状态改成草稿")
    everywhere = not line.divisions or (held is not None and not held.divisions)
    if stops and everywhere and not reaches(bringer.actor, (), bringer.county):
        return RejectedRow(1, column, "", "没有写适用地方，就是全县适用，要由县里停用", "请县里的同事停用；这一行删去")
    return None
