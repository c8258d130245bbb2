"""The opt-out register: one for all channels, scoped, with a way back, asked one by one and as SQL alike."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from kernel.clock import SetClock
from kernel.database import Database
from kernel.ids import sortable_id
from profiles.consent import is_refused, refuse, refused_clause, withdraw_refusal
from profiles.models import Contact, Household, Refusal, Resident

WANGS, LIS = b"w" * 16, b"l" * 16


def test_a_refusal_is_written_once(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        assert refuse(session, WANGS, "sms", "培训", "sms", clock.now())
        assert not refuse(session, WANGS, "sms", "培训", "web", clock.now())
        assert session.scalars(select(Refusal.door)).all() == ["sms"]


@pytest.mark.parametrize(("channel", "topic", "asked", "refused"), [
    ("sms", "培训", ("sms", "培训"), True), ("sms", "培训", ("wechat", "培训"), False), ("sms", "培训", ("sms", "医保"), False),
    ("", "培训", ("wechat", "培训"), True), ("sms", "", ("sms", "医保"), True), ("", "", ("wechat", "医保"), True),
])
def test_a_refusal_reaches_as_far_as_it_was_said(
    database: Database, clock: SetClock, channel: str, topic: str, asked: tuple[str, str], refused: bool,
) -> None:
    with database.writing() as session:
        refuse(session, WANGS, channel, topic, "sms", clock.now())
        assert is_refused(session, WANGS, *asked) is refused
        assert not is_refused(session, LIS, *asked)


def test_a_refusal_of_the_resident_covers_every_address(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        refuse(session, WANGS, "", "", "web", clock.now(), resident_id=7)
        assert is_refused(session, LIS, "wechat", "培训", resident_id=7)
        assert not is_refused(session, LIS, "wechat", "培训", resident_id=8)


def test_there_is_a_way_back_and_the_line_stays(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        refuse(session, WANGS, "sms", "", "sms", clock.now())
        assert withdraw_refusal(session, WANGS, clock.now(), channel="wechat") == 0
        assert withdraw_refusal(session, WANGS, clock.now()) == 1
        assert not is_refused(session, WANGS, "sms", "培训")
        assert session.scalars(select(Refusal)).one().withdrawn_at == clock.now()
        assert refuse(session, WANGS, "sms", "", "sms", clock.now())


def test_the_clause_and_the_question_agree(both_databases: Database, clock: SetClock) -> None:
    channels, topics = ("sms", "wechat"), ("培训", "医保")
    with both_databases.writing() as session:
        home = Household(reference="王01", division="999901100200", updated_at=clock.now())
        session.add(home)
        session.flush()
        people = [Resident(reference=sortable_id(), household_id=home.id, name=b"x", name_index=b"x" * 16, updated_at=clock.now())
                  for _ in range(4)]
        session.add_all(people)
        session.flush()
        for place, channel in itertools.product(range(4), channels):
            session.add(Contact(resident_id=people[place].id, channel=channel, address=b"x", address_index=bytes([place]) * 16,
                                created_at=clock.now()))
        session.flush()
        refuse(session, bytes([0]) * 16, "sms", "培训", "sms", clock.now())
        refuse(session, b"?" * 16, "", "医保", "web", clock.now(), resident_id=people[1].id)
        refuse(session, bytes([2]) * 16, "", "", "web", clock.now())
        withdraw_refusal(session, bytes([2]) * 16, clock.now())
        other = aliased(Contact)
        for topic in topics:
            expected = {one.id for one in session.scalars(select(Contact)) if is_refused(
                session, one.address_index, one.channel, topic, one.resident_id)}
            assert expected
            assert set(session.scalars(select(Contact.id).where(refused_clause(Contact, topic)))) == expected
            assert set(session.scalars(select(other.id).where(refused_clause(other, topic)))) == expected
            assert set(session.scalars(select(Contact.id).where(~refused_clause(Contact, topic)))).isdisjoint(expected)
