"""The register at the desk: masked by role, and every look on record."""

from __future__ import annotations

from sqlalchemy import select

from profiles.access import AccessEntry, Look
from tests.web.staff.office import YAOHE, Office, words_of

WANG = "/staff/households/of/H-WANG"


def test_a_household_is_found_by_its_number_and_shown_masked(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    assert clerk.get("/staff/households?reference=H-WANG").location == WANG
    page = clerk.page(WANG)
    assert "王*国" in page
    assert "139****0001" in page
    assert "王建国" not in page
    assert "13900000001" not in page
    assert "脱贫户" in page


def test_an_agent_on_the_telephone_sees_nothing_that_tells_of_hardship(desk: Office) -> None:
    page = desk.clerk("祁坐席").page(WANG)
    assert "脱贫户" not in page
    assert "9000" not in page
    assert "玉米 5 亩" in page


def test_a_cadre_knows_the_neighbours_by_name(desk: Office) -> None:
    clerk = desk.clerk("韩村干")
    assert "王建国" in clerk.page(WANG)
    listed = clerk.page("/staff/households")
    assert listed.index("李秀英") < listed.index("王建国")


def test_who_looked_at_whom_is_written_down(desk: Office) -> None:
    desk.clerk("祁坐席").page(WANG)
    with desk.database.reading() as session:
        entry = session.scalars(select(AccessEntry).where(AccessEntry.subject == "H-WANG")).one()
    assert (entry.actor, entry.look) == ("祁坐席", Look.PAGE)
    assert "查看农户页 H-WANG" in desk.clerk("安审计").page("/staff/system/looks?words=H-WANG")


def test_a_household_of_another_township_is_not_there(desk: Office) -> None:
    stranger = desk.clerk("别乡编辑")
    assert stranger.get(WANG).status_code == 404
    assert "没有户编号为“H-WANG”的户" in stranger.page("/staff/households?reference=H-WANG")


def test_a_count_never_reaches_beyond_the_own_area(desk: Office) -> None:
    answer = desk.clerk("别乡推送").send("/staff/households/trial", {"audience": "everybody", "act": "count", "divisions": ["640425100"]})
    assert "没有符合的农户" in words_of(answer.text)


def test_a_condition_is_tried_and_shown_by_place(desk: Office) -> None:
    clerk = desk.clerk("赵推送")
    assert clerk.get("/staff/households").location == "/staff/households/trial"
    answer = clerk.send("/staff/households/trial", {"audience": "everybody", "act": "count"})
    words = words_of(answer.text)
    assert "白阳镇 少于 5 户" in words
    assert "合计 少于 5 户" in words


def test_the_usual_source_is_said_once_where_there_is_little_room(desk: Office) -> None:
    page = desk.clerk("马编辑").page("/staff/households/of/H-WANG")
    assert "没有另写来源的，都来自农户信息表" in page
    assert "群众自己说" not in page


def test_the_way_back_from_a_household_leads_to_its_village(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    assert f'href="/staff/households?village={YAOHE}"' in clerk.get("/staff/households/of/H-WANG").text
