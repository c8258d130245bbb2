"""The household import: a file is read whole, waits in temporary tables, and goes in at one stroke or not at all."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import audit, rotation
from kernel.audit import Actor
from kernel.clock import in_china
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.divisions import Names
from profiles.facts import HOUSEHOLD_KINDS, REGISTER, Catalogue
from profiles.history import CODES, Codes
from profiles.intake.comparing import first_compared, in_numbers
from profiles.intake.doubles import warn_of_doubles, warn_of_known
from profiles.intake.errors_file import errors_file
from profiles.intake.failures import FileRefused
from profiles.intake.merge_contacts import mark_shared, merge_contacts, warn_of_shared
from profiles.intake.merge_dates import keep_dates
from profiles.intake.merge_erased import withhold_erased
from profiles.intake.merge_history import Chronicle, find_joined, move_joined
from profiles.intake.merge_homes import find_homes, judge_rosters, part_from_absent, write_homes
from profiles.intake.merge_members import find_members, write_members
from profiles.intake.merge_own import settle_own, write_own
from profiles.intake.outcome import counts, difference
from profiles.intake.people import Remarked
from profiles.intake.progress import READING, Progress, Steps, Telling
from profiles.intake.reading import NO_SUCH_VILLAGE, SheetReader
from profiles.intake.sheets import OpenedTable, open_table
from profiles.intake.staged import HOMES, TABLES, Seal
from profiles.intake.staging import Stage
from profiles.intake.warnings import Warnings
from profiles.keeping import PEOPLE
from profiles.models import Division, Household, ImportRun
from profiles.reports import ImportReport

_S = HOMES.c
_TOLD_EVERY = 2_000
_STEPS = 6


@dataclass(frozen=True)
class _Order:
    """What was asked for."""

    now: datetime
    actor: Actor
    dry_run: bool
    complete_for: str | None
    errors_path: Path | None
    catalogue: Catalogue
    progress: Telling | None


def import_households(
    database: Database, keyring: Keyring, data: bytes, file_name: str, *, now: datetime, actor: Actor,
    dry_run: bool = False, mapping: Mapping[str, str] | None = None, errors_path: Path | None = None,
    complete_for: str | None = None, catalogue: Catalogue = REGISTER, progress: Telling | None = None,
) -> ImportReport:
    """Take in a household table (.xlsx, or CSV in UTF-8 or GB18030), a row a member.

    `mapping` gives headings of the office's own and the standard heading each means; `errors_path` is where the rejected
    rows go; `complete_for` names a division of which the file is the whole register; the county's own facts in
    `catalogue` are read from their columns; `progress` is told how far it is. A dry run changes nothing in the register
    and reports the same, with the difference; a real one is a single transaction. Raises FileRefused when nothing of the
    file can be taken.
    """
    order = _Order(now, actor, dry_run, complete_for, errors_path, catalogue, progress)
    warnings = Warnings()
    _check_keys(database, keyring)
    with Stage.open(database, TABLES) as stage:
        order = replace(order, complete_for=_whole_of(stage, complete_for))
        seal = Seal(stage, keyring)
        with _collector_resting():
            sheet = _read(stage, data, file_name, mapping, seal, order, warnings)
            seal.finish(sheet.homes.values(), sheet.own_names)
            sheet.homes.clear()
        stage.settle(TABLES)
        if seal.has_doubles:
            warn_of_doubles(stage, warnings)
        with errors_file(errors_path, sheet.rejections), stage.swapping(keep=not dry_run) as session:
            return _swap(session, keyring, sheet, order, warnings, PurePath(file_name).name, hashlib.sha256(data).hexdigest())


def _check_keys(database: Database, keyring: Keyring) -> None:
    """People are known again by blind indexes: half of them under another key would come in a second time."""
    with database.reading() as session:
        if rotation.is_under_way(session, keyring, PEOPLE):
            raise FileRefused("正在更换加密密钥，这时导入会把同一个人记成两个。请先运行 zhida keys rotate 做完，再导入")


def _read(stage: Stage, data: bytes, file_name: str, mapping: Mapping[str, str] | None, seal: Seal, order: _Order,
          warnings: Warnings) -> SheetReader:
    table = open_table(data, file_name, mapping, order.catalogue.own)
    for note in table.notes:
        warnings.add_general(note)
    sheet = SheetReader(table.header, _village_reader(stage, order.actor), in_china(order.now).date(), warnings, seal,
                        _county_kinds(order.catalogue))
    for row, cells in _told_of(table, order.progress):
        sheet.take(row, cells)
    sheet.finish(lambda references: _divisions_of(stage, references))
    if sheet.read == 0:
        raise FileRefused("表头下面没有一行数据。请确认选对了文件和工作表")
    if stage.execute(select(Division.code).limit(1)).first() is None:
        warnings.add_general("系统里还没有行政区划，所有村代码都对不上。请先导入行政区划（zhida divisions import）")
    return sheet


def _told_of(table: OpenedTable, telling: Telling | None) -> Iterator[tuple[int, list[Any]]]:
    """The rows, with word of them every few thousand."""
    if telling is None:
        return table.rows
    return _telling_rows(table, telling)


def _telling_rows(table: OpenedTable, telling: Telling) -> Iterator[tuple[int, list[Any]]]:
    for place, numbered in enumerate(table.rows):
        if place % _TOLD_EVERY == 0:
            telling(Progress(READING, place, max(table.expected, place)))
        yield numbered
    telling(Progress(READING, table.expected, table.expected))


def _county_kinds(catalogue: Catalogue) -> Mapping[str, str]:
    """The county's further words for kinds of household, each with the one kind it means."""
    fact = catalogue.fact("household.kind")
    if fact is None:
        return {}
    words = [*fact.choices, *(word for word, meant in fact.aliases if len(meant) == 1)]
    return {word: fact.stored(word)[0] for word in words if word not in HOUSEHOLD_KINDS}


