"""What this room holds of a person: what they have allowed an account to send them."""

from __future__ import annotations

from channels.telegram.models import Subscriber
from channels.wechat.models import Opening
from kernel.holdings import Fate, Holding

KINDS = {"consent": "同意收订阅通知", "talk": "最近对公众号说过话", "act": "最近点过菜单或扫过码"}

HOLDINGS = (
    Holding("微信上可以给您发几条", Opening, lambda who: Opening.address_index.in_(who.indexes), Fate.DELETED,
            shown={"依据": Opening.kind, "还可以发": Opening.left, "从": Opening.opened_at, "到": Opening.closes_at},
            words={"依据": lambda kind: KINDS.get(kind, kind)}),
    Holding("Telegram 订阅", Subscriber, lambda who: Subscriber.address_index.in_(who.indexes), Fate.DELETED,
            shown={"从": Subscriber.since, "到": Subscriber.ended_at}),
)
