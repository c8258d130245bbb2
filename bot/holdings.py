"""What this room holds of a person: where their talk with the bot stands."""

from __future__ import annotations

from bot.models import Conversation
from kernel.holdings import Fate, Holding

HOLDINGS = (
    Holding("与机器人的对话", Conversation, lambda who: Conversation.address_index.in_(who.indexes), Fate.DELETED,
            shown={"方式": Conversation.channel, "最近一次": Conversation.updated_at, "内容": Conversation.state}),
)
