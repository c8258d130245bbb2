"""What the doctor says of channels: settings that contradict, and templates that are not approved."""

from __future__ import annotations

from collections.abc import Iterator

from channels.messages import Purpose
from channels.sms.approvals import BEFOREHAND, PURPOSES
from kernel.clock import in_china
from push.asides import asides
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
