"""What people ask after a message that came by itself, on a real database: which one they mean, and what stays unsaid."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.reception import Reception
from bot.state import Pushed
from channels.messages import Incoming, IncomingKind
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from profiles import contacts
from profiles.models import Contact, Household, Resident
from push.last_sent import last_sent_to
from push.models import Delivery, Dispatch
from tests.notices import offices

KEY = b"0123456789abcdef0123456789abcdef"
PHONE, OPENID = "19906400101", "o-wang"
CORN, PENSION = "PY-2026-001", "PY-2026-002"


class Talk:
    """王家 with a telephone and a WeChat address, to whom messages went."""

    def __init__(self, database: Database, keyring: Keyring, clock: SetClock, folder: Path) -> None:
        self.database, self.keyring, self.clock, self.said = database, keyring, clock, 0

        def last_sent(session: Session, channel: str, address: str, now: datetime) -> Pushed | None:
            sent = last_sent_to(session, keyring, channel, address, now)
            return None if sent is None else Pushed(sent.reference, sent.at, sent.is_named)

        self.reception = Reception(database, keyring, Library(database, folder), clock, "http://zhida.test", KEY, last_sent=last_sent)
        with database.writing() as session:
            offices.found_places(session)
            home = Household(reference="王家", division=offices.VILLAGE, updated_at=clock.now())
            session.add(home)
            session.flush()
            session.add(Resident(id=1, household_id=home.id, reference="王家-1", name=b"", name_index=b"", is_head=True,
                                 updated_at=clock.now()))
            session.flush()
            for channel, address in (("sms", PHONE), ("wechat", OPENID)):
                contacts.bind(session, keyring, 1, channel, address, clock.now())

    def put_up(self, reference: str, **changes: object) -> None:
        with self.database.writing() as session:
            offices.put_up(session, self.clock.now(), reference=reference, **changes)

    def sent(self, dispatch: int, reference: str, channel: str, hours: float) -> None:
        at = self.clock.now() - timedelta(hours=hours)
        with self.database.writing() as session:
            contact = session.query(Contact).filter_by(channel=channel).one()
            session.add(Dispatch(id=dispatch, notice_id=1, notice_reference=reference, digest="d", purpose="notice", state="finished",
                                 content={channel: {}}, channels=[channel], divisions=[], sent_by="赵静", created_at=at,
                                 release_at=at, finished_at=at))
            session.add(Delivery(dispatch_id=dispatch, household_id=1, resident_id=1, contact_id=contact.id, channel=channel,
                                 address_index=contact.address_index, state="delivered", settled_at=at))

    def says(self, text: str, channel: str = "sms") -> str:
        self.said += 1
        address = PHONE if channel == "sms" else OPENID
        told = self.reception.receive(Incoming(channel, address, f"k{self.said}", IncomingKind.TEXT, text), self.clock.now())
        return "\n".join((*(one.text for one in told), *(choice for one in told for choice in one.choices)))


@pytest.fixture
def talk(both_databases: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> Talk:
    return Talk(both_databases, keyring, clock, tmp_path)


def test_what_is_asked_after_a_message_is_about_that_message(talk: Talk) -> None:
    talk.put_up(CORN, what_to_bring="身份证、社保卡", where="村委会")
    talk.sent(1, CORN, "sms", 1)
    assert talk.says("要带什么") == "要带：身份证、社保卡"
    assert talk.says("去哪儿办") == "去这里办：村委会"
    assert "截止" in talk.says("截止到几号")


def test_the_last_message_is_meant_until_something_else_is_spoken_of(talk: Talk) -> None:
    talk.put_up(CORN, what_to_bring="身份证", where="村委会")
    talk.put_up(PENSION, title="养老金资格认证开始", what_to_bring="手机或社保卡", where="乡镇大厅")
    talk.sent(1, CORN, "wechat", 30)
    talk.sent(2, PENSION, "wechat", 1)
    assert "手机或社保卡" in talk.says("要带什么", "wechat")
    titles = talk.says("最新", "wechat").splitlines()[1:]
    talk.says(str(1 + next(number for number, title in enumerate(titles) if "玉米" in title)), "wechat")
    assert "要带：身份证。" in talk.says("要带什么", "wechat")
    talk.clock.advance(timedelta(hours=2))
    talk.sent(3, PENSION, "wechat", 0.5)
    assert "手机或社保卡" in talk.says("要带什么", "wechat")


def test_a_number_after_a_message_is_none_of_an_older_list(talk: Talk) -> None:
    talk.put_up(CORN, what_to_bring="身份证")
    talk.says("最新", "wechat")
    talk.clock.advance(timedelta(hours=3))
    talk.sent(1, CORN, "wechat", 1)
    assert talk.says("1", "wechat").startswith("您是问刚才发的那条消息吗？")
    assert "要带：身份证" in talk.says("要带什么", "wechat")


def test_a_message_of_last_week_is_not_meant_any_more(talk: Talk) -> None:
    talk.put_up(CORN)
    talk.sent(1, CORN, "sms", 24 * 7)
    assert talk.says("要带什么").startswith("您问哪件事？")


def test_a_message_over_another_channel_is_not_known_here(talk: Talk) -> None:
    talk.put_up(CORN)
    talk.sent(1, CORN, "wechat", 1)
    assert talk.says("要带什么").startswith("您问哪件事？")


def test_whether_it_is_for_them_is_told_to_a_binding_and_not_to_a_telephone(talk: Talk) -> None:
    talk.put_up(CORN, condition={"fact": "household.land", "at_least": 5})
    talk.sent(1, CORN, "sms", 1)
    talk.sent(2, CORN, "wechat", 1)
    assert talk.says("我符合吗") == "核对是本人才能说：请在微信里再问，或带身份证到村委会"
    assert talk.says("我符合吗", "wechat").startswith("您家登记还不全")
    with talk.database.writing() as session:
        session.get_one(Household, 1).land = 9.0
    assert talk.says("我符合吗", "wechat").startswith("按您家登记情况，可以申请；以")
    with talk.database.writing() as session:
        session.get_one(Household, 1).land = 2.0
    assert "没有查到您家能办这一项" in talk.says("我符合吗", "wechat")


def test_what_names_a_hardship_is_not_named_back(talk: Talk) -> None:
    talk.put_up(CORN, title="低保对象取暖补助开始发放", summary="低保户每户三百元。", what_to_bring="低保证、身份证", phone="0954-7000106")
    talk.sent(1, CORN, "wechat", 1)
    for asked in ("要带什么", "这是啥事", "这个怎么办", "能领多少", "人工"):
        assert "低保" not in talk.says(asked, "wechat")


def test_a_message_that_was_taken_down_answers_nothing(talk: Talk) -> None:
    talk.sent(1, "PY-2026-404", "sms", 1)
    assert talk.says("要带什么").startswith("您问哪件事？")
