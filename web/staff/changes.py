"""变化: a cadre reports what happened in a household, the office confirms or returns it, the cadre sees what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import Actor
from profiles import access, register
from profiles.access import Look, Whom
from profiles.changes import doubles, forms, reporting, settling
from profiles.changes.failures import ChangeRefused
from profiles.changes.models import ChangeKind, ReportState
from profiles.changes.reporting import Report
from profiles.failures import MoveRefused
from profiles.models import Household, Resident, Standing
from profiles.privacy import masked_name
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff.change_words import shown
from web.staff.division_tree import Place, tree
from web.staff.frame import Fault
from web.staff.households import tabs
from web.staff.menu import CHANGE_READERS, CHANGE_REPORTERS, REGISTER_WRITERS, holds_itself
from web.staff.noted import note_list, note_page
from web.staff.sight import sight_of

HINTS = {
    ChangeKind.DIED: "报了就先停发给他的消息", ChangeKind.MOVED_OUT: "嫁出、迁走、长住外地", ChangeKind.CAME_BACK: "迁走的又回来了",
    ChangeKind.NEW_MEMBER: "出生、嫁入、落户", ChangeKind.PHONE: "换号或多了一个号", ChangeKind.FARMING: "种的、养的和登记不一样",
    ChangeKind.HOUSE: "整户搬走、分成两户、合成一户", ChangeKind.OTHER: "写一句话，办公室会看",
}


@dataclass(frozen=True)
class Person:
    """A member to choose from."""

    reference: str
    words: str


@staff(*CHANGE_REPORTERS)
def choose_change(reference: str) -> str:
    """What happened? One of eight."""
    with house().database.reading() as session:
        found = _household(session, reference)
        _look(found)
        return render_template("staff/changes/choose.html", heading="报一个变化", household=found, kinds=list(ChangeKind),
                               hints=HINTS, head=_head(found))


@staff(*CHANGE_REPORTERS, acts_itself=True)
def report_change(reference: str, kind: str) -> str | Response | tuple[str, int]:
    """One short form for one kind of change."""
    chosen = ChangeKind(kind) if kind in set(ChangeKind) else abort(404, description="没有这一种变化。请回上一页重新选。")
    with house().database.reading() as session:
        found = _household(session, reference)
    faults: list[Fault] = []
    if request.method == "POST":
        several = {"members": ",".join(request.form.getlist("members"))}
        filled = forms.read(chosen, {**request.form.to_dict(), **several}, the_day())
        faults = [Fault(place, words) for place, words in filled.faults] or _reported(found, chosen, filled)
        if not faults:
            flash("报上去了，等办公室确认。结果在“变化”里看。" + ("在确认之前，先不给他发消息。" if chosen is ChangeKind.DIED else ""), "good")
            return redirect(url_for("staff.changes"))
    else:
        _look(found)
    with house().database.reading() as session:
        page = render_template(
            "staff/changes/form.html", heading=chosen.words, household=found, kind=chosen, hint=HINTS[chosen], faults=faults,
            people=_people(session, found, chosen), relations=[(one, one, "") for one in forms.RELATIONS],
            houses=[(value, words, "") for value, words in forms.HOUSES.items()], form=request.form, members=request.form.getlist("members"),
            villages=_villages(session) if chosen is ChangeKind.HOUSE else (), head=_head(found))
    return (page, 400) if faults else page


@staff(*CHANGE_READERS)
def changes() -> str:
    """What waits to be confirmed, what was settled, what I reported."""
    names = sight_of(actor()).names
    with house().database.reading() as session:
        lists = []
        if holds_itself(actor(), *REGISTER_WRITERS):
            lists = [("待确认", "等着确认的都办完了。", reporting.waiting(session, house().keyring, actor())),
                     ("办过的", "还没有办过。", reporting.settled(session, house().keyring, actor()))]
        if holds_itself(actor(), *CHANGE_REPORTERS):
            lists.append(("我报的", "您还没有报过变化。在农户页面上点“报一个变化”。", reporting.made_by(session, house().keyring, actor())))
        told = [(title, empty, [shown(session, house().keyring, one, names=names) for one in reports])
                for title, empty, reports in lists]
    reports = [one for _, _, several in lists for one in several]
    note_list("农户变化", (one.division for one in reports), len(reports))
    return render_template("staff/changes/list.html", heading="农户变化", lists=told, tabs=tabs())


@staff(*CHANGE_READERS)
def change(number: int) -> str | Response | tuple[str, int]:
    """One report beside the register; confirmed, returned or taken back from here."""
    found = _report(number)
    if request.method == "GET":
        note_page(found.household, found.division, found.resident_id)
        return _page(found, ())
    try:
        words = _acted(found, request.form.get("act", ""))
    except (ChangeRefused, MoveRefused) as refused:
        return _page(_report(number), [Fault(getattr(refused, "place", ""), refused.words)]), 400
    flash(words, "good")
    return redirect(url_for("staff.changes"))


def _acted(found: Report, act: str) -> str:
    now = house().clock.now()
    if act == "take_back":
        with house().database.writing() as session:
            reporting.take_back(session, actor(), found.id, now)
        return "收回来了。"
    if not holds_itself(actor(), *REGISTER_WRITERS):
        raise ChangeRefused("变化由管农户信息的编辑确认，您的账号没有这个角色。")
    with house().database.writing() as session:
        if act == "confirm":
            settling.confirm(session, house().keyring, actor(), found, now, request.form.get("other", ""))
            if found.kind in (ChangeKind.NEW_MEMBER, ChangeKind.CAME_BACK):
                doubles.look_for(session, now)
            return f"已确认：{found.kind.words}。"
        settling.give_back(session, house().keyring, actor(), found, request.form.get("reason", ""), now)
        return "已退回，村干部会看到原因。"


def _page(found: Report, faults: Sequence[Fault]) -> str:
    with house().database.reading() as session:
        told = shown(session, house().keyring, found, names=sight_of(actor()).names)
    is_open = found.state is ReportState.SAID
    return render_template(
        "staff/changes/page.html", heading=told.line, told=told, report=found, faults=faults, reason=request.form.get("reason", ""),
        asks_other=found.fields.get("how") in (forms.HOUSE_SPLIT, forms.HOUSE_MERGED), other=request.form.get("other", ""),
        may_settle=is_open and holds_itself(actor(), *REGISTER_WRITERS) and found.reported_by != actor().name,
        may_report_again=found.state is ReportState.RETURNED and found.reported_by == actor().name
        and holds_itself(actor(), *CHANGE_REPORTERS),
        may_take_back=is_open and found.reported_by == actor().name)


def _reported(found: Household, kind: ChangeKind, filled: forms.Filled) -> list[Fault]:
    try:
        with house().database.writing() as session:
            reporting.report(session, house().keyring, actor(), found, kind, filled.fields, house().clock.now())
    except ChangeRefused as refused:
        return [Fault(refused.place, refused.words)]
    return []


def _report(number: int) -> Report:
    with house().database.reading() as session:
        found = reporting.find(session, house().keyring, actor(), number)
    if found is None or not (holds_itself(actor(), *REGISTER_WRITERS) or found.reported_by == actor().name):
        abort(404, description="您的管理范围内没有这条变化报告。请回到列表。")
    return found


def _household(session: Session, reference: str) -> Household:
    found = register.household_by_reference(session, reference)
    if found is None or not actor().may_act_in(found.division):
        abort(404, description=f"您的管理范围内没有户编号为“{reference}”的户。请核对编号。")
    return found


def _look(found: Household) -> None:
    with house().database.writing() as session:
        access.looked(session, house().clock.now(), actor(), Look.PAGE, Whom(found.id, None, found.reference, found.division))


def _head(found: Household) -> str:
    if found.head_name is None:
        return f"户 {found.reference}"
    name = house().keyring.decrypt(found.head_name, "name")
    return f"{name if sight_of(actor()).names else masked_name(name)}家"


def _villages(session: Session) -> Sequence[Place]:
    """Every village of the county by township: a family may move out of the cadre's own area."""
    tops = tree(session, Actor(""), house().county)
    return [town for top in tops for town in (top.below if any(one.below for one in top.below) else (top,)) if town.below]


def _people(session: Session, found: Household, kind: ChangeKind) -> list[Person]:
    """Who may be meant: those who are here, or for a return those who are not."""
    is_here = Resident.standing == Standing.PRESENT
    rows = session.scalars(select(Resident).where(
        Resident.household_id == found.id, ~is_here if kind is ChangeKind.CAME_BACK else is_here)
        .order_by(Resident.is_head.desc(), Resident.id))
    names = sight_of(actor()).names
    people = []
    for one in rows:
        name = house().keyring.decrypt(one.name, "name")
        relation = "户主" if one.is_head else one.relation or ""
        people.append(Person(one.reference, f"{name if names else masked_name(name)}{f'（{relation}）' if relation else ''}"))
    return people
