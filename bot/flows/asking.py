"""Asking: an answer when it is sure, up to three choices when it is not, a person when it does not know."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from bot.effects import ChooseEntry, Effect, RememberQuestion, ShowNotice
from bot.flows import arrival, aspects, claiming, consulting, danger, following, menus, rating
from bot.flows.hearing import MOST_QUESTIONS, clauses, gist, number, pair, plain, questions
from bot.phrases import brief, leaving, words
from bot.phrases import danger as dangers
from bot.phrases import following as phrases
from bot.state import Answer, Finding, Library, State, Turn
from channels.messages import Incoming, Reply

MOST_SHOWN = 3
LONGEST_PIECE = 20
# 不是这个意思，我是说…: what is meant comes behind it.
MEANT = re.compile(r"^(?:不是|不对|错了|没有)(?:这个|这件事|这样|那个)?(?:意思)?(?:的)?[，,。 ]*我(?:是)?(?:想)?(?:说|问)(?:的)?(?:是)?[，, ]*(?=.{3})")
LONGEST_GOING_ON, GOES_ON = 8, timedelta(minutes=10)
"""Words that may go on about the last answer though nothing in them says so: as few as these, as soon as this."""
TOGETHER = (
    re.compile(r"(?P<one>.{2,20}?)(?:和|跟|与|同|还有)(?P<other>.{2,20}?)(?:(?:能不能|能|可以|可不可以|可)(?:一起|同时|一块儿?|都)(?:领|享受|拿|吃|有|要|交)|"
               r"(?:一起|同时|一块儿?)(?:领|享受|拿|吃|交)(?:行不行|行吗|可以吗|成不成)|(?:会不会)?(?:冲突|重复)(?:吗|不|么)?|冲不冲突)"),
    re.compile(r"(?:领|吃|享受|拿|有)(?:了|着)(?P<one>.{2,8}?)(?:还|又|再)(?:能不能|能|可以)(?:同时|再)*(?:领|享受|拿|吃|有|申请)(?P<other>.{2,})"),
)
_AT_ONCE = re.compile("一起|同时|重复|叠加|兼|冲突|二选一|只能(?:选|领)|不能再|不影响")
_BOTH = re.compile("两[项样个种]|二者|都")
_SENTENCES = re.compile(r"[。；！？\n]")
MUCH_SURER = 1.5
"""How many times surer of its answer two pieces must be than the first of them was alone, to be one question."""
STAYING = frozenset({"notice", "claim", "more"})
"""Choices after which the others of the same list may still be looked at."""
OF_THE_LAST = frozenset({"human:", "none:", "useful:yes", "useful:no"})
"""Choices about whatever was asked last: under an older list their question is known no more."""


def pressed(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """A button of an older list: of the one just before it does what it says where that can be, of any other it chooses nothing from a newer."""
    if not incoming.mark or (incoming.mark == state.mark and state.offered):
        return None
    place = menus.place_of(number(incoming.text) or 0, state.earlier)
    meant = state.earlier[place - 1] if 1 <= place <= len(state.earlier) else ""
    if incoming.mark == state.earlier_mark and meant and meant not in OF_THE_LAST:
        former = replace(state, offered=state.earlier, mark=state.earlier_mark, earlier=(), earlier_mark="")
        return choose(former, incoming, library)
    return again(state, incoming, library, leaving.OLD_LIST, leaving.OLD_LIST_ALONE)


def choose(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Follow a number to what it stood for."""
    chosen = number(incoming.text)
    if chosen is None or not state.offered:
        return None
    place = menus.place_of(chosen, state.offered)
    sent = following.newer_push(state, incoming, library)
    if sent is not None and state.offered_at and sent.at > datetime.fromisoformat(state.offered_at):
        # The list is older than the message that this answers, and a message carries no numbers.
        return Turn(replace(state, offered=(), earlier=(), subject=following.subject_of(sent)), (Reply(leaving.WHAT_OF_IT),))
    if not 1 <= place <= len(state.offered):
        return _no_such(state, incoming, library)
    kind, _, target = state.offered[place - 1].partition(":")
    rested = replace(state, offered=state.offered if kind in STAYING else (), earlier=() if kind in STAYING else state.offered)
    turn = _followed(rested, kind, target, incoming, library)
    return turn or (uncaught(rested) if kind == "none" else _unknown(rested))


