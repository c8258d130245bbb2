"""Becoming known: a number, a code, and which person of the family; the same words whether a number is known or not."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from profiles import binding
from profiles.binding import Answer, Candidate
from profiles.code_requests import CodeRequest
from web.house import house
from web.public import mine_session
from web.public.mine_session import kept_to_oneself
from web.security import public

PROOF_COOKIE = "proof"
_SECONDS = 2 * int(binding.LASTS.total_seconds())
FAULTS = {
    Answer.NO_NUMBER: "这不是手机号。请写 11 位的手机号，比如 138 开头的。",
    Answer.TOO_SOON: "刚发过验证码。请等一分钟再要。",
    Answer.TOO_MANY: "今天要验证码的次数太多了。请明天再试，或带身份证到村委会。",
    Answer.WRONG: "验证码不对。请看清短信里的 6 个数字，再填一次。",
    Answer.OVER: "验证码过期了，或者填错了 5 次。请重新要一个。",
}
GONE = "现在不能用这个号码核对。请带身份证到村委会，村干部帮您办。"


@dataclass(frozen=True)
class Step:
    """Where somebody stands on the way in: `phone`, `code` or `who`."""

    name: str
    choices: tuple[Candidate, ...] = ()


def door(*faults: str, at: str = "") -> Response:
    """The page for somebody who is not known yet; `at` names a step to show whatever was done before."""
    step = Step(at) if at else _step()
    page = render_template("public/mine.html", step=step, faults=faults, is_open=house().code_post.is_open,
                           minutes=int(binding.LASTS.total_seconds()) // 60)
    return kept_to_oneself(page, 400 if faults else 200)


@public
def phone() -> Response:
    """Ask for a code; the answer never tells whether the number is known."""
    token = mine_session.unsealed(request.cookies.get(PROOF_COOKIE, "")) or secrets.token_urlsafe(24)
    with house().database.writing() as session:
        asked = binding.ask(session, house().keyring, _asker(token), request.form.get("phone", ""), "web",
                            house().clock.now())
    if asked.answer is not Answer.SENT:
        return door(FAULTS[asked.answer], at="phone")
    if asked.code:
        house().code_post.post(asked.phone, asked.code)
    return remembered(_back(), token)


@public
def code() -> Response:
    """Try a code; a right one lets in, or asks which person of the family one is."""
    token, now = mine_session.unsealed(request.cookies.get(PROOF_COOKIE, "")), house().clock.now()
    with house().database.writing() as session:
        answer = binding.prove(session, house().keyring, _asker(token), request.form.get("code", "")[:20], now)
        if answer is Answer.RIGHT:
            token = _renewed(session, token)
    if answer is not Answer.RIGHT:
        return door(FAULTS[answer], at="phone" if answer is Answer.OVER else "")
    with house().database.reading() as session:
        proved = binding.proved(session, _asker(token), now)
        choices = binding.choices(session, house().keyring, proved, now.date()) if proved else []
    if len(choices) > 1:
        return remembered(_back(), token)
    return _let_in(token, choices[0].resident_id) if choices else door(GONE, at="phone")


@public
def person() -> Response:
    """Take who one is of those the number stands for."""
    token = mine_session.unsealed(request.cookies.get(PROOF_COOKIE, ""))
    chosen = request.form.get("who", type=int)
    if chosen is None:
        return door("没有选。请点您的名字前面的圆圈。")
    return _let_in(token, chosen)


@public
def again() -> Response:
    """Begin anew with another number."""
    return mine_session.forget(_back(), PROOF_COOKIE)


def remembered(response: Response, token: str) -> Response:
    """Give the browser the token by which its request for a code is found again."""
    response.set_cookie(PROOF_COOKIE, mine_session.seal(token), max_age=_SECONDS, httponly=True, samesite="Lax",
                        secure=mine_session.is_secure())
    return response


def _step() -> Step:
    waiting = _waiting()
    if waiting is None or waiting.resident_id is not None:
        return Step("phone")
    if waiting.proved_at is None:
        return Step("code")
    with house().database.reading() as session:
        choices = binding.choices(session, house().keyring, waiting, house().clock.now().date())
    return Step("who", tuple(choices)) if choices else Step("phone")


def _waiting() -> CodeRequest | None:
    token = mine_session.unsealed(request.cookies.get(PROOF_COOKIE, ""))
    if not token:
        return None
    with house().database.reading() as session:
        return binding.waiting(session, _asker(token), house().clock.now())


def _renewed(session: Session, token: str) -> str:
    """A fresh token for what was just proved: the old one may stand in another's hands."""
    fresh = secrets.token_urlsafe(24)
    binding.hand_over(session, _asker(token), _asker(fresh))
    return fresh


def _let_in(token: str, resident_id: int) -> Response:
    now = house().clock.now()
    with house().database.writing() as session:
        proved = binding.proved(session, _asker(token), now)
        contact = binding.use(session, house().keyring, proved, resident_id, now) if proved else None
        number = contact.id if contact else None
    if number is None:
        return door(GONE, at="phone")
    return mine_session.let_in(mine_session.forget(_back(), PROOF_COOKIE), resident_id, number)


def _asker(token: str) -> bytes:
    return binding.asker(house().keyring, "web", token)


def _back() -> Response:
    return Response(status=303, headers={"Location": "/me"})
