"""Going on about the last answer, or about the message that came last: 要带什么, 去哪儿办, 这个怎么办, 我符合吗."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.effects import ShowNotice
from bot.flows import aspects, danger, menus
from bot.flows.hearing import spared
from bot.phrases import brief, leaving, words
from bot.phrases import following as phrases
from bot.state import Answer, Fit, Library, News, Pushed, State, Turn
from channels.messages import Incoming, IncomingKind, Reply
from notices.hardships import hardships_in

UNNAMED = "sent"
OF_DANGER = frozenset({"steps", aspects.PHONE, aspects.AGAIN})
"""What somebody in danger asks on: 咋办, 打哪个电话, 再说一遍."""


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Answer from what was spoken of or sent last; ask which matter is meant where nothing was."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    aspect = aspects.asked_for(spared(incoming.text))
    if not aspect:
        return None
    if aspect in OF_DANGER and (urgent := danger.told_of(state.asked)) is not None:
        return Turn(state, (Reply(urgent),))
    sent = newer_push(state, incoming, library)
    subject = subject_of(sent) if sent else state.subject
    kind, _, target = subject.partition(":")
    turn = None
    if kind == "entry" and (answer := library.entry(target)) is not None:
        turn = _of_answer(state, answer, aspect, incoming, library)
    elif kind in ("notice", UNNAMED) and (told := library.notice(target)) is not None:
        turn = _of_notice(replace(state, offered=(), earlier=()) if sent else state, told, aspect, incoming, library, is_named=kind != UNNAMED)
    if turn is None and aspect == aspects.OFFLINE:
        return Turn(state, brief.replies(phrases.OFFLINE, incoming.channel))
    return turn or _which(state, incoming, library)


def subject_of(sent: Pushed) -> str:
    """A message as what is spoken of; one whose title may not be said stays so."""
    return f"{'notice' if sent.is_named else UNNAMED}:{sent.reference}"


def newer_push(state: State, incoming: Incoming, library: Library) -> Pushed | None:
    """The message that came after what was spoken of last."""
    sent = library.pushed(incoming)
    if sent is None or (state.subject and state.subject_at and sent.at <= datetime.fromisoformat(state.subject_at)):
        return None
    return sent


def _of_answer(state: State, answer: Answer, aspect: str, incoming: Incoming, library: Library) -> Turn | None:
    if aspect == aspects.FITS:
        said = _fit(answer.reference, answer.office, incoming, library) if answer.reference else _conditions(answer)
    else:
        line = aspects.of_answer(answer, aspect)
        if not line and aspect == aspects.ACCOUNT and library.ask(incoming.text.strip(), state.division).decision == "answer":
            return None  # one card for all that is paid is an entry of its own
        said = phrases.told(aspect, line, answer.question) if line else _not_written(aspect, answer.question, answer.office, answer.phone)
    after = replace(state, asked=f"{answer.question}：{incoming.text.strip()}", missed=False)
    return Turn(after, brief.replies(said, incoming.channel))


def _of_notice(state: State, told: News, aspect: str, incoming: Incoming, library: Library, *, is_named: bool) -> Turn:
    """What must not be named in a message is said face to face (a hardship in a title says that the household has it)."""
    matter = told.title if is_named else phrases.SENT
    if aspect == aspects.FITS:
        said = _fit(told.reference, told.office, incoming, library)
    else:
        line = aspects.of_notice(told, aspect)
        if line and not is_named and hardships_in(line):
            said = phrases.AT_THE_VILLAGE.format(phone=told.phone)
        else:
            said = phrases.told(aspect, line, matter) if line else _not_written(aspect, matter, told.office, told.phone)
    after = replace(state, subject=f"{'notice' if is_named else UNNAMED}:{told.reference}", asked=f"{matter}：{incoming.text.strip()}", missed=False)
    return Turn(after, brief.replies(said, incoming.channel), (ShowNotice(told.reference),))


def _not_written(aspect: str, matter: str, office: str, phone: str) -> str:
    """Whoever has no telephone of that kind is not sent to one first."""
    return phrases.OFFLINE if aspect == aspects.OFFLINE else phrases.not_written(aspect, matter, office, phone)


def _fit(reference: str, office: str, incoming: Incoming, library: Library) -> str:
    match library.fits(incoming, reference):
        case Fit.YES:
            return phrases.YES.format(office=office)
        case Fit.NO:
            return phrases.NO.format(office=office)
        case Fit.UNKNOWN:
            return phrases.UNKNOWN
        case Fit.EVERYBODY:
            return phrases.EVERYBODY
        case Fit.UNBOUND:
            return words.WHAT_CAN_I_CLAIM


def _conditions(answer: Answer) -> str:
    line = aspects.of_answer(answer, "conditions")
    return f"{phrases.told('conditions', line, answer.question)}\n{phrases.LOOK}" if line else phrases.LOOK


def _which(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """No matter was named: the list that stands open is meant, or they are asked for it."""
    shown = [one for one in menus.named(state.offered, incoming, library) if one[0].startswith(("entry:", "notice:"))]
    if shown:
        offered = tuple(target for target, _ in shown)
        return Turn(replace(state, offered=offered), (Reply(leaving.AGAIN, tuple(label for _, label in shown)),))
    if state.unheard or library.ask(incoming.text.strip(), state.division).decision == "answer":
        return None
    return Turn(state, (Reply(leaving.WHICH_MATTER),))
