"""Proving a telephone: the same answer for everybody, five tries, five minutes, and never a number of too many."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles import binding, contacts
from profiles.binding import Answer, Asked
from profiles.code_requests import CodeRequest
from profiles.models import Contact, Household, Resident, Standing

WANGS, LIS, UNKNOWN = "19906400141", "19906400142", "19906400149"
BROWSER = b"b" * 16


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


def person(session: Session, keyring: Keyring, home: str, name: str, phone: str, now: datetime, **more: object) -> Resident:
    """A member of a household (made when it is new) with a number in the register."""
    household = session.scalar(select(Household).where(Household.reference == home))
    if household is None:
        household = Household(reference=home, division="999901100200", updated_at=now)
        session.add(household)
        session.flush()
    made = Resident(reference=f"{home}/{name}", household_id=household.id, name=keyring.encrypt(name, "name"),
                    name_index=keyring.index(name, "name"), updated_at=now, **more)
    session.add(made)
    session.flush()
    session.add(Contact(resident_id=made.id, channel="sms", address=keyring.encrypt(phone, "phone"),
                        address_index=keyring.index(phone, "phone"), created_at=now))
    session.flush()
    return made


def asked(session: Session, keyring: Keyring, clock: SetClock, phone: str, who: bytes = BROWSER) -> Asked:
    return binding.ask(session, keyring, who, phone, "web", clock.now())


def test_the_right_code_lets_the_person_in_once(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        wang = person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        letter = asked(session, keyring, clock, "199 0640-0141")
        assert (letter.answer, letter.phone, len(letter.code)) == (Answer.SENT, WANGS, 6)
        assert binding.prove(session, keyring, BROWSER, letter.code, clock.now()) is Answer.RIGHT
        request = binding.proved(session, BROWSER, clock.now())
        assert request is not None
        assert [one.name for one in binding.choices(session, keyring, request, clock.now().date())] == ["王*英"]
        contact = binding.use(session, keyring, request, wang.id, clock.now())
        assert contact is not None
        assert contact.verified
        assert binding.use(session, keyring, request, wang.id, clock.now()) is None


def test_an_unknown_number_is_answered_and_counted_like_a_known_one(
        database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        for phone in (WANGS, UNKNOWN):
            assert asked(session, keyring, clock, phone, phone.encode()).answer is Answer.SENT
            assert asked(session, keyring, clock, phone, phone.encode()).answer is Answer.TOO_SOON
        assert binding.prove(session, keyring, UNKNOWN.encode(), "000000", clock.now()) is Answer.WRONG
        assert binding.prove(session, keyring, UNKNOWN.encode(), "", clock.now()) is Answer.WRONG


def test_what_is_no_mobile_number_gets_no_code(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        assert asked(session, keyring, clock, "0954-7000123").answer is Answer.NO_NUMBER


def test_the_fifth_wrong_code_ends_it_also_for_the_right_one(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        code = asked(session, keyring, clock, WANGS).code
        wrong = f"{(int(code) + 1) % 10 ** 6:06d}"
        tried = [binding.prove(session, keyring, BROWSER, wrong, clock.now()) for _ in range(5)]
        assert tried == [Answer.WRONG] * 4 + [Answer.OVER]
        assert binding.prove(session, keyring, BROWSER, code, clock.now()) is Answer.OVER


def test_many_tries_at_once_are_still_five(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        code = asked(session, keyring, clock, WANGS).code
    wrong = f"{(int(code) + 1) % 10 ** 6:06d}"

    def attempt(_: int) -> Answer:
        with database.writing() as session:
            return binding.prove(session, keyring, BROWSER, wrong, clock.now())

    with ThreadPoolExecutor(6) as pool:
        heard = list(pool.map(attempt, range(12)))
    assert heard.count(Answer.WRONG) == 4
    assert heard.count(Answer.OVER) == 8


def test_many_requests_at_once_send_one_code(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())

    def attempt(number: int) -> Answer:
        with database.writing() as session:
            return asked(session, keyring, clock, WANGS, bytes([number]) * 16).answer

    with ThreadPoolExecutor(6) as pool:
        heard = list(pool.map(attempt, range(6)))
    assert sorted(heard) == [Answer.SENT, *[Answer.TOO_SOON] * 5]


def test_a_code_is_over_after_five_minutes(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        code = asked(session, keyring, clock, WANGS).code
        clock.advance(timedelta(minutes=5))
        assert binding.prove(session, keyring, BROWSER, code, clock.now()) is Answer.OVER


def test_a_new_code_ends_the_one_before(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        first = asked(session, keyring, clock, WANGS).code
        clock.advance(timedelta(minutes=1))
        second = asked(session, keyring, clock, WANGS).code
        if first != second:
            assert binding.prove(session, keyring, BROWSER, first, clock.now()) is Answer.WRONG
        assert binding.prove(session, keyring, BROWSER, second, clock.now()) is Answer.RIGHT


def test_a_number_gets_five_codes_a_day_from_whoever_asks(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        answers = []
        for number in range(6):
            answers.append(asked(session, keyring, clock, WANGS, bytes([number]) * 16).answer)
            clock.advance(timedelta(minutes=2))
        assert answers == [Answer.SENT] * 5 + [Answer.TOO_MANY]
        clock.advance(timedelta(days=1))
        assert asked(session, keyring, clock, WANGS).answer is Answer.SENT


def test_somebody_elses_code_opens_nothing(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        code = asked(session, keyring, clock, WANGS).code
        assert binding.prove(session, keyring, b"o" * 16, code, clock.now()) is Answer.OVER


def test_a_number_of_more_than_three_households_proves_nobody(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        for home in ("王家", "李家", "陈家", "赵家"):
            person(session, keyring, home, f"{home}户主", WANGS, clock.now())
        letter = asked(session, keyring, clock, WANGS)
        assert (letter.answer, letter.code) == (Answer.SENT, "")


def test_a_familys_number_asks_which_of_its_adults_and_never_a_child(
        database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        now = clock.now()
        person(session, keyring, "王家", "王秀英", WANGS, now, is_head=True, birth_date=date(1960, 1, 1))
        person(session, keyring, "王家", "王小英", WANGS, now, relation="孙女", birth_date=date(2005, 1, 1))
        person(session, keyring, "王家", "李大山", WANGS, now, relation="配偶")
        person(session, keyring, "王家", "王宝宝", WANGS, now, birth_date=date(2013, 1, 1))
        person(session, keyring, "王家", "王老汉", WANGS, now, standing=Standing.DIED)
        found = binding.candidates(session, keyring, WANGS, now.date())
        assert [one.name for one in found] == ["王*英（户主）", "王*英（孙女）", "李*山"]


def test_a_number_that_stands_only_with_a_child_proves_nobody(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王宝宝", WANGS, clock.now(), birth_date=date(2013, 1, 1))
        assert asked(session, keyring, clock, WANGS).code == ""


def test_nobody_else_can_be_chosen(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        li = person(session, keyring, "李家", "李四", LIS, clock.now())
        letter = asked(session, keyring, clock, WANGS)
        binding.prove(session, keyring, BROWSER, letter.code, clock.now())
        request = binding.proved(session, BROWSER, clock.now())
        assert request is not None
        assert binding.use(session, keyring, request, li.id, clock.now()) is None


def test_an_openid_leaves_the_household_it_stood_for(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        wang = person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        li = person(session, keyring, "李家", "李四", LIS, clock.now())
        contacts.bind(session, keyring, li.id, "wechat", "o-1", clock.now())
        letter = asked(session, keyring, clock, WANGS)
        binding.prove(session, keyring, BROWSER, letter.code, clock.now())
        request = binding.proved(session, BROWSER, clock.now())
        assert request is not None
        binding.use(session, keyring, request, wang.id, clock.now(), openid="o-1")
        assert [one.id for one in contacts.residents_at(session, keyring, "wechat", "o-1")] == [wang.id]
        assert binding.unbind(session, keyring, "o-1", clock.now()) == 1
        assert contacts.residents_at(session, keyring, "wechat", "o-1") == []


def test_a_known_resident_adds_a_number_that_is_in_no_register(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        wang = person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        letter = binding.ask(session, keyring, BROWSER, UNKNOWN, "web", clock.now(), adding=wang.id)
        assert binding.prove(session, keyring, BROWSER, letter.code, clock.now()) is Answer.RIGHT
        request = binding.proved(session, BROWSER, clock.now())
        assert request is not None
        assert binding.add(session, keyring, request, clock.now()) is not None
        assert {one.verified for one in contacts.contacts_of(session, wang.id)} == {True, False}
        assert binding.add(session, keyring, request, clock.now()) is None


def test_no_code_and_no_number_stand_in_the_database(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        code = asked(session, keyring, clock, WANGS).code
    with database.reading() as session:
        stored = repr(session.execute(text("SELECT * FROM code_requests")).all())
        assert code not in stored
        assert WANGS not in stored
        assert session.scalar(select(func.count()).select_from(CodeRequest)) == 1


def test_a_resident_who_throws_cookies_away_still_sends_ten_codes_a_day(
        database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        wang = person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        answers = [binding.ask(session, keyring, bytes([number]) * 16, f"1990640{number:04d}", "web", clock.now(), adding=wang.id).answer
                   for number in range(200, 212)]
    assert answers == [Answer.SENT] * 10 + [Answer.TOO_MANY] * 2


def test_what_is_proved_goes_on_under_another_name(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        person(session, keyring, "王家", "王秀英", WANGS, clock.now())
        letter = asked(session, keyring, clock, WANGS)
        binding.prove(session, keyring, BROWSER, letter.code, clock.now())
        binding.hand_over(session, BROWSER, b"n" * 16)
        assert binding.proved(session, BROWSER, clock.now()) is None
        assert binding.proved(session, b"n" * 16, clock.now()) is not None
