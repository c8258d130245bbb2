"""What hangs on the villages' boards, from 待张贴 to 已撤下."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from kernel.clock import SetClock
from kernel.database import Database
from push.postings import Posting, PostState, PostWhy, post_in
from tests.notices import offices
from tests.push.county import County


def _states(database: Database) -> dict[str, tuple[str, str]]:
    with database.reading() as session:
        return {village: (str(state), str(why)) for village, state, why in session.execute(
            select(Posting.village, Posting.state, Posting.why).order_by(Posting.village))}


def _post(database: Database, now: datetime, *, division: str = offices.COUNTY, why: PostWhy = PostWhy.CHANNEL, digest: str = "a") -> int:
    with database.writing() as session:
        return post_in(session, notice_id=1, reference="PY-1", divisions=[division], why=why, now=now, digest=digest)


def _set(database: Database, state: PostState) -> None:
    with database.writing() as session:
        session.execute(update(Posting).values(state=state))


def test_each_village_of_the_notices_divisions_posts_it_once(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    assert _post(both_databases, clock.now(), division=offices.VILLAGE) == 1
    assert _post(both_databases, clock.now(), division=offices.VILLAGE) == 0
    everywhere = _post(both_databases, clock.now())
    found = _states(both_databases)
    assert len(found) == everywhere + 1
    assert set(found.values()) == {("wanted", "channel")}


def test_other_words_are_posted_anew_and_the_same_are_left_hanging(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    _post(both_databases, clock.now(), division=offices.VILLAGE)
    _set(both_databases, PostState.POSTED)
    assert _post(both_databases, clock.now(), division=offices.VILLAGE) == 0
    assert _post(both_databases, clock.now(), division=offices.VILLAGE, digest="b") == 1
    assert _states(both_databases)[offices.VILLAGE] == ("wanted", "channel")


def test_a_neutral_sheet_gives_way_to_the_notice_but_not_the_other_way_round(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    _post(both_databases, clock.now(), division=offices.VILLAGE, why=PostWhy.VILLAGE)
    _set(both_databases, PostState.POSTED)
    assert _post(both_databases, clock.now(), division=offices.VILLAGE, why=PostWhy.EMERGENCY) == 1
    _set(both_databases, PostState.POSTED)
    assert _post(both_databases, clock.now(), division=offices.VILLAGE, why=PostWhy.VILLAGE) == 0
    assert _states(both_databases)[offices.VILLAGE] == ("posted", "emergency")


def test_what_was_taken_down_is_posted_again_when_it_is_asked_for_again(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    _post(both_databases, clock.now(), division=offices.VILLAGE)
    _set(both_databases, PostState.TAKEN_DOWN)
    assert _post(both_databases, clock.now(), division=offices.VILLAGE) == 1
    assert _states(both_databases)[offices.VILLAGE][0] == "wanted"
