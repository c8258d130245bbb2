"""入户名单: whom a cadre goes to see, and the ticks; whole names only of one's own village, every look on record."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from profiles.divisions import VILLAGE, Names
from profiles.privacy import masked_name
from push import door_questions, rounds, sheets
from push.failures import Refused
from push.rounds import Errand, Home
from push.visits import VisitState
from web import wording
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff.menu import CADRES
from web.staff.noted import note_list
from web.staff.sight import sight_of
from web.staff.village import chosen_area, offered, tabs

DONE = {VisitState.DONE: "记下了：已入户。", VisitState.NOT_MET: "记下了：没见到人。这一户留在名单上。", VisitState.OPEN: "已撤销，回到“待入户”。"}

MOST_ASKED = 400


@staff(*CADRES)
def visits() -> str:
    """The households to be seen, by village and group; those already seen stand at the end."""
    with house().database.reading() as session:
        area = chosen_area(session)
        homes = rounds.homes_of(session, house().keyring, area, house().clock.now())
        asking = rounds.asking_of(session, sorted({errand.dispatch for home in homes for errand in home.errands}), house().clock.now())
        names, asks = Names(session), _asks(session, homes)
        page = render_template(
            "staff/village/visits.html", heading="入户名单", tabs=tabs(session), area=area, places=offered(session), names=names,
            waiting=[home for home in homes if home.state is not VisitState.DONE], is_village=len(area) == VILLAGE,
            seen=[home for home in homes if home.state is VisitState.DONE], asking=asking, called=_called, asks=asks, may_report=_is_own(), place=names.place(area))
    note_list("入户名单", {home.village for home in homes}, len(homes))
    return page


@staff(*CADRES, acts_itself=True)
def tick_visit(reference: str, act: str) -> BaseResponse:
    """One tap: seen, nobody met, or neither."""
    state = VisitState(act) if act in set(VisitState) else abort(404, description="没有这一种办法。请回“入户名单”重新选。")
    try:
        with house().database.writing() as session:
            rounds.tick(session, reference, state, actor(), house().clock.now(), request.form.get("note"),
                        request.form.getlist("errand", type=int) or None)
        flash(DONE[state], "good")
    except Refused as refusal:
        flash(refusal.words, "bad")
    return redirect(url_for("staff.visits", village=request.form.get("village") or None))


@staff(*CADRES)
def visit_sheet() -> Response:
    """入户通知单: what is still to be seen, to print and take along."""
    now = house().clock.now()
    with house().database.reading() as session:
        area = chosen_area(session)
        homes = [home for home in rounds.homes_of(session, house().keyring, area, now) if home.state is not VisitState.DONE]
        lists = sheet_lists(session, homes, [_called(home) for home in homes])
    note_list("入户通知单", {home.village for home in homes}, len(homes))
    return send_file(BytesIO(sheets.visit_lists(lists, now)), "application/pdf", as_attachment=True, download_name="入户通知单.pdf")


def sheet_lists(session: Session, homes: Sequence[Home], called: Sequence[str]) -> list[sheets.VisitList]:
    """One list a village and notice, in the order of the homes; `called` are the names as they may be printed."""
    dispatches = list(dict.fromkeys(errand.dispatch for home in homes for errand in home.errands))
    asking, names = rounds.asking_of(session, dispatches, house().clock.now()), Names(session)
    asks = _asks(session, homes)
    made = []
    for village in dict.fromkeys(home.village for home in homes):
        for number in dispatches:
            lines = tuple(sheets.VisitLine(home.group, name, _why(errand, asks.get((number, home.household_id), "")))
                          for home, name in zip(homes, called, strict=True) if home.village == village
                          for errand in home.errands if errand.dispatch == number and errand.state is not VisitState.DONE)
            if lines:
                ask = asking[number]
                made.append(sheets.VisitList(names.place(village), ask.title, ask.reference, ask.office, ask.phone,
                                             wording.day(ask.until.date(), the_day()) if ask.until else "", lines))
    return made


def _called(home: Home) -> str:
    """A household by its head: whole for the own village's cadre, else masked; without a head by its number."""
    if not home.head:
        return f"户 {home.reference}"
    return home.head if _is_own() else masked_name(home.head)


def _is_own() -> bool:
    return len(actor().jurisdiction) == VILLAGE and sight_of(actor()).names


def _asks(session: Session, homes: Sequence[Home]) -> dict[tuple[int, int], str]:
    """What to ask at the doors; nothing on a list that nobody walks in a season."""
    if len(homes) > MOST_ASKED:
        return {}
    return door_questions.questions_at(session, homes, the_day(), house().catalogue)


def _why(errand: Errand, asked: str) -> str:
    return f"{errand.why.words}：{asked}" if asked else errand.why.words
