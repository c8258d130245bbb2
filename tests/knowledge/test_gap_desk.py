"""What desks see of gaps, and what the staff do about them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from kernel.audit import SYSTEM, Actor
from kernel.clock import CHINA
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import consultations, gap_ratings, gap_reading, gap_work, gaps, rating, versions
from knowledge.case_models import Rating
from knowledge.encoders import LexicalOnly
from knowledge.failures import EntryRefused
from knowledge.filing import file_draft, import_entries
from knowledge.gap_models import Gap, GapCount, GapState, GapWording, Question, Vain
from knowledge.gap_reading import Wanted
from knowledge.gathering import gather, retitle

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=CHINA)
DAY = timedelta(days=1)
WANG, LI = "640425100201", "640425101203"
SINCE = date(2026, 10, 5)
WRITER, REVIEWER = Actor("祁坐席"), Actor("冯编辑")
BASE = ('{"id": "maize", "question": "玉米补贴什么时候发", "answer": "十二月。", "office": "农业农村局"}\n'
        '{"id": "notice:PY-1", "question": "路灯", "answer": "县里装。"}\n').encode()


@pytest.fixture
def asked(both_databases: Database, tmp_path: Path) -> Database:
    """Maize asked three times in 王家's village and once in 李家's, lamps once in 李家's."""
    import_entries(both_databases, BASE, NOW - DAY, SYSTEM)
    with both_databases.writing() as session:
        for text, division, times in (("玉米补贴一亩多少钱", WANG, 2), ("玉米补帖一亩多少钱", WANG, 1), ("玉米补帖一亩多少钱", LI, 1),
                                      ("路灯坏了找谁修", LI, 1), ("路灯不亮了找谁修", "", 1)):
            for _ in range(times):
                gaps.note(session, channel="wechat", text=text, division=division, decision="hand_over", entry_id=None,
                          score=0.1, now=NOW - DAY / 4)
    gather(both_databases, LexicalOnly(), tmp_path, NOW)
    return both_databases


def seen(database: Database, within: str = "", **more: object) -> list[tuple[str, int, int]]:
    with database.reading() as session:
        wanted = Wanted(SINCE, within, **more)  # type: ignore[arg-type]
        found = gap_reading.views(session, wanted, 10)
        assert gap_reading.count(session, wanted) == len(found)
    return [(one.title, one.asked, one.places) for one in found]


def number_of(database: Database, words: str) -> tuple[int, int]:
    """A gap and one of its wordings."""
    with database.reading() as session:
        found = session.scalars(select(GapWording).where(GapWording.text.contains(words))).first()
    assert found is not None
    return found.gap_id, found.id


def state_of(database: Database, gap_id: int) -> Gap:
    with database.reading() as session:
        return session.get_one(Gap, gap_id)


def test_what_was_asked_most_stands_first_and_each_area_sees_its_own(asked: Database) -> None:
    assert seen(asked) == [("玉米补贴一亩多少钱", 4, 2), ("路灯不亮了找谁修", 2, 2)]
    assert seen(asked, WANG[:9]) == [("玉米补贴一亩多少钱", 3, 1)]
    assert sorted(seen(asked, LI[:9])) == [("玉米补帖一亩多少钱", 1, 1), ("路灯坏了找谁修", 1, 1)]
    assert seen(asked, states=(GapState.CLOSED,)) == []


def test_a_gap_is_told_with_what_was_said_in_the_area_alone(asked: Database) -> None:
    gap_id, _ = number_of(asked, "路灯")
    with asked.reading() as session:
        here, all_over = gap_reading.view(session, gap_id, LI[:9]), gap_reading.view(session, gap_id, "640425")
        assert here is not None
        assert all_over is not None
        assert [one.text for one in here.wordings] == ["路灯坏了找谁修"]
        assert {one.text for one in all_over.wordings} == {"路灯坏了找谁修", "路灯不亮了找谁修"}
        assert gap_reading.view(session, gap_id, WANG[:9]) is None
        assert gap_reading.view(session, 999, "") is None
        assert gap_reading.by_week(session, gap_id, "", SINCE) == [(date(2026, 11, 23), 2)]
        assert gap_reading.by_place(session, [gap_id], "", SINCE, 9) == {gap_id: [("", 1), (LI[:9], 1)]}
        assert not gap_reading.is_whole(session, gap_id, LI[:9])
        assert gap_reading.is_whole(session, gap_id, "640425")


def test_gaps_are_narrowed_by_the_office_of_the_nearest_entry(asked: Database) -> None:
    gap_id, _ = number_of(asked, "玉米")
    with asked.writing() as session:
        session.get_one(Gap, gap_id).office = "农业农村局"
    with asked.reading() as session:
        assert [one.office for one in gap_reading.ranked(session, Wanted(SINCE))] == ["农业农村局", ""]
    assert [title for title, _, _ in seen(asked, office="农业农村局")] == ["玉米补贴一亩多少钱"]


def test_a_phrasing_goes_into_the_draft_of_its_entry_and_waits_for_review(asked: Database) -> None:
    gap_id, wording = number_of(asked, "玉米补贴")
    with asked.writing() as session:
        assert gap_work.extend(session, gap_id, [wording], "maize", WRITER, NOW) == 1
    gap = state_of(asked, gap_id)
    assert (gap.state, gap.entry_id, gap.assigned_to) == (GapState.WRITING, "maize", "祁坐席")
    with asked.writing() as session:
        draft = versions.drafts(session, ["maize"])["maize"]
        assert (draft.content["similar"], draft.content["answer"]) == (["玉米补贴一亩多少钱"], "十二月。")
        assert gaps.confirmed(session) == []
        file_draft(session, "maize", draft.number, REVIEWER, NOW + DAY)
        assert gaps.confirmed(session) == [("玉米补贴一亩多少钱", "maize")]


