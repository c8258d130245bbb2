"""A question that waits for a household, on a real database: how long it waits, and what is no answer to it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.holdings import talk_in_words
from bot.models import Conversation
from bot.reception import Reception
from bot.state import State
from channels.messages import Incoming, IncomingKind
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from profiles import contacts
from profiles.answers import standing_answers
from profiles.models import Division, Household, Resident
from tests.notices.offices import put_up

YAOHE = "640425100200"
KEY = b"0123456789abcdef0123456789abcdef"


def opened(database: Database, keyring: Keyring, clock: SetClock, folder: Path) -> Reception:
    return Reception(database, keyring, Library(database, folder), clock, "http://zhida.test", KEY)


def said(text: str, key: str) -> Incoming:
    return Incoming("wechat", "o-wang", key, IncomingKind.TEXT, text)


def bound_family(database: Database, keyring: Keyring, clock: SetClock) -> None:
    with database.writing() as session:
        for code, name, parent in (("640425", "彭阳县", None), ("640425100", "白阳镇", "640425"), (YAOHE, "姚河村委会", "640425100")):
            session.add(Division(code=code, name=name, parent=parent))
            session.flush()
        home = Household(reference="王家", division=YAOHE, updated_at=clock.now())
        session.add(home)
        session.flush()
        head = Resident(household_id=home.id, reference="王家-1", name=b"", name_index=b"", is_head=True, updated_at=clock.now())
        session.add(head)
        session.flush()
        contacts.bind(session, keyring, head.id, "wechat", "o-wang", clock.now())


def test_what_is_said_tomorrow_is_no_answer_to_the_question_of_today(
    database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path
) -> None:
    bound_family(database, keyring, clock)
    with database.writing() as session:
        put_up(session, clock.now(), condition={"fact": "household.land", "at_least": 5})
    reception = opened(database, keyring, clock, tmp_path)
    assert "承包地" in reception.receive(said("我能办什么", "1"), clock.now())[0].text
    clock.advance(timedelta(hours=3))
    assert "记下了" not in reception.receive(said("没有", "2"), clock.now())[0].text
    with database.reading() as session:
        assert standing_answers(session, keyring, session.scalars(select(Household.id)).one()) == ()


def test_a_day_until_which_a_notice_stands_is_no_day_to_do_something(
    database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path
) -> None:
    bound_family(database, keyring, clock)
    with database.writing() as session:
        put_up(session, clock.now(), deadline=None, valid_until=clock.now().date() + timedelta(days=30))
    reception = opened(database, keyring, clock, tmp_path)
    reception.receive(said("白阳镇姚河村", "1"), clock.now())
    assert "玉米良种" in str(reception.receive(said("最新", "2"), clock.now())[0].choices)
    assert "截止" not in reception.receive(said("1", "3"), clock.now())[0].text


def test_what_a_talk_holds_is_told_in_words(database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    bound_family(database, keyring, clock)
    with database.writing() as session:
        put_up(session, clock.now(), condition={"fact": "household.land", "at_least": 5})
    reception = opened(database, keyring, clock, tmp_path)
    reception.receive(said("我能办什么", "1"), clock.now())
    with database.reading() as session:
        (stored,) = session.scalars(select(Conversation)).all()
        told = talk_in_words(keyring.decrypt(stored.state, "talk"))
    assert told == "记着您在哪个村，正等您回一条登记"
    assert talk_in_words(json.dumps(State().as_json())) == "没有记着什么"


def test_a_question_of_last_week_is_not_handed_over_by_a_word_of_today(
    database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path
) -> None:
    reception = opened(database, keyring, clock, tmp_path)
    reception.receive(said("我们组的路灯坏了好久了", "1"), clock.now())
    clock.advance(timedelta(hours=20))
    reception.receive(said("谢谢", "2"), clock.now())
    clock.advance(timedelta(hours=5))
    assert reception.receive(said("人工", "3"), clock.now())[0].text.startswith("请说说是什么事")
    assert "“村里的垃圾没人拉”已转给工作人员" in reception.receive(said("村里的垃圾没人拉", "4"), clock.now())[0].text


def test_a_question_asked_again_is_of_today(database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    reception = opened(database, keyring, clock, tmp_path)
    for number in range(3):
        reception.receive(said("我们组的路灯坏了好久了", str(number)), clock.now())
        clock.advance(timedelta(hours=20))
    assert "“我们组的路灯坏了好久了”已转给" in reception.receive(said("人工", "9"), clock.now())[0].text
