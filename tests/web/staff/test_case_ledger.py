"""How consultations fare, in figures for the offices and as work for the heads."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from kernel.audit import SYSTEM, Actor
from knowledge import calls, casework, consultations, overdue, rating
from knowledge.calls import Call, Used
from knowledge.case_models import Act, Rating
from knowledge.models import Consultation, ConsultationState
from tests.web.staff.office import NOW, YAOHE, Office, words_of
from web.case_clock import CaseClock

LEDGER = "/staff/ledger/consultations"
AGENT = Actor("祁坐席")


def rated(desk: Office, mark: Rating, office: str = "县民政局") -> str:
    with desk.database.writing() as session:
        number = consultations.take(session, desk.house.keyring, "wechat", "o-li", YAOHE, "低保怎么没有到账", NOW).number
        casework.pass_on(session, number, office, "", "归他们管", AGENT, NOW)
        consultations.answer(session, number, "下月补发。", AGENT, NOW)
        rating.rate(session, number, mark, NOW)
    return number


def line(page: str, office: str) -> list[str]:
    """The cells of an office's line."""
    cells = page[page.index(office):].split()
    return cells[1:12]


def test_satisfaction_is_told_by_office_and_not_of_a_few_askers(desk: Office) -> None:
    for mark in (Rating.GOOD, Rating.GOOD, Rating.GOOD, Rating.FAIR, Rating.BAD):
        rated(desk, mark)
    rated(desk, Rating.GOOD, "县医保局")
    page = desk.clerk("安审计").page(LEDGER)
    assert line(page, "县民政局") == ["5", "5", "0", "0", "0", "0", "3", "1", "1", "0", "80%"]
    assert line(page, "县医保局")[-1] == "—"
    csv = desk.clerk("安审计").get(f"{LEDGER}?form=csv").data.decode("utf-8-sig")
    assert "县民政局,5,5,0,0,0,0,3,1,1,0,80%" in csv


def test_an_answer_that_was_done_again_was_called_bad_before(desk: Office) -> None:
    for mark in (Rating.GOOD, Rating.GOOD, Rating.GOOD, Rating.GOOD):
        rated(desk, mark)
    number = rated(desk, Rating.BAD)
    with desk.database.writing() as session:
        rating.reopen(session, desk.house.keyring, number, "没说哪天", NOW)
    assert line(desk.clerk("安审计").page(LEDGER), "县民政局")[-5:] == ["4", "0", "0", "1", "80%"]
    page = desk.clerk("祁坐席").page(f"/staff/consultations/{number}")
    assert "要求重办：没说哪天" in page
    assert "上次的答复：下月补发。" in page


def test_why_the_first_answer_was_no_good_is_not_told_of_the_second(desk: Office) -> None:
    number = rated(desk, Rating.BAD)
    with desk.database.writing() as session:
        rating.reopen(session, desk.house.keyring, number, "没说哪天", NOW)
        consultations.answer(session, number, "12月5日补发。", AGENT, NOW)
        rating.rate(session, number, Rating.GOOD, NOW)
    page = desk.clerk("祁坐席").page(f"/staff/consultations/{number}")
    assert "要求重办：没说哪天" in page
    assert "满意：没说哪天" not in page


def test_calls_answered_from_an_entry_are_counted_for_the_desk_and_the_entry(desk: Office) -> None:
    with desk.database.writing() as session:
        calls.answered_at_once(session, desk.house.keyring, Call("", YAOHE, "医保怎么交"), Used("py-001", "420 元。", "县医保局"), AGENT, NOW)
    page = desk.clerk("安审计").page(LEDGER)
    assert line(page, "坐席直接答复")[3] == "1"
    assert "1 次" in page
    assert "/staff/knowledge/of/" in desk.clerk("安审计").get(LEDGER).text
    # Who may not read the entries is shown no way that ends at a shut door.
    shown = desk.clerk("赵推送").get(LEDGER).text
    assert "1 次" in shown
    assert "/staff/knowledge/of/" not in shown


def test_what_is_overdue_is_noted_once_and_becomes_work_of_the_heads(desk: Office) -> None:
    clock = CaseClock(desk.house)
    assert clock.look() == (1, 0)
    assert clock.look() == (0, 0)
    head = desk.clerk("海复审")
    assert "1 条留言超期，请督办" in head.page("/staff/")
    assert "条留言超期，请督办" not in desk.clerk("杨初审").page("/staff/")
    page = head.page(LEDGER)
    assert "低保怎么没有到账" not in page
    with desk.database.reading() as session:
        (late,) = overdue.overdue(session, "640425", NOW.date())
    sent = head.send(f"{LEDGER}/{late.number}/urge", {"words": "今天答复"}, form_at=LEDGER)
    assert sent.status_code == 302
    agent = desk.clerk("祁坐席")
    assert "督办：今天答复 海复审" in agent.page(f"/staff/consultations/{late.number}")
    assert "督办" in agent.page("/staff/consultations")
    with desk.database.reading() as session:
        steps = casework.steps(session, late.number)
    assert [(step.act, step.by) for step in steps] == [(Act.ESCALATED, SYSTEM.name), (Act.URGED, "海复审")]


def test_only_heads_urge_and_only_what_is_late(desk: Office) -> None:
    with desk.database.reading() as session:
        in_time = session.scalars(select(Consultation.number).where(Consultation.due_on >= NOW.date())).one()
    assert "还没超期" in words_of(desk.clerk("海复审").send(f"{LEDGER}/{in_time}/urge", {}, form_at=LEDGER).text)
    assert desk.clerk("安审计").send(f"{LEDGER}/{in_time}/urge", {}, form_at=LEDGER).status_code == 403


def test_what_nobody_rated_is_closed_by_the_clock_after_the_days_of_the_setting(desk: Office) -> None:
    then = NOW - timedelta(days=30)
    with desk.database.writing() as session:
        number = consultations.take(session, desk.house.keyring, "wechat", "o-li", YAOHE, "路灯坏了", then).number
        consultations.answer(session, number, "已经修好。", AGENT, then)
    assert CaseClock(desk.house).look()[1] == 1
    with desk.database.reading() as session:
        case = consultations.found(session, number)
    assert case is not None
    assert case.state == ConsultationState.CLOSED
