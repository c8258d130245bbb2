"""The demo county is lived in: whoever opens the console first finds work in every state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kernel.clock import today
from knowledge import calls, consultations, overdue
from knowledge.case_models import Act, Rating, Step
from knowledge.filing import import_entries
from knowledge.gap_models import Question, Vain
from knowledge.models import Consultation, ConsultationState
from profiles.divisions import import_divisions
from tests.web.staff.office import DATA, LOADER, NOW, open_office
from web.demo import asked, letters, loading
from web.demo.families import PHONE_FAMILIES
from web.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = open_office(tmp_path).house
    import_divisions(house.database, (DATA / "divisions-pengyang.csv").read_bytes(), NOW, LOADER)
    import_entries(house.database, (DATA / "knowledge.jsonl").read_bytes(), NOW, LOADER)
    return house


def test_there_is_a_consultation_in_every_state_and_loading_again_adds_none(house: House) -> None:
    letters.tell(house)
    letters.tell(house)
    day = today(house.clock)
    with house.database.reading() as session:
        cases = session.scalars(select(Consultation)).all()
        assert len(cases) == len(letters.STORIES) + len(letters.READ_OUT)
        assert {case.state for case in cases} == set(ConsultationState)
        assert {case.rating for case in cases} == {*Rating, None}
        assert {Act.GIVEN_BACK, Act.EXTENDED, Act.URGED, Act.ESCALATED, Act.REOPENED} <= set(session.scalars(select(Step.act)))
        assert overdue.count(session, letters.COUNTY, day) == 2
        assert calls.count_to_call(session, letters.COUNTY) == 1
        assert any(case.extended_from for case in cases)


def test_the_township_sees_its_own_villages_and_what_was_passed_to_it(house: House) -> None:
    letters.tell(house)
    with house.database.reading() as session:
        seen = consultations.waiting(session, house.keyring, letters.BAIYANG, today(house.clock))
    assert {case.division[:9] for case in seen} == {letters.BAIYANG}
    assert any(case.handler == letters.BAIYANG for case in seen)
    assert loading.AREAS["乡镇"] == letters.BAIYANG


def test_the_demo_s_cadre_has_one_village_with_a_family_of_the_telephones() -> None:
    assert loading.AREAS["村干部"] in {family.village for family in PHONE_FAMILIES}


def test_what_was_asked_was_found_and_not_found_and_names_nobody(house: House) -> None:
    asked.ask(house)
    asked.ask(house)
    with house.database.reading() as session:
        vain = dict(session.execute(select(Question.vain, func.count()).group_by(Question.vain)).all())
        texts = session.scalars(select(Question.text)).all()
    assert vain[Vain.HANDED_OVER] == sum(times for times, _ in asked.IN_VAIN)
    assert vain[""] > vain[Vain.UNHELPFUL] > 0
    assert not [text for text in (*texts, *(story.text for story in letters.STORIES)) if re.search(r"\d{7,}|\*\*|某", text)]


def test_the_numbers_of_callers_are_nobody_s() -> None:
    assert all(re.fullmatch(r"199064001\d\d", story.phone) for story in letters.STORIES if story.phone)


def test_the_password_is_made_once_readable_by_its_owner_and_its_folder_with_it(tmp_path: Path) -> None:
    kept = tmp_path / "instance"
    password = loading.password_of(kept)
    assert loading.password_of(kept) == password
    assert (kept / loading.PASSWORD_FILE).stat().st_mode & 0o777 == 0o600
