"""Taking in a household table: a dry run first, then a yes; rejected rows to download."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from profiles.divisions import Names
from profiles.intake.failures import FileRefused
from profiles.intake.households import import_households
from profiles.reports import ImportReport
from web.house import house
from web.security import actor, staff
from web.staff import uploads
from web.staff.division_tree import townships
from web.staff.frame import Fault
from web.staff.households import tabs
from web.staff.menu import REGISTER_WRITERS
from web.staff.uploads import Brought

ROWS_SHOWN = 50
GONE = "这份表已经不在了：超过一天，或者不是您上传的。请重新选文件。"


@staff(*REGISTER_WRITERS)
def bring() -> str | BaseResponse | tuple[str, int]:
    """Take a file and try it without writing anything."""
    if request.method == "GET":
        return _form(())
    file, complete_for = request.files.get("file"), request.form.get("complete_for", "")
    if file is None or not file.filename:
        return _form([Fault("file", "请选一个文件。")]), 400
    if complete_for and not actor().may_act_in(complete_for):
        return _form([Fault("complete_for", "这个地方不在您的管理范围内。")]), 400
    content = file.read()
    try:
        report = _run(content, file.filename, complete_for, dry_run=True)
    except FileRefused as refusal:
        return _form([Fault("file", f"{refusal.words}。".replace("。。", "。"))]), 400
    with house().database.writing() as session:
        token = uploads.keep(session, house().keyring, actor().name, file.filename, complete_for, content, report,
                             house().clock.now())
    return redirect(url_for("staff.brought", token=token))


@staff(*REGISTER_WRITERS)
def brought(token: str) -> str | BaseResponse | tuple[str, int]:
    """What the dry run said, and the question whether to take it in; afterwards, what came of it."""
    found = _found(token)
    if request.method == "POST" and not found.is_done:
        if request.form.get("act") == "drop":
            return _dropped(token)
        refused = _taken_in(found)
        if refused is None:
            flash("已导入。", "good")
            return redirect(url_for("staff.brought", token=token))
        return _page(found, [Fault("", refused)]), 400
    return _page(found, ())


@staff(*REGISTER_WRITERS)
def errors_of(token: str) -> Response:
    """The rejected rows as a CSV file that spreadsheet programs open."""
    found = _found(token)
    stem = found.file_name.rpartition(".")[0] or found.file_name
    return send_file(BytesIO(uploads.errors_csv(found.rejections)), "text/csv", as_attachment=True,
                     download_name=f"{stem}-拒收.csv")


def _found(token: str) -> Brought:
    with house().database.reading() as session:
        found = uploads.find(session, house().keyring, actor().name, token)
    if found is None:
        abort(404, description=GONE)
    return found


def _taken_in(found: Brought) -> str | None:
    """Take the table in; returns why not, or None when it is in."""
    with house().database.reading() as session:
        content = uploads.content(session, house().keyring, actor().name, found.token)
    if content is None:
        return GONE
    try:
        report = _run(content, found.file_name, found.complete_for, dry_run=False)
    except FileRefused as refusal:
        return refusal.words
    with house().database.writing() as session:
        uploads.done(session, house().keyring, actor().name, found.token, report)
    return None


def _dropped(token: str) -> BaseResponse:
    with house().database.writing() as session:
        uploads.drop(session, actor().name, token)
    flash("没有导入，上传的文件已删掉。", "good")
    return redirect(url_for("staff.import_households"))


def _run(content: bytes, file_name: str, complete_for: str, *, dry_run: bool) -> ImportReport:
    return import_households(house().database, house().keyring, content, file_name, now=house().clock.now(), actor=actor(),
                             dry_run=dry_run, complete_for=complete_for or None)


def _form(faults: Sequence[Fault]) -> str:
    with house().database.reading() as session:
        places = [("", "不是，只是其中一部分"), *((code, f"是，{name}的") for code, name in
                  townships(session, actor(), house().county))]
    return render_template("staff/people/import.html", heading="导入农户表", faults=faults, places=places, tabs=tabs(),
                           chosen=request.form.get("complete_for", ""))


def _page(found: Brought, faults: Sequence[Fault]) -> str:
    with house().database.reading() as session:
        place = Names(session).place(found.complete_for) if found.complete_for else ""
    return render_template("staff/people/brought.html", heading="导入结果" if found.is_done else "核对后导入", found=found,
                           report=found.report, faults=faults, place=place, shown=found.rejections[:ROWS_SHOWN], tabs=tabs())
