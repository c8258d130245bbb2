"""一人两户: one identity number in two households; a clerk decides where the person lives, or that both are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from profiles.changes import doubles as pairs
from profiles.changes.doubles import Pair, Side
from profiles.changes.failures import ChangeRefused
from profiles.changes.models import Decision
from profiles.divisions import Names
from profiles.failures import MoveRefused
from profiles.privacy import masked_id_number, masked_name
from web.house import house
from web.security import actor, staff
from web.staff.frame import Fault
from web.staff.households import tabs
from web.staff.menu import REGISTER_WRITERS
from web.staff.noted import note_list, note_page

MOST_SHOWN = 100
OTHER_PLACE = "不在您的管理范围"


@dataclass(frozen=True)
class Shown:
    """One side as a clerk sees it: masked, and no more than the place where it is not the clerk's own area."""

    household: str
    place: str
    name: str
    relation: str
    birth: str
    stated: str
    is_own: bool
    division: str = ""


@dataclass(frozen=True)
class Line:
    """A pair in the list and on its page."""

    first_id: int
    second_id: int
    number: str
    first: Shown
    second: Shown
    is_one_name: bool


@staff(*REGISTER_WRITERS)
def doubles() -> str:
    """The pairs that wait, looked for afresh: tables also come in by the command line."""
    with house().database.writing() as session:
        pairs.look_for(session, house().clock.now())
    with house().database.reading() as session:
        lines = [_line(session, pair) for pair in pairs.undecided(session, actor(), MOST_SHOWN)]
        total = pairs.count_undecided(session, actor())
    sides = [side for line in lines for side in (line.first, line.second) if side.is_own]
    note_list("一人两户", (side.division for side in sides), len(sides))
    return render_template("staff/changes/doubles.html", heading="一人两户", lines=lines, total=total, tabs=tabs())


@staff(*REGISTER_WRITERS, acts_itself=True)
def double(first: int, second: int) -> str | Response | tuple[str, int]:
    """One pair: here, there, or both are right."""
    with house().database.reading() as session:
        pair = pairs.find(session, actor(), first, second)
        line = _line(session, pair) if pair is not None else None
    if pair is None or line is None:
        abort(404, description="这一对已经办过了，或者不在您的管理范围内。请回到“一人两户”。")
    if request.method == "GET":
        for side in (pair.first, pair.second):
            if actor().may_act_in(side.division):
                note_page(side.household, side.division, side.resident_id)
        return _page(line, ())
    chosen = request.form.get("decision", "")
    if chosen not in set(Decision):
        return _page(line, [Fault("decision", "请选他现在在哪一户，或者两处都对。")]), 400
    try:
        with house().database.writing() as session:
            pairs.decide(session, house().keyring, actor(), pair, Decision(chosen), request.form.get("reason", ""),
                         house().clock.now())
    except (ChangeRefused, MoveRefused) as refused:
        return _page(line, [Fault(getattr(refused, "place", ""), refused.words)]), 400
    flash("已判定，记录在案。", "good")
    return redirect(url_for("staff.doubles"))


def _page(line: Line, faults: Sequence[Fault]) -> str:
    return render_template("staff/changes/double.html", heading="这个人在哪一户", line=line, faults=faults, form=request.form)


def _line(session: Session, pair: Pair) -> Line:
    sealed = pair.first.id_number
    number = masked_id_number(house().keyring.decrypt(sealed, "id_number")) if sealed is not None else ""
    names = Names(session)
    called = {house().keyring.decrypt(side.name, "name") for side in (pair.first, pair.second)}
    return Line(pair.first.resident_id, pair.second.resident_id, number, _shown(names, pair.first), _shown(names, pair.second),
                is_one_name=len(called) == 1)


def _shown(names: Names, side: Side) -> Shown:
    place = f"{names.place(side.division)}{side.group}"
    if not actor().may_act_in(side.division):
        return Shown(OTHER_PLACE, names.place(side.division), "", "", "", "", is_own=False)
    stated = f"{side.stated_at.year}年{side.stated_at.month}月{side.stated_at.day}日" if side.stated_at else "没有记"
    return Shown(side.household, place, masked_name(house().keyring.decrypt(side.name, "name")), side.relation,
                 side.birth.isoformat() if side.birth else "", stated, is_own=True, division=side.division)
