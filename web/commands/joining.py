"""`zhida push join`: late joiners of a dispatch, now and not at the next look."""

from __future__ import annotations

import click

from push import dispatches, joining
from push.states import reason_words
from web.commands.line import Told, actor_named, command, system_actor, the_house


def hang(group: click.Group) -> None:
    """Add the command to `zhida push`."""
    for option in (
        click.option("--as", "staff", metavar="STAFF", help="以哪个账号办理（记为代操作）。"),
        click.argument("dispatch", type=click.IntRange(1, 2**63 - 1)),
    ):
        option(_join)
    command(group, "join")(_join)


def _join(dispatch: int, staff: str | None) -> Told:
    """补发：信息还在办理期内，发给新符合条件、新有联系方式的户；发过的不再发。"""
    house = the_house()
    actor = actor_named(staff) if staff else system_actor()
    with house.database.reading() as session:
        dispatches.refuse_stranger(dispatches.find(session, dispatch), actor)
    done = joining.join(house.database, dispatch, actor, house.clock.now(), house.settings.push, house.catalogue)
    skipped = "，".join(f"{reason_words(reason)} {count}" for reason, count in done.skipped.items()) or "无"
    return Told(f"推送任务 {dispatch}：补发 {done.joined} 条；未发送：{skipped}。",
                {"dispatch": dispatch, "joined": done.joined, "skipped": dict(done.skipped)})
