"""What the doctor says of channels: settings that contradict, and templates that are not approved."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from channels.messages import Purpose
from channels.sms.approvals import BEFOREHAND, PURPOSES
from kernel.clock import in_china
from push.asides import asides
from push.models import Batch, Dispatch
from push.states import BatchState, DispatchState
from web.house import House

Said = tuple[str, str, str]


def settings_findings(house: House) -> Iterator[Said]:
    """Level, what is the matter, and the cure, from the settings alone."""
    for words in house.channels.warnings:
        what, _, cure = words.partition("。")
        yield "warning", f"{what}。", cure or "见 docs/configuration.md。"


def template_findings(house: House) -> Iterator[Said]:
    """Purposes that no gateway can send; the schema has to be the newest."""
    approvals = house.channels.approvals
    if approvals is None:
        return
    for purpose in Purpose:
        why = approvals.complaint(purpose)
        if not why:
            continue
        what, _, cure = why.partition("。")
        more = "更正、紧急模板要事先报备，用时再报就晚了。" if purpose in BEFOREHAND else ""
        if purpose is Purpose.CODE:
            more = "没有它，群众不能用手机号核对身份。"
        yield "warning", f"发不出“{PURPOSES[purpose]}”短信：{what}。{more}", cure


def aside_findings(house: House) -> Iterator[Said]:
    """Gateways the worker passes over because they are set up wrongly, with the vendor's own words."""
    with house.database.reading() as session:
        found = asides(session)
    for one in found:
        yield ("warning", f"短信通道 {one.gateway} 发不出“{PURPOSES[one.purpose]}”短信，自 {in_china(one.since):%m-%d %H:%M} 起暂不使用："
               f"{one.words}（{one.code}）。", "请按平台的说法改正（密钥、模板、余额）；改好后十分钟内自动再试，重启 worker 立即再试。")


def stranded_findings(house: House) -> Iterator[Said]:
    """Pushes with something left to send on a channel that is no longer set up: they would wait for ever."""
    with house.database.reading() as session:
        waiting = session.execute(
            select(Dispatch.id, Dispatch.notice_reference, Batch.channel, func.count())
            .join(Batch, Batch.dispatch_id == Dispatch.id)
            .where(Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING)), Batch.state != BatchState.DONE,
                   Batch.channel.not_in(list(house.channels.senders)))
            .group_by(Dispatch.id, Dispatch.notice_reference, Batch.channel).order_by(Dispatch.id)).all()
    for dispatch, reference, channel, count in waiting:
        yield ("error", f"推送任务 {dispatch}（{reference}）还有 {count} 批要走 {channel}，这个通道现在没有启用，会一直停在发送中。",
               f"请把 {channel} 通道的设置恢复（见 docs/configuration.md），或在“定向推送”里停止这个任务、换通道另发。")
