"""定向推送 at the sender's desk; nothing leaves here: no worker runs."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select, update

from push.models import Delivery, Dispatch
from push.states import DeliveryState, DispatchState
from tests.web.staff.office import Clerk, Office, words_of

CORN = "/staff/push/of/PY-2026-001"
DECIDED = {"possibly": "visit", "when": "now"}


def digest(page: str) -> str:
    return page.split('name="digest" value="')[1].split('"')[0]


def send(clerk: Clerk, path: str = CORN, **given: str) -> str:
    """From the audience page over the question to the dispatch; gives its address."""
    asked = clerk.send(f"{path}/confirm", {**DECIDED, **given}, form_at=path)
    assert asked.status_code == 200, words_of(asked.text)
    answer = clerk.send(f"{path}/confirm", {**DECIDED, **given, "act": "send", "digest": digest(asked.text)}, form_at=path)
    assert answer.status_code == 302, words_of(answer.text)
    return answer.location


def test_the_sender_sees_reach_cost_and_gaps_before_anything_is_asked(desk: Office) -> None:
    page = desk.clerk("赵推送").page(CORN)
    for words in ("彭阳县：种玉米不少于 3 亩的农户", "发得到 1 户", "发不到 0 户", "资料不全，不发 少于 5 户", "0.09 元，2 条", "缺哪一项 补上就能定 玉米",
                  "王*国", "139****0001"):
        assert words in page, words
    assert "13900000001" not in page


def test_nothing_is_asked_last_before_the_gaps_are_decided(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    assert "请决定资料不全的户怎么办" in clerk.send(f"{CORN}/confirm", {"when": "now"}, form_at=CORN).text
    leave = clerk.send(f"{CORN}/confirm", {"possibly": "leave", "when": "now"}, form_at=CORN)
    assert "选了“暂不处理”，请写明原因" in leave.text
    late = clerk.send(f"{CORN}/confirm", {**DECIDED, "when": "later", "at": "2026-11-01T09:00"}, form_at=CORN)
    assert "定时要在现在以后" in late.text
    with desk.database.reading() as session:
        assert session.scalars(select(Dispatch)).all() == []


def test_one_question_stands_above_the_button_that_sends(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    page = words_of(clerk.send(f"{CORN}/confirm", DECIDED, form_at=CORN).text)
    assert "现在发给 1 户？" in page
    assert "入户核实" in page
    assert send(clerk) == "/staff/push/1"
    with desk.database.reading() as session:
        dispatch = session.scalars(select(Dispatch)).one()
    assert (dispatch.sent_by, dispatch.possibly) == ("赵推送", "visit")


def test_a_time_is_kept_and_the_gaps_with_their_reason(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk, possibly="leave", reason="下周统一核实", when="later", at="2026-11-24T09:30")
    page = clerk.page(place)
    assert "11月24日 9:30" in page
    assert "暂不处理（下周统一核实）" in page


def test_words_that_changed_under_the_senders_eyes_are_not_sent(desk: Office) -> None:
    answer = desk.clerk("赵推送").send(f"{CORN}/confirm", {**DECIDED, "act": "send", "digest": "0" * 64}, form_at=CORN)
    assert "信息有改动" in answer.text


def test_the_same_words_are_not_sent_twice(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    send(clerk)
    page = clerk.page(CORN)
    assert "已经发过：推送任务 1" in page
    assert "最后确认" not in page


@pytest.mark.parametrize(("reference", "why"), [("PY-2026-018", "还不能发送"), ("PY-2026-020", "还不能发送")])
def test_what_is_not_approved_is_not_offered_and_says_why(desk: Office, reference: str, why: str) -> None:
    clerk = desk.clerk("赵推送")
    assert why in clerk.page(f"/staff/push/of/{reference}")
    assert reference not in clerk.page("/staff/push")


def test_a_sender_of_a_township_opens_no_audience_beyond_it(desk: Office) -> None:
    assert desk.clerk("别乡推送").get(CORN).status_code == 404
    assert "2026年玉米良种补贴开始登记" not in desk.clerk("别乡推送").page("/staff/push")


def test_an_editor_looks_and_does_not_send(desk: Office) -> None:
    editor = desk.clerk("马编辑")
    assert "发得到 1 户" in editor.page(CORN)
    assert "最后确认" not in editor.page(CORN)
    assert editor.send(f"{CORN}/confirm", DECIDED, form_at="/staff/").status_code == 403


def test_a_dispatch_is_paused_taken_up_and_stopped_each_after_a_question(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    assert "还没有发 1 条" in clerk.page(f"{place}/pause")
    clerk.send(f"{place}/pause", {})
    assert "已暂停" in clerk.page(place)
    clerk.send(f"{place}/resume", {})
    clerk.send(f"{place}/stop", {})
    page = clerk.page(place)
    assert "已停止" in page
    again = clerk.send(f"{place}/pause", {}, form_at=f"{place}/stop")
    assert again.status_code == 400
    assert "不能暂停" in again.text


def test_a_dispatch_tells_how_far_it_came_in_bars_and_in_a_table(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    with desk.database.writing() as session:
        session.execute(update(Delivery).where(Delivery.state == DeliveryState.PLANNED).values(
            state=DeliveryState.FAILED, reason="recipient_gone"))
    shown = clerk.get(place).text
    assert 'aria-label="失败 1"' in shown
    assert "号码停用或已取消关注 1" in words_of(shown)


def test_a_correction_goes_out_only_after_the_first_is_over(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    early = clerk.send(f"{place}/correct", {"reference": "PY-2026-003"})
    assert "还没有结束" in early.text
    with desk.database.writing() as session:
        session.execute(update(Delivery).values(state=DeliveryState.DELIVERED))
        session.execute(update(Dispatch).values(state=DispatchState.FINISHED))
    assert "请选一条已签发的更正信息" in clerk.send(f"{place}/correct", {"reference": "nothing"}).text
    answer = clerk.send(f"{place}/correct", {"reference": "PY-2026-003"})
    assert answer.location == "/staff/push/2"
    assert "对 推送任务 1 的更正" in clerk.page("/staff/push/2")


def test_the_ledger_of_pushes_tells_no_count_under_five(desk: Office) -> None:
    send(desk.clerk("赵推送"))
    auditor = desk.clerk("安审计")
    assert "少于 5" in auditor.page("/staff/ledger/push")
    (row,) = csv.DictReader(io.StringIO(auditor.get("/staff/ledger/push?form=csv").data.decode("utf-8-sig")))
    assert (row["信息编号"], row["要发"], row["已送达"]) == ("PY-2026-001", "少于 5", "0")


def test_the_desk_of_the_sender_says_what_may_go_out_and_what_is_unclear(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    assert "条信息可以推送，还没有推送过" in clerk.page("/staff/")
    send(clerk)
    with desk.database.writing() as session:
        session.execute(update(Delivery).values(state=DeliveryState.UNKNOWN))
    assert "条消息待核实" in clerk.page("/staff/")


def test_what_waits_for_its_hour_is_cancelled_and_called_so(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk, when="later", at="2026-11-30T09:30")
    page = words_of(clerk.page(place))
    assert "到时按当天的农户信息重新算发给谁" in page
    assert f'href="{place}/cancel"' in clerk.get(place).text
    assert f'href="{place}/stop"' not in clerk.get(place).text
    assert "还没有放行，取消后一条也不会发出" in words_of(clerk.get(f"{place}/cancel").text)
    clerk.send(f"{place}/cancel", {}, form_at=f"{place}/cancel")
    assert "已取消" in words_of(clerk.page(place))
    assert "已取消" in words_of(clerk.page("/staff/push"))
