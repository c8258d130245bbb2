"""Gaps that the staff put together or took apart, and that the nights leave so."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kernel.audit import Actor
from kernel.clock import CHINA
from kernel.database import Database
from knowledge import gap_figures, gap_reading, gap_sorting, gap_work, gaps
from knowledge.encoders import LexicalOnly
from knowledge.failures import EntryRefused
from knowledge.gap_models import Gap, GapState, GapWording
from knowledge.gap_reading import Wanted
from knowledge.gathering import gather

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=CHINA)
DAY = timedelta(days=1)
WANG, LI = "640425100201", "640425101203"
WRITER = Actor("祁坐席")
LAMPS = ("路灯坏了找谁修", "路灯不亮了找谁修")
MAIZE = ("玉米补贴一亩多少钱", "玉米补帖一亩多少钱", "种玉米一亩补贴多少钱", "玉米一亩补贴是多少钱", "玉米的补贴一亩有多少钱")


def ask(database: Database, folder: Path, *said: str, now: datetime = NOW, division: str = WANG) -> None:
    with database.writing() as session:
        for text in said:
            gaps.note(session, channel="wechat", text=text, division=division, decision="hand_over", entry_id=None, score=0.1,
                      now=now - DAY / 4)
    gather(database, LexicalOnly(), folder, now)


@pytest.fixture
def asked(both_databases: Database, tmp_path: Path) -> Database:
    ask(both_databases, tmp_path, *MAIZE, *LAMPS)
    return both_databases


def gap_of(database: Database, text: str) -> Gap:
    with database.reading() as session:
        return session.scalars(select(Gap).join(GapWording, GapWording.gap_id == Gap.id).where(GapWording.text == text)).one()


def wording(database: Database, text: str) -> int:
    with database.reading() as session:
        return session.scalars(select(GapWording.id).where(GapWording.text == text)).one()


def seen(database: Database) -> list[tuple[str, int]]:
    with database.reading() as session:
        return [(one.title, one.asked) for one in gap_reading.views(session, Wanted(date(2026, 10, 5)), 10)]


def test_two_gaps_put_together_are_one_and_draw_what_is_like_either(asked: Database, tmp_path: Path) -> None:
    lamps, maize = gap_of(asked, LAMPS[0]), gap_of(asked, MAIZE[0])
    with asked.writing() as session:
        gap_sorting.join(session, lamps.id, maize.id, WRITER, NOW)
    assert seen(asked) == [(maize.title, 7)]
    ask(asked, tmp_path, "路灯坏了找哪个修", now=NOW + DAY)
    assert gap_of(asked, "路灯坏了找哪个修").id == maize.id
    with asked.reading() as session:
        assert session.scalar(select(GapWording.kin).where(GapWording.text == "路灯坏了找哪个修")) == lamps.id
    ask(asked, tmp_path, LAMPS[0], now=NOW + 2 * DAY)
    assert seen(asked) == [(maize.title, 9)]
    with asked.reading() as session:
        assert gap_reading.joined_to(session, lamps.id) == maize.id
        assert gap_reading.view(session, lamps.id, "") is None
        assert gap_figures.moved(session, date(2026, 11, 1), date(2026, 11, 30)).closed == 0


def test_a_chain_of_gaps_put_together_leads_to_the_last(asked: Database, tmp_path: Path) -> None:
    ask(asked, tmp_path, "养蜂有没有补贴", now=NOW + DAY)
    lamps, maize, bees = (gap_of(asked, text) for text in (LAMPS[0], MAIZE[0], "养蜂有没有补贴"))
    with asked.writing() as session:
        gap_work.write(session, lamps.id, WRITER, NOW)
        gap_sorting.join(session, lamps.id, maize.id, WRITER, NOW)
        assert session.get_one(Gap, maize.id).assigned_to == "祁坐席"
        gap_sorting.join(session, maize.id, bees.id, WRITER, NOW)
        assert gap_reading.joined_to(session, lamps.id) == bees.id
    ask(asked, tmp_path, "路灯坏了找哪个修", "种玉米一亩补多少钱", now=NOW + 2 * DAY)
    assert {gap_of(asked, text).id for text in ("路灯坏了找哪个修", "种玉米一亩补多少钱")} == {bees.id}


def test_a_wording_taken_out_is_a_gap_of_its_own_and_draws_what_is_like_it(asked: Database, tmp_path: Path) -> None:
    whole = gap_of(asked, MAIZE[0])
    with asked.writing() as session:
        own = gap_sorting.take_out(session, whole.id, [wording(asked, whole.title)], WRITER, NOW)
    assert dict(seen(asked))[whole.title] == 1
    kept = gap_of(asked, next(text for text in MAIZE if text != whole.title))
    assert (kept.id, kept.title != whole.title, kept.checked_at) == (whole.id, True, None)
    ask(asked, tmp_path, whole.title, f"{whole.title}啊请问", f"到底{whole.title}", now=NOW + DAY)
    assert gap_of(asked, whole.title).id == own
    assert gap_of(asked, f"到底{whole.title}").id == own


def test_what_cannot_be_put_together_or_taken_apart_says_why(asked: Database) -> None:
    lamps, maize = gap_of(asked, LAMPS[0]).id, gap_of(asked, MAIZE[0]).id
    both = [wording(asked, text) for text in LAMPS]
    with asked.writing() as session:
        for home in (lamps, 999):
            with pytest.raises(EntryRefused, match="请另选一个"):
                gap_sorting.join(session, lamps, home, WRITER, NOW)
        for chosen, words in ((both, "至少留一种"), ([], "至少选一种"), ([wording(asked, MAIZE[0])], "至少选一种")):
            with pytest.raises(EntryRefused, match=words):
                gap_sorting.take_out(session, lamps, chosen, WRITER, NOW)
        gap_work.leave(session, maize, "归农业农村局", WRITER, NOW)
        with pytest.raises(EntryRefused, match="已经处理过"):
            gap_sorting.join(session, maize, lamps, WRITER, NOW)
        gap_sorting.join(session, lamps, maize, WRITER, NOW)
        assert session.get_one(Gap, maize).state == GapState.NOT_OURS
        with pytest.raises(EntryRefused, match="已经处理过"):
            gap_sorting.take_out(session, lamps, both[:1], WRITER, NOW)


def test_the_gaps_most_like_one_are_offered_first(asked: Database, tmp_path: Path) -> None:
    ask(asked, tmp_path, "养蜂有没有补贴", "村口的路灯黑着归谁管", now=NOW + DAY)
    with asked.reading() as session:
        lamps = gap_reading.view(session, gap_of(asked, LAMPS[0]).id, "")
        assert lamps is not None
        near = gap_reading.alike(session, lamps, Wanted(date(2026, 10, 5)))
    assert [one.title for one in near] == ["村口的路灯黑着归谁管"]


def test_two_who_put_the_same_gaps_together_the_other_way_round_leave_one_that_is_open(asked: Database) -> None:
    first, second = gap_of(asked, LAMPS[0]).id, gap_of(asked, MAIZE[0]).id
    together, refused = threading.Barrier(2), list[str]()

    def join(one: int, other: int) -> None:
        together.wait(10)
        try:
            with asked.writing() as session:
                gap_sorting.join(session, one, other, WRITER, NOW)
        except EntryRefused as refusal:
            refused.append(refusal.words)

    for _ in range(5):
        threads = [threading.Thread(target=join, args=pair) for pair in ((first, second), (second, first))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with asked.writing() as session:
            gone, kept = sorted((session.get_one(Gap, first), session.get_one(Gap, second)), key=lambda one: one.joined_to is None)
            assert (gone.joined_to, kept.joined_to) == (kept.id, None)
            gone.state, gone.joined_to = GapState.OPEN, None
    assert len(refused) == 5
