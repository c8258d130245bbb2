"""`zhida wechat`: the account's menu, and parametric codes for the boards."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import click
from sqlalchemy import select

from bot.conversation import MENU
from channels.failures import OutcomeKind
from channels.wechat.account import CodeRefused, WechatAccount
from channels.wechat.menu import MenuRefused, read_menu
from profiles.divisions import Names
from qrcodes import tokens
from qrcodes.models import Code
from web.commands.line import Told, command, the_house
from web.house import House

COLUMNS = ("区划代码", "地方", "张贴点位", "微信二维码内容")


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    group = click.Group("wechat", help="微信公众号：菜单、带参数二维码。")
    click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(_menu)
    command(group, "menu")(_menu)
    click.option("--permanent", is_flag=True, help="要永久的（全部最多 100000 个）；不写是 30 天的。")(_codes)
    click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到哪个 CSV。")(_codes)
    click.option("--division", required=True, help="区划代码：它和它下面各村的公示栏。")(_codes)
    command(group, "codes")(_codes)
    return (group,)


def _menu(file: Path) -> Told:
    """用 JSON 文件里的菜单替换公众号的菜单。"""
    try:
        menu = read_menu(file.read_text(encoding="utf-8"), MENU)
    except UnicodeDecodeError:
        return _refused("菜单文件不是 UTF-8 编码的文本。请用 UTF-8 另存。")
    except MenuRefused as refusal:
        return _refused("\n".join(refusal.faults))
    house = the_house()
    account = house.channels.wechat
    if account is None:
        return _refused("微信没有开通。请设置 WECHAT_APP_ID、WECHAT_APP_SECRET。")

    async def put() -> Told:
        async with house.network.open(1) as client:
            verdict = await account.put_menu(client, menu)
        if verdict.kind is OutcomeKind.ACCEPTED:
            return Told("菜单已换上。群众手机上可能要过一天，或重新关注，才看得到。", {"buttons": len(menu["button"])})
        return _refused(f"微信没有收下菜单（{verdict.code}）：{verdict.words or '请稍后再试'}")

    return asyncio.run(put())


def _codes(division: str, out: Path, permanent: bool) -> Told:
    """给公示栏要微信带参数二维码：群众扫了就关注，并且落到本村。"""
    house = the_house()
    account = house.channels.wechat
    if account is None:
        return _refused("微信没有开通。请设置 WECHAT_APP_ID、WECHAT_APP_SECRET。")
    boards = _boards(house, division)
    if not boards:
        return _refused(f"{division} 没有公示栏的码。请先用 zhida qrcodes print 打印，再要微信的码。")
    try:
        lines = asyncio.run(_asked(house, account, boards, permanent=permanent))
    except CodeRefused as refusal:
        return _refused(str(refusal))
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(lines)
    return Told(f"{len(lines)} 个微信二维码，内容写在 {out}。", {"codes": len(lines)})


def _boards(house: House, division: str) -> list[tuple[str, str, str, str]]:
    """Code of the division, place, placement and scene of every board in force."""
    now = house.clock.now()
    with house.database.reading() as session:
        names = Names(session)
        rows = session.scalars(select(Code).where(
            Code.kind == "board", Code.target.startswith(division, autoescape=True), Code.replaced_by.is_(None)).order_by(Code.id))
        return [(code.target, names.place(code.target), code.placement, tokens.make(code.id, house.token_key)) for code in rows
                if code.expires_at is None or code.expires_at > now]


async def _asked(house: House, account: WechatAccount, boards: list[tuple[str, str, str, str]], *,
                 permanent: bool) -> list[tuple[str, ...]]:
    async with house.network.open(1) as client:
        return [(target, place, placement, await account.code(client, scene, is_permanent=permanent))
                for target, place, placement, scene in boards]


def _refused(words: str) -> Told:
    return Told(words, {"error": words}, refused=True)
