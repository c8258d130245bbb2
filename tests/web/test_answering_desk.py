"""A callback waits for the bot a little while; what takes longer is said by itself, once, whatever the platform repeats."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.events import AnsweredBefore, take
from bot.late import LATE
from bot.models import LateAnswer
from channels.messages import Incoming, IncomingKind, Reply
from channels.simulators.letters import WechatLetters
from channels.simulators.postman import Letter
from channels.simulators.running import Running, start_simulators
from knowledge.answers import Found, Library
from tests.channels.calling import eventually
from tests.houses import build, sqlite_url
from web.answering_desk import AnsweringDesk
from web.app import create_app
from web.house import House
from web.saying import BUSY, LateAnswers, say

WANG, LI = "o-wang-0001", "o-li-0002"


class Thoughtful(Library):
    """Answers that take until they are let go."""

    def __init__(self, house: House) -> None:
        super().__init__(house.database, house.installation.folder)
        self.may_go = threading.Event()
        self.asked = 0

    def ask(self, text: str, division: str | None, day: date, former: frozenset[str] = frozenset()) -> Found:
        self.asked += 1
        self.may_go.wait(20)
        return super().ask(text, division, day, former)


@pytest.fixture
def vendors() -> Iterator[Running]:
    with start_simulators() as running:
        yield running


@pytest.fixture
def house(vendors: Running, tmp_path: Path) -> Iterator[House]:
    made = build(sqlite_url(tmp_path), vendors.config, simulators_url=vendors.address)
    yield made
    made.database.close()


@pytest.fixture
def thoughts(house: House) -> Thoughtful:
    made = Thoughtful(house)
    house.__dict__["library"] = made
    return made


@pytest.fixture
def site(house: House) -> FlaskClient:
    app = create_app(house)
    app.extensions["zhida_answering"] = AnsweringDesk(0.3, threads=2)
    return app.test_client()


@pytest.fixture
def letters(vendors: Running) -> WechatLetters:
    return WechatLetters(vendors.config.wechat)


def brought(site: FlaskClient, letter: Letter) -> bytes:
    answer = site.post(f"/hooks/{letter.hook}", data=letter.body, content_type=letter.content_type)
    assert answer.status_code == 200
    return answer.data


def heard(vendors: Running, address: str) -> list[str]:
    return [str(one["text"]) for one in vendors.inbox.since(0, address=address) if one["direction"] == "in"]


def test_a_slow_answer_comes_as_a_message_of_its_own_and_no_retry_hears_it_too(
    site: FlaskClient, house: House, vendors: Running, letters: WechatLetters, thoughts: Thoughtful
) -> None:
    now = house.clock.now()
    assert brought(site, letters.text(WANG, "医保怎么交", 7, now)) == b"success"
    assert brought(site, letters.text(WANG, "医保怎么交", 7, now)) == b"success", "the retry while it is still worked out"
    thoughts.may_go.set()
    assert eventually(lambda: len(heard(vendors, WANG)) == 1, 20)
    assert brought(site, letters.text(WANG, "医保怎么交", 7, now)) == b"success", "the retry after it was said"
    assert thoughts.asked == 1
    assert len(heard(vendors, WANG)) == 1


def test_an_answer_that_nobody_had_begun_is_still_given(
    site: FlaskClient, house: House, vendors: Running, letters: WechatLetters, thoughts: Thoughtful
) -> None:
    now = house.clock.now()
    people = [f"o-queue-{number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda who: brought(site, letters.text(who, "医保怎么交", int(who[-1]) + 10, now)), people))
    assert said == [b"success"] * 4
    thoughts.may_go.set()
    assert eventually(lambda: all(len(heard(vendors, who)) == 1 for who in people), 20)


def test_a_quick_answer_is_carried_back_and_its_retry_gets_the_same(
    site: FlaskClient, house: House, vendors: Running, letters: WechatLetters
) -> None:
    now = house.clock.now()
    house.reception.receive(Incoming("wechat", LI, "0", IncomingKind.TEXT, "你好"), now)  # what is opened at the first word is open
    first, again = (letters.reply_text(brought(site, letters.text(WANG, "你好", 7, now))) for _ in range(2))
    assert first == again is not None
    assert heard(vendors, WANG) == []


def test_what_two_people_text_back_in_one_callback_is_answered_to_each(site: FlaskClient, vendors: Running) -> None:
    rows = [{"phone_number": f"1990640010{number}", "content": said, "send_time": "2026-11-23 10:00:00", "sequence_id": str(number)}
            for number, said in ((1, "你好"), (2, "T"))]
    assert site.post("/hooks/aliyun", data=json.dumps(rows)).status_code == 200
    assert eventually(lambda: all(len(heard(vendors, f"1990640010{number}")) == 1 for number in (1, 2)), 20)
    assert heard(vendors, "19906400101") != heard(vendors, "19906400102")


def test_what_a_text_vendor_brings_again_is_not_answered_again(site: FlaskClient, house: House, vendors: Running) -> None:
    rows = [{"phone_number": "19906400103", "content": "你好", "send_time": "2026-11-23 10:00:00", "sequence_id": "7"}]
    for _ in range(2):
        assert site.post("/hooks/aliyun", data=json.dumps(rows)).status_code == 200
    assert eventually(lambda: len(heard(vendors, "19906400103")) == 1, 20)
    other = [{**rows[0], "content": "谢谢", "sequence_id": "8"}]
    assert site.post("/hooks/aliyun", data=json.dumps(other)).status_code == 200
    assert eventually(lambda: len(heard(vendors, "19906400103")) == 2, 20)


def test_a_process_that_comes_second_undoes_what_it_was_about_to_do(house: House) -> None:
    said = Incoming("wechat", LI, "1", IncomingKind.TEXT, "你好")
    house.reception.receive(said, house.clock.now())
    with pytest.raises(AnsweredBefore), house.database.writing() as session:
        take(session, house.keyring, "wechat:1", (), house.clock.now())


def test_an_answer_whose_process_died_before_saying_it_is_said_once_by_another(house: House, vendors: Running) -> None:
    # Two put off: one that nobody had worked out when its process died, one that was worked out and not said.
    then = house.clock.now() - timedelta(seconds=20)
    begun, done = (Incoming("wechat", who, f"k-{who}", IncomingKind.TEXT, "你好", at=then) for who in (WANG, LI))
    for one in (begun, done):
        assert house.reception.put_off(one, then) is None
    assert house.reception.receive(done, then, is_late=True) != []
    living = [LateAnswers(house), LateAnswers(house)]
    assert [one.look() for one in (*living, *living)] == [True, True, False, False]
    assert [len(heard(vendors, who)) for who in (WANG, LI)] == [1, 1]
    assert house.reception.receive(begun, house.clock.now()) == [], "the platform's retry hears nothing"
    with house.database.reading() as session:
        assert session.scalars(select(LateAnswer)).all() == [], "what is said is kept no longer"


def test_an_answer_is_left_for_a_moment_to_whoever_put_it_off_and_is_not_said_again_once_they_begin(
    house: House, vendors: Running
) -> None:
    now, said = house.clock.now(), Incoming("sms", "19906400104", "k1", IncomingKind.TEXT, "你好")
    assert house.reception.receive(said, now, once=True) != []
    assert house.reception.overdue(now) is None, "it is theirs to say"
    assert house.reception.begin(said)
    assert not house.reception.begin(said)
    assert house.reception.overdue(now + timedelta(hours=1)) is None, "it may have been said when they died"


def test_who_lost_the_line_after_the_answer_was_written_down_does_not_apologise_in_its_place(house: House, vendors: Running) -> None:
    then = house.clock.now() - timedelta(seconds=20)
    asked = Incoming("wechat", WANG, "k7", IncomingKind.TEXT, "你好", at=then)
    house.reception.put_off(asked, then)
    [answer, *_] = house.reception.receive(asked, then, is_late=True)
    say(house, house.channels.talkers["wechat"], asked, [BUSY])
    assert heard(vendors, WANG) == []
    assert LateAnswers(house).look()
    assert heard(vendors, WANG)[0].startswith(answer.text[:6])


def test_a_late_answer_says_what_was_asked(house: House, vendors: Running) -> None:
    then = house.clock.now() - timedelta(hours=2)
    house.reception.put_off(Incoming("wechat", WANG, "k2", IncomingKind.TEXT, "火星上的路谁修", at=then), then)
    assert LateAnswers(house).look()
    assert heard(vendors, WANG)[0].startswith("回晚了，对不起。您问的是“火星上的路谁修”。\n")


def test_a_late_list_is_told_as_its_buttons_know_it(house: House, vendors: Running) -> None:
    then, listed = house.clock.now() - timedelta(hours=2), Reply("您想问的是哪一件？", ("养老金怎么领", "养老保险怎么交"))
    house.reception.end(Incoming("wechat", WANG, "k6", IncomingKind.TEXT, "养老", at=then), [listed], then)
    assert LateAnswers(house).look()
    first, second = heard(vendors, WANG)
    assert first == "回晚了，对不起。您问的是“养老”。"
    assert second.startswith("您想问的是哪一件？")


def test_an_answer_that_another_release_wrote_otherwise_keeps_nobody_else_waiting(house: House, vendors: Running) -> None:
    then = house.clock.now() - timedelta(minutes=1)
    for who, key in ((WANG, "k3"), (LI, "k4")):
        house.reception.put_off(Incoming("wechat", who, key, IncomingKind.TEXT, "你好", at=then), then)
        then += timedelta(seconds=1)
    with house.database.writing() as session:
        session.get_one(LateAnswer, "wechat:k3").incoming = house.keyring.encrypt('{"channel": "wechat", "mood": "gone"}', LATE)
    late = LateAnswers(house)
    while late.look():
        continue
    for _ in range(2):
        late.look()
    assert (len(heard(vendors, WANG)), len(heard(vendors, LI))) == (0, 1)


def test_nobody_is_answered_days_later(house: House, vendors: Running) -> None:
    then = house.clock.now() - timedelta(days=2, minutes=1)
    house.reception.put_off(Incoming("wechat", WANG, "k5", IncomingKind.TEXT, "你好", at=then), then)
    assert not LateAnswers(house).look()
    assert heard(vendors, WANG) == []