def test_an_unfinished_draft_is_gone_on_with(asked: Database) -> None:
    gap_id, wording = number_of(asked, "玉米补贴")
    import_entries(asked, BASE.replace("十二月。".encode(), "十一月。".encode()), NOW, SYSTEM, draft=True)
    with asked.writing() as session:
        gap_work.extend(session, gap_id, [wording], "maize", WRITER, NOW)
        assert versions.drafts(session, ["maize"])["maize"].content["answer"] == "十一月。"


@pytest.mark.parametrize(("entry_id", "text", "words"), [
    ("none", None, "新写一条"), ("maize", "我叫麻某某玉米补贴", "隐去了"), ("maize", "电话199****0001玉米补贴", "隐去了")])
def test_what_cannot_be_added_is_refused_with_the_way_out(asked: Database, entry_id: str, text: str | None, words: str) -> None:
    gap_id, wording = number_of(asked, "玉米补贴")
    with asked.writing() as session:
        if text is not None:
            session.get_one(GapWording, wording).text = text
        session.flush()
        with pytest.raises(EntryRefused, match=words):
            gap_work.extend(session, gap_id, [wording], entry_id, WRITER, NOW)
        with pytest.raises(EntryRefused, match="至少选一种"):
            gap_work.extend(session, gap_id, [], entry_id, WRITER, NOW)


def test_what_is_not_ours_says_why_and_can_be_opened_again(asked: Database) -> None:
    gap_id, _ = number_of(asked, "路灯")
    with asked.writing() as session:
        with pytest.raises(EntryRefused, match="请写明"):
            gap_work.leave(session, gap_id, " ", WRITER, NOW)
        gap_work.leave(session, gap_id, "归供电所", WRITER, NOW)
        with pytest.raises(EntryRefused, match="已经处理过"):
            gap_work.write(session, gap_id, WRITER, NOW)
        gap_work.reopen(session, gap_id, WRITER, NOW)
        with pytest.raises(EntryRefused, match="已经在待补充"):
            gap_work.reopen(session, gap_id, WRITER, NOW)
        gap_work.write(session, gap_id, WRITER, NOW)
    gap = state_of(asked, gap_id)
    assert (gap.state, gap.assigned_to, gap.settled_at) == (GapState.WRITING, "祁坐席", None)


def test_a_title_goes_with_the_wording_it_was_taken_from(asked: Database) -> None:
    gap_id, wording = number_of(asked, "玉米补贴")
    with asked.writing() as session:
        session.delete(session.get_one(GapWording, wording))
        session.flush()
        retitle(session)
    assert state_of(asked, gap_id).title == "玉米补帖一亩多少钱"


def test_an_answer_that_had_to_be_given_again_counts_as_asked_in_vain(database: Database, keyring: Keyring) -> None:
    with database.writing() as session:
        number = consultations.take(session, keyring, "wechat", "o-wang", WANG, "低保为什么没到账", NOW - DAY).number
        consultations.answer(session, number, "等通知。", WRITER, NOW - DAY)
        rating.rate(session, number, Rating.BAD, NOW - DAY / 2)
        rating.reopen(session, keyring, number, "没说等到哪天", NOW - DAY / 2)
        assert gap_ratings.bring(session, keyring, NOW - DAY) == 1
        session.flush()
        assert gap_ratings.bring(session, keyring, NOW - DAY) == 0


def test_a_letter_whose_answer_was_rated_lowest_counts_as_asked_in_vain_once(database: Database, keyring: Keyring) -> None:
    with database.writing() as session:
        for text, thought in (("我叫麻胜男，低保为什么没到账", Rating.BAD), ("医保", Rating.GOOD)):
            number = consultations.take(session, keyring, "wechat", "o-wang", WANG, text, NOW - DAY).number
            consultations.answer(session, number, "等通知。", WRITER, NOW - DAY)
            rating.rate(session, number, thought, NOW - DAY / 2)
        assert gap_ratings.bring(session, keyring, NOW - 2 * DAY) == 1
        session.flush()
        assert gap_ratings.bring(session, keyring, NOW - 2 * DAY) == 0
        brought = session.scalars(select(Question)).one()
    assert (brought.text, brought.vain, brought.division) == ("我叫麻某某，低保为什么没到账", Vain.BADLY_RATED, WANG)


def test_all_time_is_told_by_the_wordings_own_sums_and_says_the_same(asked: Database) -> None:
    from_then_on, ever = Wanted(date(2026, 11, 23)), Wanted(date(2016, 1, 4))
    with asked.writing() as session:
        session.add(GapCount(wording_id=number_of(asked, "玉米补贴")[1], week=date(2026, 9, 7), division="",
                             gap_id=number_of(asked, "玉米补贴")[0], asked=1))
        session.get_one(GapWording, number_of(asked, "玉米补贴")[1]).asked += 1
    said: list[str] = []
    event.listen(asked.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    with asked.reading() as session:
        lately = [one.asked for one in gap_reading.ranked(session, from_then_on)]
        assert any("sum(gap_counts" in one for one in said)
        said.clear()
        assert [one.asked for one in gap_reading.ranked(session, ever)] == [lately[0] + 1, lately[1]]
        assert not any("sum(gap_counts" in one for one in said)
        assert [one.asked for one in gap_reading.views(session, Wanted(date(2016, 1, 4), WANG[:9]), 9)] == [3]
