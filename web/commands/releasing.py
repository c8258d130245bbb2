"""`zhida push send` and `push try`: release a dispatch with the sender's decisions, or try its message on the office's phones."""

from __future__ import annotations

from datetime import datetime

import click

from kernel.clock import in_china
from push import allowing, dispatches, trial
from push.dispatches import Planned
from push.states import reason_words
from web.commands.line import Told, actor_named, command, the_house


def add_to(group: click.Group) -> None:
    """Hang both on the group."""
    for option in (
        click.option("--ceiling-reason", default="", metavar="原因", help="为什么放宽费用上限。"),
        click.option("--ceiling", type=float, metavar="元", help="把这一次的费用上限放宽到多少元（COST_CEILING 之上，要写原因）。"),
        click.option("--reason", default="", help="对资料不全户这样处理的原因；写明 --possibly leave 时必填。"),
        click.option("--possibly", type=click.Choice(["leave", "village", "visit"]), default=None,
                     help="资料不全的户：leave 暂不处理，village 在村里公告，visit 入户核实。不写就不处理，并记下没有决定。"),
        click.option("--at", "at", metavar="ISO", help="什么时候发，例如 2026-12-01T09:00；不写就现在发。"),
        click.option("--as", "staff", required=True, metavar="STAFF", help="以哪个账号发送（记为代操作）。"),
        click.option("--notice", "reference", required=True, help="信息编号。"),
    ):
        option(_send)
    command(group, "send")(_send)
    for option in (
        click.option("--as", "staff", required=True, metavar="STAFF", help="以哪个账号试发（记为代操作）。"),
        click.option("--notice", "reference", required=True, help="信息编号。"),
    ):
        option(_try)
    command(group, "try")(_try)
    for option in (
        click.option("--ceiling-reason", required=True, metavar="原因", help="为什么放宽费用上限。"),
        click.option("--ceiling", type=float, required=True, metavar="元", help="把这次推送的费用上限放宽到多少元。"),
        click.option("--as", "staff", required=True, metavar="STAFF", help="以哪个账号放宽（记为代操作）。"),
        click.argument("dispatch", type=click.IntRange(1, 2**63 - 1)),
    ):
        option(_allow)
    command(group, "allow")(_allow)


def planned_words(planned: Planned) -> Told:
    """What a dispatch set out to do."""
    skipped = "，".join(f"{reason_words(reason)} {count}" for reason, count in planned.skipped.items()) or "无"
    words = [f"推送任务 {planned.dispatch}：待发 {planned.planned} 条；未发送：{skipped}。",
             *([f"短信约 {planned.cost:.2f} 元。"] if planned.cost else []), *_gap(planned),
             f"看进展：zhida push status {planned.dispatch}"]
    more = {name: value for name, value in (("undecided", planned.undecided), ("visits", planned.visits),
                                            ("postings", planned.postings), ("cost", planned.cost)) if value}
    return Told("\n".join(words), {"dispatch": planned.dispatch, "planned": planned.planned,
                                   "skipped": dict(planned.skipped), **more})


def _gap(planned: Planned) -> list[str]:
    """What is done about the households whose data are incomplete, and about the boards."""
    words = []
    if planned.undecided and not planned.visits and not planned.postings:
        words.append(f"另有 {planned.undecided} 户资料不全，这次没有发给他们。")
    if planned.visits:
        words.append(f"资料不全的 {planned.visits} 户已列入入户名单。")
    if planned.postings:
        words.append(f"村里共有 {planned.postings} 张待张贴。")
    return words


def _send(reference: str, staff: str, at: str | None, possibly: str | None, reason: str, ceiling: float | None,
          ceiling_reason: str) -> Told:
    """把一条已签发的信息发给该知道的人家。"""
    house = the_house()
    planned = dispatches.send(
        house.database, house.channels, reference=reference, actor=actor_named(staff),
        now=house.clock.now(), at=_moment(at), possibly=possibly or "", reason=reason, settings=house.settings.push,
        ceiling=ceiling, ceiling_reason=ceiling_reason, catalogue=house.catalogue)
    return planned_words(planned)


def _allow(dispatch: int, staff: str, ceiling: float, ceiling_reason: str) -> Told:
    """放宽一次推送的费用上限，超过上限先没有发的接着发。"""
    house = the_house()
    done = allowing.allow(house.database, dispatch, yuan=ceiling, reason=ceiling_reason, actor=actor_named(staff),
                          now=house.clock.now(), settings=house.settings.push)
    left = f"，还有 {done.kept_back} 条超过上限，没有发" if done.kept_back else ""
    return Told(f"推送任务 {dispatch}：费用上限放宽到 {done.ceiling:.10g} 元，接着发 {done.planned} 条{left}。",
                {"dispatch": dispatch, "ceiling": done.ceiling, "planned": done.planned, "kept_back": done.kept_back})


def _try(reference: str, staff: str) -> Told:
    """把这条信息的短信标上“测试”，发给办公室自己的手机（OFFICE_PHONES），不算推送。"""
    house = the_house()
    told = trial.try_out(house.database, house.channels, house.network, reference=reference, actor=actor_named(staff),
                         now=house.clock.now(), settings=house.settings.push, catalogue=house.catalogue)
    words = [f"试发（{told.gateway}）：{told.text}", *(f"  {one.phone} {one.said}" for one in told.outcomes)]
    return Told("\n".join(words), {
        "notice": reference, "gateway": told.gateway, "text": told.text,
        "sent": [{"phone": one.phone, "outcome": one.kind.value, "code": one.code, "words": one.words}
                 for one in told.outcomes]})


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return in_china(datetime.fromisoformat(text))
    except ValueError as error:
        raise click.UsageError(f"--at 的时间“{text}”看不懂。请写成 2026-12-01T09:00 这样。") from error