def _followed(rested: State, kind: str, target: str, incoming: Incoming, library: Library) -> Turn | None:
    """What one choice of a list leads to; None when it leads nowhere any more."""
    turn = None
    if kind == "human":
        turn = consulting.hand_over(rested)
    elif kind == "place":
        turn = arrival.settle(rested, target, library)
    elif kind == "at":
        turn = arrival.placed(rested, target, library)
    elif kind == "claim":
        turn = claiming.show(rested, target, incoming, library)
    elif kind == "notice":
        turn = _notice(rested, target, incoming, library)
    elif kind == "village":
        turn = Turn(replace(rested, awaiting="place"), (Reply(words.WHERE),))
    elif kind == "case":
        turn = consulting.show(rested, target, incoming, library)
    elif kind == "rate":
        turn = rating.rated(rested, *target.split(":", 1))
    elif kind == "useful":
        turn = rating.judged(rested, helpful=target == "yes")
    elif kind == "none" and rested.note:
        turn = replace(uncaught(rested), effects=(ChooseEntry(rested.note, None),))
    elif kind in ("entry", "more"):
        answer = library.entry(target)
        if answer is not None:
            turn = _chosen(rested, answer, incoming) if kind == "entry" else _more(rested, answer)
    return turn


def _chosen(state: State, answer: Answer, incoming: Incoming) -> Turn:
    """One of several that a question may have meant."""
    chosen: tuple[Effect, ...] = (ChooseEntry(state.note, answer.id),) if state.note else ()
    return replace(_answered(replace(state, missed=False), answer, incoming), effects=chosen)


def _more(state: State, answer: Answer) -> Turn:
    """The rest of an answer and the page that has it all; after it, now and then, whether it helped."""
    rest = words.rest_of(answer)
    link = answer.page if answer.page and answer.page not in rest else None
    told = replace(state, subject=f"entry:{answer.id}")
    is_last = len([one for one in state.offered if one.startswith("more:")]) < 2
    if not state.note or state.useful or not is_last:
        return Turn(told, (Reply(rest, link=link),))
    offered = ("useful:yes", "useful:no")
    return Turn(replace(told, offered=offered, earlier=state.offered, useful=rating.REST),
                (Reply(rest, (menus.USEFUL, menus.USELESS), link),))


def _no_such(state: State, incoming: Incoming, library: Library) -> Turn:
    """A number of no choice, perhaps of an older list: the present one again."""
    return again(state, incoming, library, leaving.OLD_NUMBER, words.UNCLEAR_NUMBER)


def again(state: State, incoming: Incoming, library: Library, said: str, alone: str) -> Turn:
    """The present list once more under a sentence, `alone` where there is none."""
    shown = menus.named(state.offered, incoming, library)
    if not shown:
        return Turn(state, (Reply(alone),))
    offered = tuple(target for target, _ in shown)
    return Turn(replace(state, offered=offered), (Reply(said, tuple(label for _, label in shown)),))


