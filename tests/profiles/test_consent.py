"""The opt-out register: one for all channels, scoped, with a way back, asked one by one and as SQL alike."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kernel.clock import SetClock
from kernel.database import Database
from kernel.ids import sortable_id
from profiles.consent import (
    PERSON,
    at_any_hour,
    is_refused,
    only,
    only_by_day,
    refuse,
    refused_clause,
    standing,
    want,
    withdraw_refusal,
)
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


def test_a_single_topic_wanted_beats_a_refusal_of_everything(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        only(session, WANGS, ["养老", "培训"], "wechat", clock.now())
        assert not is_refused(session, WANGS, "sms", "养老")
        assert is_refused(session, WANGS, "sms", "养殖")
        refuse(session, WANGS, "", "", "sms", clock.now())
        assert is_refused(session, WANGS, "sms", "养老"), "the last word is no more of anything"


def test_a_topic_wanted_again_leaves_the_others_refused(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        refuse(session, WANGS, "", "养殖", "wechat", clock.now())
        refuse(session, WANGS, "", "种植", "wechat", clock.now())
        assert want(session, WANGS, "", "养殖", "wechat", clock.now())
        assert not want(session, WANGS, "", "养殖", "wechat", clock.now())
        assert [is_refused(session, WANGS, "sms", topic) for topic in ("养殖", "种植")] == [False, True]


def test_a_topic_may_be_wanted_over_one_channel_alone(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        refuse(session, WANGS, "", "养殖", "web", clock.now(), resident_id=7)
        assert want(session, PERSON, "wechat", "养殖", "web", clock.now(), resident_id=7)
        assert not is_refused(session, LIS, "wechat", "养殖", resident_id=7)
        assert is_refused(session, LIS, "sms", "养殖", resident_id=7)


def test_coming_back_ends_refusals_and_their_exceptions(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        only(session, WANGS, ["养老"], "sms", clock.now())
        assert withdraw_refusal(session, WANGS, clock.now()) == 1
        assert standing(session, (WANGS,)) == []


def test_a_persons_wish_bars_no_address_of_another_person(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        refuse(session, PERSON, "", "", "web", clock.now(), resident_id=7)
        assert not is_refused(session, PERSON, "sms", "培训", resident_id=8)
        assert not is_refused(session, WANGS, "sms", "培训")


def test_the_wish_for_the_daytime_bars_nothing_and_can_be_taken_back(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        assert only_by_day(session, WANGS, "sms", clock.now())
        assert not only_by_day(session, WANGS, "sms", clock.now())
        assert not is_refused(session, WANGS, "sms", "培训")
        assert at_any_hour(session, WANGS, clock.now())
        assert not at_any_hour(session, WANGS, clock.now())


def test_who_took_a_wish_down_and_why_is_kept(database: Database, clock: SetClock) -> None:
    with database.writing() as session:
        refuse(session, PERSON, "", "养殖", "hotline", clock.now(), resident_id=7, reason="来电说不养牛了", taken_by="接线员马兰")
        line = standing(session, (), 7)[0]
        assert (line.door, line.reason, line.taken_by) == ("hotline", "来电说不养牛了", "接线员马兰")


WORDS = st.lists(st.tuples(st.sampled_from(["refuse", "want", "only", "back"]), st.sampled_from(["", "sms", "wechat"]),
                           st.sampled_from(["", "养殖", "养老"]), st.integers(0, 1), st.booleans()), max_size=6)


@given(said=WORDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_clause_and_the_question_agree_on_whatever_was_said(
        both_databases: Database, clock: SetClock, said: list[tuple[str, str, str, int, bool]]) -> None:
    with both_databases.writing() as session:
        people = _two_people(session, clock)
        for act, channel, topic, place, as_person in said:
            address = PERSON if as_person else bytes([place]) * 16
            who = people[place] if as_person else None
            match act:
                case "refuse":
                    refuse(session, address, channel, topic, "web", clock.now(), who)
                case "want" if topic:
                    want(session, address, channel, topic, "web", clock.now(), who)
                case "only" if topic:
                    only(session, address, [topic], "web", clock.now(), who)
                case "back":
                    withdraw_refusal(session, address, clock.now(), channel, topic, who)
        for topic in ("养殖", "养老"):
            expected = {one.id for one in session.scalars(select(Contact)) if is_refused(
                session, one.address_index, one.channel, topic, one.resident_id)}
            assert set(session.scalars(select(Contact.id).where(refused_clause(Contact, topic)))) == expected
        session.rollback()


def _two_people(session: Session, clock: SetClock) -> list[int]:
    home = Household(reference="王01", division="999901100200", updated_at=clock.now())
    session.add(home)
    session.flush()
    people = [Resident(reference=sortable_id(), household_id=home.id, name=b"x", name_index=b"x" * 16,
                       updated_at=clock.now()) for _ in range(2)]
    session.add_all(people)
    session.flush()
    for place, channel in itertools.product(range(2), ("sms", "wechat")):
        session.add(Contact(resident_id=people[place].id, channel=channel, address=b"x",
                            address_index=bytes([place]) * 16, created_at=clock.now()))
    session.flush()
    return [one.id for one in people]
