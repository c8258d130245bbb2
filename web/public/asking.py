"""Asking on the web: the same bot as everywhere, one turn a page, without any script."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Response, make_response, render_template, request, url_for

from channels.messages import Incoming, IncomingKind, Reply
from knowledge import consultations, tracking
from profiles import divisions
from profiles.models import Division
from web.house import house
from web.public.guessing import handed_over, may_hand_over, missed, refuse_guessers
from web.public.mine_session import bound_resident
from web.rendering import the_day
from web.security import public
from web.wording import lines

ASKER_COOKIE = "asker"
ASKER_DAYS = 2
OWN = "/me"
LONGEST_QUESTION = 300
EXAMPLES = ("医保什么时候交？", "养老金怎么认证？", "玉米补贴一亩多少？", "高龄津贴怎么领？")
# How the bot words who stands behind an answer (bot.phrases.words.answered).
BEHIND = re.compile("依据：|有效到|（电话")
# How it words that a person has the question now (bot.phrases.words.taken).
HANDED = re.compile("已转给工作人员，编号")
AFTER_AN_ERROR = "网页上哪里有错、哪里打不开，写在这里，我们来改。"
NO_WORDS = "还没有写字。先写一句您想问的，再点“问”。"


@dataclass(frozen=True)
class Said:
    """One reply as the page shows it: its lines, and who stands behind them (office, source, validity)."""

    lines: tuple[str, ...]
    behind: str
    choices: tuple[str, ...]
    link: str | None
    link_words: str = "看全文"
    mark: str = ""


@dataclass(frozen=True)
class Turn:
    """What was asked and what was answered."""

    asked: str
    replies: tuple[Said, ...]


@public
def ask() -> Response:
    """Show the question line, or answer what was posted; `part=1` answers with the turn alone."""
    division = request.values.get("division", "")
    words, shown, mark = _posted()
    if request.method == "GET" or not words:
        hint = NO_WORDS if request.method == "POST" else AFTER_AN_ERROR if request.args.get("topic") == "error" else ""
        page = render_template("public/ask.html", turns=(), division=division, examples=EXAMPLES, hint=hint)
        return make_response(page, 400 if request.method == "POST" else 200)
    number = _number(words)
    asker, is_new = _asker()
    if number and not _is_own(number, asker):
        refuse_guessers()
    if is_new and division and bound_resident() is None:
        _stand_in(asker, division)
    replies = tuple(_said(reply) for reply in _receive(asker, words, mark))
    turn = Turn(shown, (*replies, *_where_it_opens(number, asker)))
    if request.form.get("part"):
        page = render_template("public/turn.html", turn=turn, division=division)
    else:
        page = render_template("public/ask.html", turns=(turn,), division=division, examples=(), hint="")
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(ASKER_COOKIE, asker, max_age=ASKER_DAYS * 24 * 3600, httponly=True, samesite="Lax",
                        secure=request.is_secure)
    return response


def _posted() -> tuple[str, str, str]:
    """What goes to the bot and what the page shows: a tapped choice says its number and its list, but reads as its words."""
    choice = request.form.get("choice", "").strip()
    if choice:
        tapped, _, label = choice.partition(" ")
        number, _, mark = tapped.partition(".")
        return number[:2], label[:LONGEST_QUESTION] or number, mark[:8]
    words = " ".join(request.form.get("words", "").split())[:LONGEST_QUESTION]
    return words, words, ""


def _number(words: str) -> str:
    """The number of a consultation, when the words are nothing else."""
    return words.strip().upper() if tracking.is_number(words) and any(one.isdigit() for one in words) else ""


def _is_own(number: str, asker: str) -> bool:
    """Whether it was asked in this talk."""
    with house().database.reading() as session:
        case = consultations.found(session, number)
    return case is not None and consultations.is_own(case, house().keyring, "web", asker)


def _where_it_opens(number: str, asker: str) -> tuple[Said, ...]:
    """The page of a consultation for who did not ask it in this talk; a number that is none is counted."""
    if not number:
        return ()
    with house().database.reading() as session:
        stands, case = tracking.public(session, number, the_day()), consultations.found(session, number)
    if stands is None or case is None:
        missed()
        return ()
    if consultations.is_own(case, house().keyring, "web", asker):
        return ()
    words = "一步一步办到哪了，在这里看。" if stands.is_open else "看答复、说满意不满意，在这里。"
    return (Said((words,), "", (), url_for("public.case", number=number), "查留言"),)


def _asker() -> tuple[str, bool]:
    """The talk's own random name, which tells nothing of the person and is forgotten in two days."""
    known = request.cookies.get(ASKER_COOKIE, "")
    if len(known) == 32 and known.isalnum():
        return known, False
    return secrets.token_hex(16), True


def _stand_in(asker: str, division: str) -> None:
    """Whoever asks from a village's board stands in that village: say so to the bot before the question."""
    with house().database.reading() as session:
        place = divisions.place(session, division) if session.get(Division, division) else ""
    if place:
        _receive(asker, place.replace(" ", ""))


def _receive(asker: str, words: str, mark: str = "") -> list[Reply]:
    now = house().clock.now()
    incoming = Incoming(channel="web", address=asker, key=secrets.token_hex(12), kind=IncomingKind.TEXT, text=words, at=now, mark=mark)
    me = bound_resident()
    replies = list(house().reception.receive(incoming, now, resident=me.resident_id if me else None, hands_over=may_hand_over()))
    if any(HANDED.search(reply.text) for reply in replies):
        handed_over()
    return replies


def _said(reply: Reply) -> Said:
    link = reply.link
    root = house().settings.web.public_url
    if link and link.startswith(root):
        link = link.removeprefix(root) or "/"
    said = lines(reply.text)
    place = next((number for number, line in enumerate(said[1:], start=1) if BEHIND.search(line)), 0)
    behind = said.pop(place) if place else ""
    if link == OWN:
        return Said(tuple(said), behind, reply.choices, link, "去“我的事”核对", reply.mark)
    return Said(tuple(said), behind, reply.choices, link, mark=reply.mark)
