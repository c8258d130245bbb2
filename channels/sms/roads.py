"""Several gateways behind one channel: what they share is told by the first, and each carries its share of the messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.contract import Limits, Road, Sender
from channels.failures import Fate, Outcome
from channels.messages import Call, Content
from kernel.http import Client


def shares(order: Sequence[str], weights: Mapping[str, int]) -> dict[str, int]:
    """The weight of each open gateway: as the office set it, else everything goes over the first.

    A gateway without a share stands by; when no gateway with a share is open, the first open one carries all.
    """
    given = {name: weights.get(name, 0) for name in order}
    if not any(given.values()) and order:
        given[order[0]] = 1
    return given


class Roads:
    """The channel's sender where it has several gateways; the worker sends over `roads`, single calls take the first."""

    def __init__(self, roads: tuple[Road, ...]) -> None:
        """At least one gateway, in the office's order."""
        self.roads = roads
        self._first = roads[0].sender
        self.name = self._first.name
        self.gateway = self._first.gateway

    @property
    def limits(self) -> Limits:
        """The first gateway's; each of the others has its own."""
        return self._first.limits

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content: the wording is one for all gateways."""
        return self._first.complaints(content)

    async def send(self, client: Client, call: Call) -> Sequence[Outcome]:
        """Make one request over the first gateway."""
        return await self._first.send(client, call)

    async def ask_fate(self, client: Client, call: Call) -> Sequence[Fate]:
        """Ask the first gateway."""
        return await self._first.ask_fate(client, call)


def along(gateways: Mapping[str, Sender], weights: Mapping[str, int]) -> Sender:
    """The sender of a channel with these open gateways, one or several."""
    if len(gateways) == 1:
        return next(iter(gateways.values()))
    given = shares(tuple(gateways), weights)
    return Roads(tuple(Road(sender, given[name]) for name, sender in gateways.items()))
