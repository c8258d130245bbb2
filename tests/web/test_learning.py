"""Each night what was asked in vain becomes gaps and figures; by day a gap closes when its entry is published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from kernel.audit import SYSTEM, Actor
from kernel.clock import SetClock, in_china
from knowledge import gap_reading, gap_work, gaps
from knowledge.filing import import_entries
from knowledge.gap_models import Gap, GapNight, GapState, GapWording
from knowledge.gap_reading import Wanted
from tests.web.staff.office import NOW, YAOHE, open_office
from web.commands import knowing
from web.house import House
from web.keeping import tidy
from web.learning import Learner, learn, report

GROUP = knowing.commands()[0]
HOUR = timedelta(hours=1)
AGENT = Actor("祁坐席")
MAIZE = "玉米补贴一亩多少钱"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose clock stands at half past one the night after NOW."""
    opened = open_office(tmp_path).house
    night = (NOW + timedelta(days=1)).replace(hour=1, minute=30)
    made = replace(opened, clock=SetClock(night))
    import_entries(made.database, entry("pension", "养老金怎么认证"), NOW - timedelta(days=9), SYSTEM)
    yield made
    made.database.close()


def entry(entry_id: str, question: str) -> bytes:
    return json.dumps({"id": entry_id, "question": question, "answer": "到村部办。"}, ensure_ascii=False).encode() + b"\n"


def ask(house: House, *texts: str, hours_ago: float = 6) -> None:
    with house.database.writing() as session:
        for text in texts:
            gaps.note(session, channel="wechat", text=text, division=YAOHE, decision="hand_over", entry_id=None, score=0.0,
                      now=house.clock.now() - hours_ago * HOUR)


def clock_of(house: House) -> SetClock:
    assert isinstance(house.clock, SetClock)
    return house.clock


def gap_of(house: House) -> Gap:
    with house.database.reading() as session:
        return session.scalars(select(Gap)).one()


def test_a_night_gathers_counts_and_writes_down_what_it_did(house: House) -> None:
    ask(house, MAIZE, MAIZE, "请问" + MAIZE)
    done = learn(house)
    assert (done.gathered, done.opened, done.closed, done.left_over) == (3, 1, 0, 0)
    yesterday = in_china(house.clock.now()).date() - timedelta(days=1)
    with house.database.reading() as session:
        night = session.scalars(select(GapNight)).one()
        told = report(session, yesterday, yesterday).as_json()
    assert (night.day, night.gathered, night.opened, night.top[0]["asked"]) == (yesterday, 3, 1, 3)
    assert (told["asked"], told["handed_over"], told["helpful_rate"], told["new_gaps"]) == (3, 3, None, 0)
    assert told["top"][0]["question"] == MAIZE
    assert told["top"][0]["places"][0]["division"] == YAOHE
    assert told["places"][0]["asked"] == 3
    learn(house)
    with house.database.reading() as session:
        assert session.scalars(select(GapNight.gathered)).all() == [3]


def test_the_clock_learns_once_a_night_and_at_once_when_a_night_was_missed(house: House) -> None:
    learner = Learner(house)
    ask(house, MAIZE)
    learner.look()
    ask(house, "路灯坏了找谁修")
    learner.look()
    assert gap_of(house).title == MAIZE
    clock_of(house).advance(10 * HOUR)
    learner.look()
    assert gap_of(house).title == MAIZE
    clock_of(house).advance(36 * HOUR)
    learner.look()
    with house.database.reading() as session:
        assert len(session.scalars(select(Gap)).all()) == 2


def test_a_gap_closes_by_day_when_the_entry_written_for_it_is_published(house: House) -> None:
    ask(house, MAIZE)
    learner = Learner(house)
    learner.look()
    with house.database.writing() as session:
        gap = session.scalars(select(Gap)).one()
        wording = session.scalars(select(GapWording.id)).one()
        gap_work.extend(session, gap.id, [wording], "pension", AGENT, house.clock.now())
    clock_of(house).advance(10 * HOUR)
    assert learner.look() == 0
    import_entries(house.database, entry("pension", MAIZE), house.clock.now(), SYSTEM)
    assert learner.look() == 1
    gap = gap_of(house)
    assert (gap.state, gap.entry_id, gap.settled_by) == (GapState.CLOSED, "pension", "")


def test_an_entry_that_no_gap_waits_for_opens_no_index(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Learner(house)
    learner.look()
    clock_of(house).advance(10 * HOUR)
    import_entries(house.database, entry("lamp", "路灯坏了找谁修"), house.clock.now(), SYSTEM)
    monkeypatch.setattr("web.learning.Library", None)
    assert learner.look() == 0


def test_words_end_with_their_time_and_numbers_stay(house: House) -> None:
    ask(house, MAIZE, hours_ago=24 * 3)
    learn(house)
    clock_of(house).advance(timedelta(days=730))
    ended = tidy(house).ended
    assert (ended["群众问过的话"], ended["没答上的问法"], ended["待补充问题"]) == (1, 1, 1)
    day = in_china(NOW).date()
    with house.database.reading() as session:
        assert gap_reading.count(session, Wanted(day - timedelta(days=60))) == 0
        assert report(session, day - timedelta(days=9), day).figures.asked == 1


def test_the_command_gathers_and_tells(house: House) -> None:
    ask(house, MAIZE)
    app = Flask("commands")
    app.extensions["zhida"] = house
    result = app.test_cli_runner().invoke(GROUP, ["gaps", "--gather", "--since", "2026-11-01", "--json"])
    told = json.loads(result.stdout.splitlines()[-1])
    assert (told["gathered"], told["asked"], told["top"][0]["question"]) == (1, 1, MAIZE)
    words = app.test_cli_runner().invoke(GROUP, ["gaps"]).stdout
    assert "转人工 1" in words
    assert MAIZE in words


def test_the_command_says_when_the_list_was_gathered_and_how_to_gather_now(house: House) -> None:
    ask(house, MAIZE)
    app = Flask("commands")
    app.extensions["zhida"] = house

    def told(*more: str) -> str:
        return app.test_cli_runner().invoke(GROUP, ["gaps", *more]).stdout

    assert "还没有归拢过，平时每天夜里归拢一次；要现在归拢，加 --gather。" in told()
    assert "--gather" not in told("--gather")
    assert f"待补充问题是 {in_china(house.clock.now()):%Y-%m-%d %H:%M} 归拢的" in told()
