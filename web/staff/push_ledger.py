"""推送统计: each push of a period in figures, to read and to take along as CSV."""

from __future__ import annotations

from flask import Response, render_template, request

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
        parts = push_figures.paid_parts(session, lines)
    cost = {number: round(count * house().settings.push.sms_price / 100, 2) for number, count in parts.items()}
    if request.args.get("form") == "csv":
        rows = [(line.number, line.reference, line.title, line.words, f"{line.release_at:%Y-%m-%d %H:%M}", line.sent_by,
                 *(push_figures.told(count) for count in _counts(line)), parts[line.number], f"{cost[line.number]:.2f}")
                for line in lines]
        return as_csv(HEADINGS, rows, f"推送统计-{period.start}-{period.end}.csv")
    totals = [sum(column) for column in zip(*(_counts(line) for line in lines), strict=True)] if lines else []
    return render_template(
        "staff/ledger/push.html", heading="推送统计", lines=lines, period=period, tabs=TABS, parts=parts, cost=cost,
        told=push_figures.told, counts={line.number: _counts(line) for line in lines}, totals=totals,
        all_parts=sum(parts.values()), whole_cost=sum(cost.values()))


def _counts(line: push_figures.Line) -> tuple[int, ...]:
    """要发, 已送达, 已提交, 失败, 待核实, 未发送."""
    shown = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNKNOWN,
             DeliveryState.SKIPPED)
    return (line.total, *(line.of(state) for state in shown))
