"""What each role sees of a person on every page of the register, and that every look is on record."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from profiles.access import AccessEntry, Look
from profiles.models import Household, Resident
from tests.web.staff.office import COUNTY, STAFF, YAOHE, Clerk, Office, words_of
from web.staff import sight
from web.staff.models import Role

NAMES = ("王建国", "王小梅", "李秀英", "陈有福")
NUMBERS = ("13900000001", "13900000002", "13900000003")
HARD = ("脱贫户", "9000", "9,000")
PAGES = ("/staff/", "/staff/households", f"/staff/households?village={YAOHE}", "/staff/households/of/H-WANG",
         "/staff/households/of/H-LI", "/staff/changes", "/staff/households/doubles", "/staff/households/requests",
         "/staff/system/looks", "/staff/system/trail", "/staff/consultations", "/staff/push/of/PY-2026-002", "/staff/ledger/push")
PEOPLE = tuple((name, role) for name, role, area in STAFF if area in (COUNTY, YAOHE))


@pytest.mark.parametrize(("name", "role"), PEOPLE)
def test_no_page_shows_a_role_more_than_the_rule_lets_it(desk: Office, name: str, role: Role) -> None:
    clerk, shown = desk.clerk(name), 0
    for path in PAGES:
        answer = clerk.client.get(path, follow_redirects=True)
        if answer.status_code != 200:
            continue
        shown += 1
        page = words_of(answer.text)
        assert [one for one in NUMBERS if one in answer.text] == [], path
        assert re.search(r"(?<!\d)\d{17}[\dX]", page) is None, path
        if role not in sight.NAMES:
            assert [one for one in NAMES if one in answer.text] == [], path
        if role not in sight.HARDSHIP and "/of/H-" in path:
            assert [one for one in HARD if one in page] == [], path
    assert shown >= 1


def _member(desk: Office, home: str) -> str:
    with desk.database.reading() as session:
        return session.scalars(select(Resident.reference).join(Household).where(
            Household.reference == home, Resident.is_head)).one()


@pytest.mark.parametrize(("name", "role"), PEOPLE)
def test_a_whole_number_is_shown_after_a_click_to_those_who_call_and_the_click_is_on_record(
    desk: Office, name: str, role: Role
) -> None:
    clerk, member = desk.clerk(name), _member(desk, "H-WANG")
    answer = clerk.send("/staff/households/of/H-WANG/number", {"member": member}, form_at="/staff/households/of/H-WANG")
    allowed = role in sight.NUMBERS
    assert ("13900000001" in answer.text) == allowed
    with desk.database.reading() as session:
        seen = session.scalars(select(AccessEntry).where(AccessEntry.look == Look.UNMASKED, AccessEntry.resident_id.is_not(None))).all()
    assert [(one.actor, one.subject) for one in seen] == ([(name, "H-WANG")] if allowed else [])


@pytest.mark.parametrize("words", ["李秀英", "139 0000 0002", "+8613900000002"])
def test_a_person_is_found_by_name_or_number_and_the_search_is_on_record_without_its_words(desk: Office, words: str) -> None:
    clerk = desk.clerk("祁坐席")
    page = words_of(clerk.send("/staff/households/find", {"words": words}, form_at="/staff/households").text)
    assert "H-LI" in page
    assert "李*英" in page
    with desk.database.reading() as session:
        (entry,) = session.scalars(select(AccessEntry).where(AccessEntry.look == Look.SEARCH)).all()
    assert (entry.actor, entry.subject, entry.reason) == ("祁坐席", "H-LI", "")


def test_a_households_number_is_found_as_people_type_it(desk: Office) -> None:
    clerk = desk.clerk("马编辑")
    for words in ("h-wang", "Ｈ－ＷＡＮＧ", " H-WANG "):
        assert clerk.send("/staff/households/find", {"words": words}, form_at="/staff/households").location.endswith("/of/H-WANG")


def test_a_search_that_finds_nobody_or_somebody_elsewhere_shows_nobody(desk: Office) -> None:
    for name, words in (("祁坐席", "赵无人"), ("别乡坐席", "李秀英")):
        page = words_of(desk.clerk(name).send("/staff/households/find", {"words": words}, form_at="/staff/households").text)
        assert "没有找到这个人" in page
        assert "H-LI" not in page


def test_a_household_number_typed_there_opens_the_household(desk: Office) -> None:
    answer = desk.clerk("祁坐席").send("/staff/households/find", {"words": "H-LI"}, form_at="/staff/households")
    assert answer.headers["Location"].endswith("/staff/households/of/H-LI")


def test_an_auditor_sees_who_looked_on_the_household_and_in_the_record(desk: Office) -> None:
    _looked(desk.clerk("祁坐席"))
    auditor = desk.clerk("安审计")
    assert "祁坐席 查看农户页" in auditor.page("/staff/households/of/H-WANG")
    assert "祁坐席 查看农户页 H-WANG" in auditor.page("/staff/system/looks?words=祁坐席")
    assert "谁看过这一户" not in desk.clerk("祁坐席").page("/staff/households/of/H-WANG")
    assert "H-WANG" not in desk.clerk("别乡审计").page("/staff/system/looks")


def _looked(clerk: Clerk) -> None:
    assert "户 H-WANG" in clerk.page("/staff/households/of/H-WANG")


def _looks(desk: Office) -> list[tuple[str, str, int]]:
    with desk.database.reading() as session:
        return [(one.actor, one.subject, one.found) for one in session.scalars(select(AccessEntry).order_by(AccessEntry.id))]


def test_the_sample_of_a_push_is_a_look_at_as_many_as_it_shows(desk: Office) -> None:
    page = desk.clerk("赵推送").get("/staff/push/of/PY-2026-002").text
    shown = page.partition('<ol class="samples">')[2].partition("</ol>")[0].count("<li>")
    assert shown > 0
    assert [("推送 PY-2026-002 的抽查", found) for _, subject, found in _looks(desk) if "抽查" in subject] == [
        ("推送 PY-2026-002 的抽查", shown)]
