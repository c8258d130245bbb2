"""定向推送 at the sender's desk; nothing leaves here: no worker runs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from notices import drafts, lifecycle
from notices.models import Notice, State
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import DeliveryState, DispatchState
from tests.web.staff.office import CHAIN, DATA, EDITOR, NOW, Clerk, Office, words_of
from web.app import create_app

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
    for words in ("彭阳县：种玉米不少于 3 亩的农户", "发得到 1 户", "发不到 0 户", "资料不全，不发 少于 5 户", "0.04 元，1 条", "缺哪一项 补上就能定 玉米",
                  "王*国", "139****0001"):
        assert words in page, words
    assert "13900000001" not in page


def test_the_sender_sees_by_when_the_last_leaves_ten_recipients_and_what_is_new(desk: Office) -> None:
    page = desk.clerk("赵推送").page(CORN)
    for words in ("今天发 1 条", "第一次签发，没有以前的版本可比", "没有因人而异的字", "联系方式最少（1 个）", "没有登记试发用的办公手机",
                  "请各户核对家庭登记情况"):
        assert words in page, words


def test_what_became_different_since_the_last_approval_is_told_in_words(desk: Office) -> None:
    approve_again(desk, deadline="2026-12-20")
    page = desk.clerk("赵推送").page(CORN)
    assert "第 1 版比，有 1 处不同" in page
    assert "办理截止日期 2026-12-31 2026-12-20" in page


def approve_again(desk: Office, **changes: str) -> None:
    """The corn notice in other words, through all reviews and published."""
    line = next(one for one in (DATA / "notices.jsonl").read_text("utf-8").splitlines() if '"PY-2026-001"' in one)
    raw = json.dumps({**json.loads(line), **changes}, ensure_ascii=False) + "\n"
    assert drafts.import_notices(desk.database, raw.encode(), NOW, EDITOR, forms=desk.house.forms).updated == 1
    with desk.database.writing() as session:
        lifecycle.submit(session, "PY-2026-001", EDITOR, NOW, forms=desk.house.forms)
        for reviewer in CHAIN:
            lifecycle.approve(session, "PY-2026-001", reviewer, NOW)
        lifecycle.publish(session, "PY-2026-001", EDITOR, NOW)


def with_settings(desk: Office, **changes: Any) -> Office:
    """The same office with other settings of pushing."""
    settings = replace(desk.house.settings, push=PushSettings(**changes))
    house = replace(desk.house, settings=settings)
    app = create_app(house)
    app.config["TESTING"] = True
    return Office(house, app)


def test_a_cost_above_the_ceiling_is_shown_and_let_through_only_with_a_reason(desk: Office) -> None:
    clerk = with_settings(desk, cost_ceiling=0.02).clerk("赵推送")
    assert "超过费用上限 约 0.04 元，上限 0.02 元" in clerk.page(CORN)
    refused = clerk.send(f"{CORN}/confirm", DECIDED, form_at=CORN)
    assert refused.status_code == 400
    assert "放宽这一次的上限" in words_of(refused.text)
    assert "放宽费用上限，请写明原因" in clerk.send(f"{CORN}/confirm", {**DECIDED, "ceiling": "1"}, form_at=CORN).text
    too_little = words_of(clerk.send(f"{CORN}/confirm", {**DECIDED, "ceiling": "0.03", "ceiling_reason": "同意"}, form_at=CORN).text)
    assert "放宽到 0.03 元还不够。请写不少于 0.04 的元数" in too_little
    assert "不是钱数" in clerk.send(f"{CORN}/confirm", {**DECIDED, "ceiling": "一千"}, form_at=CORN).text
    send(clerk, ceiling="1", ceiling_reason="分管领导同意")
    with desk.database.reading() as session:
        dispatch = session.scalars(select(Dispatch)).one()
    assert (dispatch.cost, dispatch.cost_ceiling, dispatch.ceiling_reason) == (4, 100, "分管领导同意")


def test_the_second_of_two_clicks_leads_to_what_the_first_one_sent(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    asked = clerk.send(f"{CORN}/confirm", DECIDED, form_at=CORN)
    form = {**DECIDED, "act": "send", "digest": digest(asked.text), "planned": "1"}
    first, second = (clerk.send(f"{CORN}/confirm", form, form_at="/staff/push") for _ in range(2))
    assert (first.location, second.location) == ("/staff/push/1", "/staff/push/1")
    assert "没有再发一次" in clerk.page("/staff/push/1")
    with desk.database.reading() as session:
        assert len(session.scalars(select(Dispatch)).all()) == 1


def test_the_slower_of_two_senders_is_led_to_what_the_other_one_released(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    asked = clerk.send(f"{CORN}/confirm", DECIDED, form_at=CORN)
    send(clerk)
    with desk.database.writing() as session:
        session.execute(update(Dispatch).values(sent_by="钱推送"))
    slower = clerk.send(f"{CORN}/confirm", {**DECIDED, "act": "send", "digest": digest(asked.text), "planned": "1"}, form_at="/staff/push")
    assert slower.location == "/staff/push/1"
    page = clerk.page("/staff/push/1")
    assert "您这一次没有发，放行的是 钱推送。信息 PY-2026-001 已经发过：推送任务 1" in page


def test_a_stale_page_sends_nothing(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    asked = clerk.send(f"{CORN}/confirm", DECIDED, form_at=CORN)
    approve_again(desk, deadline="2026-12-20")
    answer = clerk.send(f"{CORN}/confirm", {**DECIDED, "act": "send", "digest": digest(asked.text), "planned": "1"}, form_at=CORN)
    assert answer.status_code == 400
    assert "信息有改动" in answer.text


def test_a_trial_nobody_answers_is_told_and_nothing_counts_as_sent(desk: Office) -> None:
    clerk = with_settings(desk, office_phones="13800001111").clerk("赵推送")
    assert "138****1111" in clerk.page(CORN)
    answer = clerk.send(f"{CORN}/try", {}, form_at=CORN)
    assert answer.status_code == 302
    page = clerk.page(CORN)
    assert "赵推送试发过（阿里云）" in page
    assert "没有全部成功" in page
    assert "13800001111" not in page
    with desk.database.reading() as session:
        assert session.scalars(select(Dispatch)).all() == []
    asked = clerk.send(f"{CORN}/confirm", DECIDED, form_at=CORN)
    assert "还没有在办公室的手机上试发成功过" in asked.text


def test_an_editor_tries_nothing_out(desk: Office) -> None:
    editor = with_settings(desk, office_phones="13800001111").clerk("马编辑")
    assert editor.send(f"{CORN}/try", {}, form_at="/staff/").status_code == 403


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


@pytest.mark.parametrize(("asked", "starts"), [
    ({"when": "now"}, "11月23日 11:00"), ({"when": "later", "at": "2026-11-24T09:30"}, "11月24日 11:00")])
def test_what_the_quiet_hours_put_off_is_said_at_every_step(desk: Office, asked: dict[str, str], starts: str) -> None:
    clerk = with_settings(desk, quiet_hours="09:00-11:00").clerk("赵推送")
    page = words_of(clerk.send(f"{CORN}/confirm", {**DECIDED, **asked}, form_at=CORN).text)
    assert f"{starts}发给 1 户？ {starts}开始发（夜里不打扰），开始以前可以取消" in page
    assert "马上开始" not in page
    assert f"已定时，{starts}开始发（夜里不打扰），约 1 条" in clerk.page(send(clerk, **asked))


def test_a_time_after_the_deadline_is_mended_in_the_form_where_it_was_typed(desk: Office) -> None:
    late = desk.clerk("赵推送").send(f"{CORN}/confirm", {**DECIDED, "when": "later", "at": "2027-02-01T09:00"}, form_at=CORN)
    assert late.status_code == 400
    assert "晚于信息的截止日期" in late.text
    assert 'value="2027-02-01T09:00"' in late.text
    assert "下一步：最后确认" in late.text


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


def over(desk: Office) -> None:
    with desk.database.writing() as session:
        session.execute(update(Delivery).where(Delivery.state == DeliveryState.PLANNED).values(state=DeliveryState.DELIVERED))
        session.execute(update(Dispatch).values(state=DispatchState.FINISHED))


def test_a_correction_goes_out_only_after_the_first_is_over(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    early = clerk.send(f"{place}/correct", {"reference": "PY-2026-003"})
    assert "还没有结束" in early.text
    over(desk)
    assert "请选一条已签发的更正信息" in clerk.send(f"{place}/correct", {"reference": "nothing"}).text
    asked = clerk.send(f"{place}/correct", {"reference": "PY-2026-003"})
    told = {"reference": "PY-2026-003", "act": "send", "digest": digest(asked.text), "planned": "1"}
    answer = clerk.send(f"{place}/correct", told)
    assert answer.location == "/staff/push/2"
    assert "对 推送任务 1 的更正" in clerk.page("/staff/push/2")
    assert "收到过原来的" in clerk.page("/staff/push/2")
    assert clerk.send(f"{place}/correct", told).location == "/staff/push/2"
    with desk.database.reading() as session:
        assert session.scalars(select(Dispatch.id)).all() == [1, 2]


def test_choosing_a_correction_sends_nothing_and_shows_its_words_its_readers_and_its_cost(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    over(desk)
    asked = clerk.send(f"{place}/correct", {"reference": "PY-2026-003"})
    words = words_of(asked.text)
    for part in ("把更正发给 1 人次？", "更正通知，请以本条为准", "短信 1 条", "短信费用 0.", "发更正，1 条"):
        assert part in words, part
    with desk.database.reading() as session:
        assert session.scalars(select(Dispatch.id)).all() == [1]


def test_who_corrects_one_task_is_told_of_the_others_that_said_the_same(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    send(clerk)
    with desk.database.writing() as session:
        session.execute(update(Dispatch).values(state=DispatchState.STOPPED))
    send(clerk)
    over(desk)
    told = "同样的内容还发过给别的人： 推送任务 1 。这里只更正任务 2 的"
    assert told in clerk.page("/staff/push/2/correct")
    asked = clerk.send("/staff/push/1/correct", {"reference": "PY-2026-003"})
    assert clerk.send("/staff/push/1/correct", {"reference": "PY-2026-003", "act": "send", "digest": digest(asked.text), "planned": "1"}
                      ).status_code == 302
    assert "同样的内容还发过" not in clerk.page("/staff/push/2/correct")


def test_a_correction_is_chosen_among_other_words_of_ones_own_area(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    over(desk)
    assert "（PY-2026-001）" not in clerk.get(f"{place}/correct").text
    stale = clerk.send(f"{place}/correct", {"reference": "PY-2026-003", "act": "send", "digest": "old", "planned": "1"})
    assert "请重新看一遍再发" in stale.text


def test_a_time_typed_without_its_button_sends_nothing_at_once(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    asked = clerk.send(f"{CORN}/confirm", {**DECIDED, "at": "2026-12-01T09:00", "act": "send"}, form_at=CORN)
    assert asked.status_code == 400
    assert "没有选“定时”" in words_of(asked.text)
    with desk.database.reading() as session:
        assert not session.scalars(select(Dispatch.id)).all()


def test_what_may_not_go_on_any_more_is_offered_to_be_stopped_alone(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    clerk.send(f"{place}/pause", {})
    assert f"{place}/resume" in clerk.get(place).text
    with desk.database.writing() as session:
        session.execute(update(Notice).values(state=State.WITHDRAWN, withdrawn_at=NOW))
    page = clerk.get(place).text
    assert f"{place}/resume" not in page
    assert f"{place}/stop" in page
    assert "不能继续。可以停止。" in words_of(clerk.get(f"{place}/resume").text)


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
    assert "现在是“待发”，不能停止。可以暂停、取消。" in words_of(clerk.get(f"{place}/stop").text)
    assert "还没有放行，取消后一条也不会发出" in words_of(clerk.get(f"{place}/cancel").text)
    clerk.send(f"{place}/cancel", {}, form_at=f"{place}/cancel")
    assert "已取消" in words_of(clerk.page(place))
    assert "已取消" in words_of(clerk.page("/staff/push"))


def test_a_township_still_sees_its_own_pushes_after_many_of_the_county(desk: Office) -> None:
    own = send(desk.clerk("赵推送"))
    with desk.database.writing() as session:
        first = session.get_one(Dispatch, 1)
        first.divisions = ["640425101"]
        kept = {column.name: getattr(first, column.name) for column in Dispatch.__table__.columns if column.name != "id"}
        session.add_all(Dispatch(**{**kept, "divisions": ["640425"], "id": number}) for number in range(2, 60))
    assert f'href="{own}"' in desk.clerk("别乡推送").get("/staff/push").text


def test_what_was_cancelled_is_offered_again_and_asks_for_no_correction(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk, when="later", at="2026-11-30T09:30")
    shown = words_of(clerk.get(place).text)
    assert "已定时，11月30日 9:30开始发，约 1 条" in shown
    assert "数字自己更新" not in shown
    assert f'href="{CORN}"' not in clerk.get("/staff/push").text
    clerk.send(f"{place}/cancel", {})
    page = clerk.page(place)
    assert "定时 11月30日 9:30" in page
    assert "发更正" not in page
    assert f'href="{CORN}"' in clerk.get("/staff/push").text


def test_an_act_that_is_no_longer_possible_asks_no_question(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    place = send(clerk)
    clerk.send(f"{place}/stop", {})
    late = clerk.get(f"{place}/pause")
    assert "现在是“已停止”，不能暂停" in words_of(late.text)
    assert "<button" not in late.text.split("<main")[1]
    assert "要有“推送”角色" in words_of(desk.clerk("石管理").get(f"{place}/resume").text)
