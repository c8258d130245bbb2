"""Danger: whoever tells of it hears the number to ring before anything else, in the middle of anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.effects import TakeConsultation
from bot.flows import perils
from bot.flows.hearing import bare
from bot.phrases import danger as words
from bot.phrases import words as common
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

LONGEST, LONGEST_STORY = 40, 600
_PAUSE = re.compile(r"[，。！？；、,!?;\s]+")
# To these, and to what is put as a question, the reviewed answer is added where there is one: whom to tell of a road.
_WITH_ANSWER = frozenset({words.COLLAPSE, words.CURRENT})
_QUESTION = re.compile("吗|咋|怎么|哪|谁|政府|公家|补|报")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Say whom to ring; what waits goes on waiting, and 人工 would hand on what was said."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    told = told_of(incoming.text)
    if told is None:
        return None
    text = incoming.text.strip()
    if state.awaiting in ("question", "reason"):
        # They were about to tell a person: that is done as well.
        return Turn(replace(state, awaiting="", asked="", rating=""), (Reply(told),), (TakeConsultation(text),))
    replies = [Reply(told)]
    if told in _WITH_ANSWER or _QUESTION.search(text):
        found = library.ask(text, state.division)
        replies += [Reply(common.answered(one)) for one in found.answers[:1] if found.decision == "answer"]
    # 咋办 after it asks on about this, and no more about what was spoken of before.
    return Turn(replace(state, asked=text, subject="", unheard=""), tuple(replies))


def told_of(text: str) -> str | None:
    """What is said to a text that tells of danger; None where it tells of none."""
    return next((told for part in _parts(text) if (told := sign_in(part)) is not None), None)


def may_be(text: str) -> bool:
    """Whether a text that nobody understood may be a cry for help."""
    said = bare(text)
    return perils.HINTS.search(said) is not None and perils.CALM.search(said) is None


def _parts(text: str) -> Iterator[str]:
    """A sentence whole; a story piece by piece, for what is long past in its beginning says nothing of its end."""
    whole = bare(text)
    if len(whole) <= LONGEST:
        yield whole
        return
    for part in map(bare, _PAUSE.split(text[:LONGEST_STORY])):
        yield from (part[place:place + LONGEST] for place in range(0, max(1, len(part) - LONGEST // 2), LONGEST // 2))


def sign_in(said: str) -> str | None:
    """What is to be said of a danger that a text tells of; None when it tells of none."""
    if not said or len(said) > LONGEST or perils.CALM.search(said):
        return None
    ways = dict.fromkeys((said, perils.heard(said)))
    return next((told for told, signs in perils.SIGNS for way in ways if signs.search(way)), None)
