"""What this room holds of a person: where their talk with the bot stands, in words."""

from __future__ import annotations

import json

from bot.models import Conversation
from bot.state import State
from kernel.holdings import Fate, Holding

WAYS = {"wechat": "微信", "sms": "短信", "web": "网站", "telegram": "Telegram"}
WAITING = {"question": "您要转给工作人员的话", "place": "您的村名", "phone": "您的手机号", "code": "短信里的 6 个数字", "who": "您是哪一位",
           "fact": "一条登记", "reason": "哪里没答好"}


def talk_in_words(told: str) -> str:
    """A stored talk as its own person may read it."""
    state = State.from_json(json.loads(told))
    parts = (f"您最近问的是“{state.asked}”" if state.asked else "",
             "记着您在哪个村" if state.division else "",
             f"给您列过 {len(state.offered)} 个选项" if state.offered else "",
             f"正等您回{WAITING[state.awaiting]}" if state.awaiting in WAITING else "",
             f"记着您 {len(state.cases)} 条留言的编号" if state.cases else "",
             f"有 {len(state.skipped)} 条登记您说不清楚" if state.skipped else "")
    return "，".join(filter(None, parts)) or "没有记着什么"


HOLDINGS = (
    Holding("与机器人的对话", Conversation, lambda who: Conversation.address_index.in_(who.indexes), Fate.DELETED,
            shown={"方式": Conversation.channel, "最近一次": Conversation.updated_at, "内容": Conversation.state},
            words={"方式": lambda name: WAYS.get(name, name), "内容": talk_in_words}),
)
