"""推送统计: each push of a period in figures, to read and to take along as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Every push released in a period; `form=csv` gives the same as a file. Counts under five are not told, nor what tells them."""
    period = period_asked()
    first, after = period.bounds()
    with house().database.reading() as session:
        lines = push_figures.lines(session, actor(), MOST, since=first, until=after)
        parts = push_figures.paid_parts(session, lines)
    price = house().settings.push.sms_price / 100
    rows = {line.number: _figures(line, parts[line.number]) for line in lines}
    if request.args.get("form") == "csv":
        return as_csv(HEADINGS, [
            (line.number, line.reference, line.title, line.words, f"{line.release_at:%Y-%m-%d %H:%M}", line.sent_by,
             *(one.words for one in rows[line.number]), rows[line.number][-1].at(price)) for line in lines],
            f"推送统计-{period.start}-{period.end}.csv")
    totals = [Figure.of(column) for column in zip(*rows.values(), strict=True)]
    return render_template("staff/ledger/push.html", heading="推送统计", lines=lines, period=period, tabs=TABS, rows=rows, price=price,
                           totals=totals)


@dataclass(frozen=True)
class Figure:
    """What may be told of a count: `value`, and whether a few more are in it; nothing is told by what they can be reckoned from."""

    value: int
    has_more: bool = False
    is_one: bool = True

    @staticmethod
    def of(column: Sequence[Figure]) -> Figure:
        """The sum of some."""
        return Figure(sum(one.value for one in column), any(one.has_more for one in column), is_one=False)

    @property
    def words(self) -> str:
        """98, 98 多, or 少于 5."""
        if self.has_more and not self.value:
            return push_figures.told(1) if self.is_one else "—"
        return f"{self.value:,}" + (" 多" if self.has_more else "")

    def at(self, price: float) -> str:
        """So many in yuan."""
        return "—" if self.has_more and not self.value else f"{self.value * price:.2f}" + (" 多" if self.has_more else "")


def _figures(line: push_figures.Line, parts: int) -> tuple[Figure, ...]:
    """要发, 已送达, 已提交, 失败, 待核实, 未发送, and the parts that are paid."""
    shown = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.UNKNOWN)
    told = [_few(line.of(state)) for state in shown]
    hidden = sum(line.of(state) for state, one in zip(shown, told, strict=True) if one.has_more)
    whole = _few(line.total)
    if not whole.has_more:
        whole = Figure(line.total - hidden, hidden > 0, is_one=False)
    paid = Figure(0, has_more=True, is_one=False) if any(one.has_more for one in told[:2]) else Figure(parts)
    return whole, *told, _few(line.of(DeliveryState.SKIPPED)), paid


def _few(count: int) -> Figure:
    return Figure(0, has_more=True) if 0 < count < push_figures.FEW else Figure(count)
