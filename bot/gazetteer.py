"""What places are called: every spelling of every village and township, kept for some seconds, for every message is looked up."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

KEPT_SECONDS = 5.0
LENGTHS = range(2, 21)
_VILLAGE = ("村", "社区", "居委会", "村委会")
_WHO_LIVES = re.compile(r"^(?:我|俺|额|咱|我们|俺们|咱们|我妈|我爸|老家|家)*(?:就|都)?(?:家|老家|户口)?(?:是|住在|住|在)+")
_OF_IT = re.compile(r"(?:的|滴|嘞|哩)?(?:人|老百姓|村民)?(?:的|滴|嘞|哩|啊|呀)?$")
_GROUP = re.compile(r"第?[一二三四五六七八九十\d]{1,3}(?:组|队|社)$")


class Gazetteer:
    """Spellings to codes; read anew when it is older than five seconds. Safe for many threads: the map is swapped whole."""

    def __init__(self) -> None:
        """Nothing is read before the first look."""
        self._codes: dict[str, list[str]] = {}
        self._until = float("-inf")

    def codes(self, said: str, read: Callable[[], Mapping[str, str]]) -> list[str]:
        """The codes of the places that a word names, in their order; `read` gives every code with its full name."""
        return list(self._fresh(read).get(said, ()))

    def within(self, text: str, read: Callable[[], Mapping[str, str]]) -> list[str]:
        """The codes of the one village that a text names among other words, by the longest name that stands in it."""
        codes, said = self._fresh(read), "".join(text.split())
        pieces = (said[begin:begin + length] for length in reversed(LENGTHS) for begin in range(len(said) - length + 1))
        found = next((codes[piece] for piece in pieces if piece.endswith(_VILLAGE) and len(piece) > 2 and piece in codes), [])
        return [code for code in found if len(code) == 12]

    def _fresh(self, read: Callable[[], Mapping[str, str]]) -> dict[str, list[str]]:
        if time.monotonic() >= self._until:
            self._codes = spelled(read())
            self._until = time.monotonic() + KEPT_SECONDS
        return self._codes


def ways_of_saying(text: str) -> tuple[str, ...]:
    """The place that a text may be about and nothing else, as 俺是姚河村三组的 names it; then without the group."""
    whole = "".join(text.split()).rstrip("。，,.！!")
    said = _OF_IT.sub("", _WHO_LIVES.sub("", whole))
    return tuple(one for one in dict.fromkeys((whole, said, _GROUP.sub("", said))) if len(one) in LENGTHS)


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
