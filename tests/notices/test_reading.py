"""What the public reads: the right notices for a place, found by words, gone when their time is over."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from kernel.clock import SetClock
from kernel.database import Database
from notices import catalogue, lifecycle, reading
from notices.views import LIST_IS_OVER, NoticeView
from tests.notices.offices import COUNTY, EDITOR, TOWNSHIP, VILLAGE, put_up, save

LIST = {"kind": "public_list", "condition": None, "title": "姚河村玉米补贴名单公示", "short_text": "", "deadline": None,
        "body": "| 户主 | 亩数 |\n|---|---|\n| 王大山 | 5 |", "valid_until": "2026-12-10", "divisions": [VILLAGE]}


@pytest.fixture
def now(clock: SetClock) -> datetime:
    return clock.now()


def titles(views: list[NoticeView]) -> list[str]:
    return [view.reference for view in views]


def test_a_village_sees_what_covers_it_and_a_township_also_what_lies_in_it(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        put_up(session, now, reference="县", divisions=[COUNTY])
        put_up(session, now + timedelta(hours=1), reference="镇", divisions=[TOWNSHIP])
        put_up(session, now + timedelta(hours=2), reference="村", divisions=[VILLAGE])
        put_up(session, now + timedelta(hours=3), reference="别处", divisions=["640425101"])
        save(session, now, reference="草稿")
    with both_databases.reading() as session:
        seen = {code: titles(reading.published_for(session, code, now.date())) for code in (COUNTY, TOWNSHIP, VILLAGE, "")}
    assert seen[VILLAGE] == ["村", "镇", "县"]
    assert seen[TOWNSHIP] == ["村", "镇", "县"]
    assert seen[COUNTY] == seen[""] == ["别处", "村", "镇", "县"]


def test_an_emergency_stands_before_everything_newer(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now, reference="急", kind="emergency", condition=None)
        put_up(session, now + timedelta(hours=1), reference="新")
    with database.reading() as session:
        assert titles(reading.published_for(session, VILLAGE, now.date())) == ["急", "新"]


def test_what_is_past_leaves_the_board_but_keeps_its_page(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now, valid_until="2026-11-30", deadline=None)
    with database.reading() as session:
        assert titles(reading.published_for(session, VILLAGE, date(2026, 11, 30))) == ["PY-2026-001"]
        assert reading.published_for(session, VILLAGE, date(2026, 12, 1)) == []
        past = reading.current(session, "PY-2026-001", date(2026, 12, 1))
        assert past is not None
        assert "60元" in past.body


def test_a_list_of_names_leaves_the_web_when_its_period_ends(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        put_up(session, now, **LIST)
    with both_databases.reading() as session:
        during = reading.current(session, "PY-2026-001", date(2026, 12, 10))
        after = reading.current(session, "PY-2026-001", date(2026, 12, 11))
        assert during is not None
        assert after is not None
        assert "王*山" in during.body
        assert "王大山" not in during.body + during.body_html + during.summary
        assert after.body == LIST_IS_OVER
        assert "王" not in after.body + after.body_html + after.board_text + after.summary
        assert reading.search(session, "姚河村 名单", date(2026, 12, 11)) == []


def test_a_name_of_a_list_is_not_found_by_searching_for_it(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now, **LIST)
        assert reading.search(session, "王大山", now.date()) == []
        assert titles(reading.search(session, "姚河村名单", now.date())) == ["PY-2026-001"]


@pytest.mark.parametrize(("words", "found"), [
    ("玉米补贴", ["玉米", "养牛"]), ("玉米种植补贴", ["玉米", "养牛"]), ("修桥", ["修桥"]), ("红河 绕行", ["修桥"]), ("社保卡", ["玉米"]),
    ("100%", []), ("_", []), ("", []), ("外星人", []), ("a'; DROP TABLE notices;--", []),
])
def test_a_search_finds_by_parts_of_words_and_puts_titles_first(
    both_databases: Database, now: datetime, words: str, found: list[str]
) -> None:
    with both_databases.writing() as session:
        put_up(session, now, reference="养牛", title="肉牛见犊补母", body="养牛的也可以领玉米补贴。", what_to_bring="")
        put_up(session, now, reference="玉米", title="2026年玉米种植补贴申报")
        put_up(session, now, reference="修桥", title="红河镇修桥，请绕行", body="单边放行。", condition=None, short_text="修桥绕行")
        put_up(session, now, reference="撤下", title="玉米补贴旧通知")
        lifecycle.withdraw(session, "撤下", EDITOR, now, "过时")
        save(session, now, reference="未发", title="玉米补贴草稿")
    with both_databases.reading() as session:
        assert titles(reading.search(session, words, now.date())) == found


def test_the_catalogue_stands_in_the_order_of_topics_and_aspects(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now, reference="结果", aspect="结果")
        put_up(session, now, reference="决策", aspect="决策")
        put_up(session, now, reference="医保", topic="医保", aspect=None)
    with database.reading() as session:
        sections = catalogue.catalogue(session, COUNTY, now.date())
    assert [(one.topic, one.aspect, one.lines[0].reference) for one in sections] == [
        ("种植", "决策", "决策"), ("种植", "结果", "结果"), ("医保", "未归类", "医保")]


def test_a_notice_without_a_summary_opens_with_its_first_words(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now, summary="", body="登记开始了。" + "请到村委会，" * 30)
        view = reading.current(session, "PY-2026-001", now.date())
    assert view is not None
    assert view.summary.startswith("登记开始了")
    assert len(view.summary) <= 60
