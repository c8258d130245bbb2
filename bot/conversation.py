"""The conversation, pure: a state and what came in give a new state, replies, and what is to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.flows import arrival, asking, consulting, news, wishes
from bot.state import Library, State, Turn
from channels.messages import Incoming

Flow = Callable[[State, Incoming, Library], Turn | None]

# The order decides who speaks when several could; asking takes whatever is left.
FLOWS: tuple[Flow, ...] = (arrival.take, consulting.take, wishes.take, news.take, asking.choose, arrival.place,
                           asking.ask)


def step(state: State, incoming: Incoming, library: Library) -> Turn:
    """Answer one incoming; the first flow that has something to say says it."""
    if state.division is None:
        state = replace(state, division=library.place_of_address(incoming))
    for flow in FLOWS:
        turn = flow(state, incoming, library)
        if turn is not None:
            return turn
    return Turn(state)
