"""Consultations at the desk of the hotline."""

from __future__ import annotations

import re

from tests.web.staff.office import Clerk, Office, words_of


def first(clerk: Clerk) -> str:
    found = re.search(r'href="(/staff/consultations/\w+)"', clerk.get("/staff/consultations").text)
    assert found is not None
    return found.group(1)


def test_what_is_overdue_stands_first_and_says_so(desk: Office) -> None:
    page = desk.clerk("祁坐席").page("/staff/consultations")
    assert "等答复 2 条，其中 超期 1 条" in page
    assert page.index("低保怎么没有到账？") < page.index("大棚补贴找谁？")
    assert "条留言超期没有答复" in desk.clerk("祁坐席").page("/staff/")


def test_an_answer_is_given_once(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    place = first(clerk)
    assert "答复不能为空" in clerk.send(place, {"answer": " "}).text
    assert clerk.send(place, {"answer": "下月 10 日前补发，问 0954-7000108。"}).status_code == 302
    assert "已答复" in clerk.page(place)
    assert "等答复 1 条" in clerk.page("/staff/consultations")


def test_an_answered_consultation_becomes_a_draft_entry(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    place = first(clerk)
    clerk.send(place, {"answer": "下月 10 日前补发。"})
    form = clerk.get(f"/staff/knowledge/new?consultation={place.rsplit('/', 1)[1]}").text
    assert "低保怎么没有到账？" in form
    assert "下月 10 日前补发。" in form


def test_an_identity_number_does_not_leave_with_an_answer(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    answer = clerk.send(first(clerk), {"answer": "已查到，身份证 999999199001011230 的已发。"})
    assert answer.status_code == 400
    assert "身份证号" in words_of(answer.text)


def test_an_agent_of_another_township_sees_only_its_own(desk: Office) -> None:
    stranger = desk.clerk("别乡坐席")
    page = stranger.page("/staff/consultations")
    assert "大棚补贴找谁？" in page
    assert "低保" not in page
    assert stranger.get(first(desk.clerk("祁坐席"))).status_code == 404


def test_the_clerk_sees_how_far_the_answer_got(desk: Office) -> None:
    clerk = desk.clerk("祁坐席")
    place = first(clerk)
    clerk.send(place, {"answer": "下月 10 日前补发。"})
    page = clerk.page(place)
    assert "没送到：是在网页上问的" in page
    assert "没送到" in clerk.page("/staff/consultations")
