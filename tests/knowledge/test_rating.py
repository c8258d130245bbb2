"""What the asker thinks of an answer is kept once, and who is not content may have it done again once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import casework, consultations, rating
from knowledge.case_models import Act, Rating
from knowledge.consultations import ConsultationRefused
from knowledge.models import ConsultationState

WANG, LI = "o-wang", "o-li"
AGENT = Actor("祁坐席")


def answered(database: Database, keyring: Keyring, clock: SetClock, asker: str = WANG) -> str:
    with database.writing() as session:
        number = consultations.take(session, keyring, "wechat", asker, "", "低保怎么没有到账？", clock.now()).number
        consultations.answer(session, number, "下月补发。", AGENT, clock.now())
    return number


def state_of(database: Database, keyring: Keyring, clock: SetClock, number: str) -> ConsultationState:
    with database.reading() as session:
        case = consultations.case_of(session, keyring, number, clock.now().date())
    assert case is not None
    return case.state


def test_the_asker_is_asked_of_the_latest_answer_and_nobody_else_is(
        both_databases: Database, keyring: Keyring, clock: SetClock) -> None:
    answered(both_databases, keyring, clock)
    clock.advance(timedelta(minutes=1))
    latest = answered(both_databases, keyring, clock)
    with both_databases.reading() as session:
        assert rating.to_rate(session, keyring, "wechat", WANG, clock.now()) == latest
        assert rating.to_rate(session, keyring, "wechat", LI, clock.now()) is None
        assert rating.to_rate(session, keyring, "wechat", WANG, clock.now() + timedelta(days=8)) is None


def test_who_called_may_say_by_text_message_what_they_think(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        number = consultations.take(session, keyring, "phone", "13900000077", "", "路灯坏了", clock.now()).number
        consultations.answer(session, number, "已经修好。", AGENT, clock.now())
    with database.reading() as session:
        assert rating.to_rate(session, keyring, "sms", "13900000077", clock.now()) == number
        assert rating.to_rate(session, keyring, "sms", "13900000078", clock.now()) is None


def test_who_is_content_closes_the_matter_and_rates_it_once(database: Database, keyring: Keyring, clock: SetClock) -> None:
    number = answered(database, keyring, clock)
    with database.writing() as session:
        assert not rating.rate(session, number, Rating.FAIR, clock.now())
    assert state_of(database, keyring, clock, number) is ConsultationState.CLOSED
    with database.writing() as session, pytest.raises(ConsultationRefused, match="已经评价过"):
        rating.rate(session, number, Rating.BAD, clock.now())


def test_who_is_not_content_has_it_done_again_once_at_the_desk_that_answered(
        both_databases: Database, keyring: Keyring, clock: SetClock) -> None:
    with both_databases.writing() as session:
        number = consultations.take(session, keyring, "wechat", WANG, "", "低保怎么没有到账？", clock.now()).number
        casework.pass_on(session, number, "县民政局", "640425100", "归民政局管", AGENT, clock.now())
        consultations.answer(session, number, "下月补发。", AGENT, clock.now())
    with both_databases.writing() as session:
        assert rating.rate(session, number, Rating.BAD, clock.now())
        with pytest.raises(ConsultationRefused, match="哪里没答好"):
            rating.reopen(session, keyring, number, " ", clock.now())
        assert rating.reopen(session, keyring, number, "没说哪天补", clock.now()) > clock.now().date()
    with both_databases.reading() as session:
        case = consultations.case_of(session, keyring, number, clock.now().date())
    assert case is not None
    assert (case.state, case.office, case.rating_reason, case.first_answer) == (
        ConsultationState.PASSED_ON, "县民政局", "没说哪天补", "下月补发。")
    with both_databases.writing() as session:
        consultations.answer(session, number, "12 月 10 日补。", AGENT, clock.now())
        assert not rating.rate(session, number, Rating.BAD, clock.now())
        with pytest.raises(ConsultationRefused, match="重办过一次"):
            rating.reopen(session, keyring, number, "还是没到", clock.now())
        acts = [step.act for step in casework.steps(session, number)]
    assert acts == [Act.PASSED_ON, Act.ANSWERED, Act.RATED, Act.REOPENED, Act.ANSWERED, Act.RATED]


def test_what_nobody_said_anything_of_is_closed_after_its_working_days(
        database: Database, keyring: Keyring, clock: SetClock) -> None:
    number = answered(database, keyring, clock)
    with database.writing() as session:
        assert rating.close_old(session, clock.now() + timedelta(days=3), 5) == 0
    with database.writing() as session:
        assert rating.close_old(session, clock.now() + timedelta(days=20), 5) == 1
    assert state_of(database, keyring, clock, number) is ConsultationState.CLOSED


def test_nothing_is_rated_before_it_is_answered(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        number = consultations.take(session, keyring, "wechat", WANG, "", "路灯坏了", clock.now()).number
        with pytest.raises(ConsultationRefused, match="还没有答复"):
            rating.rate(session, number, Rating.GOOD, clock.now())


def test_a_number_is_never_read_as_a_word_or_as_a_code(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        numbers = [consultations.take(session, keyring, "wechat", WANG, "", "路灯坏了", clock.now()).number for _ in range(60)]
    assert not any(number.isalpha() or number.isdigit() for number in numbers)
