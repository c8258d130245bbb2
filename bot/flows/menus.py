"""The lists that were shown, by what their numbers stood for: named anew when somebody goes back or says a number of none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.flows.hearing import LAST, MIDDLE, number
from bot.phrases import words
from bot.state import Answer, Library, State
from channels.messages import Incoming, Reply

USEFUL, USELESS = "有用", "没用"
RATINGS = {"good": "满意", "fair": "基本满意", "bad": "不满意"}
NO_LIST = "-"
"""The mark of a number that was said where no list stood."""
ENTRIES = ("entry", "more")
FIXED = {"human:": words.NOT_CLEAR, "none:": words.NONE_OF_THESE, "village:": words.ANOTHER_VILLAGE, "useful:yes": USEFUL, "useful:no": USELESS}


def named(targets: Sequence[str], incoming: Incoming, library: Library) -> list[tuple[str, str]]:
    """Each target that still stands, with its words; a person's own name and what is gone are left out."""
    kinds = [target.partition(":") for target in targets]
    entries = {one.id: one for one in library.entries([what for kind, _, what in kinds if kind in ENTRIES])}
    found = [(target, _label(target, incoming, library, entries)) for target in targets]
    return [(target, label) for target, label in found if label]


def place_of(chosen: int, targets: Sequence[str]) -> int:
    """The place that a number or a word of place names; 都不是 is neither the last of a list nor in its middle."""
    those = len([one for one in targets if one != "none:"])
    if chosen == MIDDLE:
        return (those + 1) // 2 if those % 2 else 0
    return those if chosen == LAST else chosen


def as_then(incoming: Incoming, before: State) -> Incoming:
    """A message as it was meant where the talk stood `before`: its number is one of the list that was shown then, if of any."""
    if incoming.mark or number(incoming.text) is None or (before.awaiting and not before.offered):
        return incoming
    return replace(incoming, mark=before.mark if before.offered and before.mark else NO_LIST)


def marked(before: State, after: State, replies: Sequence[Reply]) -> State:
    """The state with the marks of the list shown last and of the one before it."""
    mark = next((reply.mark for reply in reversed(replies) if reply.choices), "")
    if not mark or mark == after.mark:
        return after
    return replace(after, mark=mark, earlier_mark=before.mark if after.earlier and after.earlier == before.offered else "")


def _label(target: str, incoming: Incoming, library: Library, entries: Mapping[str, Answer]) -> str:
    kind, _, what = target.partition(":")
    if target in FIXED:
        return FIXED[target]
    if kind in ENTRIES:
        entry = entries.get(what)
        return "" if entry is None else entry.question if kind == "entry" else f"{entry.question}：{words.MORE}"
    if kind == "notice":
        told = library.notice(what)
        return told.title if told else ""
    if kind == "claim":
        claims = library.claims(incoming, {}, ())
        return next((one.title for one in claims.offers if one.reference == what), "") if claims else ""
    if kind == "place":
        return library.name_of(what)
    if kind == "at":
        return library.name_of(what.partition(":")[2])
    if kind == "case":
        return f"编号 {what}"
    return RATINGS.get(what.rpartition(":")[2], "") if kind == "rate" else ""
