"""What was asked is kept without the asker, and what came of it can be said afterwards."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from kernel.clock import CHINA
from kernel.database import Database
from knowledge import gaps
from knowledge.gap_models import Gap, GapState, GapWording, Question
from knowledge.models import Entry, EntryState, Phrasing

NOW = datetime(2026, 11, 23, 10, tzinfo=CHINA)


def asked(session: Session, text: str = "高龄津贴怎么领", decision: str = "answer", entry_id: str | None = "old-age") -> int:
    return gaps.note(session, channel="wechat", text=text, division="640425100201", decision=decision, entry_id=entry_id,
                     score=0.9, now=NOW)


def entry(session: Session, entry_id: str, state: EntryState = EntryState.REVIEWED) -> None:
    session.add(Entry(id=entry_id, state=state, question=entry_id, answer="到村部办理。", divisions=[], updated_at=NOW))


def test_a_question_is_kept_without_the_number_in_it(database: Database) -> None:
    with database.writing() as session:
        number = asked(session, "我叫麻胜男，电话19964010001，低保没到账", "hand_over", None)
    with database.reading() as session:
        kept = session.get_one(Question, number)
    assert (kept.text, kept.vain, kept.division) == ("我叫麻某某，电话199****0001，低保没到账", "hand_over", "640425100201")


@pytest.mark.parametrize(("decision", "vain"), [("answer", ""), ("clarify", "clarify"), ("hand_over", "hand_over")])
def test_only_what_was_not_answered_at_once_waits_to_be_gathered(database: Database, decision: str, vain: str) -> None:
    with database.writing() as session:
        assert session.get_one(Question, asked(session, decision=decision)).vain == vain


def test_an_answer_that_did_not_help_waits_to_be_gathered_until_it_is_called_helpful(database: Database) -> None:
    with database.writing() as session:
        number = asked(session)
        assert gaps.judge(session, number, helpful=False)
        assert (session.get_one(Question, number).vain, session.get_one(Question, number).helpful) == ("unhelpful", False)
        assert gaps.judge(session, number, helpful=True)
        assert (session.get_one(Question, number).vain, session.get_one(Question, number).helpful) == ("", True)


def test_who_chose_one_of_several_asked_nothing_in_vain(database: Database) -> None:
    with database.writing() as session:
        chosen, left = asked(session, decision="clarify"), asked(session, decision="clarify")
        assert gaps.choose(session, chosen, "old-age")
        assert gaps.choose(session, left, None)
        assert [session.get_one(Question, one).vain for one in (chosen, left)] == ["", "clarify"]


def test_a_question_that_is_not_kept_any_more_cannot_be_judged(database: Database) -> None:
    with database.writing() as session:
        assert not gaps.judge(session, 77, helpful=True)
        assert not gaps.choose(session, 77, "old-age")


def test_what_people_confirmed_is_told_with_its_entry(both_databases: Database) -> None:
    with both_databases.writing() as session:
        for entry_id in ("old-age", "pension"):
            entry(session, entry_id)
        entry(session, "gone", EntryState.RETIRED)
        gaps.choose(session, asked(session, "老人钱咋领", "clarify", "pension"), "old-age")
        gaps.judge(session, asked(session, "高龄补贴"), helpful=True)
        gaps.judge(session, asked(session, "没用的", entry_id="pension"), helpful=False)
        gaps.judge(session, asked(session, "答不上的", "hand_over", "pension"), helpful=True)
        gaps.choose(session, asked(session, "停用的", "clarify"), "gone")
        asked(session, "没人说有用")
        gaps.choose(session, asked(session, "两头都指", "clarify"), "pension")
        gaps.choose(session, asked(session, "两头都指", "clarify"), "old-age")
        gap = Gap(state=GapState.OPEN, title="养老金", opened_at=NOW, last_at=NOW)
        session.add(gap)
        session.flush()
        for text, added_to in (("养老保险咋查", "pension"), ("还没审定的", "pension"), ("没加过", None)):
            session.add(GapWording(gap_id=gap.id, key=text, text=text, vain="hand_over", last_at=NOW,
                                   added_to=added_to))
        session.add(Phrasing(entry_id="pension", text="养老保险咋查"))
    with both_databases.reading() as session:
        assert sorted(gaps.confirmed(session)) == [("养老保险咋查", "pension"), ("老人钱咋领", "old-age"), ("高龄补贴", "old-age")]
