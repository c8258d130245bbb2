"""`zhida db`, `zhida demo`, `zhida divisions`: the schema, the demo county, the divisions."""

from __future__ import annotations

from pathlib import Path

import click

from kernel.schema import upgrade
from profiles.division_changes import ChangesReport, import_changes
from profiles.divisions import import_divisions
from profiles.reports import ImportReport
from web.commands.line import Told, command, system_actor, the_house
from web.recoding import TakenAlong, take_along


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    db = click.Group("db", help="数据库结构。")
    demo = click.Group("demo", help="演示县。")
    divisions = click.Group("divisions", help="行政区划。")
    command(db, "upgrade")(_upgrade)
    command(demo, "load")(_load)
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(_import)
    command(divisions, "import")(_import)
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(_changes)
    click.option("--dry-run", is_flag=True, help="只检查，不写入。")(_changes)
    command(divisions, "changes")(_changes)
    return db, demo, divisions


def _upgrade() -> Told:
    """建立或升级数据库结构。"""
    revision = upgrade(the_house().database)
    return Told(f"数据库结构已是最新（{revision}）。", {"revision": revision})


def _load() -> Told:
    """装入演示县（可重复执行，不会重复装入）。"""
    from web.demo.loading import load

    counts = load(the_house(), system_actor())
    words = "演示县已就绪：" + "，".join(f"{name} {count}" for name, count in counts.in_words().items()) + "。"
    return Told(words, counts.as_json())


def _import(file: Path) -> Told:
    """导入行政区划表（code,name,parent；6、9、12 位代码；可加 lat,lon：WGS-84 的纬度、经度）。"""
    house = the_house()
    report = import_divisions(house.database, file.read_bytes(), house.clock.now(), system_actor())
    told = [f"读入 {report.read} 行：新增 {report.created}，更新 {report.updated}，拒收 {report.rejected}。",
            *_rejected(report), *(f"  {warning}" for warning in report.warnings)]
    return Told("\n".join(told), report.as_json())


def _changes(file: Path, dry_run: bool) -> Told:
    """导入区划代码变更表（old,new,date,name；后两列可以没有）：农户跟着走，历史留下。"""
    house = the_house()
    report = import_changes(house.database, file.read_bytes(), house.clock.now(), system_actor(), dry_run=dry_run)
    moved = TakenAlong(0, 0)
    if not dry_run:
        with house.database.writing() as session:
            moved = take_along(session, house.clock.now(), system_actor())
    told = [_changes_in_words(report, dry_run=dry_run)]
    told += [f"  {moved.staff} 个工作人员账号的管理范围改用新代码。"] if moved.staff else []
    told += [f"  {moved.cases} 件留言、提问和个人信息申请改记在新代码下。"] if moved.cases else []
    told += [f"  {moved.entries} 条知识条目的适用地方改用新代码。"] if moved.entries else []
    return Told("\n".join(told), {**report.as_json(), "staff": moved.staff, "cases": moved.cases, "entries": moved.entries})


def _changes_in_words(report: ChangesReport, *, dry_run: bool) -> str:
    lines = report.lines
    told = [f"{'试导入（没有写入）：' if dry_run else ''}读入 {lines.read} 行：记下 {lines.created} 处变更，{report.households} 户改用新代码，"
            f"拒收 {lines.rejected} 行。"]
    told.extend(_rejected(lines))
    told.extend(f"  {warning}" for warning in lines.warnings[:10])
    told.extend(f"  待办：{one.name}（{one.old}）拆成了 {'、'.join(one.parts)}，还有 {one.households} 户没有分到新代码。" for one in report.splits)
    return "\n".join(told)


def _rejected(report: ImportReport) -> list[str]:
    """The first rows that were not taken, each with its place and cure."""
    return [f"  第 {one.row} 行“{one.column}”：{one.reason}。{one.cure}。" for one in report.rejections[:20]]
