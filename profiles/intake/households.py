"""The household import: a file is read whole, waits in temporary tables, and goes in at one stroke or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.clock import in_china
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.intake.choices import NOT_UNDERSTOOD, Read
from profiles.intake.errors_file import errors_file
from profiles.intake.failures import FileRefused
from profiles.intake.merge_contacts import mark_shared, merge_contacts, warn_of_shared
from profiles.intake.merge_homes import judge_rosters, merge_homes, part_from_absent
from profiles.intake.merge_members import merge_members
from profiles.intake.reading import SheetReader
from profiles.intake.sheets import open_table
from profiles.intake.staged import HOMES, MEMBERS, TABLES, Seal
from profiles.intake.staging import Stage
from profiles.intake.warnings import Warnings
from profiles.models import Division, Household, ImportRun, Resident
from profiles.reports import ImportReport

MOST_NAMED = 50
_S, _M = HOMES.c, MEMBERS.c


@dataclass(frozen=True)
class _Order:
    """What was asked for."""

    now: datetime
    actor: Actor
    dry_run: bool
    complete_for: str | None
    errors_path: Path | None


def import_households(
    database: Database, keyring: Keyring, data: bytes, file_name: str, *, now: datetime, actor: Actor,
    dry_run: bool = False, mapping: Mapping[str, str] | None = None, errors_path: Path | None = None,
    complete_for: str | None = None,
) -> ImportReport:
    """Take in a household table (.xlsx, or CSV in UTF-8 or GB18030), a row a member.

    `mapping` gives headings of the office's own and the standard heading each means; `errors_path` is where the rejected
    rows go; `complete_for` names a division of which the file is the whole register. A dry run changes nothing in the
    register and reports the same, with the difference; a real one is a single transaction. Raises FileRefused when
    nothing of the file can be taken.
    """
    order = _Order(now, actor, dry_run, complete_for, errors_path)
    warnings = Warnings()
    with Stage.open(database, TABLES) as stage:
        _check_division(stage, complete_for)
        seal = Seal(stage, keyring)
        sheet = _read(stage, data, file_name, mapping, seal, order, warnings)
        seal.finish(sheet.homes.values())
        sheet.homes.clear()
        stage.settle(TABLES)
        with errors_file(errors_path, sheet.rejections), stage.swapping(keep=not dry_run) as session:
            return _swap(session, keyring, sheet, order, warnings, PurePath(file_name).name, hashlib.sha256(data).hexdigest())


def _read(stage: Stage, data: bytes, file_name: str, mapping: Mapping[str, str] | None, seal: Seal, order: _Order,
          warnings: Warnings) -> SheetReader:
    table = open_table(data, file_name, mapping)
    for note in table.notes:
        warnings.add_general(note)
    sheet = SheetReader(table.header, _village_reader(stage, order.actor), in_china(order.now).date(), warnings, seal)
    for row, cells in table.rows:
        sheet.take(row, cells)
    sheet.finish(lambda references: _divisions_of(stage, references))
    if sheet.read == 0:
        raise FileRefused("表头下面没有一行数据。请确认选对了文件和工作表")
    if stage.execute(select(Division.code).limit(1)).first() is None:
        warnings.add_general("系统里还没有行政区划，所有村代码都对不上。请先导入行政区划（zhida divisions import）")
    return sheet


def _village_reader(stage: Stage, actor: Actor) -> Callable[[str], Read]:
    """Whether a cell is the code of a village that exists; one outside the actor's area refuses the file."""

    def read(text: str) -> Read:
        code = text.replace(" ", "").removesuffix(".0")
        if not (len(code) == 12 and code.isascii() and code.isdigit()):
            return NOT_UNDERSTOOD
        if stage.execute(select(Division.code).where(Division.code == code)).first() is None:
            return NOT_UNDERSTOOD
        if not actor.may_act_in(code):
            raise FileRefused(f"表里有不归您管理的村（{code}）。请只留您管理范围内的村，或请上级导入")
        return code, True

    return read


def _divisions_of(stage: Stage, references: Sequence[str]) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for start in range(0, len(references), 500):
        query = select(Household.reference, Household.division).where(
            Household.reference.in_(references[start:start + 500]))
        known |= {row.reference: row.division for row in stage.execute(query)}
    return known


