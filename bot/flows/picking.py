"""Choosing from a list by words: its very words, 危房那个, or a 是的 that chooses nothing yet."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.flows import asking, menus
from bot.flows.aspects import asked_for
from bot.flows.hearing import bare, number, plain
from bot.phrases import leaving as phrases
from bot.phrases import words
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind

LEAST, LONGEST = 2, 10
_BEFORE = re.compile(r"^(?:我)?(?:就|想)?(?:是|要|选|问|说)+(?:的)?(?:是)?|^就是|^关于")
_AFTER = re.compile(r"(?:的|了)?(?:那|这)(?:一)?(?:个|件|条|项)(?:事)?$")
# What agrees to a list without saying to what of it, or to more than one at once.
_UNDECIDED = re.compile(r"是|是的|对|对的|对着|要|都行|都可以|都是|都要|都想(?:问|知道|看|听)|哪个都行|随便|那个|这个|(?:上|下)面(?:那|这)?一?个"
                        r"|第?[1-9一二三](?:个|号)?(?:和|跟|与|还有|加)?第?[1-9一二三](?:个|号)?(?:都(?:要|是|问))?")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Follow the words of one choice as its number would be; what may be several shows the list again."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE) or not state.offered or number(incoming.text) is not None:
        return None
    said, is_unsure = bare(incoming.text), "none:" in state.offered
    if said in ("", words.NONE_OF_THESE):
        return None
    if is_unsure and _UNDECIDED.fullmatch(said):
        return asking.again(state, incoming, library, phrases.ONE_OF_THEM, words.UNCLEAR_NUMBER)
    # As they were shown: the rest of the one answer that was given has no name of its own.
    labels = dict(menus.named([one for one in state.offered if not one.startswith("more:")], incoming, library))
    named = [(place, words.MORE if target.startswith("more:") else labels.get(target, ""))
             for place, target in enumerate(state.offered, start=1) if target != "none:"]
    exact = [place for place, label in named if plain(incoming.text) == plain(label)]
    if len(exact) != 1 and (is_unsure or (_AFTER.search(said) and all(one.startswith("notice:") for one in state.offered))):
        exact = _by_a_piece(said, named)
    if len(exact) == 1:
        return asking.choose(state, replace(incoming, text=str(exact[0])), library)
    if not is_unsure or len(said) > LONGEST or not _AFTER.search(said):
        return None
    # 就是交了钱的那个 may be the other half of the question; where it is not, it speaks of the list.
    asked = asking.ask(state, incoming, library)
    is_answered = asked is not None and asked.state.subject.startswith("entry:")
    return asked if is_answered else asking.again(state, incoming, library, phrases.ONE_OF_THEM, words.UNCLEAR_NUMBER)


def _by_a_piece(said: str, named: list[tuple[int, str]]) -> list[int]:
    """The choices that hold what was said, where it is a piece of a choice and not a question of its own."""
    piece = _AFTER.sub("", _BEFORE.sub("", said))
    if not LEAST <= len(piece) <= LONGEST or (piece == said and asked_for(said)):
        return []
    return [place for place, label in named if piece in plain(label)]
