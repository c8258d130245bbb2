"""农户信息: finding a household, looking at it, and trying how far a condition reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from profiles import access, register
from profiles.access import Look, Whom
from profiles.contacts import masked_name
from profiles.divisions import VILLAGE, Names
from profiles.failures import ConditionRefused
from profiles.models import Household, Resident, Standing
from push.states import reason_words
from push.told import pushed_to
from push.trace import channel_words
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import conditions, household_page, sight
from web.staff.conditions import Row
from web.staff.division_tree import Place, tree
from web.staff.frame import ROWS_A_PAGE, Fault, Paging, page_asked
from web.staff.menu import (
    AUDIENCE_TESTERS,
    CHANGE_READERS,
    CHANGE_REPORTERS,
    REGISTER_READERS,
    REGISTER_WRITERS,
    WISH_TAKERS,
    holds,
    holds_itself,
)
from web.staff.notice_form import BY_ROWS, NoticeForm, posted
from web.staff.reckoning import Reckoned, reckon, within_area
from web.staff.writing import with_rows

PUSHES_SHOWN = 10


@dataclass(frozen=True)
class Line:
    """One household of a village in the list."""

    reference: str
    group: str
    head: str
    size: int


@dataclass(frozen=True)
class Share:
    """How far a condition reaches in one place."""

    name: str
    surely: int
    undecided: int


@staff(*REGISTER_READERS, *AUDIENCE_TESTERS)
def households() -> str | Response:
    """Find a household by its number, or leaf through a village."""
    if not holds(actor(), *REGISTER_READERS):
        return redirect(url_for("staff.trial"))
    asked = request.args.get("reference", "").strip()[:40]
    with house().database.reading() as session:
        if asked:
            found = register.household_by_reference(session, asked)
            if found is not None and actor().may_act_in(found.division):
                return redirect(url_for("staff.household", reference=found.reference))
        places = tree(session, actor(), house().county)
        village = _village(places)
        page = page_asked(_count(session, village))
        lines = _lines(session, village, page) if village else []
        shown = render_template(
            "staff/people/search.html", heading="农户信息", asked=asked, places=places, village=village, page=page,
            lines=lines, total=_count(session, actor().jurisdiction),
            place=Names(session).place(village) if village else "", tabs=tabs())
    if lines:
        with house().database.writing() as session:
            access.looked(session, house().clock.now(), actor(), Look.LISTED, Whom(subject=village, division=village),
                          found=len(lines))
    return shown


@staff(*REGISTER_READERS)
def household(reference: str) -> str:
    """One household, masked by role; who looked at whom is written down."""
    return _shown(reference, Look.PAGE)


@staff(*sight.NUMBERS)
def whole_number(reference: str) -> str:
    """The same with one member's number whole, asked for by a click that is written down."""
    if not sight.sight_of(actor()).numbers:
        abort(403, description="您的账号看不到完整号码。需要联系群众的，请由村干部、热线坐席或编辑办理。")
    return _shown(reference, Look.UNMASKED, request.form.get("member", ""))


def _shown(reference: str, look: Look, member: str = "") -> str:
    with house().database.reading() as session:
        found = register.household_by_reference(session, reference)
        if found is None or not actor().may_act_in(found.division):
            abort(404, description=f"您的管理范围内没有户编号为“{reference}”的户。请核对编号。")
        shown = household_page.page(session, house().keyring, found, actor(), the_day(), house().offers, member)
        pushes = pushed_to(session, found.id, PUSHES_SHOWN)
    with house().database.writing() as session:
        whose = session.scalar(select(Resident.id).where(Resident.reference == member, Resident.household_id == found.id))
        access.looked(session, house().clock.now(), actor(), look, Whom(found.id, whose, found.reference, found.division))
    return render_template("staff/people/household.html", heading=f"户 {found.reference}", page=shown, tabs=tabs(),
                           pushes=pushes, reason_words=reason_words, channel_words=channel_words,
                           may_report=holds_itself(actor(), *CHANGE_REPORTERS),
                           may_settle=holds_itself(actor(), *REGISTER_WRITERS),
                           may_note_wishes=holds(actor(), *WISH_TAKERS))


