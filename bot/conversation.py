"""The conversation, pure: a state and what came in give a new state, replies, and what is to be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.flows import (
    arrival,
    asking,
    binding,
    brokers,
    calling,
    claiming,
    consulting,
    courtesy,
    danger,
    following,
    leaving,
    menus,
    misplaced,
    news,
    opening,
    others,
    picking,
    rating,
    telling,
    why,
    wishes,
)
from bot.phrases import brief
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

Flow = Callable[[State, Incoming, Library], Turn | None]

# The order decides who speaks when several could. Leaving is heard in the middle of anything; a question that waits for
# a person, an answer and a code that is waited for, go before small talk; asking takes whatever is left.
FLOWS: tuple[Flow, ...] = (
    danger.take, asking.pressed, arrival.take, wishes.take, why.take, binding.take, rating.take, news.take, arrival.news_of, brokers.take,
    consulting.take, misplaced.take, telling.take, leaving.take, calling.take, picking.take, courtesy.take, others.take, claiming.take,
    asking.choose, opening.take, following.take, arrival.place, asking.ask)
# After these a step that waited goes on waiting: who asks something on the way has not turned round.
ASIDE: tuple[Flow, ...] = (
    asking.pressed, why.take, rating.take, news.take, arrival.news_of, brokers.take, misplaced.take, calling.take, picking.take, courtesy.take,
    others.take, claiming.take, asking.choose, opening.take, following.take, arrival.place, asking.ask)
STEPS: tuple[Flow, ...] = (binding.take, telling.take)
SAID = (IncomingKind.TEXT, IncomingKind.VOICE, IncomingKind.IMAGE, IncomingKind.LOCATION)
MOST_REMINDERS = 3
MENU = {"latest": "最新", "claims": "我能办什么", "cases": "我的留言", "human": "人工", "bind": "绑定", "leave": "退订", "help": "帮助"}
"""The keys that a button of the account's menu may carry, as `zhida wechat menu` puts them there."""
PROVING = (binding.PHONE, binding.CODE)


def step(state: State, incoming: Incoming, library: Library) -> Turn:
    """Answer one incoming; the first flow that has something to say says it."""
    incoming = _clicked(incoming)
    if state.division is None:
        state = replace(state, division=library.place_of_address(incoming))
    for flow in FLOWS:
        turn = flow(state, incoming, library)
        if turn is not None:
            is_asked_anew = flow is claiming.take and turn.state.awaiting == telling.FACT
            is_aside = (flow in ASIDE and not is_asked_anew) or (flow is arrival.take and incoming.kind in SAID)
            if is_aside:
                turn = _kept_waiting(state, turn, incoming, library)
            elif flow not in STEPS:
                turn = replace(turn, state=replace(turn.state, reminded=0))
            return replace(turn, state=menus.marked(state, turn.state, turn.replies), replies=tuple(fitting(turn.replies, incoming.channel)))
    return Turn(state)


def _clicked(incoming: Incoming) -> Incoming:
    """A button of the menu says what one may also write."""
    if incoming.kind is not IncomingKind.CLICK:
        return incoming
    return replace(incoming, kind=IncomingKind.TEXT, text=MENU.get(incoming.scene or "", MENU["help"]))


def _kept_waiting(before: State, turn: Turn, incoming: Incoming, library: Library) -> Turn:
    """The turn with what waited before it, brought up again: a number once, a household's question each time but not for ever.

    The question must be the last thing said, or a 没有 that answers something else would be noted for it.
    """
    after, reminder = replace(turn.state, told_fact=""), None
    if before.awaiting in PROVING and after.awaiting in ("", before.awaiting):
        reminder = None if before.reminded else binding.reminded(before)
    elif before.awaiting == telling.FACT and after.awaiting in ("", telling.FACT):
        reminder = telling.reminded(before, incoming, library) if before.reminded < MOST_REMINDERS else None
        if reminder is None:
            return replace(turn, state=telling.left(after))
    else:
        return replace(turn, state=after)
    waiting = replace(after, awaiting=before.awaiting, asked_fact=before.asked_fact, reminded=before.reminded + 1)
    return replace(turn, state=waiting, replies=(*turn.replies, *((reminder,) if reminder else ())))


def fitting(replies: Sequence[Reply], channel: str) -> list[Reply]:
    """The replies as a channel can carry them: short on SMS, as they are elsewhere."""
    return [one for reply in replies for one in brief.fitted(reply)] if channel == brief.CHANNEL else list(replies)
