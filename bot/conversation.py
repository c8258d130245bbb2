"""The conversation, pure: a state and what came in give a new state, replies, and what is to be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.flows import arrival, asking, binding, claiming, consulting, courtesy, news, telling, wishes
from bot.phrases import brief
from bot.state import Library, State, Turn
from channels.messages import Incoming, Reply

Flow = Callable[[State, Incoming, Library], Turn | None]

# The order decides who speaks when several could. Leaving is heard in the middle of anything; a question that waits for
# a person, an answer and a code that is waited for, go before small talk; asking takes whatever is left.
FLOWS: tuple[Flow, ...] = (arrival.take, wishes.take, binding.take, news.take, consulting.take, telling.take,
                           courtesy.take, claiming.take, asking.choose, arrival.place, asking.ask)


def step(state: State, incoming: Incoming, library: Library) -> Turn:
    """Answer one incoming; the first flow that has something to say says it."""
    if state.division is None:
        state = replace(state, division=library.place_of_address(incoming))
    for flow in FLOWS:
        turn = flow(state, incoming, library)
        if turn is not None:
            return replace(turn, replies=tuple(fitting(turn.replies, incoming.channel)))
    return Turn(state)


def fitting(replies: Sequence[Reply], channel: str) -> list[Reply]:
    """The replies as a channel can carry them: short on SMS, as they are elsewhere."""
    return [brief.fitted(reply) for reply in replies] if channel == brief.CHANNEL else list(replies)