@staff(*AUDIENCE_TESTERS)
def trial() -> str | tuple[str, int]:
    """Try a condition: how many households it reaches, what is missing, and where they live."""
    form = posted(request.form, house().catalogue) if request.method == "POST" else NoticeForm(audience=BY_ROWS, catalogue=house().catalogue)
    act = request.form.get("act", "")
    reckoned, shares, faults = None, [], []
    with house().database.reading() as session:
        if act in ("count", "save"):
            faults = form.faults()
            try:
                if not faults:
                    reckoned = reckon(session, form.condition(), within_area(form.divisions), the_day())
                    shares = _shares(session, form)
            except ConditionRefused as refused:
                faults = [form.refused(refused)]
        elif act:
            form = with_rows(form, act)
        page = _trial_page(session, form, reckoned, shares, faults)
    return (page, 400) if faults else page


def tabs() -> list[tuple[str, str, int]]:
    """The pages of this room that the actor may open."""
    found = [("staff.households", "找一户", 0)] if holds(actor(), *REGISTER_READERS) else []
    if holds(actor(), *AUDIENCE_TESTERS):
        found.append(("staff.trial", "推送范围试算", 0))
    if holds(actor(), *CHANGE_READERS):
        found.append(("staff.changes", "农户变化", 0))
    if holds(actor(), *REGISTER_WRITERS):
        found += [("staff.doubles", "一人两户", 0), ("staff.data_asked", "个人信息申请", 0), ("staff.import_households", "导入农户表", 0)]
    return [*found, ("staff.facts", "信息项清单", 0)]


def _trial_page(session: Session, form: NoticeForm, reckoned: Reckoned | None, shares: list[Share],
                faults: Sequence[Fault]) -> str:
    shown = replace(form, rows=form.rows or (Row(),))
    return render_template(
        "staff/people/trial.html", heading="推送范围试算", form=shown, rows=shown.rows, reckoned=reckoned, shares=shares,
        faults=faults, choices=conditions.choices(house().catalogue), operators=conditions.OPERATORS, tabs=tabs(),
        places=tree(session, actor(), house().county))


def _shares(session: Session, form: NoticeForm) -> list[Share]:
    """The reach by township, or by village inside one township; places that nobody is reached in are left out."""
    chosen = within_area(form.divisions)
    tops = tree(session, actor(), house().county)
    below = [place for top in tops for place in (top.below or (top,))]
    shares = []
    for place in below:
        inside = [code for code in chosen if place.code.startswith(code) or code.startswith(place.code)] or (
            [] if chosen else [place.code])
        narrowest = [max(code, place.code, key=len) for code in inside]
        if narrowest:
            found = reckon(session, form.condition(), narrowest, the_day())
            shares.append(Share(place.name, found.surely, found.undecided))
    return [share for share in shares if share.surely or share.undecided]


def _village(places: Sequence[Place]) -> str:
    """The village asked for, else the only one of the actor's area."""
    asked = request.args.get("village", "")
    if len(asked) == VILLAGE and actor().may_act_in(asked):
        return asked
    return places[0].code if len(places) == 1 and len(places[0].code) == VILLAGE else ""


def _count(session: Session, place: str) -> int:
    return session.scalar(select(func.count()).where(
        Household.division.startswith(place, autoescape=True), Household.left_at.is_(None))) or 0


def _lines(session: Session, village: str, page: Paging) -> list[Line]:
    """One page of a village in the order of its groups; a size nobody wrote down is that of the known members."""
    members = select(func.count()).where(
        Resident.household_id == Household.id, Resident.standing == Standing.PRESENT).scalar_subquery()
    rows = session.execute(select(Household, members).where(
        Household.division == village, Household.left_at.is_(None))).all()
    ordered = sorted(rows, key=lambda row: (_group_place(row[0].group_name or ""), row[0].reference))
    whole = sight.sight_of(actor()).names
    return [Line(one.reference, one.group_name or "", _head(one.head_name, whole=whole), one.size or count)
            for one, count in ordered[page.offset:page.offset + ROWS_A_PAGE]]


def _group_place(name: str) -> tuple[int, str]:
    """一组 before 二组 before 十组; groups called otherwise stand after, those without one last."""
    number = "一二三四五六七八九十".find(name[:1]) if name else -1
    return (number if number >= 0 else 99 if name else 100, name)


def _head(sealed: bytes | None, *, whole: bool) -> str:
    if sealed is None:
        return "没有登记"
    name = house().keyring.decrypt(sealed, "name")
    return name if whole else masked_name(name)
