"""二维码: the code of each village by township, its sheet, and how often people opened it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from kernel.audit import record
from profiles.divisions import COUNTY, TOWNSHIP, Names, short_name, standing
from profiles.history import Codes
from qrcodes import codes as making
from qrcodes import scans, tokens
from qrcodes.failures import SheetRefused
from qrcodes.models import Code
from qrcodes.posters import print_sheets
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff.division_tree import townships
from web.staff.menu import CODE_KEEPERS

DAYS = 30


@dataclass(frozen=True)
class Line:
    """One place and its code: where it hangs, when it was printed, how often it was opened lately."""

    division: str
    name: str
    code_id: int | None
    placement: str
    printed_at: datetime | None
    scans: int
    address: str


@staff(*CODE_KEEPERS)
def codes() -> str:
    """The codes of one township, the first of the actor's area unless another is asked for."""
    with house().database.reading() as session:
        places = townships(session, actor(), house().county)
        chosen = _chosen(tuple(code for code, _ in places), request.args.get("place", ""))
        lines = _lines(session, chosen, the_day()) if chosen else []
        return render_template(
            "staff/codes/list.html", heading="二维码", places=places, chosen=chosen, lines=lines, days=DAYS,
            place=Names(session).place(chosen) if chosen else "", total=sum(line.scans for line in lines))


@staff(*CODE_KEEPERS)
def print_codes() -> Response | BaseResponse:
    """The A4 sheets of a place and everything below it as one PDF; codes that do not exist yet are made."""
    division = request.form.get("division", "")
    if not division or not actor().may_act_in(division):
        abort(403, description="这个地方不在您的管理范围内。")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sheets.pdf"
        try:
            print_sheets(house().database, house().token_key, division, out, house().settings.web.public_url,
                         house().clock.now())
        except SheetRefused as refusal:
            flash(refusal.words, "bad")
            return redirect(url_for("staff.codes", place=division[:TOWNSHIP]))
        content = out.read_bytes()
    with house().database.writing() as session:
        record(session, house().clock.now(), actor(), "打印二维码", f"division:{division}")
        name = Names(session).place(division).replace(" ", "")
    return send_file(BytesIO(content), "application/pdf", as_attachment=True, download_name=f"二维码-{name}.pdf")


@staff(*CODE_KEEPERS)
def replace_code(number: int) -> str | BaseResponse:
    """Give a place a new code when its sheet was spoilt; whoever scans the old one is led to the new."""
    with house().database.reading() as session:
        code = session.get(Code, number)
        if code is None or not actor().may_act_in(code.target):
            abort(404, description="没有这个二维码。")
        place = Names(session).place(code.target)
    if code.replaced_by is not None:
        flash(f"{place}的这个码已经换过了，没有再换。要换现在用的这一个，请点它旁边的“换码”。", "warn")
        return redirect(url_for("staff.codes", place=code.target[:TOWNSHIP]))
    if request.method == "GET":
        return render_template("staff/codes/replace.html", heading="换一个二维码", code=code, place=place)
    with house().database.writing() as session:
        making.replace(session, number, actor(), house().clock.now())
    flash(f"{place}的二维码已更换。请重新打印张贴；有人扫旧码，也会转到新码。", "good")
    return redirect(url_for("staff.codes", place=code.target[:TOWNSHIP]))


def _chosen(offered: tuple[str, ...], asked: str) -> str:
    """The township asked for, else the first that is one; an account of one village has only that."""
    if asked and actor().may_act_in(asked):
        return asked
    return next((code for code in offered if len(code) > COUNTY), offered[0] if offered else "")


def _lines(session: Session, place: str, day: date) -> list[Line]:
    """What stands today; a sheet printed under an earlier code leads to the same board and is counted with it."""
    divisions, changes = standing(session, place), Codes.read(session)
    once = {former: code for code, _ in divisions for former in changes.standing_for(code)}
    held = making.in_force(session, list(once), making.BOARD, house().clock.now())
    since, counted = day - timedelta(days=DAYS), dict[str, int]()
    for target, count in scans.scans_at(session, list(once), since).items():
        counted[once[target]] = counted.get(once[target], 0) + count
    return [_line(code, name, next((held[one] for one in changes.standing_for(code) if one in held), None), counted.get(code, 0))
            for code, name in divisions]


def _line(division: str, name: str, code: Code | None, count: int) -> Line:
    address = url_for("public.landing", token=tokens.make(code.id, house().token_key)) if code else ""
    return Line(division, short_name(name), code.id if code else None, code.placement if code else "",
                code.printed_at if code else None, count, address)
