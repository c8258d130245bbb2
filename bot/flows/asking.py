"""Asking: an answer when it is sure, up to three choices when it is not, a person when it does not know."""

from __future__ import annotations

from dataclasses import replace

from bot.effects import RememberQuestion, ShowNotice
from bot.flows import arrival, claiming, consulting
from bot.flows.hearing import number, questions
from bot.phrases import brief, words
from bot.state import Answer, Finding, Library, State, Turn
from channels.messages import Incoming, Reply

STAYING = frozenset({"notice", "claim", "more"})
"""Choices after which the others of the same list may still be looked at."""


def choose(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Follow a number to what it stood for."""
    chosen = number(incoming.text)
    if chosen is None or not state.offered:
        return None
    place = len(state.offered) if chosen == -1 else chosen
    if not 1 <= place <= len(state.offered):
        return Turn(state, (Reply(words.UNCLEAR_NUMBER),))
    kind, _, target = state.offered[place - 1].partition(":")
    rested = replace(state, offered=state.offered if kind in STAYING else ())
    turn = None
    if kind == "human":
        turn = consulting.hand_over(rested)
    elif kind == "place":
        turn = arrival.settle(rested, target, library)
    elif kind == "claim":
        turn = claiming.show(rested, target, incoming, library)
    elif kind == "notice":
        turn = _notice(rested, target, incoming, library)
    elif kind in ("entry", "more"):
        answer = library.entry(target)
        if answer is not None:
            turn = _answered(rested, answer, incoming) if kind == "entry" else Turn(rested, (Reply(words.rest_of(answer)),))
    return turn or _unknown(rested)


def ask(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Answer a question from the reviewed entries, honestly unsure where it must be."""
    text = incoming.text.strip()
    if not text:
        return Turn(state, (Reply(words.ONLY_WORDS),))
    found = library.ask(text, state.division)
    rested = replace(state, offered=(), awaiting="", asked=text)
    several = _several(rested, incoming, library, found)
    if several is not None:
        return several
    remembered = (_remembered(text, found),)
    if found.decision == "answer" and found.answers:
        return replace(_answered(replace(rested, missed=False), found.answers[0], incoming), effects=remembered)
    if found.decision == "clarify" and found.answers:
        offered = (*(f"entry:{one.id}" for one in found.answers), "none:")
        choices = (*(one.question for one in found.answers), words.NONE_OF_THESE)
        return Turn(replace(rested, offered=offered), (Reply(words.WHICH, choices),), remembered)
    # Nothing new is offered: the numbers shown last may still be meant.
    return replace(_unknown(replace(rested, offered=state.offered)), effects=remembered)


def _several(state: State, incoming: Incoming, library: Library, whole: Finding) -> Turn | None:
    """Two questions in one breath: each sure answer, and word of what was not understood."""
    asked = [(part, library.ask(part, state.division)) for part in questions(incoming.text)]
    sure = {found.answers[0].id: found.answers[0] for _, found in asked if found.decision == "answer" and found.answers}
    if not sure or (len(sure) == 1 and whole.decision == "answer"):
        return None
    said = [replace(_answered(state, answer, incoming).replies[0], choices=()) for answer in sure.values()]
    if any(found.decision != "answer" for _, found in asked):
        said.append(Reply(words.ONE_AT_A_TIME))
    longer = {} if incoming.channel == brief.CHANNEL else {key: one for key, one in sure.items() if words.rest_of(one)}
    said[-1] = replace(said[-1], choices=tuple(f"{one.question}：{words.MORE}" for one in longer.values()))
    told = replace(state, offered=tuple(f"more:{key}" for key in longer), missed=False)
    return Turn(told, tuple(said), tuple(_remembered(*one) for one in asked))


def _answered(state: State, answer: Answer, incoming: Incoming) -> Turn:
    """The point and who stands behind it; the rest by a number. A text message carries the short form alone."""
    if incoming.channel == brief.CHANNEL:
        return Turn(state, (Reply(brief.answer(answer)),))
    more = ((f"more:{answer.id}", words.MORE),) if words.rest_of(answer) else ()
    offered = (*more, ("human:", words.NOT_CLEAR))
    reply = Reply(words.answered(answer), tuple(label for _, label in offered))
    return Turn(replace(state, offered=tuple(target for target, _ in offered)), (reply,))


def _notice(state: State, reference: str, incoming: Incoming, library: Library) -> Turn | None:
    told = library.notice(reference)
    if told is None:
        return None
    shown = (ShowNotice(told.reference),)
    if incoming.channel == brief.CHANNEL:
        return Turn(state, (Reply(brief.notice(told.title, told.until, told.phone)),), shown)
    said = words.notice(told.title, told.summary, told.until, told.office, told.phone)
    return Turn(state, (Reply(said, link=library.address(told.reference)),), shown)


def _unknown(state: State) -> Turn:
    """Sorry is said once; after that only the way to a person."""
    said = words.STILL_NOT_FOUND if state.missed else f"{words.NOT_FOUND}\n{words.OFFER_HUMAN}"
    return Turn(replace(state, missed=True), (Reply(said),))


def _remembered(text: str, found: Finding) -> RememberQuestion:
    return RememberQuestion(text, found.decision, found.best, found.score)
