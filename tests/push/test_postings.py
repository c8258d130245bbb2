"""What hangs on the villages' boards, from 待张贴 to 已撤下."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import select, update

from channels.registry import Channels
from kernel.clock import CHINA, SetClock
from kernel.database import Database
from notices import lifecycle, reading
from profiles.models import Division
from push import dispatches, noticeboards
from push.models import Dispatch
from push.postings import Posting, PostState, PostWhy, post_in
from push.settings import PushSettings
from push.states import DispatchState
from push.tasks import Sweeper
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone, publish


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


def _publish(database: Database, now: datetime, **changes: object) -> None:
    with database.writing() as session:
        approve_notice(session, now, **changes)
        publish(session, now)
        noticeboards.follow(session, REFERENCE, now)


def test_a_published_notice_hangs_in_the_villages_when_it_asks_for_the_board(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    _publish(both_databases, clock.now(), channels=["sms", "board"])
    assert _states(both_databases) == {offices.VILLAGE: ("wanted", "channel")}


def test_an_emergency_hangs_everywhere_and_what_asks_for_no_board_nowhere(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    _publish(both_databases, clock.now(), kind="emergency", topic="应急", condition=None)
    assert _states(both_databases) == {offices.VILLAGE: ("wanted", "emergency")}
    with both_databases.writing() as session:
        approve_notice(session, clock.now(), "PY-2026-777", channels=["sms"])
        publish(session, clock.now(), "PY-2026-777")
        assert noticeboards.follow(session, "PY-2026-777", clock.now()) == 0


def test_a_withdrawn_notice_is_to_come_down_where_it_hangs(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    county.session.add(Division(code="640425100202", name="白岔村民委员会", parent="640425100"))
    county.session.commit()
    _publish(both_databases, clock.now(), channels=["board"])
    with both_databases.writing() as session:
        session.execute(update(Posting).where(Posting.village == offices.VILLAGE).values(
            state=PostState.POSTED, posted_at=clock.now(), posted_by="韩村干"))
        lifecycle.withdraw(session, REFERENCE, offices.EDITOR, clock.now(), reason="有误")
        noticeboards.follow(session, REFERENCE, clock.now())
    assert _states(both_databases) == {offices.VILLAGE: ("to_take_down", "channel"), "640425100202": ("taken_down", "channel")}


def test_a_sheet_whose_time_is_over_is_to_come_down_by_itself(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    _publish(both_databases, clock.now(), channels=["board"], deadline="2026-12-31")
    _set(both_databases, PostState.POSTED)
    with both_databases.writing() as session:
        session.execute(update(Posting).values(posted_at=clock.now()))
    noticeboards.keep_up(both_databases, datetime(2026, 12, 31, 12, tzinfo=CHINA))
    assert _states(both_databases)[offices.VILLAGE][0] == "posted"
    noticeboards.keep_up(both_databases, datetime(2027, 1, 1, 0, 5, tzinfo=CHINA))
    assert _states(both_databases)[offices.VILLAGE][0] == "to_take_down"


def test_a_notice_published_by_another_hand_is_followed_later(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    with both_databases.writing() as session:
        approve_notice(session, clock.now(), channels=["board"])
        publish(session, clock.now())
    assert _states(both_databases) == {}
    noticeboards.keep_up(both_databases, clock.now())
    assert _states(both_databases) == {offices.VILLAGE: ("wanted", "channel")}
    with both_databases.writing() as session:
        lifecycle.withdraw(session, REFERENCE, offices.EDITOR, clock.now(), reason="有误")
    noticeboards.keep_up(both_databases, clock.now())
    assert _states(both_databases) == {offices.VILLAGE: ("taken_down", "channel")}


def test_what_is_not_for_everybody_never_hangs(both_databases: Database, county: County, clock: SetClock) -> None:
    with both_databases.writing() as session:
        approve_notice(session, clock.now(), channels=["board"], property="依申请公开", property_reason="条例第十三条")
        view = reading.current(session, REFERENCE)
        assert view is not None
        assert noticeboards.post_notice(session, view, clock.now()) == 0


def test_what_was_planned_for_later_hangs_when_its_time_has_come(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    with both_databases.writing() as session:
        approve_notice(session, clock.now(), channels=["sms", "board"])
        view = reading.current(session, REFERENCE)
        assert view is not None
        later = clock.now() + timedelta(hours=5)
        session.add(Dispatch(notice_id=view.id, notice_reference=REFERENCE, digest=view.digest, purpose="notice",
                             state=DispatchState.PLANNED, content={}, channels=["sms"], divisions=[offices.COUNTY],
                             sent_by="推送员赵静", created_at=clock.now(), release_at=later))
    noticeboards.keep_up(both_databases, clock.now())
    assert _states(both_databases) == {}
    noticeboards.keep_up(both_databases, later)
    assert _states(both_databases) == {offices.VILLAGE: ("wanted", "channel")}


def test_an_emergency_that_is_released_hangs_everywhere_before_anybody_published_it(
    both_databases: Database, county: County, channels: Channels, settings: PushSettings, clock: SetClock
) -> None:
    county.household_with_phone("王家", phone(1))
    county.session.commit()
    with both_databases.writing() as session:
        approve_notice(session, clock.now(), kind="emergency", topic="应急", condition=None)
    sent = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=settings)
    with both_databases.reading() as session:
        assert session.execute(select(Posting.village, Posting.why, Posting.dispatch_id)).all() == [
            (offices.VILLAGE, "emergency", sent.dispatch)]


def test_a_push_that_is_stopped_takes_its_own_sheets_back_and_leaves_what_the_notice_asks_for(
    both_databases: Database, county: County, channels: Channels, settings: PushSettings, clock: SetClock
) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now())
    county.session.commit()
    number = dispatches.send(both_databases, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=settings).dispatch
    with both_databases.writing() as session:
        for notice, why in ((7, PostWhy.VILLAGE), (8, PostWhy.CHANNEL)):
            post_in(session, notice_id=notice, reference=f"PY-{notice}", divisions=[offices.COUNTY], why=why, now=clock.now(),
                    dispatch_id=number)
        dispatches.stop(session, number, SENDER, clock.now())
    with both_databases.reading() as session:
        assert session.execute(select(Posting.notice_id, Posting.state).order_by(Posting.notice_id)).all() == [
            (7, "taken_down"), (8, "wanted")]


def test_a_worker_alone_takes_down_what_is_over(
    both_databases: Database, county: County, settings: PushSettings, clock: SetClock
) -> None:
    _publish(both_databases, clock.now(), channels=["board"], deadline="2026-12-31")
    with both_databases.writing() as session:
        session.execute(update(Posting).values(state=PostState.POSTED, posted_at=clock.now()))
    rung: list[int] = []
    clock.set(datetime(2027, 1, 1, 0, 5, tzinfo=CHINA))
    Sweeper(both_databases, clock, settings, rung.append).look()
    assert _states(both_databases)[offices.VILLAGE][0] == "to_take_down"


def test_two_that_ask_a_village_at_once_ask_it_once(both_databases: Database, county: County, clock: SetClock) -> None:
    with ThreadPoolExecutor(4) as several:
        asked = list(several.map(lambda _: _post(both_databases, clock.now(), division=offices.VILLAGE), range(4)))
    assert sorted(asked) == [0, 0, 0, 1]


def test_what_was_withdrawn_during_a_long_outage_comes_down_all_the_same(
    both_databases: Database, county: County, clock: SetClock
) -> None:
    _publish(both_databases, clock.now(), channels=["board"])
    with both_databases.writing() as session:
        session.execute(update(Posting).values(state=PostState.POSTED, posted_at=clock.now()))
        lifecycle.withdraw(session, REFERENCE, offices.EDITOR, clock.now(), reason="有误")
    noticeboards.keep_up(both_databases, clock.now() + timedelta(days=9))
    assert set(_states(both_databases).values()) == {("to_take_down", "channel")}
