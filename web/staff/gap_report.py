"""问答小结: what was asked in a time, what came of it, what could not be found and where; the nights' own figures; as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO

import xlsxwriter
from flask import Response, render_template, request, send_file

from knowledge import gap_figures
from knowledge.gap_models import GapNight
from web.house import house
from web.learning import Reported, report
from web.rendering import the_day
from web.security import actor, staff
from web.staff.entry_tabs import tabs
from web.staff.menu import KNOWLEDGE_READERS

DAYS = 7
NIGHTS_SHOWN = 14
LONGEST = timedelta(days=800)
SAID = (("asked", "问了"), ("answered", "直接答上"), ("clarified", "先请对方选"), ("chosen", "其中选了的"), ("handed_over", "转人工"),
        ("helpful", "说有用"), ("unhelpful", "说没用"))
COUNTY_DIGITS = 6


@staff(*KNOWLEDGE_READERS)
def gap_report() -> str | Response:
    """The figures of a period in the actor's area, the last seven days when none is asked for; `form=xlsx` gives a workbook."""
    end = min(_asked("end", the_day()), the_day())
    start = max(min(_asked("start", end - timedelta(days=DAYS - 1)), end), end - LONGEST)
    is_whole = len(actor().jurisdiction) <= COUNTY_DIGITS
    with house().database.reading() as session:
        told = report(session, start, end, actor().jurisdiction)
        nights = gap_figures.nights(session, NIGHTS_SHOWN) if is_whole else ()
    if request.args.get("form") == "xlsx":
        return send_file(BytesIO(_book(told, nights)), as_attachment=True, download_name=f"问答小结-{start}-{end}.xlsx",
                         mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    return render_template("staff/knowledge/gap_report.html", heading="问答小结", told=told, nights=nights, tabs=tabs(), said=SAID,
                           start=start, end=end, is_whole=is_whole)


def _asked(name: str, otherwise: date) -> date:
    """A day of the address; what is no day is as if none had been given."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return otherwise


def _book(told: Reported, nights: Sequence[GapNight]) -> bytes:
    """A sheet each for the figures, the gaps, the places and the nights."""
    figures = told.figures
    sheets: list[tuple[str, tuple[str, ...], list[tuple[str | int, ...]]]] = [
        ("汇总", ("项目", "次数"), [("从", f"{told.since}"), ("到", f"{told.until}"),
                               *((words, getattr(figures, name)) for name, words in SAID),
                               ("新出现的待补充问题", told.moved.opened), ("补上的", told.moved.closed)]),
        ("待补充问题", ("问题", "次数", "哪里问得多"),
         [(one["question"], one["asked"], "、".join(f"{place['name']} {place['asked']}" for place in one["places"])) for one in told.top]),
        ("各村", ("地方", "没问到", "一共问了"), [(one["name"], one["asked"], one["of"]) for one in told.places]),
        ("每晚", ("哪一天的", "归拢", "新问题", "补上", "又打开", "没来得及"),
         [(f"{one.day}", one.gathered, one.opened, one.closed, one.reopened, one.left_over) for one in nights]),
    ]
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        for name, headings, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 0, 44, wrapped)
            sheet.set_column(1, len(headings), 16, wrapped)
            sheet.write_row(0, 0, headings, head)
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, row)
    return made.getvalue()
