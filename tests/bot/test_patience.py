"""No word said over and over keeps a process busy: a loop that reads the same words two ways doubles its work with each.

One thread that matches holds the others: 急急急…急 from one upset person would stand for everybody's answer.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import bot.flows
import knowledge

parser: Any = importlib.import_module("re._parser")
codes: Any = importlib.import_module("re._constants")
MODULES = [f"{package.__name__}.{one.name}" for package in (bot.flows, knowledge) for one in pkgutil.iter_modules(package.__path__)]
MOST_WORDS = 6000


class TooManyWords(Exception):
    """What a loop may read is more than can be listed."""


def words_of(items: Iterable[Any]) -> list[str]:
    """Every word that a piece of a pattern reads, as often as it has ways to."""
    words = [""]
    for code, what in items:
        words = [before + after for before in words for after in _read_by(code, what)]
        if len(words) > MOST_WORDS:
            raise TooManyWords
    return words


def _read_by(code: Any, what: Any) -> list[str]:
    if code is codes.LITERAL:
        return [chr(what)]
    if code is codes.IN and all(kind in (codes.LITERAL, codes.CATEGORY) for kind, _ in what):
        return [chr(sign) if kind is codes.LITERAL else "0" for kind, sign in what]
    if code is codes.BRANCH:
        return [word for branch in what[1] for word in words_of(branch)]
    if code is codes.SUBPATTERN:
        return words_of(what[3])
    if code is codes.MAX_REPEAT:
        # Of a loop within the loop two rounds tell as much as all: 嗯+ reads 嗯嗯 as one word and as two.
        most = what[0] + 2 if what[1] is codes.MAXREPEAT else what[1]
        return [word for times in range(what[0], most + 1) for word in words_of(list(what[2]) * times)]
    if code in (codes.ASSERT, codes.ASSERT_NOT, codes.AT):
        return [""]
    raise TooManyWords


def read_two_ways(words: list[str]) -> str | None:
    """A beginning of something that can be cut into the words in two ways (Sardinas and Patterson 1953); None without."""
    known = sorted(set(words), key=lambda word: (-len(word), word))
    if len(known) < len(words):
        return min((word for word in known if words.count(word) > 1), key=len)
    # The longest first: of several words that leave the same rest the shortest is told.
    left = {longer[len(word):]: longer for longer in known for word in known if word != longer and longer.startswith(word)}
    seen: set[str] = set()
    while left:
        if both := min((said for rest, said in left.items() if rest in known), key=lambda said: (len(said), said), default=None):
            return both
        seen |= set(left)
        left = {rest: said for before, said in left.items() for rest, said in _rests(before, said, known) if rest not in seen}
    return None


def _rests(before: str, said: str, known: list[str]) -> Iterator[tuple[str, str]]:
    for word in known:
        if word != before and word.startswith(before):
            yield word[len(before):], said + word[len(before):]
        elif word != before and before.startswith(word):
            yield before[len(word):], said


def loops(items: Any) -> Iterator[Any]:
    """What is repeated without end in a pattern and could be taken back; not what is only taken off its text's beginning."""
    last = list(items)[-1:] if list(items)[:1] == [(codes.AT, codes.AT_BEGINNING)] else []
    for code, what in items:
        if code is codes.BRANCH:
            for branch in what[1]:
                yield from loops(branch)
        elif code is codes.SUBPATTERN:
            yield from loops(what[3])
        elif code is codes.MAX_REPEAT:
            if what[1] is codes.MAXREPEAT and (code, what) not in last:
                yield what[2]
            yield from loops(what[2])


def patterns(held: object) -> Iterator[re.Pattern[str]]:
    if isinstance(held, re.Pattern) and isinstance(held.pattern, str):
        yield held
    elif isinstance(held, tuple | list):
        for one in held:
            yield from patterns(one)


def endless(items: Iterable[Any]) -> int:
    """How many stretches of anything, as short as may be and without an end, stand one behind the other in a pattern."""
    count = 0
    for code, what in items:
        if code is codes.BRANCH:
            count += max(endless(branch) for branch in what[1])
        elif code is codes.SUBPATTERN:
            count += endless(what[3])
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            is_endless = code is codes.MIN_REPEAT and what[1] is codes.MAXREPEAT
            count += (is_endless and [kind for kind, _ in what[2]] == [codes.ANY]) or endless(what[2])
    return count


@pytest.mark.parametrize("name", MODULES)
def test_no_pattern_tries_every_pair_of_places_in_a_long_text(name: str) -> None:
    for label, held in vars(importlib.import_module(name)).items():
        for pattern in patterns(held):
            assert endless(parser.parse(pattern.pattern, pattern.flags)) < 2, f"{label} looks for an end behind each of all its beginnings"


def test_two_stretches_without_an_end_are_seen() -> None:
    assert [endless(parser.parse(one)) for one in ("(?P<a>.{2,}?)和(?P<b>.{2,}?)(?:一起)", ".{2,20}?和.{2,20}?一起", "(?:.+?甲|乙)丙")] == [2, 0, 1]


@pytest.mark.parametrize("name", MODULES)
def test_nothing_that_is_said_over_and_over_can_be_read_in_two_ways(name: str) -> None:
    for label, held in vars(importlib.import_module(name)).items():
        for pattern in patterns(held):
            for loop in loops(parser.parse(pattern.pattern, pattern.flags)):
                try:
                    words = words_of(loop)
                except TooManyWords:
                    continue
                assert read_two_ways(words) is None, f"{label} reads {read_two_ways(words)!r} in two ways"


@pytest.mark.parametrize(("pattern", "twice"), [
    ("(?:这个?|这条?)*是", "这"), ("(?:的|呢|的呢)+$", "的呢"), ("(?:人了?|了)*乙", "人了"), ("(?:谢谢|多谢)+$", None), ("(?:的呢|的|呢)*+$", None),
    ("(?:好的?|嗯+|行)+(?:谢谢)?", "嗯嗯"),
])
def test_what_can_be_read_in_two_ways_is_seen(pattern: str, twice: str | None) -> None:
    assert next((found for loop in loops(parser.parse(pattern)) if (found := read_two_ways(words_of(loop)))), None) == twice
