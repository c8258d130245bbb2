"""Rounds of visits and boards as villages and the office read them, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices.models import Notice
from profiles.models import Household
from push import hanging, rounds
from push.failures import Refused
from push.models import Dispatch
from push.postings import PostState, PostWhy, post_in
from push.rounds import Village, harmless
from push.states import DispatchState
from push.visits import VisitState, Why, ask_for
from tests.notices import offices
from tests.push.county import REFERENCE, County, approve_notice, publish

CADRE = Actor("韩村干", frozenset({"cadre"}), offices.VILLAGE)
STRANGER = Actor("别村干部", frozenset({"cadre"}), "640425101200")


def _listed(county: County, *names: str) -> int:
    """Families on the list of a push of the published notice."""
    session, now = county.session, county.now
    for name in names:
        county.family(name).head_name = county.keyring.encrypt(f"{name}户主", "name")
    approve_notice(session, now, channels=["sms", "board"])
    publish(session, now)
    notice = session.scalars(select(Notice).where(Notice.reference == REFERENCE)).one()
    dispatch = Dispatch(notice_id=notice.id, notice_reference=REFERENCE, title=notice.title, topic="种植", digest="d", purpose="notice",
                        state=DispatchState.RUNNING, content={}, channels=["sms"], divisions=[offices.COUNTY], sent_by="推送员赵静",
                        created_at=now, release_at=now)
    session.add(dispatch)
    session.flush()
    ask_for(session, dispatch.id, select(Household.id), Why.NOT_REACHED, now)
    session.commit()
    return dispatch.id


def test_a_round_is_read_ticked_and_counted(both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    number = _listed(county, "王家", "李家")
    with both_databases.writing() as session:
        assert [home.head for home in rounds.homes_of(session, keyring, offices.VILLAGE, clock.now())] == ["李家户主", "王家户主"]
        assert rounds.tick(session, "王家", VisitState.DONE, CADRE, clock.now()) == 1
        assert rounds.tick(session, "王家", VisitState.DONE, CADRE, clock.now()) == 0
        assert rounds.tick(session, "李家", VisitState.NOT_MET, CADRE, clock.now(), "晚上再去") == 1
        assert rounds.count_waiting(session, offices.TOWNSHIP, clock.now()) == 1
        assert rounds.by_village(session, number) == [Village(offices.VILLAGE, 0, 1, 1)]


def test_a_cadre_ticks_in_the_own_village_alone(both_databases: Database, county: County, clock: SetClock) -> None:
    _listed(county, "王家")
    with both_databases.writing() as session, pytest.raises(Refused, match="没有这一户"):
        rounds.tick(session, "王家", VisitState.DONE, STRANGER, clock.now())


def test_a_household_that_moved_is_seen_where_it_lives_now(both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    number = _listed(county, "王家")
    with both_databases.writing() as session:
        session.scalars(select(Household)).one().division = "640425101200"
        session.flush()
        assert rounds.homes_of(session, keyring, offices.VILLAGE, clock.now()) == []
        assert [one.code for one in rounds.by_village(session, number)] == ["640425101200"]


def test_a_board_is_read_ticked_and_taken_back(both_databases: Database, county: County, clock: SetClock) -> None:
    _listed(county, "王家")
    with both_databases.writing() as session:
        notice = session.scalars(select(Notice).where(Notice.reference == REFERENCE)).one()
        post_in(session, notice_id=notice.id, reference=REFERENCE, divisions=[offices.COUNTY], why=PostWhy.CHANNEL, now=clock.now())
        first = hanging.edition(session, offices.VILLAGE)
        hung = hanging.boards_of(session, offices.VILLAGE, clock.now())[0]
        assert hanging.count_waiting(session, offices.VILLAGE) == (1, 0)
        assert hanging.tick(session, hung.id, PostState.POSTED, CADRE, clock.now()) is PostState.POSTED
        assert hanging.edition(session, offices.VILLAGE) != first
        assert hanging.posted_days(session, offices.VILLAGE) == {REFERENCE: clock.now().date()}
        assert hanging.beyond_the_web(session, offices.VILLAGE, clock.now()) == []
        assert hanging.undo(session, hung.id, CADRE, clock.now()) is PostState.WANTED
        assert hanging.undo(session, hung.id, CADRE, clock.now()) is PostState.WANTED
        with pytest.raises(Refused, match="您的村里没有"):
            hanging.tick(session, hung.id, PostState.POSTED, STRANGER, clock.now())


@pytest.mark.parametrize(("title", "topic", "said"), [
    ("玉米良种补贴登记", "种植", "玉米良种补贴登记"), ("特困人员取暖补贴", "住房", "住房方面的一件事"), ("残疾人补贴", "其他", "一件要当面说的事")])
def test_a_title_on_a_list_tells_no_hardship(title: str, topic: str, said: str) -> None:
    assert harmless(title, topic) == said


def test_nobody_is_sent_to_the_dead_or_to_a_house_where_nobody_lives_any_more(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    for name in ("王家", "李家", "陈家"):
        household = county.family(name)
        household.head_name, household.head_name_index = keyring.encrypt(f"{name}老人", "name"), keyring.index(f"{name}老人", "name")
        county.member(household, f"{name}老人", head=True, born=date(1940, 1, 1), standing="present" if name == "陈家" else "died")
    wang = county.session.scalars(select(Household).where(Household.reference == "王家")).one()
    for name, born in (("王小梅", date(1999, 1, 1)), ("王建国", date(1970, 1, 1))):
        county.member(wang, name, born=born)
    dispatch = _listed(county)
    with both_databases.reading() as session:
        homes = rounds.homes_of(session, keyring, offices.VILLAGE, clock.now())
        assert [(home.reference, home.head) for home in homes] == [("王家", "王建国"), ("陈家", "陈家老人")]
        assert rounds.count_waiting(session, offices.VILLAGE, clock.now()) == 2
        assert [one.total for one in rounds.by_village(session, dispatch)] == [2]