@contextmanager
def _collector_resting() -> Iterator[None]:
    """The cycle collector stopped while hundreds of thousands of small values pile up, none of which is a cycle.

    Looking through them again and again cost a tenth of the time. Two imports at once leave it running in the end:
    only the one that stopped it starts it.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()


def _village_reader(stage: Stage, actor: Actor) -> Callable[[str], Remarked]:
    """The code of a village that exists, an old one as what it has become; one outside the actor's area refuses the file."""
    codes = Codes((row.old, row.new) for row in stage.execute(CODES))

    def read(text: str) -> Remarked:
        written = text.replace(" ", "").removesuffix(".0")
        if not (len(written) == 12 and written.isascii() and written.isdigit()):
            return None, NO_SUCH_VILLAGE
        code = codes.present(written)
        if stage.execute(select(Division.code).where(Division.code == code)).first() is None:
            return None, NO_SUCH_VILLAGE
        if not actor.may_act_in(code):
            raise FileRefused(f"表里有不归您管理的村（{written}）。请只留您管理范围内的村，或请上级导入")
        if code != written:
            return code, f"里的 {written} 是旧代码，已按现在的 {code} 记，请在表里改过来"
        parts = codes.parts(code)
        return code, f"里的 {code} 已经拆分，请改成户所在的新代码：{'、'.join(parts)}" if len(parts) > 1 else None

    return read


def _divisions_of(stage: Stage, references: Sequence[str]) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for start in range(0, len(references), 500):
        query = select(Household.reference, Household.division).where(
            Household.reference.in_(references[start:start + 500]))
        known |= {row.reference: row.division for row in stage.execute(query)}
    return known


def _whole_of(stage: Stage, division: str | None) -> str | None:
    """The division of which the file is the whole register, under today's code; FileRefused when there is none such."""
    if division is None:
        return None
    code = Codes((row.old, row.new) for row in stage.execute(CODES)).present(division)
    if stage.execute(select(Division.code).where(Division.code == code)).first() is None:
        raise FileRefused(f"没有代码为“{division}”的行政区划，不能说这份表是它的完整名册。请核对代码")
    return code


def _swap(session: Session, keyring: Keyring, sheet: SheetReader, order: _Order, warnings: Warnings, name: str,
          digest: str) -> ImportReport:
    steps = Steps(order.progress, _STEPS)
    steps.next()
    _keep_within(session, order.actor)
    chronicle = Chronicle(session, order.now, order.actor.name)
    known = _find(session, order, warnings, chronicle)
    compared = first_compared(session) if order.dry_run and known else []
    steps.next()
    write_homes(session, order.now, known=known)
    if order.complete_for is not None:
        chronicle.joining()
        move_joined(session)
    write_members(session, order.now, known=known)
    write_own(session, known=known)
    steps.next()
    withhold_erased(session, warnings)
    merge_contacts(session, order.now, known=known)
    steps.next()
    if known:
        judge_rosters(session)
    left, gone = _part(session, order, chronicle)
    steps.next()
    mark_shared(session)
    warn_of_shared(session, keyring, warnings)
    steps.next()
    counted = counts(session)
    steps.end()
    told = warnings.told()
    report = ImportReport(
        sheet.read, counted["created"], counted["updated"], sheet.rejected, told, tuple(sheet.rejections),
        households=counted["households"], residents=counted["residents"],
        errors_file=str(order.errors_path) if order.errors_path is not None else None,
        changes={**difference(session, left, gone), **in_numbers(session, order.now), "compared": compared} if order.dry_run else None,
        to_mend=sheet.mending.table)
    kept = {"read": sheet.read, "rejected": sheet.rejected, **counted}
    session.add(ImportRun(at=order.now, actor=order.actor.name, kind="households", file_name=name[:200], digest=digest,
                          counts=kept, warnings=list(told)))
    audit.record(session, order.now, order.actor, "profiles.import", f"file:{digest[:16]}", kept)
    return report


def _find(session: Session, order: _Order, warnings: Warnings, chronicle: Chronicle) -> bool:
    """Find everybody again, and keep the older dates of what the file leaves empty; whether anybody was known."""
    settle_own(session)
    known = find_homes(session)
    if known:
        find_members(session)
    if order.complete_for is not None and find_joined(session, order.complete_for, warnings):
        known = True
    warn_of_known(session, warnings)
    if known:
        keep_dates(session, order.now, warnings)
        chronicle.found()
    return known


def _keep_within(session: Session, actor: Actor) -> None:
    """A household that lives outside the actor's area is not fetched from there by naming its number."""
    if not actor.jurisdiction:
        return
    elsewhere = session.scalar(
        select(_S.row).join_from(HOMES, Household, Household.reference == _S.reference)
        .where(~Household.division.startswith(actor.jurisdiction, autoescape=True)).order_by(_S.row).limit(1))
    if elsewhere is not None:
        raise FileRefused(f"第 {elsewhere} 行的户登记在您管理范围以外，不能由您改动。请核对户编号；确实迁来的，请上级办理")


def _part(session: Session, order: _Order, chronicle: Chronicle) -> tuple[int, int]:
    if order.complete_for is None:
        return 0, 0
    here = session.scalar(select(func.count()).select_from(HOMES).where(
        _S.good > 0, _S.division.startswith(order.complete_for, autoescape=True)))
    if not here:
        raise FileRefused(f"表里没有一户属于{Names(session).place(order.complete_for)}（{order.complete_for}），"
                          f"不能当作它的完整名册：那样会把那里的农户全部记为离开。请核对文件和代码")
    return part_from_absent(session, order.complete_for, order.now, chronicle)
