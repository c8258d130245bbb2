"""Boards of townships and villages: opened by name, by the code on the wall, or shown on a screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from flask import Response, abort, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from channels.board.screen import size_on_screen
from notices import reading
from profiles import divisions
from profiles.models import Division
from push import hanging
from push.hanging import Hung
from push.postings import PostWhy
from qrcodes import landings, scans
from qrcodes.landings import Expired, Landing
from web.house import house
from web.public.cards import Card, Sorted, card, sorted_out
from web.public.printed import printed
from web.rendering import the_day
from web.security import public

NOTICES_SHOWN = 60
DUE_SHOWN = 5
NEW_SHOWN = 8
SECONDS_A_SCREEN = 15
# Nobody stands at a screen to try again after a fault.
SECONDS_AFTER_A_FAULT = 30


@dataclass(frozen=True)
class Above:
    """One step of the way back up."""

    name: str
    address: str


@dataclass(frozen=True)
class Place:
    """A division as a person calls it: 白阳镇 姚河村."""

    code: str
    name: str


@dataclass(frozen=True)
class Board:
    """A place with what is due and what is new in it; `shown` of the new ones stand on the first page."""

    code: str
    place: str
    township: str
    name: str
    above: tuple[Above, ...]
    below: tuple[Place, ...]
    cards: Sorted
    shown: int


@public
def board(code: str) -> str:
    """A township's or village's board; the county's own code leads to its page."""
    with house().database.reading() as session:
        return printed(session, lambda: _page(_board(session, code), None), hanging.edition(session, code))


@public
def landing(token: str) -> Response:
    """What a scanned code opens: the village's board, and a word that the code is ours; forged 404, expired 410."""
    with house().database.reading() as session:
        found = landings.find(session, token, house().token_key, house().clock.now())
        if not isinstance(found, Landing):
            return _closed(session, found)
        page = printed(session, lambda: _page(_board(session, found.target), found), hanging.edition(session, found.target))
    if scans.is_person(request.user_agent.string, request.headers.get("Purpose", "")):
        with house().database.writing() as session:
            scans.count_scan(session, found.code_id, the_day())
    return make_response(page)


@public
def screen(token: str) -> Response:
    """A public screen (电子阅报屏): one notice at a time, turning by itself, also where scripts are off."""
    with house().database.reading() as session:
        found = landings.find(session, token, house().token_key, house().clock.now())
        if not isinstance(found, Landing):
            return _closed(session, found)
        shown = _board(session, found.target)
    cards = shown.cards.in_order()
    number = request.args.get("n", 0, type=int) % len(cards) if cards else 0
    one = cards[number] if cards else None
    alarm = "" if one is not None and one.is_urgent else _alarm(shown)
    page = render_template("public/screen.html", board=shown, card=one, alarm=alarm, size=_size(one, alarm) if one else 0,
                           number=number + 1, total=len(cards), seconds=SECONDS_A_SCREEN, at=house().clock.now(),
                           following=url_for("public.screen", token=token, n=number + 1))
    return make_response(page)


def try_again(response: Response) -> Response:
    """Let a screen on which something went wrong ask again by itself, until its sheets are back."""
    if request.endpoint == "public.screen" and response.status_code >= 400:
        response.headers["Refresh"] = str(SECONDS_AFTER_A_FAULT)
    return response


def _alarm(shown: Board) -> str:
    """The emergency that stands above every other notice, with whom to ring."""
    return next((f"{one.title}　{one.phone}" for one in shown.cards.urgent), "")


def _size(shown: Card, alarm: str) -> int:
    """How small it is set; only how many characters each line has counts here."""
    facts = [shown.whom, *([f"{shown.until:%m月%d日}前，{shown.left}"] if shown.until else []), f"{shown.office} {shown.phone}"]
    return size_on_screen(f"紧急：{shown.title}" if shown.is_urgent else shown.title, shown.sentence, facts, alarm)


def _page(shown: Board, opened_by: Landing | None) -> str:
    address = f"{house().settings.web.public_url}/divisions/{shown.code}"
    return render_template("public/board.html", board=shown, landing=opened_by, address=address.partition("://")[2])


def _closed(session: Session, found: landings.Forged | Expired) -> Response:
    """Why a code opens nothing: not ours, or ours and past, then with the way to the place it stood for."""
    if not isinstance(found, Expired):
        abort(404, description="这不是本县制发的二维码。请不要填写任何信息，可以拨 12345 核实。")
    page = render_template("errors/page.html", code=410, title="这张二维码已经停用", place=divisions.place(session, found.target),
                           words="它是本县制发的，只是换了新的。", place_code=found.target)
    return make_response(page, 410)


def _board(session: Session, code: str) -> Board:
    code = divisions.present_code(session, code)
    if session.get(Division, code) is None:
        abort(404, description="没有这个地方。请回首页选乡镇、再选村。")
    today, names = the_day(), divisions.Names(session)
    views = reading.published_for(session, code, today, NOTICES_SHOWN)
    posted = hanging.posted_days(session, code) if len(code) == divisions.VILLAGE else {}
    hung = [_hung(one, today, names) for one in hanging.beyond_the_web(session, code, house().clock.now())]
    cards = sorted_out([*hung, *(replace(card(view, today, names, house().catalogue), posted=posted.get(view.reference))
                                 for view in views)], DUE_SHOWN)
    level = len(code)
    county = Above(names.name(code[:6]), url_for("public.county"))
    above = [county] if level > 6 else []
    if level > 9:
        above.append(Above(names.name(code[:9]), url_for("public.board", code=code[:9])))
    return Board(
        code=code, place=divisions.place(session, code), township=names.name(code[:9]) if level > 9 else "",
        name=names.name(code), above=tuple(above), below=below(session, code), cards=cards,
        shown=len(cards.new) if request.args.get("all") else NEW_SHOWN,
    )


def _hung(hung: Hung, today: date, names: divisions.Names) -> Card:
    """What hangs on the village's board without a page on the web; a neutral sheet tells nobody's condition here either."""
    on_board = replace(card(hung.view, today, names, house().catalogue), address="", title=hung.title, action="",
                       posted=hung.posted_at.date() if hung.posted_at is not None and not hung.replaces else None)
    if hung.why is not PostWhy.VILLAGE:
        return on_board
    body = "".join(line for line in hung.text.splitlines()[1:] if line)
    return replace(on_board, sentence=body, whom="全体村民", until=None, is_soon=False, is_over=False, office="", is_urgent=False)


def below(session: Session, code: str) -> tuple[Place, ...]:
    """The townships of a county, the villages of a township."""
    return tuple(Place(child.code, divisions.short_name(child.name)) for child in divisions.children(session, code))
