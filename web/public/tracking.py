"""查留言: where a consultation stands, for anybody with its number; its answer for whoever asked, who may say what they think of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, abort, render_template, request
from sqlalchemy.orm import Session

from knowledge import consultations, rating, tracking
from knowledge.case_models import Rating
from knowledge.consultations import ConsultationRefused
from knowledge.models import Consultation
from knowledge.tracking import Opened, Public
from web.house import house
from web.public.asking import ASKER_COOKIE
from web.public.guessing import missed, refuse_guessers
from web.public.mine_cases import WORDS, said
from web.public.mine_session import kept_to_oneself
from web.rendering import the_day
from web.security import public

NO_SUCH = "没有查到这个编号。编号是 6 位字母和数字，没有 0、1、O、I、L，请对一对。"
WRONG = "查询码不对。它是留言时和编号一起给您的 6 个数字。"
LOCKED = "查询码错的次数太多了，请过一小时再试，或拨 12345 报编号听答复。"


@dataclass(frozen=True)
class Seen:
    """What the page shows: for anybody `stands`, for the asker the rest."""

    stands: Public
    is_asker: bool = False
    answer: str = ""
    may_rate: bool = False
    may_reopen: bool = False
    rating: Rating | None = None


@public
def case() -> Response:
    """Show the form, where a number stands, or do what the asker wants."""
    number = request.values.get("number", "").strip().upper()[:12]
    if not number:
        return _page(None, "")
    with house().database.reading() as session:
        stands = tracking.public(session, number, the_day()) if tracking.is_number(number) else None
        is_asker = stands is not None and _asked_here(session, number)
    if not is_asker:
        refuse_guessers()  # of one's own there is nothing to guess, whoever else sits behind the same address
    if stands is None:
        missed()
        return _page(None, number, (NO_SUCH,))
    secret = request.form.get("secret", "")
    if request.method == "POST" and not is_asker:
        fault = _tried(number, secret)
        if fault:
            return _page(Seen(stands), number, (fault,))
        is_asker = True
    done, faults = _done(number) if is_asker and request.form.get("act") else ("", ())
    return _page(_seen(number, is_asker), number, faults, done, secret if is_asker else "")


def _asked_here(session: Session, number: str) -> bool:
    """Whether it was asked in this very browser, in a talk that is still remembered."""
    found = consultations.found(session, number)
    asker = request.cookies.get(ASKER_COOKIE, "")
    return found is not None and consultations.is_own(found, house().keyring, "web", asker)


def _tried(number: str, secret: str) -> str:
    """What is wrong with a secret; empty when it opens."""
    with house().database.writing() as session:
        opened = tracking.open_with(session, house().keyring, number, secret, house().clock.now())
    if opened is Opened.YES:
        return ""
    missed()
    return LOCKED if opened is Opened.LOCKED else WRONG


def _done(number: str) -> tuple[str, tuple[str, ...]]:
    """Keep what the asker says of the answer; the words for it, or what is wrong."""
    try:
        with house().database.writing() as session:
            return said(session, number), ()
    except ConsultationRefused as refused:
        return "", (refused.words,)


def _seen(number: str, is_asker: bool) -> Seen:
    with house().database.reading() as session:
        stands, found = tracking.public(session, number, the_day()), consultations.found(session, number)
    if stands is None or found is None:
        abort(404, description=NO_SUCH)
    return asker_sees(Seen(stands, is_asker), found) if is_asker else Seen(stands)


def asker_sees(seen: Seen, found: Consultation) -> Seen:
    """With what only the asker sees."""
    return replace(seen, answer=found.answer, may_rate=rating.may_rate(found), may_reopen=rating.may_reopen(found),
                   rating=Rating(found.rating) if found.rating else None)


def _page(seen: Seen | None, number: str, faults: tuple[str, ...] = (), done: str = "", secret: str = "") -> Response:
    page = render_template("public/case.html", seen=seen, number=number, faults=faults, done=done, secret=secret, words=WORDS,
                           ratings=tuple(Rating))
    return kept_to_oneself(page, 400 if faults else 200)
