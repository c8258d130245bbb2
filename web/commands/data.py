"""`zhida db`, `zhida demo`, `zhida divisions`: the schema, the demo county, the divisions."""

from __future__ import annotations

from pathlib import Path

import click

from kernel.schema import upgrade
from profiles.divisions import import_divisions
from web.commands.line import Told, command, system_actor, the_house


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    db = click.Group("db", help="数据库结构。")
    demo = click.Group("demo", help="演示县。")
    divisions = click.Group("divisions", help="行政区划。")
    command(db, "upgrade")(_upgrade)
    command(demo, "load")(_load)
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(_import)
    command(divisions, "import")(_import)
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
    """导入行政区划表（code,name,parent；6、9、12 位代码）。"""
    house = the_house()
    report = import_divisions(house.database, file.read_bytes(), house.clock.now(), system_actor())
    return Told(f"读入 {report.read} 行：新增 {report.created}，更新 {report.updated}，拒收 {report.rejected}。",
                report.as_json())
