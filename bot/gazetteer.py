"""What places are called: every spelling of every village and township, kept for some seconds, for every message is looked up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

KEPT_SECONDS = 5.0


class Gazetteer:
    """Spellings to codes; read anew when it is older than five seconds. Safe for many threads: the map is swapped whole."""

    def __init__(self) -> None:
        """Nothing is read before the first look."""
        self._codes: dict[str, list[str]] = {}
        self._until = float("-inf")

    def codes(self, said: str, read: Callable[[], Mapping[str, str]]) -> list[str]:
        """The codes of the places that a word names, in their order; `read` gives every code with its full name."""
        if time.monotonic() >= self._until:
            self._codes = spelled(read())
            self._until = time.monotonic() + KEPT_SECONDS
        return list(self._codes.get(said, ()))


def spelled(named: Mapping[str, str]) -> dict[str, list[str]]:
    """Every spelling of every place, each with the codes it may mean."""
    found: dict[str, list[str]] = {}
    for code, name in sorted(named.items()):
        for spelling in _spellings(code, name, named):
            found.setdefault(spelling, []).append(code)
    return found


def _spellings(code: str, name: str, named: Mapping[str, str]) -> set[str]:
    """How a place may be called: with and without its township, with and without 村民委员会 or 村."""
    bare = name.removesuffix("民委员会").removesuffix("委会")
    township = named.get(code[:9], "") if len(code) == 12 else ""
    short = {bare, bare.removesuffix("村"), name} if len(bare) > 2 else {bare, name}
    return short | {f"{township}{one}" for one in short if township}
