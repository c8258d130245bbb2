"""Three reviews by three people on the same words, and nothing goes out that was not approved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from kernel.audit import Actor, AuditEntry
from kernel.clock import SetClock
from kernel.database import Database
from knowledge.models import Entry, EntryState
from notices import lifecycle, reading
from notices.failures import Refused
from notices.identities import check_digit
from notices.models import Notice, Review, Revision, State
from tests.notices.offices import EDITOR, FIRST, SECOND, SIGNER, TOWNSHIP, person, put_up, save, sign

REFERENCE = "PY-2026-001"
IDENTITY = "99999919900307003" + check_digit("99999919900307003")


@pytest.fixture
def now(clock: SetClock) -> datetime:
    return clock.now()


def test_the_whole_way_is_recorded_and_signed_by_role(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        save(session, now)
        states = [lifecycle.submit(session, REFERENCE, EDITOR, now).state]
        states += [lifecycle.approve(session, REFERENCE, who, now + timedelta(days=day)).state
                   for day, who in enumerate((FIRST, SECOND, SIGNER))]
        states.append(lifecycle.publish(session, REFERENCE, EDITOR, now).state)
    assert states == ["first_review", "second_review", "signing", "approved", "published"]
    with both_databases.reading() as session:
        view = reading.current(session, REFERENCE)
        assert view is not None
        assert [role for role, _ in view.reviewers] == ["初审", "复审", "签发"]
        assert view.reviewers[2][1] == (now + timedelta(days=2)).date()
        assert view.is_intact
        view.refuse_unsendable()
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
        assert acts == ["notice.drafted", "notice.submit", *["notice.approve"] * 3, "notice.publish"]
        signing = session.scalars(select(Review).where(Review.stage == "signing")).one()
        assert signing.confidentiality == "cleared"


@pytest.mark.parametrize(("who", "word"), [(EDITOR, "初审"), (SECOND, "初审"), (SIGNER, "初审")])
def test_a_stage_needs_its_own_role(database: Database, now: datetime, who: Actor, word: str) -> None:
    with database.writing() as session:
        save(session, now)
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        with pytest.raises(Refused, match=f"“{word}”权限") as refused:
            lifecycle.approve(session, REFERENCE, who, now)
        assert "请" in refused.value.words


def test_nobody_reviews_what_they_wrote_or_submitted(database: Database, now: datetime) -> None:
    able = person("全能", "editor", "first_reviewer", "second_reviewer", "signer")
    with database.writing() as session:
        save(session, now)
        lifecycle.submit(session, REFERENCE, able, now)
        with pytest.raises(Refused, match="写过或送审过"):
            lifecycle.approve(session, REFERENCE, able, now)
        both = person(EDITOR.name, "first_reviewer")
        with pytest.raises(Refused, match="写过或送审过"):
            lifecycle.approve(session, REFERENCE, both, now)


def test_one_person_cannot_do_two_reviews(database: Database, now: datetime) -> None:
    able = person("身兼两职", "first_reviewer", "second_reviewer")
    with database.writing() as session:
        save(session, now)
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        lifecycle.approve(session, REFERENCE, able, now)
        with pytest.raises(Refused, match="一人不能审两道"):
            lifecycle.approve(session, REFERENCE, able, now)


def test_a_reviewer_of_another_township_cannot_act(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now, divisions=["640425101"])
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        with pytest.raises(Refused, match="管理范围"):
            lifecycle.approve(session, REFERENCE, person("镇初审", "first_reviewer", area=TOWNSHIP), now)


def test_a_notice_that_fails_the_confidentiality_review_goes_back(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now)
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        lifecycle.approve(session, REFERENCE, FIRST, now)
        with pytest.raises(Refused, match="签发时记录"):
            lifecycle.approve(session, REFERENCE, SECOND, now, confidentiality="refused")
        lifecycle.approve(session, REFERENCE, SECOND, now)
        assert lifecycle.approve(session, REFERENCE, SIGNER, now, confidentiality="refused").state is State.DRAFT
        view = reading.current(session, REFERENCE)
        assert view is not None
        assert view.approved_hash is None
        assert [one.decision for one in reading.history(session, REFERENCE)] == ["approved", "approved", "not_cleared"]


def test_a_returned_notice_starts_all_three_reviews_again(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now)
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        lifecycle.approve(session, REFERENCE, FIRST, now)
        with pytest.raises(Refused, match="写原因"):
            lifecycle.give_back(session, REFERENCE, SECOND, now)
        assert lifecycle.give_back(session, REFERENCE, SECOND, now, "金额不对").state is State.DRAFT
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        with pytest.raises(Refused, match="“初审”权限"):
            lifecycle.approve(session, REFERENCE, SECOND, now)
        assert lifecycle.approve(session, REFERENCE, FIRST, now).state is State.SECOND_REVIEW


@pytest.mark.parametrize(("changes", "word"), [
    ({"body": "联系王某 13812345678"}, "手机号"), ({"body": f"王大山 {IDENTITY}"}, "身份证号"),
    ({"short_text": "低保户请登记"}, "低保"), ({"summary": "卡号 6222021234567890128"}, "银行卡号"),
])
def test_a_text_with_an_obstacle_cannot_be_submitted(
    database: Database, now: datetime, changes: dict[str, str], word: str
) -> None:
    with database.writing() as session:
        save(session, now, **changes)
        with pytest.raises(Refused, match=word):
            lifecycle.submit(session, REFERENCE, EDITOR, now)
        assert session.scalars(select(Notice.state)).one() == State.DRAFT


def _tamper(session, **values: object) -> None:  # type: ignore[no-untyped-def]
    session.execute(update(Revision).values(**values).execution_options(synchronize_session="fetch"))
    session.expire_all()


def test_words_changed_behind_the_reviewers_backs_are_noticed(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now)
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        lifecycle.approve(session, REFERENCE, FIRST, now)
        content = {**session.scalars(select(Revision.content)).one(), "body": "每亩补600元"}
        _tamper(session, content=content)
        with pytest.raises(Refused, match="有人在送审后改了文字，请重新送审"):
            lifecycle.approve(session, REFERENCE, SECOND, now)


def test_words_changed_after_signing_are_neither_published_nor_sent(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        save(session, now)
        sign(session, now)
        surfaces = dict(session.scalars(select(Revision.surfaces)).one())
        surfaces["sms"]["content"]["variables"]["title"] = "请把钱打到这里"
        _tamper(session, surfaces=surfaces)
        with pytest.raises(Refused, match="有人在签发后改了文字，请重新送审"):
            lifecycle.publish(session, REFERENCE, EDITOR, now)
        view = reading.current(session, REFERENCE)
        assert view is not None
        with pytest.raises(Refused, match="有人在签发后改了文字，请重新送审"):
            view.refuse_unsendable()


def test_an_unapproved_notice_is_neither_published_nor_sent(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now)
        with pytest.raises(Refused, match="请先完成初审、复审、签发"):
            lifecycle.publish(session, REFERENCE, EDITOR, now)
        view = reading.current(session, REFERENCE)
        assert view is not None
        with pytest.raises(Refused, match="还不能发送"):
            view.refuse_unsendable()


def test_what_is_not_for_the_public_stays_off_the_web_but_may_be_sent(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now, property="依申请公开", property_reason="涉及个别农户")
        sign(session, now)
        with pytest.raises(Refused, match="依申请公开"):
            lifecycle.publish(session, REFERENCE, EDITOR, now)
        view = reading.current(session, REFERENCE)
        assert view is not None
        view.refuse_unsendable()


def test_a_withdrawn_page_says_why_and_its_answers_retire(both_databases: Database, now: datetime) -> None:
    with both_databases.writing() as session:
        put_up(session, now)
        entry = session.scalars(select(Entry)).one()
        assert (entry.state, entry.notice_reference) == (EntryState.REVIEWED, REFERENCE)
        with pytest.raises(Refused, match="写原因"):
            lifecycle.withdraw(session, REFERENCE, EDITOR, now)
        assert lifecycle.withdraw(session, REFERENCE, SIGNER, now, "金额有误，另行通知").state is State.WITHDRAWN
    with both_databases.reading() as session:
        view = reading.current(session, REFERENCE)
        assert view is not None
        assert (view.state, view.withdrawn_reason) == (State.WITHDRAWN, "金额有误，另行通知")
        assert reading.published_for(session, "640425", now.date()) == []
        assert session.scalars(select(Entry.state)).one() == EntryState.RETIRED
        with pytest.raises(Refused):
            view.refuse_unsendable()


def test_what_is_up_can_be_withdrawn_while_a_draft_waits(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now)
        save(session, now, body="改写中")
        assert lifecycle.withdraw(session, REFERENCE, EDITOR, now, "先撤下").state is State.DRAFT
        view = reading.current(session, REFERENCE)
        assert view is not None
        assert view.state is State.WITHDRAWN
        sign(session, now)
        lifecycle.publish(session, REFERENCE, EDITOR, now)
        again = reading.current(session, REFERENCE)
        assert again is not None
        assert (again.state, again.withdrawn_at) == (State.PUBLISHED, None)


def test_a_withdrawn_notice_comes_back_only_through_three_reviews(database: Database, now: datetime) -> None:
    with database.writing() as session:
        put_up(session, now)
        lifecycle.withdraw(session, REFERENCE, EDITOR, now, "核实中")
        with pytest.raises(Refused, match="重新送审"):
            lifecycle.publish(session, REFERENCE, EDITOR, now)
        sign(session, now)
        assert lifecycle.publish(session, REFERENCE, EDITOR, now).state is State.PUBLISHED


def test_an_unknown_notice_is_refused_with_a_cure(database: Database, now: datetime) -> None:
    with database.writing() as session, pytest.raises(Refused, match="请核对编号"):
        lifecycle.submit(session, "没有", EDITOR, now)


def test_the_desk_shows_each_what_they_may_do_now(database: Database, now: datetime) -> None:
    with database.writing() as session:
        save(session, now)
        assert [item.acts for item in reading.desk(session, EDITOR)] == [("submit",)]
        assert reading.desk(session, FIRST) == []
        lifecycle.submit(session, REFERENCE, EDITOR, now)
        assert [item.acts for item in reading.desk(session, FIRST)] == [("approve", "return")]
        assert reading.desk(session, person(EDITOR.name, "editor", "first_reviewer")) == []
        assert reading.desk(session, person("外镇初审", "first_reviewer", area=TOWNSHIP)) == []
        lifecycle.approve(session, REFERENCE, FIRST, now)
        assert reading.desk(session, person(FIRST.name, "second_reviewer")) == []
        assert [item.reference for item in reading.desk(session, SECOND)] == [REFERENCE]