def ask(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Answer a question from the reviewed entries, honestly unsure where it must be."""
    text = MEANT.sub("", incoming.text.strip()) or incoming.text.strip()
    if not text:
        return Turn(state, (Reply(words.ONLY_WORDS),))
    matter, besides = aspects.apart(text)
    found = _found(state, text, library)
    if besides and (found.decision != "answer" or aspects.OFFLINE in besides):
        by_matter = library.ask(matter, state.division)
        found = by_matter if by_matter.decision == "answer" else found
    rested = replace(state, offered=(), earlier=state.offered or state.earlier, awaiting="", asked=text, unheard="",
                     useful=max(0, state.useful - 1))
    if state.unheard and _piece(text) and found.decision == "answer" and library.ask(text, state.division).decision != "answer":
        rested = replace(rested, asked=f"{state.unheard}，{text}")  # two halves made one question: a person is to have both
    both = next(((told["one"], told["other"]) for way in TOGETHER if (told := way.search(text))), None)
    several = None if both else _several(rested, replace(incoming, text=matter), library, found)
    if several is not None:
        return several
    remembered = (_remembered(text, found),)
    # Nobody can write down every cry for help: what may be one hears the numbers beside an unsure answer.
    urgent = (Reply(dangers.MAY_BE),) if danger.may_be(text) else ()
    if found.decision == "answer" and both:
        return replace(_of_both(rested, found.answers[0], incoming, both), effects=remembered)
    if found.decision == "answer" and found.answers:
        return replace(_answered(replace(rested, missed=False), found.answers[0], incoming, besides), effects=remembered)
    if found.decision == "clarify" and found.answers:
        offered = (*(f"entry:{one.id}" for one in found.answers), "none:")
        choices = (*(one.question for one in found.answers), words.NONE_OF_THESE)
        unclear = replace(rested, offered=offered, subject="", unheard=_piece(text))
        return Turn(unclear, (*urgent, Reply(words.WHICH, choices)), remembered)
    # Nothing new is offered: the numbers shown last may still be meant.
    rested, before = replace(rested, offered=state.offered, earlier=state.earlier, unheard=_piece(text)), _spoken_of(state, incoming, library)
    unknown = _unknown(rested) if before is None else _unknown_of(rested, before, incoming.channel)
    return replace(unknown, replies=(*urgent, *unknown.replies), effects=remembered)


def _found(state: State, text: str, library: Library) -> Finding:
    """What a text finds: by its end when it is a long story, with the piece before it when it goes on."""
    found = library.ask(text, state.division)
    end = gist(text)
    if end:
        by_end = library.ask(end, state.division)
        if by_end.decision == "answer" or found.decision == "hand_over":
            return by_end
        if found.decision == "answer" and found.best not in {one.id for one in by_end.answers}:
            # Of a story as a whole one cannot be sure: it is asked which is meant.
            both = {one.id: one for one in (*found.answers, *by_end.answers)}
            return Finding("clarify", tuple(both.values())[:MOST_SHOWN], found.best, found.score)
    if found.decision == "answer" or not state.unheard or not _piece(text):
        return found
    together = library.ask(f"{state.unheard}，{text}", state.division)
    if together.decision == "answer" and together.score < MUCH_SURER * _sureness(state.unheard, together.best, state, library):
        return found  # the new words added nothing: they are about something else
    return together if together.decision == "answer" or found.decision == "hand_over" else found


def _sureness(text: str, best: str | None, state: State, library: Library) -> float:
    """How sure a text alone is of an entry; 0 when it speaks rather of another."""
    alone = library.ask(text, state.division)
    return alone.score if alone.best == best else 0.0


def _piece(text: str) -> str:
    """A text that may be half a question."""
    return text if len(plain(text)) <= LONGEST_PIECE else ""


def _several(state: State, incoming: Incoming, library: Library, whole: Finding) -> Turn | None:
    """Two questions in one breath: each sure answer, and word of what was not understood."""
    asked = [(part, library.ask(part, state.division)) for part in questions(incoming.text)]
    if not asked and whole.decision != "answer":
        # A comma alone parts no questions, unless two of the pieces are surely known and not the same.
        pieces = [(part, library.ask(part, state.division)) for part in clauses(incoming.text)]
        known = {found.answers[0].id for _, found in pieces if found.decision == "answer" and found.answers}
        asked = pieces if len(known) > 1 else []
    if not asked and (both := pair(incoming.text)):
        # 和 parts no questions either, unless each half is surely known and not the same.
        pieces = [(part, library.ask(part, state.division)) for part in both]
        known = {found.answers[0].id for _, found in pieces if found.decision == "answer" and found.answers}
        asked = pieces if len(known) > 1 else []
    sure = {found.answers[0].id: found.answers[0] for _, found in asked if found.decision == "answer" and found.answers}
    if not sure or (len(sure) == 1 and whole.decision == "answer" and len(asked) < MOST_QUESTIONS):
        return None
    said = [replace(_answered(state, answer, incoming).replies[0], choices=()) for answer in sure.values()]
    unsure = [words.shortened(part) for part, found in asked if found.decision != "answer"]
    if unsure:
        said.extend(brief.replies(words.ONE_AT_A_TIME.format(asked="”“".join(unsure)), incoming.channel))
    longer = {} if incoming.channel == brief.CHANNEL else {key: one for key, one in sure.items() if words.rest_of(one)}
    said[-1] = replace(said[-1], choices=tuple(f"{one.question}：{words.MORE}" for one in longer.values()))
    told = replace(state, offered=tuple(f"more:{key}" for key in longer), missed=False, subject=f"entry:{tuple(sure)[-1]}")
    return Turn(told, tuple(said), tuple(_remembered(*one) for one in asked))


def _answered(state: State, answer: Answer, incoming: Incoming, besides: tuple[str, ...] = ()) -> Turn:
    """The point and who stands behind it; the rest by a number. A text message carries the short form alone."""
    state = replace(state, subject=f"entry:{answer.id}", unheard="")
    if incoming.channel == brief.CHANNEL:
        return Turn(state, brief.replies(brief.answer(answer), incoming.channel))
    more = ((f"more:{answer.id}", words.MORE),) if words.rest_of(answer) else ()
    offered = (*more, ("human:", words.NOT_CLEAR))
    lines = [(name, aspects.of_answer(answer, name) or (phrases.WITHOUT if name == aspects.OFFLINE else "")) for name in besides[:MOST_SHOWN]]
    # What the first sentence says already is not said again.
    said = [phrases.besides(name, line) for name, line in lines if line and "\n" not in line and line not in words.point_of(answer)]
    reply = Reply(words.answered(answer, said), tuple(label for _, label in offered))
    return Turn(replace(state, offered=tuple(target for target, _ in offered)), (reply,))


def _told_of_both(answer: Answer, both: tuple[str, str]) -> str:
    """The sentence of an answer that says whether two things may be had at once; empty where none does.

    It names each by two signs at least, or calls them 两项 where the answer as a whole names each.
    """
    def names(text: str) -> bool:
        return all(any(one[at:at + 2] in text for at in range(len(one) - 1)) for one in both)

    whole = names(f"{answer.question}\n{answer.answer}")
    return next((sentence for sentence in _SENTENCES.split(answer.answer)
                 if _AT_ONCE.search(sentence) and (names(sentence) or (whole and _BOTH.search(sentence)))), "")


def _of_both(state: State, answer: Answer, incoming: Incoming, both: tuple[str, str]) -> Turn:
    """Whether two things may be had at once, in the answer's own sentence, else whom to ask."""
    sentence = _told_of_both(answer, both)
    if not sentence:
        return _not_told_together(state, answer, incoming)
    state = replace(state, missed=False)
    if incoming.channel == brief.CHANNEL:
        return Turn(replace(state, subject=f"entry:{answer.id}", unheard=""), brief.replies(sentence, incoming.channel))
    turn = _answered(state, answer, incoming)
    return replace(turn, replies=(replace(turn.replies[0], text=f"{sentence}。\n{turn.replies[0].text}"),))


def _not_told_together(state: State, answer: Answer, incoming: Incoming) -> Turn:
    """Whether two things may be had at once was not written down: whom to ask, and what is known of the one."""
    said = words.not_together(answer.office, answer.phone)
    told = replace(state, subject=f"entry:{answer.id}", unheard="", missed=False)
    if incoming.channel == brief.CHANNEL:
        return Turn(told, brief.replies(said, incoming.channel))
    return Turn(replace(told, offered=(f"entry:{answer.id}", "human:")), (Reply(said, (answer.question, words.NOT_CLEAR)),))


def _notice(state: State, reference: str, incoming: Incoming, library: Library) -> Turn | None:
    told = library.notice(reference)
    if told is None:
        return None
    state = replace(state, subject=f"notice:{reference}", asked="")
    shown = (ShowNotice(told.reference),)
    if incoming.channel == brief.CHANNEL:
        return Turn(state, (Reply(brief.notice(told.title, told.until, told.phone)),), shown)
    said = words.notice(told.title, told.summary, told.until, told.office, told.phone)
    return Turn(state, (Reply(said, link=library.address(told.reference)),), shown)


def _spoken_of(state: State, incoming: Incoming, library: Library) -> Answer | None:
    """The answer given just before, about which a few words that find nothing may go on: 复印件行不行."""
    kind, _, target = state.subject.partition(":")
    if kind != "entry" or len(plain(incoming.text)) > LONGEST_GOING_ON:
        return None
    if incoming.at and state.subject_at and incoming.at - datetime.fromisoformat(state.subject_at) > GOES_ON:
        return None
    return library.entry(target)


def _unknown(state: State) -> Turn:
    """Sorry is said once; after that only the way to a person."""
    said = words.STILL_NOT_FOUND if state.missed else f"{words.NOT_FOUND}\n{words.OFFER_HUMAN}"
    return Turn(replace(state, missed=True), (Reply(said),))


def _unknown_of(state: State, answer: Answer, channel: str) -> Turn:
    """Not known, and perhaps of the answer given before: its office knows, and whoever 人工 reaches is told what was spoken of."""
    unknown = _unknown(state)
    told = replace(unknown.state, asked=f"{state.asked}（前面问的是“{answer.question}”）")
    if state.missed or not answer.phone:
        return replace(unknown, state=told)
    return Turn(told, (Reply(brief.not_found_of(answer) if channel == brief.CHANNEL else words.not_found_of(answer)),))


def uncaught(state: State) -> Turn:
    """None of what was offered was meant: other words may do, and a person will."""
    return Turn(replace(state, missed=True), (Reply(words.NOT_CAUGHT),))


def _remembered(text: str, found: Finding) -> RememberQuestion:
    return RememberQuestion(text, found.decision, found.best, found.score)
