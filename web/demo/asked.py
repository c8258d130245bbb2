"""What people of the demo county asked the talk and the search in the last weeks, found and not found. All invented."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

from sqlalchemy import select

from knowledge import gaps
from knowledge.gap_models import Question
from knowledge.ranking import Decision
from web.demo.families import GUCHENG, HONGHE, XINJI, YAOHE
from web.house import House

CHANNELS = ("wechat", "web", "wechat", "sms", "wechat")
VILLAGES = (YAOHE, HONGHE, YAOHE, XINJI, GUCHENG, "")
# How often, in which ways: nothing of it stands in the entries.
IN_VAIN = (
    (9, ("养蜂有没有补贴", "养蜜蜂国家给不给补助", "养蜂子补贴咋申请")),
    (7, ("光伏板装在屋顶上一年能分多少钱", "屋顶装光伏咋报名", "房顶安光伏板要钱不")),
    (6, ("快递啥时候能送到村里", "快递送不送到村上", "村里取快递在哪")),
    (5, ("考驾照去哪里报名", "学驾照县上哪个驾校好", "学车报名要多少钱")),
    (4, ("坟地能不能迁到公墓", "公墓一个穴位多少钱")),
    (4, ("打一口机井要谁批", "自家地里打井要办啥手续")),
    (3, ("狗咬了去哪里打针", "被狗咬了打疫苗去哪")),
    (2, ("电动三轮车要不要上牌子",)),
    (2, ("村里能不能装充电桩",)),
)
FOUND = (("med-pay", 14, "医保一年交多少"), ("pen-verify", 9, "养老金咋认证"), ("corn-seed", 8, "玉米种子补贴咋领"),
         ("one-card", 6, "补贴打到哪个卡上了"), ("id-card", 5, "身份证丢了咋补"))
CHOSEN = (("med-away", 3, "外地看病"), ("land-subsidy", 2, "种地的钱啥时候发"))
LATELY = 13


def ask(house: House) -> None:
    """Put the questions down over the last fortnight, unless anybody has asked anything yet."""
    now, channel, village = house.clock.now(), cycle(CHANNELS), cycle(VILLAGES)
    hour = cycle(range(3, 24 * LATELY, 29))

    def note(text: str, decision: Decision, entry_id: str | None, score: float) -> int:
        return gaps.note(session, channel=next(channel), text=text, division=next(village), decision=decision.value,
                         entry_id=entry_id, score=score, now=now - timedelta(hours=next(hour)))

    with house.database.writing() as session:
        if session.scalar(select(Question.id).limit(1)) is not None:
            return
        for times, wordings in IN_VAIN:
            for number in range(times):
                note(wordings[number % len(wordings)], Decision.HAND_OVER, None, 0.08)
        for entry_id, times, text in FOUND:
            for number in range(times):
                asked = note(text, Decision.ANSWER, entry_id, 0.93)
                if number % 3 == 0:
                    gaps.judge(session, asked, number % 9 != 6)
        for entry_id, times, text in CHOSEN:
            for _ in range(times):
                gaps.choose(session, note(text, Decision.CLARIFY, entry_id, 0.45), entry_id)
