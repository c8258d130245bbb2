"""推送统计: a count under five is not told, nor can it be reckoned from what stands beside it or below."""

from __future__ import annotations

import csv
import io

from sqlalchemy import insert

from push.models import Delivery, Dispatch
from tests.web.staff.office import NOW, Office


def _pushed(desk: Office, number: int, **states: int) -> None:
    """A push that is over, so many messages of it in each state; two parts a message."""
    with desk.database.writing() as session:
        session.add(Dispatch(id=number, notice_id=1, notice_reference=f"PY-{number}", title="玉米补贴", digest="d", purpose="notice",
                             state="finished", content={"sms": {"parts": 2}}, channels=["sms"], divisions=["640425"],
                             sent_by="赵推送", created_at=NOW, release_at=NOW, released_at=NOW, finished_at=NOW))
        session.flush()
        session.execute(insert(Delivery), [
            {"dispatch_id": number, "household_id": 1, "channel": "sms", "state": state}
            for state, count in states.items() for _ in range(count)])


def _read(desk: Office) -> dict[str, tuple[str, ...]]:
    """The file: what is told of each push of 要发, 已送达, 失败, the parts and the cost."""
    rows = csv.DictReader(io.StringIO(desk.clerk("安审计").get("/staff/ledger/push?form=csv").data.decode("utf-8-sig")))
    return {row["任务"]: tuple(row[name] for name in ("要发", "已送达", "失败", "短信计费条数", "估算费用（元）")) for row in rows}


def test_a_hidden_count_cannot_be_reckoned_from_the_total(desk: Office) -> None:
    _pushed(desk, 1, delivered=98, failed=2)
    _pushed(desk, 2, delivered=3, failed=20)
    _pushed(desk, 3, delivered=40, failed=10)
    assert _read(desk) == {
        "1": ("98 多", "98", "少于 5", "196", "8.82"), "2": ("20 多", "少于 5", "20", "—", "—"), "3": ("50", "40", "10", "80", "3.60")}
    page = desk.clerk("安审计").page("/staff/ledger/push")
    assert "合计 168 多 138 多 0 30 多 0 0 276 多 12.42 多" in page


def test_a_push_of_a_few_says_no_more_than_that(desk: Office) -> None:
    _pushed(desk, 1, delivered=3)
    _pushed(desk, 2, delivered=3, failed=3)
    assert _read(desk) == {"1": ("少于 5", "少于 5", "0", "—", "—"), "2": ("—", "少于 5", "少于 5", "—", "—")}
