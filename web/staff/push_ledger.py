"""推送统计: each push of a period in figures, to read and to take along as CSV."""

from __future__ import annotations

from flask import Response, render_template, request

from push import figures
from push.states import DeliveryState
from web.house import house
from web.security import actor, staff
from web.staff import push_figures
from web.staff.ledger import TABS, as_csv, period_asked
from web.staff.menu import LEDGER_READERS

HEADINGS = ("任务", "信息编号", "标题", "状态", "放行时间", "放行人", "要发", "已送达", "已提交", "失败", "待核实", "未发送", "短信计费条数",
            "估算费用（元）")
MOST = 500


@staff(*LEDGER_READERS)
def push_ledger() -> str | Response:
    """Every push released in a period; `form=csv` gives the same as a file. Counts under five are not told."""
    period = period_asked()
    first, after = period.bounds()
    with house().database.reading() as session:
        lines = push_figures.lines(session, actor(), MOST, since=first, until=after)
        paid = {line.number: figures.status(session, line.number, house().settings.push) for line in lines}
    if request.args.get("form") == "csv":
        rows = [(line.number, line.reference, line.title, line.words, f"{line.release_at:%Y-%m-%d %H:%M}", line.sent_by,
                 *(push_figures.told(count) for count in _counts(line)), paid[line.number].parts, f"{paid[line.number].cost:.2f}")
                for line in lines]
        return as_csv(HEADINGS, rows, f"推送统计-{period.start}-{period.end}.csv")
    totals = [sum(column) for column in zip(*(_counts(line) for line in lines), strict=True)] if lines else []
    return render_template(
        "staff/ledger/push.html", heading="推送统计", lines=lines, period=period, tabs=TABS, paid=paid, told=push_figures.told,
        counts={line.number: _counts(line) for line in lines}, totals=totals, parts=sum(one.parts for one in paid.values()),
        cost=sum(one.cost for one in paid.values()))


def _counts(line: push_figures.Line) -> tuple[int, ...]:
    """要发, 已送达, 已提交, 失败, 待核实, 未发送."""
    shown = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNKNOWN,
             DeliveryState.SKIPPED)
    return (line.total, *(line.of(state) for state in shown))
