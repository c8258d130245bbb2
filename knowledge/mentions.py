"""How much of what a question says an entry never mentions, neither in its phrasings nor in its answer.

Of a question about something the base lacks, the neighbour that is found mentions less: 驾驶证到期 beside 身份证到期.
What sounds like a mention is one. An entry of few words is not blamed for what it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log

from knowledge.sounds import heard
from knowledge.vocabulary import standard
from knowledge.wording import plain

_WEIGHT = 6.0
"""What a question that an entry mentions nothing of would lose in log odds, were the entry endless."""
_USUAL = 0.32
"""So much of a question people leave unmentioned whom the entry answers all the same; who leaves less is surer."""
_BRIEF = 80.0
"""Characters of an entry at which its silence counts half."""
_BARE = 3
"""A question of so few characters is a word that many entries mention: it makes nobody surer; twice as many do in full."""
_CERTAIN = 1e-6


@dataclass(frozen=True, slots=True)
class Said:
    """A text in plain form and as heard, letter for letter."""

    plain: str
    heard: str

    @classmethod
    def of(cls, text: str) -> Said:
        """The text brought to plain form and office words."""
        words = standard(plain(text))
        return cls(words, heard(words))


def unmentioned(question: Said, rarity: Sequence[float], texts: Iterable[Said]) -> float:
    """The share of the question, weighed by how rare its characters are, that stands in none of the texts.

    A character stands there when it is written, or when it is heard beside the same neighbour.
    """
    written, pairs = set[str](), set[tuple[str, str]]()
    for text in texts:
        written.update(text.plain)
        pairs.update(pairwise(text.heard))
    beside = [pair in pairs for pair in pairwise(question.heard)]
    places = zip(question.plain, rarity, [False, *beside], [*beside, False], strict=False)
    missing = sum(rare for letter, rare, *heard_so in places if letter not in written and not any(heard_so))
    return missing / sum(rarity) if question.plain else 0.0


def reconsidered(sure: float, missing: float, asked: int, told: int, share: float) -> float:
    """The probability once it is known what is missing; `share` is how far to go by it.

    `asked` and `told` are the characters of the question and of the entry.
    """
    shift = _WEIGHT * (_USUAL - missing) * share * told**2 / (told**2 + _BRIEF**2)
    if shift > 0:
        shift *= min(1.0, max(0.0, (asked - _BARE) / _BARE))
    odds = min(max(sure, _CERTAIN), 1 - _CERTAIN)
    return 1 / (1 + exp(-log(odds / (1 - odds)) - shift))
