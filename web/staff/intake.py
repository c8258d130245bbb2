"""Taking in a household table: its headings, a trial, then a yes; the work is done outside the page, which only looks."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from profiles.divisions import Names
from profiles.imports import jobs
from profiles.imports.jobs import Job, Order
from profiles.imports.models import JobState
from web.house import house
from web.importing import SMALL_BYTES, importer_of
from web.security import actor, staff
from web.spreadsheet import errors_csv, table_csv
from web.staff.division_tree import places as all_places
from web.staff.frame import Fault
from web.staff.heading_form import HeadingForm
from web.staff.households import tabs
from web.staff.import_words import difference, grouped
from web.staff.menu import REGISTER_WRITERS

ROWS_SHOWN = 50
GONE = "这份表已经不在了：放的时间太久，或者不是您上传的。请重新选文件。"
LATER = "这份表的情况已经变了，请看下面现在的样子。"


@staff(*REGISTER_WRITERS, acts_itself=True)
def bring() -> str | BaseResponse | tuple[str, int]:
    """Take a file into the queue; nothing is written before a yes."""
    if request.method == "GET":
        return _form(())
    file, complete_for = request.files.get("file"), request.form.get("complete_for", "")
    if file is None or not file.filename:
        return _form([Fault("file", "请选一个文件。")]), 400
    if complete_for and not actor().may_act_in(complete_for):
        return _form([Fault("complete_for", "这个地方不在您的管理范围内。")]), 400
    content = file.read()
    if not content:
        return _form([Fault("file", "文件是空的。请确认选对了文件。")]), 400
    with house().database.writing() as session:
        token = jobs.bring(session, house().keyring, actor(), file.filename, content, Order(complete_for=complete_for),
                           house().clock.now())
    answer = _onward(token)
    job = _found(token)
    if job.state is JobState.REFUSED:
        with house().database.writing() as session:
            jobs.drop(session, actor().name, token)
        return _form([Fault("file", f"{job.words}。".replace("。。", "。"))]), 400
    return answer


@staff(*REGISTER_WRITERS, acts_itself=True)
def brought(token: str) -> str | BaseResponse | tuple[str, int]:
    """Where a table stands: waiting or under way, its headings to be named, its changes to be decided on, what came of it."""
    job = _found(token)
    if request.method == "GET":
        return _page(job, ())
    act = request.form.get("act", "")
    if act == "drop":
        return _dropped(token)
    if act == "headings" and job.state is JobState.HEADINGS:
        return _named(job)
    with house().database.writing() as session:
        is_asked = (jobs.ask_import if act == "import" else jobs.ask_again)(session, actor().name, token)
    if not is_asked:
        flash(LATER, "warn")
    return _onward(token)


@staff(*REGISTER_WRITERS)
def errors_of(token: str) -> Response:
    """Every fault as a line of a CSV file that spreadsheet programs open."""
    job = _found(token)
    return _file(job, errors_csv(job.rejections), "拒收")


@staff(*REGISTER_WRITERS)
def to_mend(token: str) -> Response:
    """The rejected rows whole, to be mended and brought again."""
    job = _found(token)
    return _file(job, table_csv(job.to_mend), "待改")


def _file(job: Job, content: bytes, what: str) -> Response:
    stem = job.file_name.rpartition(".")[0] or job.file_name
    return send_file(BytesIO(content), "text/csv", as_attachment=True, download_name=f"{stem}-{what}.csv")


def _onward(token: str) -> BaseResponse:
    """To the table's page; a small one is worked on before that, when nothing else is under way."""
    job = _found(token)
    if job.state is JobState.WAITING and job.size <= SMALL_BYTES:
        importer_of(house()).work_on(job.id)
    return redirect(url_for("staff.brought", token=token))


def _found(token: str) -> Job:
    with house().database.reading() as session:
        found = jobs.find(session, house().keyring, actor().name, token)
    if found is None:
        abort(404, description=GONE)
    return found


def _named(job: Job) -> BaseResponse | tuple[str, int]:
    """The clerk said what each heading is."""
    form = HeadingForm.posted(job.headings, request.form)
    if form.faults:
        return _page(job, form.faults, form), 400
    with house().database.writing() as session:
        jobs.answer_headings(session, actor(), job, form.mapping(), house().clock.now())
    return _onward(job.token)


def _dropped(token: str) -> BaseResponse:
    with house().database.writing() as session:
        is_gone = jobs.drop(session, actor().name, token)
    if not is_gone:
        flash("这份表正在办，现在不能删。等它办完再定。", "warn")
        return redirect(url_for("staff.brought", token=token))
    flash("没有导入，上传的文件已删掉。", "good")
    return redirect(url_for("staff.import_households"))


def _form(faults: Sequence[Fault]) -> str:
    with house().database.reading() as session:
        places = [("", "不是，只是其中一部分"), *((code, f"是，{name}的") for code, name in
                  all_places(session, actor(), house().county))]
        brought = jobs.of_owner(session, actor().name)
    return render_template("staff/people/import.html", heading="导入农户表", faults=faults, places=places, tabs=tabs(),
                           chosen=request.form.get("complete_for", ""), brought=brought)


def _page(job: Job, faults: Sequence[Fault], form: HeadingForm | None = None) -> str:
    with house().database.reading() as session:
        place = Names(session).place(job.complete_for) if job.complete_for else ""
        before = jobs.before(session, job) if job.state is JobState.WAITING else 0
        changes = difference(job.changes, place, Names(session).name)
    if job.state is JobState.HEADINGS:
        return render_template("staff/people/headings.html", heading="认一认表头", job=job, faults=faults, tabs=tabs(),
                               form=form or HeadingForm.fresh(job.headings))
    return render_template(
        "staff/people/brought.html", heading=_heading(job), job=job, report=job.report, faults=faults, place=place,
        before=before, shown=job.rejections[:ROWS_SHOWN], warnings=grouped(job.report.get("warnings", ())),
        difference=changes, tabs=tabs())


def _heading(job: Job) -> str:
    return {JobState.TRIED: "核对后导入", JobState.DONE: "导入结果", JobState.REFUSED: "这份表没有导入",
            JobState.FAILED: "中断了"}.get(job.state, "正在导入" if job.asked == "import" else "正在试导入")
