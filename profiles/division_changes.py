"""Village codes change every year: a table of old and new codes, households that follow, and what people must decide."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Column, MetaData, String, Table, func, insert, literal, null, select, update
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.database import Database, Moment
from profiles.divisions import COUNTY, TOWNSHIP, VILLAGE, known_codes, parent_code, short_name
from profiles.history import Codes, DivisionChange, Event, RegisterEvent
from profiles.intake.dates import birth
from profiles.intake.failures import FileRefused
from profiles.intake.staging import Stage
from profiles.intake.text_tables import read_table
from profiles.models import Division, Household
from profiles.reports import ImportReport, RejectedRow

_LENGTHS = (COUNTY, TOWNSHIP, VILLAGE)
_LONGEST_NAME = 60
_HEADINGS = {"old": "old", "原代码": "old", "旧代码": "old", "原区划代码": "old", "旧区划代码": "old", "变更前代码": "old",
             "new": "new", "新代码": "new", "现代码": "new", "新区划代码": "new", "现区划代码": "new", "变更后代码": "new",
             "date": "date", "日期": "date", "变更日期": "date", "启用日期": "date", "生效日期": "date",
             "name": "name", "名称": "name", "新名称": "name", "现名称": "name", "变更后名称": "name"}
_PAIRS = Table("intake_codes", MetaData(), Column("old", String(12), primary_key=True), Column("new", String(12)),
               prefixes=["TEMPORARY"])
_H = cast(Table, Household.__table__)
_FILLING = re.compile(r"[\s'’]+|\.0+$")


@dataclass(frozen=True)
class Line:
    """One good-looking line: a code and what it became."""

    row: int
    old: str
    new: str
    on: date | None
    name: str


@dataclass(frozen=True)
class Split:
    """A code that became several: its households stay under the old one until somebody says where each belongs."""

    old: str
    name: str
    parts: tuple[str, ...]
    households: int


@dataclass(frozen=True)
class ChangesReport:
    """What came of a table of changes: lines, households that followed, and the work that is left."""

    lines: ImportReport
    households: int
    splits: tuple[Split, ...]

    def as_json(self) -> dict[str, Any]:
        """The one JSON object that the command prints."""
        return {**self.lines.as_json(), "households": self.households,
                "splits": [{"old": one.old, "name": one.name, "parts": list(one.parts), "households": one.households}
                           for one in self.splits]}


def import_changes(database: Database, data: bytes, now: datetime, actor: Actor, *, dry_run: bool = False) -> ChangesReport:
    """Take in a CSV of `old,new[,date][,name]`; the same file twice changes nothing.

    Chains and merges are followed, a changed township or county takes its villages with it, a code that became several
    waits for people, and what would lead in a circle is rejected with its line.
    """
    lines, rejections, read = _read(data)
    with Stage.open(database, [_PAIRS]) as stage, stage.swapping(keep=not dry_run) as session:
        good = _judged(session, lines, rejections, actor)
        created = _record(session, good, now)
        followed = _follow(session, stage, now, actor)
        report = ImportReport(read, created, 0, len({one.row for one in rejections}),
                              rejections=tuple(sorted(rejections, key=lambda one: one.row)), warnings=_unknown(session, good))
        told = ChangesReport(report, followed, splits(session))
        digest = hashlib.sha256(data).hexdigest()
        audit.record(session, now, actor, "divisions.changes", f"file:{digest[:16]}",
                     {"read": read, "created": created, "rejected": report.rejected, "households": followed})
        return told


def splits(session: Session, within: str = "") -> tuple[Split, ...]:
    """The codes that became several and still have households: work for somebody who knows the place."""
    codes = Codes.read(session)
    query = (select(Household.division, func.count()).where(Household.left_at.is_(None), Household.division.startswith(within))
             .group_by(Household.division).order_by(Household.division))
    found = []
    for code, households in session.execute(query):
        parts = codes.parts(code)
        if len(parts) > 1:
            name = session.scalar(select(Division.name).where(Division.code == code))
            found.append(Split(code, short_name(name) if name else code, parts, households))
    return tuple(found)


def _read(data: bytes) -> tuple[list[Line], list[RejectedRow], int]:
    records = read_table(data)
    heading = next((cells for cells in records), [])
    at = {_HEADINGS[name]: place for place, cell in enumerate(heading) if (name := cell.strip().lower()) in _HEADINGS}
    missing = [name for name in ("old", "new") if name not in at]
    if missing:
        raise FileRefused(f"第 1 行缺少列：{'、'.join(missing)}。表头应为 old,new,date,name（原代码、新代码、变更日期、新名称，后两列可以没有）")
    lines: list[Line] = []
    rejections: list[RejectedRow] = []
    read = 0
    for row, cells in enumerate(records, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        read += 1
        told = {name: cells[place].strip() if place < len(cells) else "" for name, place in at.items()}
        line = _line(row, told)
        if isinstance(line, Line):
            lines.append(line)
        else:
            rejections.append(line)
    return lines, rejections, read


def _line(row: int, told: dict[str, str]) -> Line | RejectedRow:
    old, new = (_FILLING.sub("", told[name]) for name in ("old", "new"))
    for column, code in (("old", old), ("new", new)):
        if not (code.isascii() and code.isdigit() and len(code) in _LENGTHS):
            return RejectedRow(row, column, told[column], "代码不是 6 位（县）、9 位（乡镇）或 12 位（村）数字", "请改成统计用区划代码")
    if len(old) != len(new):
        return RejectedRow(row, "new", new, "新旧代码不是同一级", "村对村（12 位）、乡镇对乡镇（9 位）、县对县（6 位）")
    name = told.get("name", "")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        return RejectedRow(row, "name", name, "名称太长或有看不见的符号", f"请填 {_LONGEST_NAME} 个字以内的名称，或留空沿用原名")
    on = None
    if told.get("date"):
        day = birth(told["date"], date.max)
        if day.day is None:
            return RejectedRow(row, "date", told["date"], "日期看不懂", "请写成 2026-01-01，或留空")
        on = day.day
    return Line(row, old, new, on, name)


def _judged(session: Session, lines: Sequence[Line], rejections: list[RejectedRow], actor: Actor) -> list[Line]:
    """The lines that can stand beside what is on record, villages of changed townships among them."""
    known = {(row.old, row.new) for row in session.execute(select(DivisionChange.old, DivisionChange.new))}
    by_old: dict[str, set[str]] = {}
    for line in lines:
        by_old.setdefault(line.old, set()).add(line.new)
    good: list[Line] = []
    for line in [*lines, *_below(session, lines, by_old)]:
        fault = _fault(line, known, by_old, actor)
        if fault is not None:
            rejections.append(fault)
        elif (line.old, line.new) not in known:
            known.add((line.old, line.new))
            good.append(line)
    return _with_places(session, good, rejections)


def _fault(line: Line, known: set[tuple[str, str]], by_old: dict[str, set[str]], actor: Actor) -> RejectedRow | None:
    outside = next((code for code in (line.old, line.new) if not actor.may_act_in(code)), None)
    if outside is not None:
        return RejectedRow(line.row, "old", outside, "这个地方不归您管理", "请上级导入，或删去这一行")
    if line.old == line.new:
        if len(by_old[line.old]) > 1:
            return None
        return RejectedRow(line.row, "new", line.new, "新旧代码相同，没有变更", "请删去这一行")
    if line.old in Codes(known).reached(line.new):
        return RejectedRow(line.row, "new", line.new, f"代码绕了一圈：{line.new} 后来又变成了 {line.old}", "请核对新旧代码是不是填反了")
    return None


def _below(session: Session, lines: Sequence[Line], by_old: dict[str, set[str]]) -> Iterator[Line]:
    """A township or county that became one other takes along what lies in it and is not named itself."""
    for line in lines:
        if len(line.old) == VILLAGE or len(by_old[line.old]) > 1 or line.old == line.new:
            continue
        query = select(Division.code, Division.name).where(
            Division.code.startswith(line.old, autoescape=True), Division.code != line.old).order_by(Division.code)
        for code, name in session.execute(query).all():
            if not any(code[:length] in by_old for length in _LENGTHS if len(line.old) < length <= len(code)):
                yield Line(line.row, code, line.new + code[len(line.old):], line.on, name)


def _with_places(session: Session, good: Sequence[Line], rejections: list[RejectedRow]) -> list[Line]:
    """Drop the lines whose new place would hang in the air; add the places that are new, under their old name if none is given."""
    names = {line.new: line.name for line in good if line.name}
    here = known_codes(session, {code for line in good for code in (line.old, line.new, parent_code(line.new), parent_code(line.old))})
    kept = []
    for line in sorted(good, key=lambda one: (len(one.new), one.row)):
        parent = parent_code(line.new)
        if line.new not in here and len(line.new) > COUNTY and parent not in here:
            rejections.append(RejectedRow(line.row, "new", line.new, f"系统里没有它的上级 {parent}", "请先导入新的行政区划（zhida divisions import）"))
            continue
        if line.new not in here:
            name = names.get(line.new) or session.scalar(select(Division.name).where(Division.code == line.old)) or line.new
            session.add(Division(code=line.new, name=name, parent=parent))
            here.add(line.new)
        elif line.name:
            session.execute(update(Division).where(Division.code == line.new).values(name=line.name))
        kept.append(line)
    session.flush()
    return kept


def _record(session: Session, good: Sequence[Line], now: datetime) -> int:
    session.add_all(DivisionChange(old=line.old, new=line.new, on=line.on, name=line.name, recorded_at=now) for line in good)
    session.flush()
    return len(good)


def _follow(session: Session, stage: Stage, now: datetime, actor: Actor) -> int:
    """Households go to the code that stands for theirs today, each with a line in its history."""
    codes = Codes.read(session)
    lived = session.scalars(select(Household.division).distinct())
    stage.load(_PAIRS, [(old, codes.present(old)) for old in lived if codes.present(old) != old])
    moved = [_H.c.id, _PAIRS.c.old, _PAIRS.c.new, literal(Event.RECODED.value), literal(now, Moment), literal(actor.name),
             literal("import"), literal(""), null()]
    names = ["household_id", "before", "after", "event", "at", "actor", "source", "reason", "resident_id"]
    session.execute(insert(RegisterEvent).from_select(names, select(*moved).join_from(_H, _PAIRS, _PAIRS.c.old == _H.c.division)))
    new = select(_PAIRS.c.new).where(_PAIRS.c.old == _H.c.division).scalar_subquery()
    done = session.execute(update(_H).where(_H.c.division.in_(select(_PAIRS.c.old))).values(division=new, updated_at=now))
    return int(cast(Any, done).rowcount)


def _unknown(session: Session, good: Sequence[Line]) -> tuple[str, ...]:
    here = known_codes(session, {line.old for line in good})
    strange = [line for line in good if line.old not in here]
    return tuple(f"第 {line.row} 行：系统里没有原代码 {line.old}，已记下；以后的表里出现它会按 {line.new} 记" for line in strange[:100])
