"""What the doctor says of channels: settings that contradict, and templates that are not approved."""

from __future__ import annotations

from collections.abc import Iterator

from channels.messages import Purpose
from channels.sms.approvals import BEFOREHAND, PURPOSES
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
