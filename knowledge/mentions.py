"""How much of what a question says an entry never mentions, neither in its phrasings nor in its answer.

Of a question about something the base lacks, the neighbour that is found mentions less: 驾驶证到期 beside 身份证到期.
What sounds like a mention is one. How much each way of leaving out counts is learned.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from knowledge.sounds import heard
from knowledge.vocabulary import standard
from knowledge.wording import plain

EVIDENCE = ("unmentioned", "unmentioned_of_much", "longest_unasked", "nowhere_asked")
"""What an entry leaves out of a question: the share of it; the same where the entry says much; the longest stretch that no
phrasing has; and what stands in no phrasing of the whole base either, a thing no entry is about."""
_USUAL = 0.32
"""So much of a question people leave unmentioned whom the entry answers all the same; who leaves less is surer."""
_BRIEF = 80.0
"""Characters of an entry at which its silence counts half."""
_BARE = 3
"""A question of so few characters is a word that many entries mention: it makes nobody surer; twice as many do in full."""
_FEW = 40.0
"""Entries of a base at which it counts half that a thing stands nowhere: of few entries most things stand in none."""
_SCALE = 10.0
"""Brings sums of rarities to the size of shares."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text in plain form and as heard, letter for letter."""

    plain: str
    heard: str

    @classmethod
    def of(cls, text: str) -> Said:
        """The text brought to plain form and office words."""
        return cls.read(standard(plain(text)))

    @classmethod
    def read(cls, words: str) -> Said:
        """What already stands in plain form and office words."""
        return cls(words, heard(words))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the weight of each of its characters, and of its heard pairs whether the base knows them."""

    said: Said
    rarity: Sequence[float]
    known: Sequence[bool]
    entries: int
    """How many entries the base has."""


def evidence(question: Asked, phrasings: Sequence[Said], answer: Said) -> tuple[float, ...]:
    """What an entry of these phrasings and this answer leaves out, in the order of EVIDENCE."""
    said, whole = question.said, sum(question.rarity)
    if not said.plain:
        return (0.0,) * len(EVIDENCE)
    told = sum(len(text.plain) for text in (*phrasings, answer))
    letters, sounds = set[str](), set[tuple[str, str]]()
    for text in phrasings:
        letters.update(text.plain)
        sounds.update(pairwise(text.heard))
    asked, _ = _mentioned(said, letters, sounds)
    letters.update(answer.plain)
    sounds.update(pairwise(answer.heard))
    anywhere, pairs = _mentioned(said, letters, sounds)
    missing = sum(rare for rare, found in zip(question.rarity, anywhere, strict=True) if not found) / whole - _USUAL
    if missing < 0:
        missing *= min(1.0, max(0.0, (len(said.plain) - _BARE) / _BARE))
    beside = pairwise(question.rarity)
    nowhere = sum(
        (one + other) / 2
        for (one, other), found, known in zip(beside, pairs, question.known, strict=True)
        if not found and not known
    )
    return (
        missing,
        missing * told**2 / (told**2 + _BRIEF**2),
        _longest(question.rarity, asked) / _SCALE,
        nowhere / _SCALE * question.entries / (question.entries + _FEW),
    )


def _mentioned(question: Said, letters: Set[str], sounds: Set[tuple[str, str]]) -> tuple[list[bool], list[bool]]:
    """Of each character whether it stands among the letters, and of each heard pair whether among the sounds.

    A character stands there when it is written, or when it is heard beside the same neighbour.
    """
    pairs = [pair in sounds for pair in pairwise(question.heard)]
    places = zip(question.plain, [False, *pairs], [*pairs, False], strict=True)
    return [letter in letters or before or after for letter, before, after in places], pairs


def _longest(rarity: Sequence[float], found: Sequence[bool]) -> float:
    longest = stretch = 0.0
    for rare, there in zip(rarity, found, strict=True):
        stretch = 0.0 if there else stretch + rare
        longest = max(longest, stretch)
    return longest
