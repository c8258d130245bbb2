"""`zhida push visits`: the list of a push's home visits, to print or to open in a spreadsheet program."""

from __future__ import annotations

from pathlib import Path

import click

from profiles import access
from profiles.access import Look, Whom
from profiles.divisions import Names
from push import dispatches, rounds, sheets
from push.rounds import Home
from push.visits import VisitState
from web.commands.line import Told, command, system_actor, the_house
from web.spreadsheet import table_csv
from web.staff.village_visits import sheet_lists

HEADINGS = ("村", "村民小组", "户主", "户编号", "信息编号", "为什么去", "现在")
KINDS = (".pdf", ".csv")


def hang(group: click.Group) -> None:
    """Add the command to `zhida push`."""

    @click.argument("dispatch", type=click.IntRange(1, 2**63 - 1))
    @click.option("--village", default="", metavar="CODE", help="只要一个村（或乡镇）的；不写就是全部。")
    @click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写到哪个文件：.pdf 打印，.csv 用表格软件打开。")
    def visits(dispatch: int, village: str, out: Path) -> Told:
        """一次推送的入户通知单：还没有办的每户一行，不写户类型。"""
        return _visits(dispatch, village, out)

    command(group, "visits")(visits)


def _visits(dispatch: int, village: str, out: Path) -> Told:
    if out.suffix.lower() not in KINDS:
        raise click.UsageError(f"--out 的文件“{out.name}”看不出格式。请写成 .pdf 或 .csv 结尾。")
    house, now = the_house(), the_house().clock.now()
    with house.database.reading() as session:
        dispatches.find(session, dispatch)
        homes = rounds.homes_of(session, house.keyring, village, now, dispatch)
        figures = rounds.by_village(session, dispatch, village)
        waiting = [home for home in homes if home.state is not VisitState.DONE]
        if out.suffix.lower() == ".pdf":
            content = sheets.visit_lists(sheet_lists(session, waiting, [_called(home) for home in waiting]), now)
        else:
            content = table_csv([HEADINGS, *_rows(Names(session), homes)])
    with house.database.writing() as session:
        # Before the file is there: what could not be written down is not handed out.
        access.looked(session, now, system_actor(), Look.EXPORTED, Whom(subject=f"推送任务 {dispatch} 的入户名单", division=village),
                      found=len(homes))
    out.touch(mode=0o600)
    out.chmod(0o600)
    out.write_bytes(content)
    return Told(f"推送任务 {dispatch}：名单上 {len(homes)} 户，还要去 {len(waiting)} 户。已写到 {out}，里面有村民姓名，用完请销毁。", {
        "dispatch": dispatch, "households": len(homes), "waiting": len(waiting), "out": str(out),
        "villages": [{"village": one.code, "open": one.open, "done": one.done, "not_met": one.not_met} for one in figures]})


def _rows(names: Names, homes: list[Home]) -> list[tuple[str, ...]]:
    return [(names.place(home.village), home.group, home.head, home.reference, errand.reference, errand.why.words, errand.state.words)
            for home in homes for errand in home.errands]


def _called(home: Home) -> str:
    return home.head or f"户 {home.reference}"
