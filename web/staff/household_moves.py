"""户的变动: what the office itself does with a household, and everything that ever happened to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from profiles import access, moves, register
from profiles.access import Look, Whom
from profiles.divisions import Names
from profiles.failures import MoveRefused
from profiles.history import Event, history_of
from profiles.history import Told as Happened
from profiles.models import Household, Resident, Standing
from profiles.privacy import masked_name
from web.house import house
from web.security import actor, staff
from web.staff.division_tree import Place, tree
from web.staff.frame import Fault
from web.staff.household_page import STANDINGS
from web.staff.menu import CHANGE_REPORTERS, REGISTER_READERS, REGISTER_WRITERS, holds_itself
from web.staff.move_questions import Told, question
from web.staff.sight import sight_of

DONE = {"standing": "记下了。去世或迁出的，从现在起不再收到消息。", "split": "分好了，联系方式跟着人走。", "join": "转过去了，联系方式跟着人走。",
        "move": "迁好了。", "merge": "并好了，这一户不再单独在册。"}
_PLACES = (Event.MOVED, Event.RECODED)


@dataclass(frozen=True)
class Person:
    """A member to choose from."""

    reference: str
    words: str
    is_here: bool


@dataclass(frozen=True)
class Line:
    """One line of the history in words."""

    at: datetime
    words: str
    whose: str
    change: str
    actor: str
    reason: str


@staff(*REGISTER_READERS)
def household_moves(reference: str) -> str | Response | tuple[str, int]:
    """The history of a household, and the acts for whoever keeps the register."""
    with house().database.reading() as session:
        found = _household(session, reference)
    if request.method == "GET":
        with house().database.writing() as session:
            access.looked(session, house().clock.now(), actor(), Look.PAGE, Whom(found.id, None, found.reference, found.division))
        return _page(reference, "", ())
    if not holds_itself(actor(), *REGISTER_WRITERS):
        abort(403, description="户的变动由管农户信息的编辑办理。村干部请在农户页面点“报一个变化”。")
    act = request.form.get("act", "")
    work = _ACTS.get(act)
    if work is None:
        abort(400, description="没有选要办的事。请返回上一页重新选。")
    if request.form.get("back"):
        return _page(reference, act, ())
    is_sure = bool(request.form.get("sure"))
    try:
        with house().database.writing() as session:
            work(session, _household(session, reference))
            if not is_sure:
                session.rollback()
    except MoveRefused as refused:
        return _page(reference, act, [Fault("", refused.words)]), 400
    if not is_sure:
        return _asked(reference, act)
    flash(DONE[act], "good")
    return redirect(url_for("staff.household_moves", reference=reference))


def _standing(session: Session, household: Household) -> None:
    chosen = request.form.get("standing", "")
    if chosen not in set(Standing):
        raise MoveRefused("没有选是去世、迁出还是健在。请选一个")
    member = _chosen(session, household, [request.form.get("member", "")])
    if not moves.set_standing(session, member[0], Standing(chosen), house().clock.now(), actor(), _reason()):
        raise MoveRefused(f"这位成员已经登记为{STANDINGS[Standing(chosen)]}。请核对")


def _split(session: Session, household: Household) -> None:
    head = _chosen(session, household, [request.form["head"]])[0] if request.form.get("head") else None
    moves.split_household(session, household.id, _chosen(session, household, request.form.getlist("members")),
                          request.form.get("reference", ""), house().clock.now(), actor(), _reason(), head=head)


def _join(session: Session, household: Household) -> None:
    moves.move_members(session, _chosen(session, household, request.form.getlist("members")), _other(session),
                       house().clock.now(), actor(), _reason())


def _move(session: Session, household: Household) -> None:
    moves.move_household(session, household.id, request.form.get("division", ""), house().clock.now(), actor(), _reason(),
                         group=request.form.get("group"))


def _merge(session: Session, household: Household) -> None:
    moves.merge_households(session, household.id, _other(session), house().clock.now(), actor(), _reason())


_ACTS: dict[str, Callable[[Session, Household], None]] = {
    "standing": _standing, "split": _split, "join": _join, "move": _move, "merge": _merge}


def _asked(reference: str, act: str) -> str:
    """The page before an act that would go well: the question and what follows from it."""
    form = request.form
    with house().database.reading() as session:
        found = _household(session, reference)
        chosen = {*form.getlist("members"), form.get("member", "")}
        people = _people(session, found)
        told = Told(reference, [_bracketed(one) for one in people if one.reference in chosen],
                    sum(one.is_here and one.reference not in chosen for one in people),
                    Names(session).place(form.get("division", "")), _other_words(session, form.get("other", "").strip()))
    kept = [(name, value) for name, value in form.items(multi=True) if name not in ("csrf_token", "sure", "back")]
    return render_template("staff/people/move_sure.html", heading="核对后办理", reference=reference, form=form, kept=kept,
                           question=question(act, form, told))


def _other_words(session: Session, reference: str) -> str:
    """The other household as the clerk knows it again: its number, its head, where it lives."""
    found = register.household_by_reference(session, reference) if reference else None
    if found is None:
        return ""
    head = next((one.words for one in _people(session, found) if one.is_here), "")
    return f"户 {found.reference}（{'，'.join(part for part in (head, Names(session).place(found.division)) if part)}）"


def _bracketed(one: Person) -> str:
    """王*国（户主）: a person in the middle of a sentence."""
    name, _, more = one.words.partition("，")
    return f"{name}（{more}）" if more else name


def _reason() -> str:
    return request.form.get("reason", "")


def _other(session: Session) -> int:
    asked = request.form.get("other", "").strip()
    found = register.household_by_reference(session, asked) if asked else None
    if found is None:
        raise MoveRefused(f"没有户编号为“{asked}”的户。请核对编号" if asked else "没有填另一户的户编号。请填写")
    return found.id


def _chosen(session: Session, household: Household, references: Sequence[str]) -> list[int]:
    query = select(Resident.id).where(Resident.household_id == household.id, Resident.reference.in_(list(references)))
    found = list(session.scalars(query))
    if not found:
        raise MoveRefused("没有选成员。请至少选一位")
    return found


def _household(session: Session, reference: str) -> Household:
    found = register.household_by_reference(session, reference)
    if found is None or not actor().may_act_in(found.division):
        abort(404, description=f"您的管理范围内没有户编号为“{reference}”的户。请核对编号。")
    return found


def _page(reference: str, act: str, faults: Sequence[Fault]) -> str:
    with house().database.reading() as session:
        found = _household(session, reference)
        people = _people(session, found)
        villages = _villages(tree(session, actor(), house().county))
        told = _history(session, found)
        place = Names(session).place(found.division)
    return render_template(
        "staff/people/moves.html", heading=f"户 {found.reference} 的变动", household=found, place=place, people=people, villages=villages,
        told=told, faults=faults, act=act, form=request.form, members=request.form.getlist("members"),
        standings=[(one.value, words, "") for one, words in STANDINGS.items()],
        may_report=holds_itself(actor(), *CHANGE_REPORTERS) and found.left_at is None,
        may_act=holds_itself(actor(), *REGISTER_WRITERS) and found.left_at is None)


def _people(session: Session, household: Household) -> list[Person]:
    query = select(Resident).where(Resident.household_id == household.id).order_by(Resident.is_head.desc(), Resident.id)
    return [Person(one.reference, _called(one), Standing(one.standing) is Standing.PRESENT) for one in session.scalars(query)]


def _called(one: Resident) -> str:
    name = house().keyring.decrypt(one.name, "name")
    shown = name if sight_of(actor()).names else masked_name(name)
    standing = Standing(one.standing)
    more = "户主" if one.is_head else one.relation or ""
    return "，".join(part for part in (shown, more, "" if standing is Standing.PRESENT else STANDINGS[standing]) if part)


def _villages(places: Sequence[Place], above: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place in places:
        if len(place.code) == 12:
            found.append((place.code, f"{above} {place.name}".strip()))
        found.extend(_villages(place.below, place.name))
    return found


def _history(session: Session, household: Household) -> list[Line]:
    names = Names(session)
    told = history_of(session, household.id)
    ids = {one.resident_id for one in told if one.resident_id is not None}
    people = {one.id: _name(one) for one in session.scalars(select(Resident).where(Resident.id.in_(ids)))}
    return [Line(one.at, one.event.words, people.get(one.resident_id or 0, ""), _change(one, names), one.actor, one.reason) for one in told]


def _name(one: Resident) -> str:
    name = house().keyring.decrypt(one.name, "name")
    return name if sight_of(actor()).names else masked_name(name)


def _change(one: Happened, names: Names) -> str:
    if one.event in (Event.PRESENT, Event.DIED, Event.AWAY) or not (one.before or one.after):
        return ""
    if one.event is Event.LEFT:
        return names.place(one.before)
    before, after = (names.place(code) if one.event in _PLACES else code for code in (one.before, one.after))
    return f"{before} → {after}" + (f"（{one.before} → {one.after}）" if one.event is Event.RECODED else "")