def _check_division(stage: Stage, division: str | None) -> None:
    if division is not None and stage.execute(select(Division.code).where(Division.code == division)).first() is None:
        raise FileRefused(f"没有代码为“{division}”的行政区划，不能说这份表是它的完整名册。请核对代码")


def _swap(session: Session, keyring: Keyring, sheet: SheetReader, order: _Order, warnings: Warnings, name: str,
          digest: str) -> ImportReport:
    known = merge_homes(session, order.now)
    merge_members(session, order.now, known=known)
    merge_contacts(session, order.now, known=known)
    if known:
        judge_rosters(session)
    left, gone = _part(session, order)
    mark_shared(session)
    warn_of_shared(session, keyring, warnings)
    _warn_of_doubles(session, warnings)
    counts = _counts(session)
    told = warnings.told()
    report = ImportReport(
        sheet.read, counts["created"], counts["updated"], sheet.rejected, counts["households"], counts["residents"], told,
        str(order.errors_path) if order.errors_path is not None else None, tuple(sheet.rejections),
        _difference(session, left, gone) if order.dry_run else None)
    kept = {"read": sheet.read, "rejected": sheet.rejected, **counts}
    session.add(ImportRun(at=order.now, actor=order.actor.name, kind="households", file_name=name[:200], digest=digest,
                          counts=kept, warnings=list(told)))
    audit.record(session, order.now, order.actor, "profiles.import", f"file:{digest[:16]}", kept)
    return report


def _part(session: Session, order: _Order) -> tuple[int, int]:
    if order.complete_for is None:
        return 0, 0
    here = session.scalar(select(func.count()).select_from(HOMES).where(
        _S.good > 0, _S.division.startswith(order.complete_for, autoescape=True)))
    if not here:
        raise FileRefused(f"表里没有一户属于 {order.complete_for}，不能当作它的完整名册：那样会把那里的农户全部记为离开。请核对文件和代码")
    return part_from_absent(session, order.complete_for, order.now)


def _warn_of_doubles(session: Session, warnings: Warnings) -> None:
    """One identity number in two households: both stand until a clerk decides."""
    found, added = MEMBERS.alias("found"), MEMBERS.alias("added")
    query = (
        select(_M.row, Household.reference, func.coalesce(found.c.row, added.c.row))
        .join_from(MEMBERS, HOMES, _S.row == _M.home)
        .join(Resident, Resident.id_index == _M.id_index)
        .join(Household, Household.id == Resident.household_id)
        .outerjoin(found, found.c.resident_id == Resident.id)
        .outerjoin(added, added.c.reference == Resident.reference)
        .where(Resident.household_id != _S.household_id, Household.left_at.is_(None))
        .order_by(_M.row)
    )
    for row, reference, other_row in session.execute(query):
        if other_row is None or other_row < row:
            where = f"第 {other_row} 行" if other_row is not None else "系统里"
            warnings.add(row, f"证件号码与{where}另一户（{reference}）的成员相同，两处都已保留，请核对后处理")


def _counts(session: Session) -> dict[str, int]:
    touched = select(_S.row).where(_S.changed.is_(True))
    updated = select(func.count()).select_from(MEMBERS).where(
        _M.resident_id.is_not(None), or_(_M.changed.is_(True), _M.home.in_(touched)))
    asked: dict[str, Any] = {
        "created": select(func.count()).select_from(MEMBERS).where(_M.resident_id.is_(None)),
        "updated": updated,
        "households": select(func.count()).select_from(HOMES).where(_S.good > 0),
        "residents": select(func.count()).select_from(MEMBERS),
    }
    return {name: int(session.scalar(query) or 0) for name, query in asked.items()}


def _difference(session: Session, left: int, gone: int) -> dict[str, Any]:
    """What a dry run would change: numbers, and the first household numbers of each sort."""
    def homes(condition: Any) -> tuple[int, list[str]]:
        count = session.scalar(select(func.count()).select_from(HOMES).where(condition)) or 0
        named = session.scalars(select(_S.reference).where(condition).order_by(_S.row).limit(MOST_NAMED))
        return int(count), list(named)

    told: dict[str, Any] = {}
    for name, condition in (("new_households", _S.is_new.is_(True)), ("changed_households", _S.changed.is_(True)),
                            ("moved_households", _S.moved.is_(True))):
        count, named = homes(condition)
        told[name] = {"count": count, "first": named}
    return {**told, "left_households": left, "departed_members": gone}
