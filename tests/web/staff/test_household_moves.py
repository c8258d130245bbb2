"""A household's changes at the desk: who may, what is said, what stays on record."""

from __future__ import annotations

from sqlalchemy import select

from profiles.models import Household, Resident, Standing
from tests.web.staff.office import Office, words_of

MOVES = "/staff/households/of/H-WANG/moves"


def members(desk: Office, reference: str = "H-WANG") -> list[Resident]:
    with desk.database.reading() as session:
        query = select(Resident).join(Household, Household.id == Resident.household_id).where(Household.reference == reference)
        return list(session.scalars(query.order_by(Resident.id)))


def test_a_death_is_noted_and_stands_in_the_history_under_a_masked_name(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    assert "还没有变动过" in clerk.page(MOVES)
    filled = {"act": "standing", "member": members(desk)[0].reference, "standing": "died", "reason": "家属来报"}
    assert clerk.send(MOVES, {**filled, "sure": "1"}).status_code == 302
    page = words_of(clerk.page(MOVES))
    assert members(desk)[0].standing == Standing.DIED
    assert "11月23日 10:00 王*国" in page
    assert "马编辑 家属来报" in page


def test_a_refusal_says_what_to_do_and_keeps_what_was_filled_in(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    answer = clerk.send(MOVES, {"act": "merge", "other": "没有这户", "reason": "并户"})
    assert answer.status_code == 400
    assert "没有户编号为“没有这户”的户" in words_of(answer.text)
    assert 'value="没有这户"' in answer.text


def test_a_cadre_sees_the_history_but_reports_instead_of_acting(desk: Office) -> None:
    cadre = desk.clerk("韩村干")
    assert "办一项变动" not in cadre.page(MOVES)
    assert cadre.send(MOVES, {"act": "merge", "other": "H-LI", "reason": "并户"}).status_code == 403


def test_a_household_of_another_area_has_no_history_to_show(desk: Office) -> None:
    assert desk.clerk("别乡编辑").get(MOVES).status_code == 404


def test_the_page_is_reached_from_the_household(desk: Office) -> None:
    assert MOVES in desk.clerk("马编辑").get("/staff/households/of/H-WANG").text


def test_an_act_is_asked_about_once_more_before_anything_happens(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    filled = {"act": "standing", "member": members(desk)[0].reference, "standing": "died", "reason": "家属来报"}
    asked = clerk.send(MOVES, filled)
    assert asked.status_code == 200
    assert "把王*国（户主）登记为去世吗？" in words_of(asked.text)
    assert 'name="standing" value="died"' in asked.text
    assert members(desk)[0].standing == Standing.PRESENT
    assert "还没有变动过" in clerk.page(MOVES)
    again = clerk.send(MOVES, {**filled, "back": "1"})
    assert 'value="家属来报"' in again.text


def test_the_question_names_the_household_it_is_merged_into(desk: Office) -> None:
    asked = words_of(desk.clerk("马编辑").send(MOVES, {"act": "merge", "other": "H-LI", "reason": "并户"}).text)
    assert "把户 H-WANG 整户并入户 H-LI（" in asked
    assert "不再在册" in asked


def test_a_household_that_is_no_more_is_offered_nothing(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    assert "可以办的事" in clerk.page("/staff/households/of/H-WANG")
    clerk.send(MOVES, {"act": "merge", "other": "H-LI", "reason": "并户", "sure": "1"})
    page = clerk.page("/staff/households/of/H-WANG")
    assert "已不在册" in page
    assert "可以办的事" not in page
    assert "并户 户 H-WANG" in desk.clerk("安审计").page("/staff/system/trail")
