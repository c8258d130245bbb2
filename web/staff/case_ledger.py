"""台账统计 → 留言办理: how offices answer and what askers think of it, and what is overdue, for those who may urge."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from knowledge import case_figures, consultations, overdue
from knowledge.case_figures import OfficeFigures
from knowledge.case_models import Rating
from knowledge.models import Entry
from profiles.divisions import Names
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff.ledger import TABS, as_csv, period_asked
from web.staff.menu import HEADS, KNOWLEDGE_READERS, LEDGER_READERS, holds, holds_itself

HEADINGS = ("承办单位", "收到", "按期答复", "超期答复", "电话当场答复", "还没答复", "其中已超期", "满意", "基本满意", "不满意", "重办", "满意率")
LABELS = HEADINGS[1:]


@staff(*LEDGER_READERS)
def case_ledger() -> str | Response:
    """The figures of a period by office, and what is overdue now; `form=csv` gives the figures as a file."""
    period = period_asked()
    first, after = period.bounds()
    with house().database.reading() as session:
        offices = case_figures.by_office(session, actor().jurisdiction, first, after, the_day())
        if request.args.get("form") == "csv":
            return as_csv(HEADINGS, [(one.office, *row(one)) for one in offices], f"留言办理-{period.start}-{period.end}.csv")
        names, late = Names(session), overdue.overdue(session, actor().jurisdiction, the_day())
        whole = OfficeFigures("合计")
        for one in offices:
            whole.add(one)
        return render_template(
            "staff/ledger/cases.html", heading="留言办理", period=period, tabs=TABS, offices=offices, whole=whole, row=row, labels=LABELS,
            late=late, places={one.division: names.place(one.division) for one in late if one.division},
            used=_used(session, case_figures.used_entries(session, actor().jurisdiction, first, after)),
            may_urge=holds_itself(actor(), *HEADS), reads_entries=holds(actor(), *KNOWLEDGE_READERS), few=case_figures.FEW)


@staff(*HEADS, acts_itself=True)
def urge(number: str) -> AnyResponse:
    """Urge the desk that has an overdue consultation; back to the list."""
    with house().database.writing() as session:
        case = consultations.found(session, number)
        if case is None or not any(not one or actor().may_act_in(one) for one in (case.division, *([case.handler] if case.handler else []))):
            abort(404, description=f"您的管理范围内没有编号为 {number} 的留言。请核对编号。")
        overdue.urge(session, number, request.form.get("words", ""), actor(), the_day(), house().clock.now())
    flash(f"已督办留言 {number}，承办的坐席在工作台和留言页上看得到。", "good")
    return redirect(url_for("staff.case_ledger") + "#late")


def row(one: OfficeFigures) -> tuple[str, ...]:
    """One office's figures in the order of HEADINGS; a share of too few askers is not told."""
    share = one.satisfaction
    return (*(str(count) for count in (one.taken, one.in_time, one.late, one.at_once, one.waiting, one.overdue, one.ratings[Rating.GOOD],
                                       one.ratings[Rating.FAIR], one.ratings[Rating.BAD], one.reopened)),
            "—" if share is None else f"{share:.0%}")


def _used(session: Session, counts: dict[str, int]) -> list[tuple[str, str, int]]:
    questions = {entry.id: entry.question for entry in session.scalars(select(Entry).where(Entry.id.in_(counts)))}
    return [(entry_id, questions.get(entry_id, "条目已删"), times) for entry_id, times in counts.items()]
