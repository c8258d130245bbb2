"""`zhida profiles`: the household register, what a condition reaches, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kernel.clock import today
from kernel.files import FileRefused
from profiles import reach, register
from profiles.changes.afterwards import after_import
from profiles.divisions import Names
from profiles.intake.households import import_households
from profiles.reports import ImportReport
from profiles.targeting import parsing, wording
from profiles.targeting.verdicts import judge
from profiles.unknown_names import unknown_names
from profiles.unknown_places import unknown_places
from web.commands.line import Told, command, system_actor, the_house
from web.house import House
from web.keeping import ERRORS_FOLDER


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    profiles = click.Group("profiles", help="农户信息。")
    for option in (
        click.option("--complete-for", metavar="DIVISION", help="这份文件是该区划的完整名册：没出现的户记为已迁出。"),
        click.option("--errors", "errors_path", type=click.Path(dir_okay=False, path_type=Path),
                     help="拒收行写到这个文件（默认写在数据库旁的 errors/ 里）。"),
        click.option("--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                     help="表头对照文件（JSON：文件里的表头 → 标准表头）。"),
        click.option("--dry-run", is_flag=True, help="只检查，不写入。"),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        option(_import)
    command(profiles, "import")(_import)
    click.option("--where", required=True, help="推送范围（JSON）。")(_count)
    command(profiles, "count")(_count)
    click.option("--where", required=True, help="推送范围（JSON）。")(_explain)
    click.option("--household", required=True, help="户编号。")(_explain)
    command(profiles, "explain")(_explain)
    return (profiles,)


def _import(file: Path, dry_run: bool, mapping: Path | None, errors_path: Path | None,
            complete_for: str | None) -> Told:
    """导入农户表（.xlsx 或 .csv，一人一行）。"""
    house = the_house()
    report = import_households(
        house.database, house.keyring, file.read_bytes(), file.name, now=house.clock.now(), actor=system_actor(),
        dry_run=dry_run, mapping=_mapping(mapping), complete_for=complete_for, catalogue=house.catalogue,
        errors_path=errors_path or errors_beside_the_database(house, file))
    if not dry_run:
        with house.database.writing() as session:
            after_import(session, house.clock.now())
    return Told(_in_words(report, dry_run=dry_run), report.as_json())


def errors_beside_the_database(house: House, file: Path) -> Path:
    """Where the rows that a file brought in vain are listed, when nobody named a place."""
    folder = house.installation.folder / ERRORS_FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{file.stem}-拒收.csv"


def _mapping(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    try:
        read = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FileRefused(f"{path.name} 不是 UTF-8 编码。请用 UTF-8 编码另存。") from error
    except json.JSONDecodeError as error:
        raise FileRefused(f"{path.name} 不是 JSON：第 {error.lineno} 行第 {error.colno} 个字附近不对，请检查引号、逗号和括号。"
                               "内容应像 {\"家庭编号\": \"户编号\"}。") from error
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise FileRefused(f"{path.name} 应是一个 JSON 对象，像 {{\"家庭编号\": \"户编号\"}}。")
    return read


def _in_words(report: ImportReport, *, dry_run: bool) -> str:
    begin = "试导入（没有写入）：" if dry_run else ""
    words = [f"{begin}读入 {report.read} 行：{report.households} 户、{report.residents} 人，"
             f"新增 {report.created}，更新 {report.updated}，拒收 {report.rejected} 行。"]
    if report.changes is not None:
        words.extend(_differences(report.changes))
    if report.rejected and report.errors_file:
        words.append(f"拒收的行和改法在：{report.errors_file}")
    if report.warnings:
        words.append(f"另有 {len(report.warnings)} 处请核对：")
        words.extend(f"  {warning}" for warning in report.warnings[:10])
    return "\n".join(words)


def _differences(changes: Mapping[str, Any]) -> list[str]:
    """What a trial found of whole households; above all how many would be taken out of the register."""
    counts = [("新增", (changes.get("new_households") or {}).get("count", 0)),
              ("资料有变", (changes.get("changed_households") or {}).get("count", 0)),
              ("表里没有、记为不在册", changes.get("left_households", 0)), ("表里没有、留着不动", changes.get("staying_households", 0))]
    told = "，".join(f"{words} {count} 户" for words, count in counts if count)
    return [f"导入后：{told}。"] if told else []


def _count(where: str) -> Told:
    """数一数一个推送范围有多少户。"""
    house = the_house()
    condition = parsing.parse_text(where, house.catalogue)
    with house.database.reading() as session:
        counts = reach.count(session, condition, [], today(house.clock))
        words = wording.sentence(condition, Names(session).name)
        warnings = [*(one.words for one in unknown_places(session, json.loads(where))), *(one.words for one in unknown_names(session, condition))]
    told = f"{words}：{counts.surely} 户符合，另有 {counts.possibly - counts.surely} 户资料不全；符合的户共 {counts.residents} 人。"
    return Told("\n".join([told, *(f"  注意：{one}。" for one in warnings)]), {
        "surely": counts.surely, "possibly": counts.possibly, "residents": counts.residents, "wording": words,
        **({"warnings": warnings} if warnings else {})})


def _explain(household: str, where: str) -> Told:
    """说明一户是否符合，为什么，还缺什么。"""
    house = the_house()
    condition = parsing.parse_text(where, house.catalogue)
    with house.database.reading() as session:
        found = register.household_by_reference(session, household)
        if found is None:
            words = f"没有户编号为“{household}”的户。请核对编号。"
            return Told(words, {"error": words}, refused=True)
        verdict = judge(condition, register.facts_of(session, found.id), today(house.clock))
    because, ask = [one.words for one in verdict.because], [one.fact.name for one in verdict.ask]
    words = {"yes": "符合", "no": "不符合", "unknown": "资料不全，还不能判断"}[verdict.answer.value]
    told = [words, *(f"  因为：{reason}" for reason in because), *(f"  要问：{one.question}" for one in verdict.ask)]
    return Told("\n".join(told), {"verdict": verdict.answer.value, "because": because, "ask": ask})
