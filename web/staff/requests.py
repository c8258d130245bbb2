"""个人信息申请: what residents ask of their own data, and settling it within its time."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.holdings import Ended, Fate
from profiles import data_requests
from profiles.data_requests import Asked, RequestKind, RequestRefused, RequestState
from profiles.divisions import Names
from profiles.models import Household, Resident
from profiles.privacy import masked_name
from web import holdings
from web.house import house
from web.mentions import REPORTS, Mention
from web.rendering import the_day
from web.security import actor, staff
from web.staff.frame import Fault
from web.staff.households import tabs
from web.staff.menu import REGISTER_WRITERS
from web.staff.noted import note_page
from web.staff.sight import sight_of


@staff(*REGISTER_WRITERS)
def data_asked() -> str:
    """What waits in the actor's area, and what was settled lately."""
    with house().database.reading() as session:
        waiting = data_requests.waiting(session, house().keyring, actor().jurisdiction)
        settled = data_requests.settled(session, house().keyring, actor().jurisdiction)
        names = Names(session)
        places = {one.division: names.place(one.division) for one in (*waiting, *settled)}
    return render_template("staff/people/requests.html", heading="个人信息申请", waiting=waiting, settled=settled, places=places,
                           today=the_day(), tabs=tabs())


@staff(*REGISTER_WRITERS, acts_itself=True)
def data_request(number: str) -> str | Response | tuple[str, int]:
    """One request: what it would do, and the two ways to settle it."""
    with house().database.reading() as session:
        asked = data_requests.request_numbered(session, house().keyring, number)
    if asked is None or not actor().may_act_in(asked.division):
        abort(404, description=f"您的管理范围内没有编号为 {number} 的申请。请核对编号。")
    if request.method == "GET" or not asked.is_open:
        with house().database.reading() as session:
            household = _household(session, asked)
        note_page(household or asked.subject, asked.division, asked.resident_id)
        return _page(asked, ())
    words, act = request.form.get("answer", "").strip(), request.form.get("act", "")
    if not words:
        return _page(asked, [Fault("answer", "请写明办理结果；没有采纳的，写明理由和依据。本人会看到这段话。")]), 400
    try:
        _settle(asked, words, is_done=act == "done")
    except RequestRefused as refused:
        return _page(asked, [Fault("answer", str(refused))]), 400
    flash(f"申请 {asked.number} 已办结。", "good")
    return redirect(url_for("staff.data_asked"))


def _settle(asked: Asked, words: str, *, is_done: bool) -> None:
    if is_done and asked.kind is RequestKind.ERASE:
        holdings.erase(house(), asked.subject, actor(), f"本人申请 {asked.number}", from_register=False, dry_run=False)
    with house().database.writing() as session:
        data_requests.settle(session, house().keyring, asked.number, RequestState.DONE if is_done else RequestState.DECLINED,
                             words, actor(), house().clock.now())


def _page(asked: Asked, faults: Sequence[Fault]) -> str:
    ended: Sequence[Ended] = ()
    left: Sequence[Mention] = ()
    if asked.is_open and asked.kind is RequestKind.ERASE:
        tried = holdings.erase(house(), asked.subject, actor(), "试算", from_register=False, dry_run=True)
        ended, left = (tried.ended, tried.mentions) if tried is not None else ((), ())
    with house().database.reading() as session:
        return render_template(
            "staff/people/request.html", heading=f"{asked.kind.words}申请 {asked.number}", asked=asked, faults=faults,
            household=_household(session, asked), whose=_whose(session, asked), place=Names(session).place(asked.division), given=request.form.get("answer", ""),
            mentions=left, reports=REPORTS, gone=[one for one in ended if one.fate is Fate.DELETED], kept=[one for one in ended if one.fate is not Fate.DELETED])


def _whose(session: Session, asked: Asked) -> str:
    """The person as the register's pages show them: which of a household asks."""
    person = session.get(Resident, asked.resident_id)
    if person is None or person.erased_at is not None:
        return ""
    name = house().keyring.decrypt(person.name, "name")
    shown = name if sight_of(actor()).names else masked_name(name)
    return f"{shown}（{'户主' if person.is_head else person.relation or '成员'}）"


def _household(session: Session, asked: Asked) -> str:
    """The household's number, empty when the person is in the register no more."""
    person = session.get(Resident, asked.resident_id)
    return session.get_one(Household, person.household_id).reference if person is not None else ""
