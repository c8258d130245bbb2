"""Writing a notice: the form with its condition builder, the live count beside it, and files of notices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from notices import reading
from notices.drafts import Saved, import_notices, save_draft
from notices.failures import DraftRefused, Refused
from notices.models import Notice, Revision
from notices.topics import Topic
from notices.views import NoticeView
from notices.writing import Kind, Property, read
from profiles.failures import ConditionRefused
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import conditions
from web.staff.conditions import Row
from web.staff.division_tree import tree
from web.staff.frame import Fault
from web.staff.menu import AUDIENCE_TESTERS, WRITERS
from web.staff.notice_form import BY_ROWS, NoticeForm, filled, posted
from web.staff.notices import concerns
from web.staff.reckoning import Reckoned, reckon, within_area

ASPECTS = ("决策", "执行", "管理", "服务", "结果")
CHANNELS = (("wechat", "微信"), ("sms", "短信"), ("board", "公示栏"))
SAVED = {Saved.CREATED: "草稿已保存。", Saved.UPDATED: "修改已保存，要重新送审。", Saved.UNCHANGED: "没有改动。"}


@staff(*WRITERS)
def write() -> str | Response | tuple[str, int]:
    """Write a new notice."""
    if request.method == "GET":
        with house().database.reading() as session:
            return _page(session, _fresh_form(session), None)
    return _taken(posted(request.form, house().catalogue), None)


@staff(*WRITERS)
def rewrite(reference: str) -> str | Response | tuple[str, int]:
    """Change a notice: its words become a new revision that goes through the reviews again."""
    with house().database.reading() as session:
        view = reading.working(session, reference, the_day())
        if view is None or not concerns(actor(), view):
            abort(404, description=f"没有编号为“{reference}”的信息。")
        if request.method == "GET":
            form = filled(view.content)
            return _page(session, form, view, reckoned=_reckoned(session, form)[0])
    form = posted(request.form, house().catalogue)
    return _taken(replace(form, values={**form.values, "reference": view.reference}), view)


@staff(*AUDIENCE_TESTERS)
def count() -> str:
    """The live count beside the builder: a piece of a page, always with words, never an error page."""
    with house().database.reading() as session:
        reckoned, faults = _reckoned(session, posted(request.form, house().catalogue))
    return render_template("staff/notices/count.html", reckoned=reckoned, faults=faults)


@staff(*WRITERS)
def import_file() -> str | tuple[str, int]:
    """Take in a file of notices, one a line; what was good stays, what was not is named."""
    report, faults = None, []
    if request.method == "POST":
        file = request.files.get("file")
        if file is None or not file.filename:
            faults.append(Fault("file", "请选一个文件。"))
        else:
            try:
                report = import_notices(house().database, file.read(), house().clock.now(), actor(),
                                        house().catalogue, house().forms)
            except Refused as refusal:
                faults.append(Fault("file", refusal.words))
    page = render_template("staff/notices/import.html", heading="导入信息", report=report, faults=faults)
    return (page, 400) if faults else page


def with_rows(form: NoticeForm, act: str) -> NoticeForm:
    """The form with a row more, or without the row that a button names."""
    removed = re.fullmatch(r"remove-(\d{1,2})", act)
    rows = list(form.rows)
    if removed and int(removed[1]) < len(rows):
        del rows[int(removed[1])]
    elif act == "add_row":
        rows.append(Row())
    return replace(form, rows=tuple(rows), audience=BY_ROWS)


def _taken(form: NoticeForm, view: NoticeView | None) -> str | Response | tuple[str, int]:
    """Do what the pressed button says: count, add or remove a row, or save."""
    act = request.form.get("act", "save")
    with house().database.reading() as session:
        if act == "count":
            reckoned, faults = _reckoned(session, form)
            return _page(session, form, view, faults, reckoned)
        if act != "save":
            return _page(session, with_rows(form, act), view)
        faults = _faults(session, form, view)
    if not faults:
        try:
            written = read(form.raw(), house().catalogue)
            with house().database.writing() as writing:
                saved = save_draft(writing, written.draft, actor(), house().clock.now(), house().forms, renew=True)
            flash(SAVED[saved], "good")
            return redirect(url_for("staff.notice", reference=written.draft.reference))
        except DraftRefused as refused:
            faults = form.placed(refused.faults)
    with house().database.reading() as session:
        return _page(session, form, view, faults), 400


def _faults(session: Session, form: NoticeForm, view: NoticeView | None) -> list[Fault]:
    """What is wrong before anything is written: the form's own faults with the room's, and a change by somebody else."""
    found = form.faults()
    reference = form.values["reference"]
    if view is None and session.scalar(select(Notice.id).where(Notice.reference == reference)) is not None:
        found.append(Fault("reference", f"编号“{reference}”已经有一条信息了。请换一个编号，或打开那一条修改。"))
    if view is not None and request.form.get("revision", "") != str(view.revision):
        found.append(Fault("", "您打开这一页以后，这条信息改过了（别的同事，或您在别的窗口）。请另开一页看看改动，再决定怎样改。"))
    if found:
        try:
            read(form.raw(), house().catalogue)
        except DraftRefused as refused:
            known = {fault.place for fault in found}
            found.extend(fault for fault in form.placed(refused.faults) if fault.place not in known)
    return found


def _reckoned(session: Session, form: NoticeForm) -> tuple[Reckoned | None, list[Fault]]:
    faults = form.faults()
    if faults or (form.audience == BY_ROWS and form.built.condition is None):
        return None, [fault for fault in faults if not form.is_unfilled]
    try:
        return reckon(session, form.condition(), within_area(form.divisions), the_day()), []
    except ConditionRefused as refused:
        return None, [form.refused(refused)]


def _page(session: Session, form: NoticeForm, view: NoticeView | None, faults: Sequence[Fault] = (),
          reckoned: Reckoned | None = None) -> str:
    given: dict[str, Any] = {
        "heading": "修改信息" if view else "写一条信息", "form": form, "view": view, "faults": faults, "reckoned": reckoned,
        "places": tree(session, actor(), house().county, form.divisions), "choices": conditions.choices(house().catalogue),
        "operators": conditions.OPERATORS, "rows": form.rows or (Row(),), "channels": CHANNELS,
        "topics": [(topic.value, topic.value) for topic in Topic],
        "kinds": [(kind.value, kind.words) for kind in Kind],
        "properties": [(one.value, one.value) for one in Property],
        "aspects": [("", "不填"), *((aspect, aspect) for aspect in ASPECTS)],
    }
    return render_template("staff/notices/form.html", **given)


def _fresh_form(session: Session) -> NoticeForm:
    """An empty form with the next reference, and the office and telephone this person wrote for last."""
    content = session.scalar(select(Revision.content).where(Revision.written_by == actor().name)
                             .order_by(Revision.id.desc()).limit(1)) or {}
    values = {"reference": _next_reference(session), "office": str(content.get("office", "")),
              "phone": str(content.get("phone", "")), "kind": _kind_asked(), "topic": Topic.OTHER.value,
              "property": Property.OPEN.value, "to": "households"}
    area = actor().jurisdiction or house().county
    return NoticeForm(values=values, divisions=(area,) if area else ())


def _kind_asked() -> str:
    """The kind a room's own button asks for."""
    asked = request.args.get("kind", "")
    return asked if asked in {kind.value for kind in Kind} else Kind.NOTICE.value


def _next_reference(session: Session) -> str:
    """One more than the last reference that ends in a number; the year's first when there is none."""
    year = str(the_day().year)
    for reference in session.scalars(select(Notice.reference).order_by(Notice.id.desc()).limit(50)):
        found = re.fullmatch(rf"(.*{year}\D{{0,3}})(\d{{2,4}})", reference)
        if found:
            return _unused(session, found[1], int(found[2]) + 1, len(found[2]))
    return _unused(session, f"{year}-", 1, 3)


def _unused(session: Session, opening: str, number: int, width: int) -> str:
    taken = set(session.scalars(select(Notice.reference).where(Notice.reference.startswith(opening, autoescape=True))))
    while (reference := f"{opening}{number:0{width}d}") in taken:
        number += 1
    return reference
