"""One person at two doors, on a real database: what was begun on WeChat goes on on the web, and marks reach the desk."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.reception import Reception
from channels.messages import Incoming, IncomingKind, Reply
from kernel.audit import Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge import consultations
from knowledge.answers import Library
from knowledge.gap_models import Question
from knowledge.models import Consultation, ConsultationState, Entry, EntryState
from profiles import contacts
from profiles.models import Household, Resident
from tests.notices import offices

KEY = b"0123456789abcdef0123456789abcdef"
CLERK = Actor("坐席马兰", frozenset({"agent"}), offices.COUNTY)


class Doors:
    """王秀英, who proved her telephone and her WeChat address, and a stranger."""

    def __init__(self, database: Database, keyring: Keyring, clock: SetClock, folder: Path) -> None:
        self.database, self.keyring, self.clock, self.folder, self.said = database, keyring, clock, folder, 0
        with database.writing() as session:
            offices.found_places(session)
            home = Household(reference="王家", division=offices.VILLAGE, updated_at=clock.now())
            session.add(home)
            session.flush()
            session.add(Resident(id=1, household_id=home.id, reference="王家-1", name=b"", name_index=b"", is_head=True,
                                 updated_at=clock.now()))
            session.flush()
            for channel, address in (("sms", "19906400101"), ("wechat", "o-wang")):
                contacts.bind(session, keyring, 1, channel, address, clock.now())

    def _said(self, channel: str, address: str, text: str, resident: int | None = None) -> Reply:
        # A process of its own each time: nothing is remembered but what is written down.
        reception = Reception(self.database, self.keyring, Library(self.database, self.folder), self.clock, "http://zhida.test", KEY)
        self.said += 1
        self.clock.advance(timedelta(seconds=1))
        incoming = Incoming(channel, address, f"k{self.said}", IncomingKind.TEXT, text)
        return reception.receive(incoming, self.clock.now(), resident=resident)[0]

    def wechat(self, text: str) -> Reply:
        return self._said("wechat", "o-wang", text)

    def web(self, text: str, *, known: bool = True) -> Reply:
        return self._said("web", "b" * 32, text, 1 if known else None)


@pytest.fixture
def doors(both_databases: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> Doors:
    return Doors(both_databases, keyring, clock, tmp_path)


def put_up_two(doors: Doors) -> None:
    with doors.database.writing() as session:
        offices.put_up(session, doors.clock.now(), condition={"fact": "household.land", "at_least": 5})
        offices.put_up(session, doors.clock.now(), reference="PY-2026-002", title="住房安全鉴定",
                       condition={"fact": "household.house_grade", "in": ["C", "D"]})


def test_a_half_done_list_goes_on_at_another_door_and_after_days(doors: Doors) -> None:
    put_up_two(doors)
    first = doors.wechat("我能享受什么").text
    second = doors.wechat("不知道").text
    assert ("承包地" in first) != ("承包地" in second)
    doors.clock.advance(timedelta(days=4))
    on_the_web = doors.web("我能享受什么").text
    assert on_the_web.startswith("接着上回的。")
    assert ("承包地" in on_the_web) == ("承包地" in second)
    assert "记下了" in doors.web("六亩" if "承包地" in second else "C级").text
    later = doors.wechat("我能享受什么")
    assert later.choices


def test_who_is_not_known_on_the_web_hears_nothing_of_it(doors: Doors) -> None:
    put_up_two(doors)
    doors.wechat("我能享受什么")
    told = doors.web("我能享受什么", known=False)
    assert told.text.startswith("这要看您家登记的情况，先核对是本人才能说。")
    assert told.link == "http://zhida.test/me"


def test_consultations_of_both_doors_stand_in_one_list(doors: Doors) -> None:
    doors.web("人工")
    doors.web("村口路灯坏了")
    doors.wechat("人工")
    doors.wechat("水渠堵了半个月")
    assert len(doors.wechat("我的留言").choices) == 2
    assert len(doors.web("我的留言").choices) == 2
    assert doors.web("我的留言", known=False).text.startswith("这里没有查到您的留言。")


def answered(doors: Doors) -> str:
    doors.wechat("人工")
    doors.wechat("水渠堵了半个月")
    with doors.database.writing() as session:
        number = session.scalars(select(Consultation.number)).one()
        consultations.answer(session, number, "明天派人去清。", CLERK, doors.clock.now())
    return number


def test_a_good_mark_closes_the_matter(doors: Doors) -> None:
    number = answered(doors)
    told = doors.wechat("我的留言")
    assert "明天派人去清。" in told.text
    assert told.choices == ("满意", "基本满意", "不满意")
    assert doors.wechat("1").text.startswith("谢谢您")
    with doors.database.reading() as session:
        case = session.scalars(select(Consultation).where(Consultation.number == number)).one()
        assert (case.rating, case.state) == ("good", ConsultationState.CLOSED)
    assert doors.wechat("我的留言").choices == ()


def test_a_bad_mark_has_it_done_again_once(doors: Doors) -> None:
    number = answered(doors)
    assert "哪里没答好" in doors.wechat("不满意").text
    assert doors.wechat("没有人来过").text.startswith("已经退回重办")
    with doors.database.writing() as session:
        consultations.answer(session, number, "今天清好了。", CLERK, doors.clock.now())
    assert "12345" in doors.wechat("很不满意").text


def test_whether_an_answer_helped_is_kept_with_the_question(doors: Doors) -> None:
    with doors.database.writing() as session:
        session.add(Entry(id="gaoling", question="高龄津贴怎么领", answer="满80岁到村委会登记。\n带什么：身份证、社保卡。", short="", office="县民政局",
                          phone="0954-7000106", divisions=[], source="", state=EntryState.REVIEWED, updated_at=doors.clock.now()))
    doors.wechat("高龄津贴怎么领")
    assert doors.wechat("1").choices == ("有用", "没用")
    assert doors.wechat("没用").text.startswith("让您白问了")
    with doors.database.reading() as session:
        assert [one.helpful for one in session.scalars(select(Question))] == [False]


def test_a_list_of_yesterday_is_no_list_any_more(doors: Doors) -> None:
    put_up_two(doors)
    assert doors.wechat("最新").choices
    doors.clock.advance(timedelta(hours=25))
    assert doors.wechat("1").text.startswith("现在没有要选的数字")


def test_words_of_the_next_day_are_not_handed_to_the_clerk(doors: Doors) -> None:
    doors.wechat("人工")
    doors.clock.advance(timedelta(hours=3))
    assert "已转给工作人员" not in doors.wechat("今天天气好得很").text
