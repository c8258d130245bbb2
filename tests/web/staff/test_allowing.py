"""放宽费用上限 at the sender's desk; nothing leaves here: no worker runs."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from push.failures import Refused
from push.models import Delivery
from push.states import DeliveryState
from tests.web.staff.office import Office, words_of
from tests.web.staff.test_pushing import send, with_settings
from web.commands import releasing


def test_what_the_ceiling_keeps_back_is_seen_and_goes_on_with_a_reason(desk: Office) -> None:
    office = with_settings(desk, cost_ceiling=0.05)
    clerk, address = office.clerk("赵推送"), "/staff/push/1"
    send(clerk)
    assert "费用上限 0.05 元 ，已安排 0.04 元" in clerk.page(address)
    with desk.database.writing() as session:
        session.execute(update(Delivery).values(state=DeliveryState.SKIPPED, reason="over_ceiling"))
    page = clerk.page(address)
    for words in ("1 条先没有发：发了会超过费用上限 上限 0.05 元", "放宽费用上限", "超过费用上限，先没有发"):
        assert words in page, words
    assert "放宽费用上限" not in office.clerk("安审计").page(address)
    asked = clerk.page(f"{address}/ceiling")
    assert "有 1 条，发了会超过费用上限，先没有发" in asked
    for given, words in (({"ceiling": "一千"}, "不是钱数"), ({"ceiling": "1"}, "请写明原因"), ({"ceiling": "0.05", "reason": "同意"}, "更大的元数"),
                         ({"ceiling": "nan", "reason": "同意"}, "大于 0 的元数")):
        answer = clerk.send(f"{address}/ceiling", given)
        assert (answer.status_code, words in words_of(answer.text)) == (400, True), words
    assert clerk.send(f"{address}/ceiling", {"ceiling": "1", "reason": "分管领导同意"}).status_code == 302
    page = clerk.page(address)
    for words in ("费用上限放宽到 1 元，接着发 1 条", "放宽过：分管领导同意", "把费用上限放宽到 1 元（分管领导同意），接着发 1 条"):
        assert words in page, words
    assert "放宽费用上限" not in page
    assert office.clerk("赵推送").get("/staff/push/99/ceiling").status_code == 404


def test_a_command_allows_more_and_says_how_many_go_on(desk: Office) -> None:
    office = with_settings(desk, cost_ceiling=0.05)
    send(office.clerk("赵推送"))
    with desk.database.writing() as session:
        session.execute(update(Delivery).values(state=DeliveryState.SKIPPED, reason="over_ceiling"))
    with office.app.app_context():
        with pytest.raises(Refused, match="请写一个更大的元数"):
            releasing._allow(1, "赵推送", 0.05, "同意")
        told = releasing._allow(1, "赵推送", 1.0, "分管领导同意")
    assert told.words == "推送任务 1：费用上限放宽到 1 元，接着发 1 条。"
    assert told.data == {"dispatch": 1, "ceiling": 1.0, "planned": 1, "kept_back": 0}
