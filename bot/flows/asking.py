"""Asking: an answer when it is sure, up to three choices when it is not, a person when it does not know."""

from __future__ import annotations

from dataclasses import replace

from bot.phrases import words
from bot.state import Answer, Library, RememberQuestion, State, Turn
from channels.messages import Incoming, Reply

FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
SPOKEN = {"一": 1, "二": 2, "三": 3, "四": 4, "第一个": 1, "第二个": 2, "第三个": 3, "第四个": 4}


def choose(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Follow a number to what it stood for."""
    number = _number(incoming.text)
    if number is None or not state.offered:
        return None
    if not 1 <= number <= len(state.offered):
        return Turn(state, (Reply(words.UNCLEAR_NUMBER),))
    kind, _, target = state.offered[number - 1].partition(":")
    rested = replace(state, offered=state.offered if kind == "notice" else ())
    if kind == "entry":
        answer = library.entry(target)
        return Turn(replace(rested, asked=""), (_said(answer),)) if answer else _unknown(rested)
    if kind == "notice":
        told = library.notice(target)
        if told is None:
            return _unknown(rested)
        said = words.notice(told.title, told.summary, told.until, told.office, told.phone)
        return Turn(rested, (Reply(said, link=library.address(told.reference)),))
    return _unknown(rested)


def ask(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Answer a question from the reviewed entries, honestly unsure where it must be."""
    text = incoming.text.strip()
    if not text:
        return Turn(state, (Reply(words.ONLY_WORDS),))
    found = library.ask(text, state.division)
    remembered = RememberQuestion(text, found.decision, found.best, found.score)
    rested = replace(state, offered=(), awaiting="", asked=text)
    if found.decision == "answer" and found.answers:
        return Turn(replace(rested, asked=""), (_said(found.answers[0]),), (remembered,))
    if found.decision == "clarify" and found.answers:
        offered = (*(f"entry:{one.id}" for one in found.answers), "none:")
        choices = (*(one.question for one in found.answers), words.NONE_OF_THESE)
        return Turn(replace(rested, offered=offered), (Reply(words.WHICH, choices),), (remembered,))
    return replace(_unknown(rested), effects=(remembered,))


def _unknown(state: State) -> Turn:
    return Turn(state, (Reply(f"{words.NOT_FOUND}\n{words.OFFER_HUMAN}"),))


def _said(answer: Answer) -> Reply:
    return Reply(words.answered(answer.answer, answer.office, answer.phone, answer.source, answer.until))


def _number(text: str) -> int | None:
    said = text.strip().translate(FULL_WIDTH).rstrip("。.、号")
    if said.isascii() and said.isdigit() and len(said) <= 2:
        return int(said)
    return SPOKEN.get(said)
