"""我能享受什么: 王家 qualifies, 李家 does not, 陈家 is asked the one missing question."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from notices import eligibility, lifecycle
from notices.eligibility import KEPT_BACK
from notices.models import Revision
from notices.offers import Offers
from profiles.division_changes import import_changes
from profiles.facts import REGISTER, Fact, Kind
from profiles.targeting.households import HouseholdFacts
from tests.notices.offices import EDITOR, VILLAGE, found_places, put_up, save, writing

WANG = HouseholdFacts(division=VILLAGE, crops={"玉米": 5.0}, kinds=frozenset({"低保户"}))
LI = HouseholdFacts(division=VILLAGE, crops={"玉米": 1.0}, kinds=frozenset({"一般农户"}))
CHEN = HouseholdFacts(division=VILLAGE, kinds=frozenset({"一般农户"}))
TODAY = date(2026, 11, 23)


@pytest.fixture
def now(clock: SetClock) -> datetime:
    return clock.now()


def judged(database: Database, household: HouseholdFacts, today: date = TODAY) -> tuple[list[str], list[str]]:
    with database.reading() as session:
        found = eligibility.policies_for(session, household, today)
    return [one.reference for one in found.yes], [one.reference for one in found.unknown]


def test_each_family_gets_its_own_answer(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        put_up(session, now)
    assert judged(both_databases, WANG) == (["PY-2026-001"], [])
    assert judged(both_databases, LI) == ([], [])
    assert judged(both_databases, CHEN) == ([], ["PY-2026-001"])


def test_the_answer_says_why_what_to_bring_and_what_is_missing(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now)
        wang = eligibility.policies_for(session, WANG, TODAY)
        chen = eligibility.policies_for(session, CHEN, TODAY)
    assert wang.as_json() == {"yes": [{
        "reference": "PY-2026-001", "title": "关于2026年玉米良种补贴申报的通知", "because": ["玉米 5 亩，不少于 3 亩"],
        "what_to_bring": "身份证、社保卡", "where": "所在村委会", "deadline": "2026-12-31"}], "unknown": [], "question": None}
    assert wang.yes[0].words == "按您家登记情况，可以申请；以彭阳县农业农村局审核结果为准"
    assert chen.as_json()["unknown"] == [{"reference": "PY-2026-001", "title": "关于2026年玉米良种补贴申报的通知",
                                          "ask": ["请问您家今年种玉米吗？种了多少亩？"]}]


def test_a_hardship_is_a_reason_for_staff_and_never_told_to_the_resident(database: Database, now: datetime) -> None:
    condition = {"all": [{"fact": "crop.玉米", "at_least": 3}, {"fact": "household.kind", "is": "低保户"}]}
    with database.writing() as session:
        put_up(session, now, condition=condition)
        (policy,) = eligibility.policies_for(session, WANG, TODAY).yes
    assert any("低保户" in reason for reason in policy.because)
    assert policy.told == ("玉米 5 亩，不少于 3 亩", KEPT_BACK)


@pytest.mark.parametrize(("changes", "today"), [
    ({"deadline": "2026-11-22"}, TODAY), ({"valid_until": "2026-11-22", "deadline": None}, TODAY),
    ({"valid_from": "2026-11-24"}, TODAY), ({"divisions": ["640425101"]}, TODAY), ({"kind": "interpretation"}, TODAY),
    ({"kind": "notice", "condition": None}, TODAY),
])
def test_what_is_closed_elsewhere_or_offers_nothing_is_left_out(
    database: Database, now: datetime, changes: dict[str, object], today: date
) -> None:
    with database.writing() as session:
        put_up(session, now, **changes)
    assert judged(database, WANG, today) == ([], [])


def test_only_what_is_published_counts(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now, reference="草稿")
        put_up(session, now, reference="撤下")
        lifecycle.withdraw(session, "撤下", EDITOR, now, "停办")
    assert judged(database, WANG) == ([], [])


def test_a_policy_for_everybody_is_a_yes_for_everybody(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now, condition=None)
    assert judged(database, CHEN) == (["PY-2026-001"], [])


def test_what_is_due_first_stands_first(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now, reference="后", deadline="2026-12-30")
        put_up(session, now, reference="先", deadline="2026-12-01")
        put_up(session, now, reference="无期", deadline=None)
    assert judged(database, WANG)[0] == ["先", "后", "无期"]


def test_the_one_question_is_the_one_that_settles_most(database: Database, now: datetime) -> None:
    corn, kind = {"fact": "crop.玉米", "at_least": 3}, {"fact": "household.kind", "is": "低保户"}
    sheep = {"fact": "livestock.羊", "at_least": 10}
    with database.writing() as session:
        put_up(session, now, reference="玉米", condition=corn)
        put_up(session, now, reference="玉米和羊", condition={"all": [corn, sheep]})
        put_up(session, now, reference="羊或低保", condition={"any": [sheep, kind]})
        put_up(session, now, reference="羊", condition=sheep)
        found = eligibility.policies_for(session, CHEN, TODAY)
    assert [(one.fact.name, one.policies) for one in found.questions] == [("livestock.羊", 3), ("crop.玉米", 2)]
    assert found.as_json()["question"] == {"fact": "livestock.羊", "question": "请问您家现在养羊吗？养了多少只？", "policies": 3}


def test_nothing_is_asked_where_all_is_known(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now)
        found = eligibility.policies_for(session, WANG, TODAY)
    assert found.question is None
    assert found.as_json()["question"] is None


def test_offers_are_read_once_and_read_anew_when_their_words_change(database: Database, now: datetime) -> None:
    offers = Offers()
    with database.writing() as session:
        put_up(session, now)
        put_up(session, now, reference="PY-2", condition={"fact": "crop.小麦", "at_least": 1})
        assert [one.reference for one in eligibility.policies_for(session, WANG, TODAY, offers).yes] == ["PY-2026-001"]
        assert len(offers) == 2
        put_up(session, now, condition={"fact": "crop.玉米", "at_least": 30})
        assert eligibility.policies_for(session, WANG, TODAY, offers).yes == ()
        assert len(offers) == 3


def test_only_so_many_offers_are_kept(database: Database, now: datetime) -> None:
    offers = Offers(most=2)
    with database.writing() as session:
        for number in range(4):
            put_up(session, now, reference=f"PY-{number}")
        assert len(eligibility.policies_for(session, WANG, TODAY, offers).yes) == 4
        assert len(offers) == 2
        assert len(eligibility.policies_for(session, WANG, TODAY, offers).yes) == 4


def test_a_countys_own_facts_decide_like_any_other(database: Database, now: datetime) -> None:
    county = REGISTER.extended([Fact("household.water_cellar", "水窖", Kind.BOOLEAN, is_own=True, affirmed="有水窖",
                                     denied="没有水窖", question="请问您家有水窖吗？")])
    offers = Offers(county)
    condition = {"fact": "household.water_cellar", "is": False}
    with database.writing() as session:
        put_up(session, now)
        session.scalars(select(Revision)).one().content = writing(condition=condition)
    with database.reading() as session:
        dry = eligibility.policies_for(session, HouseholdFacts(division=VILLAGE, own={"household.water_cellar": 0.0}), TODAY, offers)
        open_one = eligibility.policies_for(session, CHEN, TODAY, offers)
        unread = eligibility.policies_for(session, CHEN, TODAY)
    assert dry.yes[0].because == ("没有水窖",)
    assert open_one.unknown[0].ask == ("请问您家有水窖吗？",)
    assert (unread.yes, unread.unknown) == ((), ())


def test_an_offer_of_an_old_village_code_is_open_to_who_lives_under_todays_even_when_it_was_kept(
        both_databases: Database, now: datetime) -> None:
    offers, new = Offers(), "640425101208"
    moved = HouseholdFacts(division=new, crops={"玉米": 5.0})
    with both_databases.writing() as session:
        found_places(session)
        put_up(session, now, divisions=[VILLAGE], condition={"fact": "division", "within": VILLAGE})
    with both_databases.reading() as session:
        assert [one.reference for one in eligibility.policies_for(session, WANG, TODAY, offers).yes] == ["PY-2026-001"]
        assert eligibility.policies_for(session, moved, TODAY, offers).yes == ()
    import_changes(both_databases, f"old,new\n{VILLAGE},{new}\n".encode(), now, SYSTEM)
    with both_databases.reading() as session:
        assert [one.reference for one in eligibility.policies_for(session, moved, TODAY, offers).yes] == ["PY-2026-001"]
