"""`zhida push`: what came of a dispatch, why somebody got it or not, pause, stop, correct; the release stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

import click

from profiles import access
from profiles.access import Look, Whom
from push import dispatches, explanations
from push.dispatches import Status
from push.explanations import Explanation
from push.states import DeliveryState, Reason
from web.commands import broadcasting, joining, releasing, visiting
from web.commands.line import Told, actor_named, command, system_actor, the_house


def commands() -> tuple[click.Group, ...]:
    """The groups of this module."""
    group = click.Group("push", help="定向推送。")
    releasing.add_to(group)
    click.argument("dispatch", type=click.IntRange(1, 2**63 - 1))(_status)
    command(group, "status")(_status)
    for act, words in (("pause", "暂停。"), ("resume", "继续。"), ("stop", "停止（未发的不再发）。")):
        command(group, act)(_act(act, words))
    for option in (
        click.option("--resident", "reference", required=True, metavar="REF", help="居民编号，或户编号。"),
        click.option("--dispatch", required=True, type=click.IntRange(1, 2**63 - 1), help="推送任务编号。"),
    ):
        option(_explain)
    command(group, "explain")(_explain)
    for option in (
        click.option("--as", "staff", metavar="STAFF", help="以哪个账号发送（记为代操作）。"),
        click.option("--notice", "reference", required=True, help="更正信息的编号。"),
        click.argument("dispatch", type=click.IntRange(1, 2**63 - 1)),
    ):
        option(_correct)
    command(group, "correct")(_correct)
    broadcasting.hang(group)
    visiting.hang(group)
    joining.hang(group)
    return (group,)


def _status(dispatch: int) -> Told:
    """一次推送的进展。"""
    with the_house().database.reading() as session:
        return _told(dispatches.status(session, dispatch, the_house().settings.push))


def _told(status: Status) -> Told:
    words = [f"推送任务 {status.dispatch}：{status.words}"]
    words.extend(f"  {DeliveryState(state).words} {count}" for state, count in status.deliveries.items() if count)
    if status.reasons:
        words.append("  没有送到的，为什么：")
        words.extend(f"    {reason} {count}" for reason, count in status.reasons_in_words.items())
    if Reason.OVER_CEILING in status.reasons:
        words.append(f"  超过费用上限的，放宽后接着发：zhida push allow {status.dispatch} --ceiling 元 --ceiling-reason 原因 --as 账号")
    if status.joined or status.reminded:
        words.append(f"  其中补发 {status.joined} 条，必达催办 {status.reminded} 条")
    words.append(f"  短信 {status.parts} 条，费用 {status.cost:.2f} 元")
    return Told("\n".join(words), status.as_json())


def _act(act: str, words: str):  # type: ignore[no-untyped-def]
    @click.argument("dispatch", type=click.IntRange(1, 2**63 - 1))
    @click.option("--as", "staff", metavar="STAFF", help="以哪个账号办理（记为代操作）。")
    def work(dispatch: int, staff: str | None) -> Told:
        house = the_house()
        actor = actor_named(staff) if staff else system_actor()
        acts: dict[str, Callable[..., None]] = {"pause": dispatches.pause, "stop": dispatches.stop,
                                                "resume": partial(dispatches.resume, settings=house.settings.push)}
        with house.database.writing() as session:
            acts[act](session, dispatch, actor, house.clock.now())
        with house.database.reading() as session:
            return _told(dispatches.status(session, dispatch, house.settings.push))

    work.__doc__ = words
    return work


def _correct(dispatch: int, reference: str, staff: str | None) -> Told:
    """把更正发给已经收到的人，也只发给他们。"""
    house = the_house()
    planned = dispatches.correct(
        house.database, house.channels, dispatch_id=dispatch, reference=reference,
        actor=actor_named(staff) if staff else system_actor(), now=house.clock.now(), settings=house.settings.push,
        catalogue=house.catalogue)
    return releasing.planned_words(planned)


def _explain(reference: str, dispatch: int) -> Told:
    """说明一个人（或一户）为什么收到或没有收到一次推送。"""
    house = the_house()
    with house.database.writing() as session:
        found = explanations.explain(session, house.keyring, dispatch, reference, house.clock.now(), house.catalogue)
        access.looked(session, house.clock.now(), system_actor(), Look.PAGE, Whom(
            found.household_id, found.resident_id, found.resident or found.household, found.division),
            reason=f"查看推送任务 {dispatch} 的去向")
    return Told("\n".join(_explained(found)), found.as_json())


def _explained(found: Explanation) -> list[str]:
    lines = [found.words, f"  名单：{found.audience.words}"]
    lines.extend(f"    因为：{one.words}" for one in found.audience.because)
    lines.extend(f"    要问：{question}" for question in found.audience.ask)
    lines.extend(f"    排名单之后：{one}" for one in found.audience.since)
    lines.append(f"  联系方式：{found.why_chosen}")
    for way in found.ways:
        marks = "、".join((*way.marks, *((f"没有用：{way.barred}",) if way.barred else ()), *(("选用",) if way.is_chosen else ())))
        lines.append(f"    {way.whose} {way.channel_words}{way.number}　{marks}")
    lines.extend(f"  意愿：{wish}" for wish in found.wishes)
    for one in found.traced:
        lines.append(f"  {one.channel_words}：{one.state.words} {one.reason_words}")
        lines.extend(f"    {_moment_words(step.at)} {step.what.words}：{step.words} {step.said}".rstrip() for step in one.steps)
    lines.extend(f"  {step.words}" for step in found.corrections)
    lines.extend([f"  入户：{found.visit}"] if found.visit else [])
    return lines


def _moment_words(at: datetime | None) -> str:
    return "　" if at is None else f"{at:%m-%d %H:%M:%S}"
