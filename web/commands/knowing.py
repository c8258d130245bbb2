"""`zhida knowledge`: entries in, answers out."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from kernel.audit import record
from kernel.clock import in_china, today
from knowledge.answers import Found
from knowledge.filing import stored_lines
from knowledge.ranking import Decision
from web.commands import weighing
from web.commands.line import Told, command, system_actor, the_house
from web.commands.people import errors_beside_the_database
from web.commands.questions import asked_of
from web.entry_files import Form, write_entries
from web.spreadsheet import errors_csv
from web.staff.entry_intake import Bringer, bring_in

DECISIONS = {"answer": "可以直接回答", "clarify": "问得不够清楚，先请对方选", "hand_over": "不知道，转人工"}


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    group = click.Group("knowledge", help="知识库。")
    click.option("--errors", "errors_path", type=click.Path(dir_okay=False, path_type=Path),
                 help="拒收行写到这个文件（默认写在数据库旁的 errors/ 里）。")(_import)
    click.option("--draft", is_flag=True, help="只存为草稿，审核后才回答。")(_import)
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(_import)
    command(group, "import")(_import)
    click.option("--out", "out", type=click.Path(dir_okay=False, path_type=Path), required=True,
                 help="写到这个文件：.xlsx 或 .jsonl。")(_export)
    command(group, "export")(_export)
    click.option("--out", "out", type=click.Path(dir_okay=False, path_type=Path), help="批量回答写到这个文件（JSONL）。")(_ask)
    click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                 help="批量提问（JSONL，每行一个 query）。")(_ask)
    click.argument("text", required=False)(_ask)
    command(group, "ask")(_ask)
    weighing.add_to(group)
    click.option("--gather", "at_once", is_flag=True, help="先把还没归拢的问题归拢（平时每天夜里做）。")(_gaps)
    click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="日期", help="从哪一天起，如 2026-11-01；不写就是最近 7 天。")(_gaps)
    command(group, "gaps")(_gaps)
    return (group,)


def _import(file: Path, draft: bool, errors_path: Path | None) -> Told:
    """导入知识条目（.xlsx 工作簿、.csv，或 .jsonl 一行一条）；有个人号码的行退回。"""
    house = the_house()
    # Who holds the machine's keyboard answers for every area and may let entries answer, but publishes nobody's number.
    report = bring_in(house, file.read_bytes(), Bringer(system_actor(), house.county, may_approve=True), reviewed=not draft)
    house.library.prepare()  # meanings are encoded now, once, so that the first resident need not wait
    words = [f"读入 {report.read} 条：新增 {report.created}，更新 {report.updated}，拒收 {report.rejected}。"]
    data = report.as_json()
    if report.rejections:
        target = errors_path or errors_beside_the_database(house, file)
        target.write_bytes(errors_csv(report.rejections))
        words.append(f"拒收的行和改法在：{target}")
        data["errors_file"] = str(target)
    words.extend(f"  {warning}" for warning in report.warnings[:20])
    unreadable = report.read == 0 and bool(report.rejections)
    return Told("\n".join(words), data, refused=unreadable)


def _export(out: Path) -> Told:
    """导出全部知识条目（草稿、停用的也在内；随信息发布的除外），原样导入就还原。"""
    if out.suffix.lower().lstrip(".") not in set(Form):
        raise click.UsageError("文件名请以 .xlsx 或 .jsonl 结尾。")
    house = the_house()
    with house.database.reading() as session:
        lines = stored_lines(session)
    out.write_bytes(write_entries(lines, Form(out.suffix.lower().lstrip("."))))
    with house.database.writing() as session:
        record(session, house.clock.now(), system_actor(), "导出知识条目", "knowledge:export", {"entries": len(lines)})
    return Told(f"已导出 {len(lines)} 条到 {out}。", {"entries": len(lines), "file": str(out)})


def _ask(text: str | None, file: Path | None, out: Path | None) -> Told:
    """问一句，或批量问一个文件。"""
    if (text is None) == (file is None):
        raise click.UsageError("请给一句问话，或用 --file 给一个问题文件，二者选一。")
    queries = [query for query, _ in asked_of(file)] if file is not None else []
    the_house().library.prepare()  # what loading costs is not the first question's
    if file is None:
        found, answer = _answer(str(text))
        best = answer["candidates"][0]["id"] if answer["candidates"] else "无"
        words = f"{DECISIONS[answer['decision']]}；最接近的条目：{best}（{answer['ms']} 毫秒）"
        return Told("\n".join((words, *_said(found))), answer)
    answers = [_answer(query)[1] for query in queries]
    lines = "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
    if out is None:
        click.echo(lines, nl=False)
    else:
        out.write_text(lines, encoding="utf-8")
    counts = {decision: sum(answer["decision"] == decision for answer in answers) for decision in DECISIONS}
    return Told(f"{len(answers)} 个问题：" + "，".join(f"{DECISIONS[name]} {count}" for name, count in counts.items()),
                {"queries": len(answers), **counts})


def _gaps(since: datetime | None, at_once: bool) -> Told:
    """看群众没问到的：问了多少、答上多少、待补充的问题和村。"""
    from web.learning import gathered_at, learn, report

    house = the_house()
    learned = learn(house) if at_once else None
    until = today(house.clock)
    with house.database.reading() as session:
        told = report(session, since.date() if since is not None else until - timedelta(days=6), until)
        last = gathered_at(session)
    numbers = told.figures
    rate = f"说有用的占 {numbers.helpful_rate:.0%}" if numbers.helpful_rate is not None else "还没有人评有没有用"
    words = [f"{told.since} 到 {told.until}：问了 {numbers.asked} 次，直接答上 {numbers.answered}，先请选 {numbers.clarified}"
             f"（选了 {numbers.chosen}），转人工 {numbers.handed_over}，{rate}。",
             f"新出现的待补充问题 {told.moved.opened} 个，补上 {told.moved.closed} 个。"]
    words += [f"  {one['asked']} 次  {one['question']}（{'、'.join(place['name'] for place in one['places'])}）" for one in told.top]
    if learned is None:
        words.append(f"{f'待补充问题是 {in_china(last):%Y-%m-%d %H:%M} 归拢的' if last else '待补充问题还没有归拢过'}，"
                     "平时每天夜里归拢一次；要现在归拢，加 --gather。")
    data = {**told.as_json(), "gathered_at": in_china(last).isoformat(timespec="seconds") if last else None}
    return Told("\n".join(words), data if learned is None else {**data, "gathered": learned.gathered, "seconds": learned.seconds})


def _said(found: Found) -> list[str]:
    """What a resident would read: the answer with who stands behind it, or what there is to choose from."""
    if found.decision is Decision.ANSWER:
        return [f"  {line}" for entry in found.entries
                for line in (*entry.answer.splitlines(), "，".join(filter(None, (entry.office, entry.phone, entry.source))))]
    return [f"  {number}. {entry.question}" for number, entry in enumerate(found.entries, start=1)]


def _answer(query: str) -> tuple[Found, dict[str, Any]]:
    house = the_house()
    began = time.perf_counter()
    found = house.library.ask(query, None, today(house.clock))
    spent = (time.perf_counter() - began) * 1000
    return found, {"query": query, "decision": found.decision.value,
                   "candidates": [{"id": one.id, "score": round(one.score, 4)} for one in found.candidates],
                   "ms": round(spent, 2)}
