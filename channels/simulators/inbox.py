"""The screens of the simulated telephones: what arrived and what their owners said, newest last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

KEPT_BLOCKS = 4000


@dataclass(frozen=True)
class _Block:
    """Messages that arrived together; their texts are made only when somebody looks."""

    first: int
    channel: str
    addresses: Sequence[str] = field(repr=False)
    show: Callable[[int], Mapping[str, Any]] = field(repr=False)
    at: datetime
    direction: str


class Inbox:
    """All telephones at once; `id` counts up and tells a reader where it stopped."""

    def __init__(self) -> None:
        """Nothing has arrived yet."""
        self._blocks: deque[_Block] = deque(maxlen=KEPT_BLOCKS)
        self._next = 1

    @property
    def last(self) -> int:
        """The id of the newest message, 0 before the first."""
        return self._next - 1

    def arrive(self, channel: str, addresses: Sequence[str], at: datetime, show: Callable[[int], Mapping[str, Any]],
               direction: str = "in") -> None:
        """Put messages on screens; `show(n)` gives the n-th one's `text`, and `title`, `fields`, `link` if it has them."""
        self._blocks.append(_Block(self._next, channel, addresses, show, at, direction))
        self._next += len(addresses)

    def say(self, channel: str, address: str, text: str, at: datetime, direction: str) -> None:
        """Put one plain text on a screen: `in` arrives, `out` was typed there."""
        self.arrive(channel, (address,), at, lambda _: {"text": text}, direction)

    def since(self, number: int, limit: int = 200, address: str = "") -> list[dict[str, Any]]:
        """The oldest `limit` of the messages after `number`, of one address or of all."""
        found: list[dict[str, Any]] = []
        for block in list(self._blocks):
            if block.first + len(block.addresses) <= number + 1:
                continue
            for place in range(max(0, number + 1 - block.first), len(block.addresses)):
                if address not in ("", block.addresses[place]):
                    continue
                found.append({
                    "id": block.first + place, "channel": block.channel, "address": block.addresses[place],
                    "direction": block.direction, "at": block.at.isoformat(), **block.show(place),
                })
                if len(found) >= limit:
                    return found
        return found
