"""What a household says of itself stands beside the register: it fills gaps for itself, and the office takes or leaves it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from kernel.audit import Actor, AuditEntry
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles import answers
from profiles.answer_settling import LEFT, TAKEN, settle
from profiles.answers import Value
from profiles.facts import Fact
from profiles.failures import AnswerRefused
from profiles.models import Household
from profiles.reach import count
from profiles.register import facts_of
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import Answer, judge
from profiles.values import FactDate, ResidentAnswer
from tests.profiles.targeting.population import stored
from tests.profiles.targeting.strategies import COUNTY, TODAY

OFFICE = Actor("办事员马兰", frozenset({"editor"}), "640425")
VILLAGE = "640425100209"
CORN = {"fact": "crop.玉米", "at_least": 3}
Says = Callable[..., None]


@pytest.fixture
def says(keyring: Keyring, clock: SetClock) -> Says:
    def keep(database: Database, home: int, name: str, value: Value, about: int | None = None) -> None:
        with database.writing() as session:
            answers.keep(session, keyring, household_id=home, resident_id=None, about=about, fact=fact(name), value=value,
                         channel="wechat", now=clock.now())

    return keep


def fact(name: str) -> Fact:
    found = COUNTY.fact(name)
    assert found is not None
    return found


def family(database: Database, **facts: object) -> int:
    with database.writing() as session:
        (number,) = stored(session, [HouseholdFacts(division=VILLAGE, **facts)])  # type: ignore[arg-type]
    return number


def told(database: Database, keyring: Keyring, home: int) -> HouseholdFacts:
    with database.reading() as session:
        return answers.beside(session, facts_of(session, home), home, answers.standing_answers(session, keyring, home), COUNTY)


def test_an_answer_fills_a_gap_for_the_household_and_not_for_pushing(
    both_databases: Database, keyring: Keyring, says: Says
) -> None:
    home = family(both_databases, roster_complete=True)
    says(both_databases, home, "crop.玉米", 5.0)
    condition = parse(CORN, COUNTY)
    assert judge(condition, told(both_databases, keyring, home), TODAY).answer is Answer.YES
    assert judge(parse({"fact": "crop.小麦", "at_least": 1}, COUNTY), told(both_databases, keyring, home), TODAY).answer is Answer.UNKNOWN
    with both_databases.reading() as session:
        assert judge(condition, facts_of(session, home), TODAY).answer is Answer.UNKNOWN
        assert count(session, condition, (), TODAY).surely == 0


def test_what_the_register_knows_is_not_overruled(database: Database, keyring: Keyring, says: Says) -> None:
    home = family(database, crops={"玉米": 1.0}, relocated=False)
    says(database, home, "crop.玉米", 5.0)
    says(database, home, "household.relocated", True)
    for raw in (CORN, {"fact": "household.relocated", "is": True}):
        assert judge(parse(raw, COUNTY), told(database, keyring, home), TODAY).answer is Answer.NO


def test_a_later_answer_replaces_an_earlier_one_and_nothing_stands_in_clear(
    database: Database, keyring: Keyring, says: Says
) -> None:
    home = family(database)
    for value in ("瑞丰", "富民"):
        says(database, home, "household.cooperative", value)
    with database.reading() as session:
        (standing,) = answers.standing_answers(session, keyring, home)
        states = [row.state for row in session.scalars(select(ResidentAnswer).order_by(ResidentAnswer.id))]
        sealed = session.scalars(select(ResidentAnswer.value)).all()
    assert standing.value == "富民"
    assert states == ["replaced", "said"]
    assert all("瑞丰".encode() not in one for one in sealed)


@pytest.mark.parametrize(("name", "value", "raw"), [
    ("household.land", 6.5, {"fact": "household.land", "is": 6.5}), ("household.size", 4.0, {"fact": "household.size", "is": 4}),
    ("household.kind", "低保户", {"fact": "household.kind", "is": "低保户"}), ("household.house_grade", "C", {"fact": "household.house_grade", "is": "C级"}),
    ("household.relocated", True, {"fact": "household.relocated", "is": True}), ("household.group", "三组", {"fact": "household.group", "is": "三组"}),
    ("crop.玉米", 5.0, CORN), ("livestock.羊", 0.0, {"fact": "livestock.羊", "is": 0}),
    ("household.greenhouse", 2.0, {"fact": "household.greenhouse", "at_least": 2}),
    ("household.insured", False, {"fact": "household.insured", "is": False}),
    ("household.road", "硬化", {"fact": "household.road", "is": "通路"}),
])
def test_what_the_office_takes_decides_from_then_on_with_its_source_and_date(
    both_databases: Database, keyring: Keyring, clock: SetClock, says: Says, name: str, value: Value, raw: dict[str, object]
) -> None:
    home = family(both_databases)
    says(both_databases, home, name, value)
    with both_databases.writing() as session:
        number = session.scalars(select(ResidentAnswer.id)).one()
        settle(session, keyring, number, take=True, actor=OFFICE, now=clock.now(), catalogue=COUNTY)
    with both_databases.reading() as session:
        assert count(session, parse(raw, COUNTY), (), TODAY).surely == 1
        assert judge(parse(raw, COUNTY), facts_of(session, home), TODAY).answer is Answer.YES
        date = session.scalars(select(FactDate)).one()
        trail = session.scalars(select(AuditEntry)).one()
        assert answers.standing_answers(session, keyring, home) == ()
    assert (date.source, date.at, date.resident_id) == ("office", clock.now(), 0)
    assert date.fact == (name if "." in name and not name.startswith(("crop", "livestock")) else name.partition(".")[0] + ".")
    assert (trail.act, trail.actor, trail.details) == (TAKEN, OFFICE.name, {"fact": name})


def test_an_answer_about_the_only_member_is_written_to_the_member(
    database: Database, keyring: Keyring, clock: SetClock, says: Says
) -> None:
    home = family(database, members=(MemberFacts(),), roster_complete=True)
    with database.reading() as session:
        is_clear, about = answers.whom(session, fact("member.migrant"), home)
    assert is_clear
    says(database, home, "member.migrant", True, about)
    raw = {"someone": {"fact": "member.migrant", "is": True}}
    assert judge(parse(raw, COUNTY), told(database, keyring, home), TODAY).answer is Answer.YES
    with database.writing() as session:
        settle(session, keyring, 1, take=True, actor=OFFICE, now=clock.now(), catalogue=COUNTY)
        assert count(session, parse(raw, COUNTY), (), TODAY).surely == 1
        assert session.scalars(select(FactDate.resident_id)).one() == about


def test_of_several_members_nobody_can_say_who_is_meant(database: Database) -> None:
    home = family(database, members=(MemberFacts(), MemberFacts()))
    with database.reading() as session:
        assert answers.whom(session, fact("member.migrant"), home) == (False, None)


def test_what_the_office_leaves_changes_nothing_and_is_settled_once(
    database: Database, keyring: Keyring, clock: SetClock, says: Says
) -> None:
    home = family(database)
    says(database, home, "household.land", 99.0)
    with database.writing() as session:
        settle(session, keyring, 1, take=False, actor=OFFICE, now=clock.now(), catalogue=COUNTY)
        household = session.get(Household, home)
        assert household is not None
        assert household.land is None
        assert session.scalars(select(AuditEntry.act)).all() == [LEFT]
        with pytest.raises(AnswerRefused, match="已经处理过"):
            settle(session, keyring, 1, take=True, actor=OFFICE, now=clock.now(), catalogue=COUNTY)


def test_nobody_settles_outside_the_own_area(database: Database, keyring: Keyring, clock: SetClock, says: Says) -> None:
    home = family(database)
    says(database, home, "household.land", 9.0)
    stranger = Actor("外乡办事员", frozenset({"editor"}), "640426")
    with database.writing() as session, pytest.raises(AnswerRefused, match="不在您的管理范围内"):
        settle(session, keyring, 1, take=True, actor=stranger, now=clock.now(), catalogue=COUNTY)
