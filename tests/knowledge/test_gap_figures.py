"""What was asked stays as numbers by day and place, also when the words are gone; places keep their numbers under a new code."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kernel.clock import CHINA
from kernel.database import Database
from knowledge import gap_figures, gaps
from knowledge.gap_figures import Figures, count_days
from knowledge.gap_models import AskedDay, Gap, GapCount, GapState, GapWording, Question, Vain

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=CHINA)
DAY = timedelta(days=1)
YESTERDAY = date(2026, 11, 23)
WANG, LI, NEW = "640425100201", "640425101203", "640425100208"


def ask(session: Session, decision: str, division: str = WANG, at: datetime = NOW - DAY / 2) -> int:
    return gaps.note(session, channel="wechat", text="低保", division=division, decision=decision, entry_id=None, score=0.1, now=at)


def test_a_day_is_counted_by_what_came_of_each_question(both_databases: Database) -> None:
    with both_databases.writing() as session:
        for helpful in (True, False, None):
            number = ask(session, "answer")
            if helpful is not None:
                gaps.judge(session, number, helpful=helpful)
        gaps.choose(session, ask(session, "clarify"), "a")
        ask(session, "clarify")
        ask(session, "hand_over", LI)
        ask(session, "hand_over", at=NOW - 5 * DAY)
        session.add(Question(at=NOW - DAY / 2, channel="web", text="低保", decision=Vain.BADLY_RATED, vain="rated"))
    assert count_days(both_databases, NOW, 730) == 6
    with both_databases.reading() as session:
        told = gap_figures.figures(session, YESTERDAY, YESTERDAY)
        assert told == Figures(asked=6, answered=3, clarified=2, chosen=1, handed_over=1, helpful=1, unhelpful=1)
        assert (told.helpful_rate, told.answered_rate, told.in_vain) == (0.5, 0.5, 3)
        assert gap_figures.figures(session, YESTERDAY, YESTERDAY, LI[:9]).asked == 1
        assert [place for place, _ in gap_figures.by_place(session, YESTERDAY, YESTERDAY)] == [WANG, LI]
        assert gap_figures.figures(session, YESTERDAY + 30 * DAY, YESTERDAY + 31 * DAY).helpful_rate is None


def test_numbers_stay_when_the_words_are_gone_and_what_is_said_later_still_counts(database: Database) -> None:
    with database.writing() as session:
        number = ask(session, "answer")
        ask(session, "answer", at=NOW - 20 * DAY)
    count_days(database, NOW, 10)
    with database.writing() as session:
        gaps.judge(session, number, helpful=True)
        session.execute(delete(Question).where(Question.at < NOW - 10 * DAY))
    count_days(database, NOW + DAY, 10)
    with database.reading() as session:
        told = gap_figures.figures(session, YESTERDAY - 30 * DAY, YESTERDAY)
    assert (told.asked, told.helpful) == (2, 1)


def test_nothing_asked_is_nothing_counted(database: Database) -> None:
    assert count_days(database, NOW, 730) == 0


def test_gaps_opened_and_closed_are_told_for_a_time(database: Database) -> None:
    with database.writing() as session:
        for opened, state, settled in ((NOW, GapState.OPEN, None), (NOW - 9 * DAY, GapState.CLOSED, NOW),
                                       (NOW - 9 * DAY, GapState.NOT_OURS, NOW)):
            session.add(Gap(state=state, title="低保", opened_at=opened, last_at=opened, settled_at=settled))
    with database.reading() as session:
        assert gap_figures.moved(session, YESTERDAY, YESTERDAY + DAY) == gap_figures.Moved(opened=1, closed=1)


def test_what_was_counted_in_two_villages_that_became_one_is_counted_together(both_databases: Database) -> None:
    with both_databases.writing() as session:
        ask(session, "hand_over", WANG)
        ask(session, "hand_over", NEW)
        gap = Gap(state=GapState.OPEN, title="低保", opened_at=NOW, last_at=NOW)
        session.add(gap)
        session.flush()
        wording = GapWording(gap_id=gap.id, key="k", text="低保", vain="hand_over", last_at=NOW)
        session.add(wording)
        session.flush()
        session.add_all(GapCount(wording_id=wording.id, week=YESTERDAY, division=code, gap_id=gap.id, asked=2) for code in (WANG, NEW))
    count_days(both_databases, NOW, 730)
    with both_databases.writing() as session:
        gap_figures.take_along(session, WANG, NEW)
        assert session.execute(select(GapCount.division, GapCount.asked)).all() == [(NEW, 4)]
        assert session.execute(select(AskedDay.division, AskedDay.asked, AskedDay.handed_over)).all() == [(NEW, 2, 2)]
