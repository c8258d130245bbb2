"""`zhida push broadcast`: a public notice to everybody who follows the account."""

from __future__ import annotations

import asyncio

import click

from push import broadcasts
from push.broadcast_models import BroadcastState
from push.broadcast_posts import Posts
from push.broadcasts import CHANNELS, Release, Released
from push.failures import Refused
from web.commands.line import Told, actor_named, command, the_house
from web.house import House


def hang(group: click.Group) -> None:
    """Hang the commands on `zhida push`."""
    for option in (
        click.option("--again", "number", type=click.IntRange(1, 2**63 - 1), help="核实或接着发这一次群发，不另发。"),
        click.option("--channel", type=click.Choice(list(CHANNELS)), default="wechat", show_default=True, help="走哪个通道。"),
        click.option("--as", "staff", required=True, metavar="STAFF", help="以哪个账号群发（记为代操作）。"),
        click.option("--notice", "reference", default="", help="信息编号。"),
    ):
        option(_broadcast)
    command(group, "broadcast")(_broadcast)
    command(group, "broadcasts")(_broadcasts)


def _broadcast(reference: str, staff: str, channel: str, number: int | None) -> Told:
    """把一条已发布的全县信息群发给所有关注者（微信每月 4 次）或 Telegram 订阅者。"""
    house, actor = the_house(), actor_named(staff)
    if bool(reference) == (number is not None):
        raise click.UsageError("--notice 和 --again 写一个：另发一条写 --notice，核实或接着发写 --again。")
    if number is not None:
        release = broadcasts.again(house.database, number, actor, house.clock.now())
    else:
        account = house.channels.wechat if channel == "wechat" else None
        _refuse_closed(house, channel)
        release = broadcasts.prepare(
            house.database, reference=reference, channel=channel, county=house.county, account=account, actor=actor,
            public_url=house.settings.web.public_url, now=house.clock.now())
    return _told(asyncio.run(_go(house, release)))


async def _go(house: House, release: Release) -> Released:
    async with house.network.open(2) as client:
        if release.channel == "telegram":
            posts = Posts(house.database, house.keyring, house.clock, release)
            return await posts.send(client, house.channels.talkers["telegram"],
                                    house.settings.channels.telegram.telegram_per_second)
        account = house.channels.wechat
        if account is None:
            raise Refused("微信没有开通，不能核实这次群发。请设置 WECHAT_APP_ID、WECHAT_APP_SECRET。")
        outcome = await broadcasts.call(client, account, release)
    return broadcasts.settle(house.database, release, outcome, house.clock.now())


def _refuse_closed(house: House, channel: str) -> None:
    if channel == "wechat" and house.channels.wechat is None:
        raise Refused("微信没有开通，不能群发。请设置 WECHAT_APP_ID、WECHAT_APP_SECRET。")
    if channel == "telegram" and "telegram" not in house.channels.talkers:
        raise Refused("Telegram 没有开通。要用请设置 TELEGRAM_TOKEN（数据会出境，只发公开内容）。")


def _told(done: Released) -> Told:
    words = f"群发 {done.number}：{done.state.words}。{done.words}"
    if done.state is BroadcastState.UNKNOWN:
        words += f"\n核实或接着发：zhida push broadcast --again {done.number} --as 账号"
    return Told(words, done.as_json(), refused=done.state is BroadcastState.FAILED)


def _broadcasts() -> Told:
    """最近的群发和结果。"""
    with the_house().database.reading() as session:
        rows = broadcasts.listed(session)
    lines = [f"{row.id} {CHANNELS[row.channel]} {row.notice_reference}：{BroadcastState(row.state).words}"
             f"，{row.released_at:%Y-%m-%d %H:%M} {row.released_by}，送达 {row.sent}，失败 {row.failed} {row.words}" for row in rows]
    return Told("\n".join(lines) or "还没有群发过。", {"broadcasts": [
        {"broadcast": row.id, "channel": row.channel, "notice": row.notice_reference, "state": row.state, "sent": row.sent,
         "failed": row.failed} for row in rows]})
