"""Questions in vain fall into gaps that keep their identity from night to night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kernel.clock import CHINA
from kernel.database import Database
from knowledge import gap_answers, gaps, gathering
from knowledge.encoders import LexicalOnly
from knowledge.gap_models import ASIDE, Gap, GapCount, GapState, GapWording, Question
from knowledge.gathering import Gathered, gather, key_of
from knowledge.index import Index
from knowledge.models import Entry
from knowledge.ranking import Thresholds
from knowledge.shelf import Entry as ShelfEntry

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=CHINA)
MONDAY = date(2026, 11, 23)
WANG, LI = "640425100201", "640425101203"
DAY = timedelta(days=1)


def ask(database: Database, texts: Sequence[str], *, division: str = WANG, decision: str = "hand_over", at: datetime = NOW - DAY / 3
        ) -> list[int]:
    with database.writing() as session:
        return [gaps.note(session, channel="wechat", text=text, division=division, decision=decision, entry_id=None, score=0.1,
                          now=at) for text in texts]


def night(database: Database, folder: Path, now: datetime = NOW) -> Gathered:
    return gather(database, LexicalOnly(), folder, now)


def stored(database: Database) -> dict[int, set[str]]:
    with database.reading() as session:
        found: dict[int, set[str]] = {}
        for gap_id, text in session.execute(select(GapWording.gap_id, GapWording.text)):
            found.setdefault(gap_id, set()).add(text)
        return found


def gap_of(database: Database) -> Gap:
    with database.reading() as session:
        return session.scalars(select(Gap)).one()


def test_similar_questions_fall_together_and_are_counted_by_week_and_place(both_databases: Database, tmp_path: Path) -> None:
    ask(both_databases, ["玉米补贴一亩多少钱", "玉米补帖一亩多少钱", "路灯坏了找谁修"])
    ask(both_databases, ["玉米补贴一亩多少钱"], division=LI)
    ask(both_databases, ["玉米补贴一亩多少钱"], at=NOW - 7 * DAY)
    assert night(both_databases, tmp_path) == Gathered(rows=5, opened=2, reopened=0, left_over=0)
    assert set(map(frozenset, stored(both_databases).values())) == {
        frozenset({"玉米补贴一亩多少钱", "玉米补帖一亩多少钱"}), frozenset({"路灯坏了找谁修"})}
    with both_databases.reading() as session:
        maize = session.scalar(select(GapWording.gap_id).where(GapWording.text == "玉米补贴一亩多少钱"))
        counts = {(week, division): asked for week, division, asked in session.execute(
            select(GapCount.week, GapCount.division, func.sum(GapCount.asked)).where(GapCount.gap_id == maize)
            .group_by(GapCount.week, GapCount.division))}
        assert session.scalar(select(func.count()).where(Question.gap_id.is_(None))) == 0
    assert counts == {(MONDAY, WANG): 2, (MONDAY, LI): 1, (MONDAY - 7 * DAY, WANG): 1}


def test_a_gap_is_the_same_gap_the_next_night(database: Database, tmp_path: Path) -> None:
    ask(database, ["玉米补贴一亩多少钱"])
    night(database, tmp_path)
    before = gap_of(database)
    ask(database, ["玉米补贴一亩多少钱？", "玉米补贴一亩是多少钱", "请问玉米补贴一亩多少钱呢"], at=NOW + DAY / 2)
    assert night(database, tmp_path, NOW + DAY) == Gathered(rows=3, opened=0, reopened=0, left_over=0)
    after = gap_of(database)
    assert (after.id, after.title, after.opened_at) == (before.id, before.title, before.opened_at)
    with database.reading() as session:
        assert session.scalar(select(func.sum(GapWording.asked))) == 4
        assert session.scalar(select(func.sum(GapCount.asked))) == 4


def test_one_of_several_answers_may_still_be_chosen_before_the_question_counts_as_in_vain(database: Database, tmp_path: Path) -> None:
    ask(database, ["老人钱咋领"], decision="clarify", at=NOW - timedelta(hours=1))
    assert night(database, tmp_path).rows == 0
    assert night(database, tmp_path, NOW + timedelta(hours=2)).rows == 1


def test_what_was_answered_is_in_no_gap_until_somebody_says_that_it_did_not_help(database: Database, tmp_path: Path) -> None:
    number, = ask(database, ["老人钱咋领"], decision="answer")
    assert night(database, tmp_path).rows == 0
    with database.writing() as session:
        gaps.judge(session, number, helpful=False)
    assert night(database, tmp_path).rows == 1


def test_a_sign_or_a_number_is_no_gap(database: Database, tmp_path: Path) -> None:
    ask(database, ["？", "1", "ok", "嗯"])
    assert night(database, tmp_path) == Gathered(rows=0, opened=0, reopened=0, left_over=0)
    with database.reading() as session:
        assert set(session.scalars(select(Question.gap_id))) == {ASIDE}


def test_what_a_night_cannot_take_waits_for_the_next(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_NEW", 1)
    ask(database, ["玉米补贴一亩多少钱", "玉米补贴一亩多少钱", "路灯坏了找谁修"])
    assert night(database, tmp_path) == Gathered(rows=2, opened=1, reopened=0, left_over=1)
    assert night(database, tmp_path) == Gathered(rows=1, opened=1, reopened=0, left_over=0)


def test_a_gathering_that_is_stopped_goes_on_the_next_time(database: Database, tmp_path: Path) -> None:
    ask(database, ["玉米补贴一亩多少钱", "路灯坏了找谁修"])
    assert gather(database, LexicalOnly(), tmp_path, NOW, lambda: True).opened == 0
    assert night(database, tmp_path).opened == 2


def settle(database: Database, state: GapState, at: datetime = NOW) -> None:
    with database.writing() as session:
        gap = session.scalars(select(Gap)).one()
        gap.state, gap.settled_at, gap.settled_by = state, at, "lisi"


def test_what_was_filled_and_is_asked_in_vain_again_is_open_again(database: Database, tmp_path: Path) -> None:
    ask(database, ["玉米补贴一亩多少钱"])
    night(database, tmp_path)
    settle(database, GapState.CLOSED)
    ask(database, ["玉米补贴一亩多少钱"], at=NOW - DAY / 3)
    assert night(database, tmp_path).reopened == 0
    ask(database, ["玉米补贴一亩多少钱"], at=NOW + DAY / 3)
    assert night(database, tmp_path, NOW + DAY).reopened == 1
    assert gap_of(database).state == GapState.OPEN


def test_what_is_not_ours_stays_so_however_often_it_is_asked(database: Database, tmp_path: Path) -> None:
    ask(database, ["快递几点到"])
    night(database, tmp_path)
    settle(database, GapState.NOT_OURS)
    ask(database, ["快递几点到"], at=NOW + DAY / 3)
    assert night(database, tmp_path, NOW + DAY).reopened == 0
    assert gap_of(database).state == GapState.NOT_OURS


def test_greetings_particles_and_dialect_make_no_other_question() -> None:
    assert key_of("请问玉米补贴咋领呢？") == key_of("玉米补贴怎么领")
    assert key_of("玉米补贴怎么领") != key_of("玉米补贴谁领")


def index_of(database: Database, *questions: tuple[str, str], at: datetime = NOW) -> Index:
    """An index over entries that stand in the database too."""
    with database.writing() as session:
        for entry_id, question in questions:
            session.merge(Entry(id=entry_id, state="reviewed", question=question, answer="到村部办。", divisions=[],
                                office="农业农村局", updated_at=at))
    return Index.build([ShelfEntry(entry_id, question, (), "到村部办。") for entry_id, question in questions], LexicalOnly())


def test_a_gap_names_the_entry_to_extend_or_none(database: Database, tmp_path: Path) -> None:
    ask(database, ["玉米种植补贴的钱打到哪张卡上", "村里能不能装太阳能路灯"])
    night(database, tmp_path)
    index = index_of(database, ("maize", "玉米补贴打到哪张卡上"), ("pension", "养老金怎么认证"))
    index.weights = replace(index.weights, thresholds=Thresholds(1.0, 1.0))
    assert gap_answers.look(database, index, NOW, MONDAY) == 0
    with database.reading() as session:
        found = {gap.title: (gap.suggested_id, gap.office) for gap in session.scalars(select(Gap))}
    assert found == {"玉米种植补贴的钱打到哪张卡上": ("maize", "农业农村局"), "村里能不能装太阳能路灯": (None, "")}


def test_a_gap_closes_itself_once_an_entry_answers_it_and_says_which(both_databases: Database, tmp_path: Path) -> None:
    ask(both_databases, ["玉米补贴一亩多少钱", "路灯坏了找谁修"])
    night(both_databases, tmp_path)
    index = index_of(both_databases, ("maize", "玉米补贴一亩多少钱"), at=NOW + DAY / 24)
    assert gap_answers.look(both_databases, index, NOW + DAY / 24, MONDAY) == 1
    with both_databases.reading() as session:
        found = {gap.title: (gap.state, gap.entry_id, gap.settled_by) for gap in session.scalars(select(Gap))}
    assert found["玉米补贴一亩多少钱"] == (GapState.CLOSED, "maize", "")
    assert found["路灯坏了找谁修"][0] == GapState.OPEN


def test_an_answer_that_did_not_help_closes_its_gap_only_when_it_was_written_anew(database: Database, tmp_path: Path) -> None:
    number, = ask(database, ["玉米补贴一亩多少钱"], decision="answer")
    with database.writing() as session:
        gaps.judge(session, number, helpful=False)
    night(database, tmp_path)
    index = index_of(database, ("maize", "玉米补贴一亩多少钱"), at=NOW - 10 * DAY)
    assert gap_answers.look(database, index, NOW, MONDAY) == 0
    index = index_of(database, ("maize", "玉米补贴一亩多少钱"), at=NOW)
    assert gap_answers.look(database, index, NOW, MONDAY) == 1


def test_a_gap_is_looked_at_again_only_after_entries_changed_or_it_was_asked_again(database: Database, tmp_path: Path) -> None:
    ask(database, ["玉米补贴一亩多少钱"])
    night(database, tmp_path)
    index = index_of(database, ("pension", "养老金怎么认证"), at=NOW - DAY)
    gap_answers.look(database, index, NOW, MONDAY)
    assert gap_of(database).checked_at == NOW
    gap_answers.look(database, index, NOW + DAY, MONDAY)
    assert gap_of(database).checked_at == NOW
    index_of(database, ("pension", "养老金怎么认证"), at=NOW + DAY / 2)
    gap_answers.look(database, index, NOW + DAY, MONDAY)
    assert gap_of(database).checked_at == NOW + DAY


def test_an_entry_written_for_a_gap_closes_it_without_waiting_for_the_others(database: Database, tmp_path: Path) -> None:
    ask(database, ["玉米补贴一亩多少钱", "路灯坏了找谁修"])
    night(database, tmp_path)
    with database.writing() as session:
        for gap in session.scalars(select(Gap)):
            gap.entry_id = "maize" if "玉米" in gap.title else None
    index = index_of(database, ("maize", "玉米补贴一亩多少钱"), at=NOW)
    with database.reading() as session:
        assert gap_answers.changed_since(session, NOW - DAY) == (["maize"], NOW)
    assert gap_answers.look(database, index, NOW, MONDAY, entry_ids=["maize"]) == 1
    with database.reading() as session:
        assert [gap.checked_at for gap in session.scalars(select(Gap).where(Gap.state == GapState.OPEN))] == [None]
