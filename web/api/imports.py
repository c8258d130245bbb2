"""`/api/v1/households/imports`: a program of the office brings household tables with a key and looks what became of them."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, send_file

from profiles.imports import jobs
from profiles.imports.jobs import Job, Order
from profiles.imports.models import Asked
from web.house import house
from web.security import actor, keyed
from web.spreadsheet import errors_csv
from web.staff.menu import REGISTER_WRITERS

MOST_TOLD = 1_000
GONE = "没有这次导入：编号不对，放的时间太久，或者不是这把密钥的账号提交的。"

blueprint = Blueprint("api_imports", __name__, url_prefix="/api/v1/households/imports")


@blueprint.post("")
@keyed(*REGISTER_WRITERS)
def bring() -> Response:
    """Put a table into the queue: 202 with the address to look at."""
    file = request.files.get("file")
    content = file.read() if file is not None else b""
    if file is None or not content:
        abort(400, description="请用 multipart/form-data 的 file 一项上传农户表（.xlsx 或 .csv），文件不能是空的。")
    asked = request.form.get("ask", Asked.IMPORT.value)
    if asked not in set(Asked):
        abort(400, description="ask 只能是 trial（试导入）或 import（导入）。")
    complete_for = request.form.get("complete_for", "")
    if complete_for and not (complete_for.isdigit() and actor().may_act_in(complete_for)):
        abort(400, description="complete_for 应是这个账号管理范围内的区划代码。")
    order = Order(Asked(asked), complete_for, _mapping(), asks_headings=False)
    with house().database.writing() as session:
        token = jobs.bring(session, house().keyring, actor(), file.filename or "农户表", content, order, house().clock.now())
    return _accepted(token)


@blueprint.get("/<token>")
@keyed(*REGISTER_WRITERS)
def look(token: str) -> Response:
    """State, progress and report."""
    return jsonify(_told(_found(token)))


@blueprint.post("/<token>/import")
@keyed(*REGISTER_WRITERS)
def accept(token: str) -> Response:
    """The yes after a trial."""
    _found(token)
    with house().database.writing() as session:
        is_asked = jobs.ask_import(session, actor().name, token)
    if not is_asked:
        abort(409, description="这份表现在不能导入：还没有试完、已经导入，或者没有收下。请先看它的 state。")
    return _accepted(token)


@blueprint.get("/<token>/errors.csv")
@keyed(*REGISTER_WRITERS)
def errors(token: str) -> Response:
    """Every fault of the rejected rows, with its place and cure."""
    return send_file(BytesIO(errors_csv(_found(token).rejections)), "text/csv", as_attachment=True, download_name="拒收.csv")


def _mapping() -> dict[str, str] | None:
    text = request.form.get("mapping", "")
    if not text:
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        abort(400, description="mapping 应是一个 JSON 对象：文件里的表头 → 标准表头，如 {\"家庭编号\": \"户编号\"}。")
    return read


def _found(token: str) -> Job:
    with house().database.reading() as session:
        found = jobs.find(session, house().keyring, actor().name, token)
    if found is None:
        abort(404, description=GONE)
    return found


def _accepted(token: str) -> Response:
    address = f"{house().settings.web.public_url}/api/v1/households/imports/{token}"
    answer = jsonify(job=token, address=address)
    answer.status_code = 202
    answer.headers["Location"] = address
    return answer


def _told(job: Job) -> dict[str, Any]:
    report = {name: value for name, value in job.report.items() if name != "errors_file"} or None
    rejections = [{"row": one.row, "column": one.column, "reason": one.reason, "cure": one.cure}
                  for one in job.rejections[:MOST_TOLD]]
    return {"job": job.token, "file_name": job.file_name, "asked": job.asked.value, "state": job.state.value,
            "words": job.words or job.state.words, "progress": {"stage": job.stage, "done": job.done, "total": job.total},
            "report": report, "rejections": rejections}
