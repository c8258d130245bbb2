"""`zhida residents`: a copy of what is held of one person, and its erasure."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from profiles import register
from web.commands.line import Told, command, system_actor, the_house
from web.holdings import Erasure, erase, export, readmit
from web.mentions import Mention


def commands() -> tuple[click.Group, ...]:
    """The group of this module."""
    residents = click.Group("residents", help="一位居民的个人信息：查阅、复制和删除（个人信息保护法第四十四至四十七条）。")
    for option in (
        click.option("--reason", default="本人申请", show_default=True, help="理由，记入查看记录。"),
        click.option("--out", "path", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写到这个文件（JSON）。"),
        click.argument("reference"),
    ):
        option(_export)
    command(residents, "export")(_export)
    for option in (
        click.option("--dry-run", is_flag=True, help="只说会怎么处理，不删。"),
        click.option("--from-register", is_flag=True, help="连名册上的登记一起删除（确属误登，或主管部门同意除名）。"),
        click.option("--reason", required=True, help="理由，记入操作记录。"),
        click.argument("reference"),
    ):
        option(_erase)
    command(residents, "erase")(_erase)
    for option in (
        click.option("--reason", required=True, help="理由，记入操作记录。"),
        click.argument("reference"),
    ):
        option(_readmit)
    command(residents, "readmit")(_readmit)
    return (residents,)


def _export(reference: str, path: Path, reason: str) -> Told:
    """导出一位居民的全部个人信息（REFERENCE 是居民编号）。"""
    told = export(the_house(), reference, system_actor(), reason)
    if told is None:
        return _unknown(reference)
    # The copy holds everything in clear: only its owner may read it.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False, indent=2)
    path.chmod(0o600)
    content = told["内容"]
    assert isinstance(content, dict)
    counts = {kind: len(rows) for kind, rows in content.items()}
    return Told(f"已导出 {reference} 的个人信息，共 {len(counts)} 类。文件里是明文，请当面交给本人后删除。", {
        "reference": reference, "file": str(path), "counts": counts})


def _erase(reference: str, reason: str, from_register: bool, dry_run: bool) -> Told:
    """删除一位居民的个人信息；依法要留的去掉身份后保留，并说明依据。"""
    done = erase(the_house(), reference, system_actor(), reason, from_register=from_register, dry_run=dry_run)
    if done is None:
        return _unknown(reference)
    return Told(_words(done, dry_run=dry_run), {
        "reference": reference, "dry_run": dry_run, "from_register": from_register,
        "deleted": {one.kind: one.count for one in done.ended if one not in done.kept},
        "kept": [one.as_json() for one in done.kept], "mentions": [one.as_json() for one in done.mentions]})


def _readmit(reference: str, reason: str) -> Told:
    """本人同意重新登记：以后导入的名册又可以带来他的电话。"""
    done = readmit(the_house(), reference, system_actor(), reason)
    if done is None:
        return _unknown(reference)
    words = (f"{reference} 可以重新登记电话了，请再导入一次名册。" if done
             else f"{reference} 没有要求删除过个人信息，不用恢复；导入名册就会登记电话。")
    return Told(words, {"reference": reference, "readmitted": done}, refused=not done)


def _words(done: Erasure, *, dry_run: bool) -> str:
    lines = ["试算，什么都没有删：" if dry_run else f"{done.subject.reference} 的个人信息已处理："]
    lines.extend(f"  {one.fate.words} {one.kind} {one.count} 条" + (f"（{one.why}）" if one.why else "") for one in done.ended)
    if done.mentions:
        lines.append("他的姓名还写在这些地方：")
        lines.extend(f"  {one.kind} {one.count} 条{_numbered(one)}：{one.cure}" for one in done.mentions)
    if not dry_run:
        lines.append("备份里的旧数据随备份到期销毁。名册文件里若还有他的电话，导入时会跳过并提醒，请同时改正名册。")
    return "\n".join(lines)


def _numbered(one: Mention) -> str:
    more = "……" if one.count > len(one.numbers) else ""
    return f"（编号 {'、'.join(map(str, one.numbers))}{more}）" if one.numbers else ""


def _unknown(reference: str) -> Told:
    """Nobody has this number; whoever gave a household's is told the numbers of those who live there."""
    house = the_house()
    with house.database.reading() as session:
        home = register.household_by_reference(session, reference)
        people = [] if home is None else register.members_of(session, house.keyring, home.id)
    words = f"没有编号为“{reference}”的居民。"
    if home is None:
        words += "请核对居民编号；不知道的，写户编号，会列出这一户各人的编号。"
    else:
        words += "这是户编号，请改写其中一位的居民编号：\n" + "\n".join(
            f"  {one.reference}  {one.name}  {'户主' if one.is_head else one.relation or ''}".rstrip() for one in people)
    return Told(words, {"error": words}, refused=True)
