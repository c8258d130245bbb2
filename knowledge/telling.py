"""An entry said on each surface: in talk and on the web, in a text message, as steps, as what to bring and where to go. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from knowledge.elements import LISTED, PHONE, SPOKEN, Elements, asked_for

LONGEST_TALK = 600
"""Characters of an answer in a talk or on the web; the whole stands on the entry's page."""
LONGEST_POINT = 120
IN_ONE_BLANK = 35
"""Characters of a text message's blank."""
_ONLINE = ("http://", "https://")


@dataclass(frozen=True)
class Tellable:
    """What is told of an entry; `address` is its public page."""

    question: str
    answer: str
    short: str = ""
    office: str = ""
    phone: str = ""
    source: str = ""
    valid_until: date | None = None
    elements: Elements = field(default_factory=Elements)
    address: str = ""


def talk(entry: Tellable, question: str = "") -> str:
    """The entry in at most 600 characters: what was asked for first, then the answer, then the elements.

    An element that finds no room is left out whole, and the page that has it is named in its place; the answer itself ends
    after its last line that fits.
    """
    asked = asked_for(question, aspects(entry))
    first = _told(entry, asked) if asked else ""
    lead = entry.answer.strip() or ("" if asked else point(entry))
    rest = [_told(entry, name) for name in entry.elements.known() if name != asked and not _repeats(lead, entry.elements, name)]
    whom = _whom(entry) if entry.elements.known() and entry.phone and asked != PHONE and entry.phone not in lead else ""
    whole = "\n".join(part for part in (first, lead, *rest, whom) if part)
    return whole if len(whole) <= LONGEST_TALK else _fitted((first, *lead.split("\n")), rest, (whom, _page(entry)))


def wanted(entry: Tellable, question: str, room: int = IN_ONE_BLANK) -> str:
    """What a question asks for by itself, when that fits a text message's blank; else empty."""
    asked = asked_for(question, aspects(entry))
    said = point(entry, asked).removesuffix("。") if asked else ""
    return said if len(said) <= room else ""


def brief(entry: Tellable, question: str = "", room: int = IN_ONE_BLANK) -> str:
    """The entry for a text message: what was asked for when it fits the room, else its own short form, else its point."""
    return wanted(entry, question, room) or (entry.short or point(entry)).removesuffix("。")


def aspects(entry: Tellable) -> list[str]:
    """What of the entry may be asked for by itself."""
    return [*entry.elements.known(), *([PHONE] if entry.phone else [])]


def point(entry: Tellable, asked: str = "") -> str:
    """One line that answers: the element asked for, else the answer's first line, else what the guide is about."""
    if asked == PHONE:
        return _whom(entry)
    if asked:
        return _line(entry.elements, asked)
    first = entry.answer.strip().split("\n", 1)[0]
    return first or f"{entry.question.rstrip('？?。')}，照下面办。"


def steps(entry: Tellable) -> tuple[str, ...]:
    """How it is done, a step each."""
    return entry.elements.listed("steps")


def bring(entry: Tellable) -> tuple[str, ...]:
    """What to bring, a thing each."""
    return entry.elements.listed("materials")


def where(entry: Tellable) -> str:
    """Where to go, when it is open, whom to ring; empty when nothing of it is known."""
    known = entry.elements
    return "，".join(part for part in (known.place, known.hours, f"电话 {entry.phone}" if entry.phone else "") if part)


def behind(entry: Tellable) -> str:
    """Who stands behind it: office, source, until when."""
    until = entry.valid_until
    return "，".join(part for part in (
        entry.office, f"依据：{entry.source}" if entry.source else "",
        f"有效到{until.year}年{until.month}月{until.day}日" if until else "") if part)


def _told(entry: Tellable, name: str) -> str:
    """An element in talk: steps stand below one another, everything else is one line."""
    listed = entry.elements.listed(name) if name in LISTED else ()
    if name == "steps" and len(listed) > 1:
        return "\n".join([f"{SPOKEN[name]}：", *(f"{number}. {line}" for number, line in enumerate(listed, start=1))])
    return point(entry, name)


def _fitted(lead: Sequence[str], rest: Sequence[str], end: Sequence[str]) -> str:
    end = [part for part in end if part]
    room, kept = LONGEST_TALK - len("\n".join(end)) - 1, list[str]()
    for part in lead:
        if len("\n".join((*kept, part))) > room:
            kept = kept or [part[:room - 1] + "…"]
            break
        kept += [part] if part else []
    for part in rest:
        kept += [part] if len("\n".join((*kept, part))) <= room else []
    return "\n".join((*kept, *end))


def _page(entry: Tellable) -> str:
    return f"全文：{entry.address}" if entry.address else ""


def _whom(entry: Tellable) -> str:
    return f"问谁：{entry.office} {entry.phone}".replace("： ", "：")


def _line(elements: Elements, name: str) -> str:
    if name == "link":
        return f"{SPOKEN[name]}：{elements.link}"
    said = elements.listed(name) if name in LISTED else tuple(elements.said(name).splitlines())
    parts = [line.rstrip("；;。、，,") for line in said] if len(said) > 1 else said
    sign = "、" if name == "materials" and all(len(part) <= LONGEST_POINT // 4 for part in parts) else "；"
    return f"{SPOKEN[name]}：{sign.join(part for part in parts if part)}"


def _repeats(lead: str, elements: Elements, name: str) -> bool:
    """Whether the answer says an element's words already; a link must be pressed, so it is told in any case."""
    said = elements.said(name).strip().rstrip("。")
    return bool(lead) and not said.startswith(_ONLINE) and said in lead
