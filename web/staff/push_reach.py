"""覆盖和到达: how far a push came by place and kind, whom it missed, what is unclear; to read and to take along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter
from flask import Response, abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from kernel import audit
from profiles.divisions import Names
from profiles.privacy import few
from push import coverage, rounds
from push.coverage import Share
from push.models import Dispatch
from push.states import reason_words
from push.visits import Why, ask_for
from web.house import house
from web.security import actor, staff
from web.spreadsheet import harmless
from web.staff import push_figures
from web.staff.frame import LONG_ROWS_A_PAGE, page_asked
from web.staff.ledger import as_csv
from web.staff.menu import PUSH_READERS, holds_itself
from web.staff.models import Role
from web.staff.pushing import found_dispatch
from web.staff.townships import by_township

HEADINGS = ("范围", "名单户数", "已覆盖", "覆盖率", "平台收下", "已到手机", "到达率", "还在办", "没有收到")
FEW = push_figures.FEW


@dataclass(frozen=True)
class Line:
    """One line as a page or a file tells it: small numbers hidden, and with them what could be reckoned from them."""

    name: str
    cells: tuple[str, ...]
    code: str = ""


@dataclass(frozen=True)
class Village:
    """Households of one village whom nothing reached: how many, and why."""

    code: str
    place: str
    count: int
    reasons: tuple[tuple[str, int], ...]


@staff(*PUSH_READERS)
def push_coverage(number: int) -> str | Response:
    """Coverage and arrival by place and kind; `form=csv` or `form=xlsx` gives the same as a file."""
    with house().database.reading() as session:
        found = found_dispatch(session, number)
        whole, townships, villages = coverage.by_place(session, found)
        kinds = [_line(share) for share in coverage.by_kind(session, found)]
        spent = coverage.spent(session, found, house().settings.push)
        views = push_figures.views(session, found)
        names = Names(session)
        rows = [_line(whole), *(_line(share) for share in townships)]
        below = {share.code: [_line(one) for one in villages if one.code[:9] == share.code] for share in townships}
        title, places = found.title, [_line(one, names.place(one.code) if one.code else "") for one in villages]
    form = request.args.get("form", "")
    if form in ("csv", "xlsx"):
        return _as_file(form, number, [*rows, *places], kinds)
    return render_template("staff/push/coverage.html", heading=title, number=number, rows=rows, below=below, kinds=kinds,
                           spent=spent, headings=HEADINGS, views=views, words=push_figures.channel_words)


@staff(*PUSH_READERS)
def push_missed(number: int) -> str | Answer:
    """Households nothing reached, by village; a sender hands them to the village as visits."""
    with house().database.reading() as session:
        found = found_dispatch(session, number)
        villages = _villages(session, found)
        towns = by_township(Names(session), ((village.code, village) for village in villages))
        views = push_figures.views(session, found)
    may_send = holds_itself(actor(), Role.SENDER)
    if request.method == "POST":
        if not may_send:
            abort(403, description="交给村里入户由有“推送”角色的人办理。")
        return _hand_over(number, request.form.get("village", ""), villages)
    return render_template("staff/push/missed.html", heading=found.title, number=number, towns=towns, views=views,
                           villages=len(villages), may_send=may_send, few=few, total=sum(village.count for village in villages))


@staff(*PUSH_READERS)
def push_unclear(number: int) -> str:
    """Messages nobody knows the fate of, one by one, the oldest first."""
    now = house().clock.now()
    with house().database.reading() as session:
        found = found_dispatch(session, number)
        page = page_asked(coverage.unclear_count(session, number), LONG_ROWS_A_PAGE)
        lines = coverage.unclear(session, number, page.offset, page.rows)
        names = Names(session)
        places = {line.division: names.place(line.division) for line in lines if line.division}
        views = push_figures.views(session, found)
    return render_template("staff/push/unclear.html", heading=found.title, number=number, lines=lines, page=page, views=views,
                           places=places, ages={line.delivery_id: _age((now - line.since).total_seconds()) for line in lines},
                           words=push_figures.channel_words)


def _line(share: Share, name: str = "") -> Line:
    rates = (_rate(share.coverage, share.audience, share.covered), _rate(share.arrival, share.submitted, share.arrived))
    counted = [push_figures.told(value) for value in (
        share.audience, share.covered, share.submitted, share.arrived, share.waiting, share.missed)]
    return Line(name or share.name, (counted[0], counted[1], rates[0], counted[2], counted[3], rates[1], *counted[4:]), share.code)


def _rate(rate: float | None, *counts: int) -> str:
    """A rate, unless the few it is made of could be reckoned back from it."""
    return "—" if any(0 < count < FEW for count in counts) else _percent(rate)


def _percent(share: float | None) -> str:
    # 99.96 % is not everybody.
    return "—" if share is None else f"{int(share * 1000) / 10:.1f}%"


def _age(seconds: float) -> str:
    for length, words in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= length:
            return f"{seconds / length:.0f} {words}"
    return f"{max(0.0, seconds):.0f} 秒"


def _villages(session: Session, found: Dispatch) -> list[Village]:
    reasons: dict[str, list[tuple[str, int]]] = {}
    for division, reason, count in coverage.missed_by_reason(session, found):
        reasons.setdefault(division, []).append((reason_words(reason), count))
    names = Names(session)
    return [Village(code, names.place(code), sum(count for _, count in told), tuple(sorted(told, key=lambda one: -one[1])))
            for code, told in sorted(reasons.items())]


def _hand_over(number: int, village: str, villages: Sequence[Village]) -> Answer:
    """Put the households of one village, or of all, on the villages' lists; once each, however often it is pressed."""
    if village and village not in {one.code for one in villages}:
        flash("这个村已经没有要入户的户。", "warn")
        return redirect(url_for("staff.push_missed", number=number))
    now = house().clock.now()
    with house().database.writing() as session:
        found = found_dispatch(session, number)
        if not rounds.is_asked(session, number, now):
            flash("这次推送已停止或已更正，或者信息已撤下、已过期，村里的名单上不再列出，没有添加。还要入户的，请另发或更正后再交。", "bad")
            return redirect(url_for("staff.push_missed", number=number))
        added = ask_for(session, number, coverage.missed(found, village), Why.NOT_REACHED, now)
        audit.record(session, now, actor(), "push.visits", f"dispatch:{number}", {"village": village or "全部", "added": added})
    if added:
        flash(f"已交给村里：入户名单新增{few(added)}。村干部在手机上能看到。", "good")
    else:
        flash("这些户早已在入户名单上，没有重复添加。", "good")
    return redirect(url_for("staff.push_missed", number=number))


def _as_file(form: str, number: int, places: Sequence[Line], kinds: Sequence[Line]) -> Response:
    name = f"推送{number}-覆盖和到达.{form}"
    headings = (HEADINGS[0], *HEADINGS[1:])
    rows = [*((line.name, *line.cells) for line in places), ("按户类型",), *((line.name, *line.cells) for line in kinds)]
    if form == "csv":
        return as_csv(headings, rows, name)
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("覆盖和到达")
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, len(headings) - 1, 12)
        for place, row in enumerate([headings, *rows]):
            for column, cell in enumerate(row):
                _write(sheet, place, column, cell)
    made.seek(0)
    return send_file(made, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_attachment=True,
                     download_name=name)


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: str) -> None:
    plain = cell.replace(",", "")
    if plain.isdigit():
        sheet.write_number(row, column, int(plain))
    else:
        sheet.write_string(row, column, harmless(cell))
