"""Calls typed in by the hotline: answered from the entries at once, or handed on with a number, and called back."""

from __future__ import annotations

import re

from sqlalchemy import select

from kernel.audit import Actor, AuditEntry
from knowledge import consultations
from knowledge.models import Consultation, ConsultationState, Question
from tests.web.staff.office import NOW, YAOHE, Clerk, Office, words_of

CALL = "/staff/consultations/calls/new"
PHONE = "13900000077"


def typed(clerk: Clerk, **fields: str) -> str:
    answer = clerk.send(CALL, {"phone": PHONE, "place": "白阳镇姚河村", "words": "城乡居民医保怎么缴费", "back": "sms", **fields})
    return words_of(answer.text if answer.status_code != 302 else clerk.get(CALL).text)


def only(desk: Office) -> Consultation:
    with desk.database.reading() as session:
        return session.scalars(select(Consultation).where(Consultation.channel == "phone")).one()


def test_what_the_bot_would_answer_stands_beside_the_call(desk: Office) -> None:
    page = typed(desk.clerk("祁坐席"), act="find")
    for told in ("知识库的答案", "420 元", "彭阳县医疗保障局", "0954-7000103", "依据：彭医保发〔2026〕21号", "有效到", "念给对方了，办结"):
        assert told in page
    part = desk.clerk("祁坐席").send(CALL, {"words": "城乡居民医保怎么缴费", "part": "1"}).text
    assert "420 元" in part
    assert "<html" not in part


def test_without_scripts_the_page_comes_back_at_its_answers(desk: Office) -> None:
    page = desk.clerk("祁坐席").send(CALL, {"words": "城乡居民医保怎么缴费", "act": "find"}).text
    assert f'formaction="{CALL}#answers"' in page
    assert page.count('id="answers"') == 1


def test_an_answer_to_nothing_is_not_looked_for(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    empty = clerk.send(CALL, {"phone": "", "words": " ", "act": "find"})
    assert empty.status_code == 400
    assert "没有写对方问的什么" in empty.text
    assert clerk.send(CALL, {"phone": PHONE, "words": "", "act": "find"}).status_code == 200, "what the number waits for is shown"


def test_a_call_that_is_answered_at_once_is_closed_and_counted_for_its_entry(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    shown = clerk.send(CALL, {"words": "城乡居民医保怎么缴费", "act": "find"}).text
    entry = re.search(r'name="entry" value="([^"]+)"', shown)
    assert entry is not None
    assert "办结" in typed(clerk, entry=entry[1])
    case = only(desk)
    assert (case.state, case.entry_id, case.taken_by, case.answered_by) == (ConsultationState.CLOSED, entry[1], "祁坐席", "祁坐席")
    with desk.database.reading() as session:
        asked = session.scalars(select(Question).where(Question.channel == "phone")).one()
    assert (asked.entry_id, asked.division) == (entry[1], YAOHE)
    assert re.search(rf"{case.number} 祁坐席，彭阳县医疗保障局 电话里照条目答的", clerk.page("/staff/consultations"))


def test_what_nobody_can_answer_becomes_a_consultation_with_number_and_code(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    said = typed(clerk, words="我家和邻居的地界说不清", act="take")
    assert re.search(r"请念给对方：编号 \w{6}，查询码 \d{6}，11月30日前答复", said)
    assert "我家和邻居的地界说不清" in clerk.page("/staff/consultations")
    assert PHONE.encode() not in (only(desk).address or b"")


def test_the_same_number_is_not_taken_down_twice(desk: Office) -> None:
    with desk.database.writing() as session:
        consultations.take(session, desk.house.keyring, "sms", PHONE, YAOHE, "地界说不清找谁", NOW)
        consultations.take(session, desk.house.keyring, "sms", "13900000078", YAOHE, "别人家的事", NOW)
    page = typed(desk.clerk("祁坐席"), act="find")
    assert "这个号码还有 1 条没答复" in page
    assert "地界说不清找谁" in page
    assert "别人家的事" not in page


def test_a_caller_without_a_mobile_is_told_what_can_be_done(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    assert "不是电话号码" in typed(clerk, phone="12", act="take")
    assert "发短信要有手机号" in typed(clerk, phone="0954-7000108", act="take")
    assert "要回电话，就要留号码" in typed(clerk, phone="", back="call", act="take")
    assert "没有“哪里村”这个村" in typed(clerk, place="哪里村", act="take")
    assert "没有写对方问的什么" in typed(clerk, words=" ", act="take")
    assert "已存为留言" in typed(clerk, phone="", back="self", act="take")


def test_who_wants_a_call_waits_on_a_list_until_an_agent_ticks_it(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    typed(clerk, phone="0954-7000108", back="call", words="地界说不清", act="take")
    place = f"/staff/consultations/{only(desk).number}"
    clerk.send(place, {"answer": "请到镇自然资源所申请调解。"})
    assert only(desk).number in clerk.page("/staff/consultations/calls/back")
    assert "7000108" not in clerk.page(place)
    assert "7000108" in words_of(clerk.send(place, {"act": "number"}).text)
    with desk.database.reading() as session:
        assert session.scalars(select(AuditEntry.actor).where(AuditEntry.act == "查看来电号码")).all() == ["祁坐席"]
    clerk.send(place, {"act": "missed"})
    assert "打过 1 次没打通" in clerk.page("/staff/consultations/calls/back")
    clerk.send(place, {"act": "reached"})
    assert "没有要回的电话" in clerk.page("/staff/consultations/calls/back")
    assert "祁坐席打电话告诉对方了" in clerk.page(place)
    assert "不用回电" in words_of(clerk.send(place, {"act": "reached"}).text)


def test_only_agents_take_calls(desk: Office) -> None:
    assert desk.clerk("马编辑").get(CALL).status_code == 403
    assert desk.clerk("石管理").send(CALL, {"words": "医保", "act": "take"}).status_code == 403


def test_the_text_of_a_call_is_answered_like_any_other(desk: Office) -> None:
    typed(desk.clerk("祁坐席"), words="地界说不清", act="take")
    case = only(desk)
    with desk.database.writing() as session:
        consultations.answer(session, case.number, "找镇自然资源所。", Actor("祁坐席"), NOW)
    page = desk.clerk("祁坐席").page(f"/staff/consultations/{case.number}")
    assert "正在送（短信）" in page
    assert "139****0077" in page


def test_a_number_read_out_leads_to_its_consultation_in_ones_own_area(desk: Office) -> None:
    typed(desk.clerk("祁坐席"), words="地界说不清", act="take")
    number = only(desk).number
    found = desk.clerk("祁坐席").get(f"/staff/consultations?number=+{number.lower()}")
    assert found.headers["Location"] == f"/staff/consultations/{number}"
    assert "没有编号为" in words_of(desk.clerk("别乡坐席").get(f"/staff/consultations?number={number}").text)
