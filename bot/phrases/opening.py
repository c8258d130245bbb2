"""When offices are there: by the national calendar of working days, and by the hours of the county."""

from __future__ import annotations

from collections.abc import Sequence

from bot.phrases.days import with_weekday
from bot.state import Opening

WEEKEND = "周末、节假日一般不上班，调休的除外。"


def told(office: str, opening: Opening, phone: str) -> str:
    """Whether an office is there today, its hours, and when it next is."""
    whom = office or "各单位"
    hours = f"，{opening.hours}" if opening.hours else ""
    now = "现在有人。" if opening.is_open else "这会儿没到上班时间。" if opening.today and opening.hours else "今天上班。" if opening.today else "今天休息。"
    following = "" if opening.today else f"下一个上班日是{with_weekday(opening.following)}。"
    ring = f"去之前可先打 {phone} 问。" if phone else "要问准钟点，打 12345。"
    return f"{whom}工作日上班{hours}。\n{now}{following}\n{ring}"


def telephones(found: Sequence[tuple[str, str]]) -> str:
    """The telephone of an office; where its answers give several, the one most often given and how to hear another."""
    if len(found) == 1:
        return f"{found[0][0]}电话 {found[0][1]}。\n打不通，回“人工”，我把事情转给工作人员。"
    if len({name for name, _ in found}) == 1:
        return f"{found[0][0]}电话 {found[0][1]}。\n说说是什么事，我给您管这件事的电话。"
    return "\n".join((*(f"{name}：{phone}" for name, phone in found), "打不通，回“人工”，我把事情转给工作人员。"))
