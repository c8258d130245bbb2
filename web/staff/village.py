"""村里的事: what a cadre posts, takes down and passes on, on a telephone, with one tap each and without any script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from urllib.parse import urlsplit

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from notices.surfaces.web import shapes
from profiles.divisions import TOWNSHIP, VILLAGE, Names
from push import hanging, rounds, sheets
from push.failures import Refused
from push.hanging import Hung
from push.postings import DOWN, PostState
from qrcodes import codes, tokens
from web.house import house
from web.security import actor, staff
from web.staff.division_tree import places
from web.staff.menu import CADRES
from web.staff.village_words import forwarded

DONE = {PostState.POSTED: "记下了：已张贴。", PostState.TAKEN_DOWN: "记下了：已撤下。"}
UNDONE = {PostState.WANTED: "已撤销，回到“待张贴”。", PostState.TO_TAKE_DOWN: "已撤销，回到“待撤下”。"}
# What a tick comes to when the notice changed on the cadre's way to the board.
OVERTAKEN = {PostState.WANTED: "您贴的是旧的，内容刚改过。请重新打印，取下旧的换上新的，再点“已张贴”。",
             PostState.TO_TAKE_DOWN: "这张已经不用贴了（撤下或过期）。贴上的请取下来，取好点“已撤下”。"}

# Characters of the forwarding text a telephone of 320 px shows in a line.
COLUMNS = 13


@dataclass(frozen=True)
class Board:
    """The sheets of an area by what is to be done with them."""

    to_post: tuple[Hung, ...]
    to_take_down: tuple[Hung, ...]
    up: tuple[Hung, ...]
    called_back: tuple[Hung, ...]
    came_down: tuple[Hung, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing hangs and nothing waits."""
        return not (self.to_post or self.to_take_down or self.up or self.called_back or self.came_down)


@staff(*CADRES)
def village() -> str:
    """What waits to go up and to come down, what hangs, and what came down lately."""
    with house().database.reading() as session:
        area = chosen_area(session)
        board = _board(hanging.boards_of(session, area, house().clock.now()))
        names = Names(session)
        return render_template(
            "staff/village/board.html", heading="村里的事", board=board, tabs=tabs(session), area=area, names=names,
            place=names.place(area) if area else "全部", places=offered(session), is_village=len(area) == VILLAGE)


@staff(*CADRES, acts_itself=True)
def tick_sheet(number: int, act: str) -> BaseResponse:
    """One tap: it is up, it is down, or neither."""
    now = house().clock.now()
    try:
        with house().database.writing() as session:
            if act == "undo":
                words = UNDONE[hanging.undo(session, number, actor(), now)]
            elif act in (PostState.POSTED, PostState.TAKEN_DOWN):
                done = hanging.tick(session, number, PostState(act), actor(), now, _asked())
                words = DONE.get(done) or OVERTAKEN[done]
            else:
                abort(404, description="没有这一种办法。请回“村里的事”重新选。")
        flash(words, "bad" if words in OVERTAKEN.values() else "good")
    except Refused as refusal:
        flash(refusal.words, "bad")
    return redirect(url_for("staff.village", village=request.form.get("village") or None))


@staff(*CADRES)
def sheet(number: int) -> BaseResponse:
    """What hangs, as a PDF to print; `size=large` is 大字."""
    now = house().clock.now()
    with house().database.reading() as session:
        hung = _one(session, number)
        if hung.state in DOWN:
            return _over(hung)
        place = Names(session).place(hung.village)
        held = codes.in_force(session, [hung.village], codes.BOARD, now).get(hung.village)
    public_url = house().settings.web.public_url
    lines = hung.text.splitlines()
    made = sheets.board_sheet(sheets.BoardSheet(
        place, hung.title, tuple(lines[1:] if lines[:1] == [hung.title] else lines), is_urgent=hung.is_urgent,
        code=f"{public_url}/q/{tokens.make(held.id, house().token_key)}" if held is not None else "",
        short_address=urlsplit(public_url).netloc, shapes=shapes(hung.view.body_html)), now, large=request.args.get("size") == "large")
    return send_file(BytesIO(made), "application/pdf", as_attachment=True, download_name=f"张贴稿-{hung.reference}.pdf")


@staff(*CADRES)
def pass_on(number: int) -> str | BaseResponse:
    """The card for the village's WeChat group."""
    with house().database.reading() as session:
        hung = _one(session, number)
        if hung.state in DOWN:
            return _over(hung)
        place = Names(session).name(hung.village)
        words = forwarded(hung, place, house().settings.web.public_url)
        return render_template("staff/village/card.html", heading="转发到村微信群", hung=hung, words=words,
                               rows=sum(max(1, -(-len(line) // COLUMNS)) for line in words.splitlines()) + 1)


def chosen_area(session: Session) -> str:
    """The village asked for, else the actor's own area; a whole county is narrowed to its first township."""
    asked = request.args.get("village", "")
    own = actor().jurisdiction
    if asked and asked.isdigit() and actor().may_act_in(asked) and len(asked) >= TOWNSHIP:
        return asked
    return own if len(own) >= TOWNSHIP else next((code for code, _ in offered(session)), own)


def offered(session: Session) -> list[tuple[str, str]]:
    """The places to choose from; none for who has one village only."""
    if len(actor().jurisdiction) == VILLAGE:
        return []
    return [(code, name) for code, name in places(session, actor(), house().county) if len(code) >= TOWNSHIP]


def tabs(session: Session) -> list[tuple[str, str, int]]:
    """The pages of this room, each with how much waits there."""
    area = actor().jurisdiction
    return [("staff.village", "公示栏", sum(hanging.count_waiting(session, area))),
            ("staff.visits", "入户名单", rounds.count_waiting(session, area, house().clock.now()))]


def _one(session: Session, number: int) -> Hung:
    found = hanging.one(session, number, actor().jurisdiction, house().clock.now())
    return found or abort(404, description="您的村里没有这张要张贴的信息。请回“村里的事”重新选。")


def _over(hung: Hung) -> BaseResponse:
    """From a page opened before it was called back: neither printed nor passed on any more."""
    flash(f"《{hung.title}》已经撤下或过期，不用再贴、再转。转到群里的，请在群里说一声已经撤下。", "bad")
    return redirect(url_for("staff.village", village=hung.village))


def _board(found: list[Hung]) -> Board:
    by_state = {state: tuple(one for one in found if one.state is state) for state in PostState}
    down = by_state[PostState.TAKEN_DOWN]
    return Board(by_state[PostState.WANTED], by_state[PostState.TO_TAKE_DOWN], by_state[PostState.POSTED],
                 tuple(one for one in down if one.posted_at is None), tuple(one for one in down if one.posted_at is not None))


def _asked() -> datetime | None:
    """When the sheet that was on the page was asked for; None where the form does not say it."""
    try:
        return datetime.fromisoformat(request.form.get("asked", ""))
    except ValueError:
        return None
