"""Being known in WeChat, over the real reception: a code on the telephone, an openid that stands for one household."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.reception import Reception
from channels.messages import Incoming, IncomingKind
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from profiles import contacts
from profiles.consent import is_refused
from profiles.models import Contact, Household, Refusal, Resident

PHONE = "19906400151"
KEY = b"0123456789abcdef0123456789abcdef"


@dataclass
class Letters:
    """A post that keeps what it was given."""

    is_open: bool = True
    sent: list[tuple[str, str]] = field(default_factory=list)

    def post(self, phone: str, code: str) -> None:
        self.sent.append((phone, code))


@dataclass
class Talk:
    """One WeChat account that says things."""

    reception: Reception
    clock: SetClock
    openid: str = "o-wang"
    channel: str = "wechat"
    said: int = 0

    def says(self, text: str) -> str:
        self.said += 1
        key = f"{self.openid}{self.said}"
        heard = self.reception.receive(Incoming(self.channel, self.openid, key, IncomingKind.TEXT, text), self.clock.now())
        return "\n".join([reply.text + "".join(f"\n{i}. {one}" for i, one in enumerate(reply.choices, 1)) for reply in heard])


@pytest.fixture
def letters() -> Letters:
    return Letters()


@pytest.fixture
def reception(both_databases: Database, keyring: Keyring, clock: SetClock, tmp_path: Path, letters: Letters) -> Reception:
    return Reception(both_databases, keyring, Library(both_databases, tmp_path), clock, "http://zhida.test", KEY, post=letters)


def person(database: Database, keyring: Keyring, clock: SetClock, home: str, name: str, phone: str = PHONE) -> int:
    with database.writing() as session:
        household = session.scalar(select(Household).where(Household.reference == home))
        if household is None:
            household = Household(reference=home, division="640425100200", updated_at=clock.now())
            session.add(household)
            session.flush()
        made = Resident(reference=f"{home}/{name}", household_id=household.id, name=keyring.encrypt(name, "name"),
                        name_index=keyring.index(name, "name"), updated_at=clock.now())
        session.add(made)
        session.flush()
        session.add(Contact(resident_id=made.id, channel="sms", address=keyring.encrypt(phone, "phone"),
                            address_index=keyring.index(phone, "phone"), created_at=clock.now()))
        return made.id


def test_a_code_binds_the_openid_and_proves_the_telephone(
        both_databases: Database, keyring: Keyring, clock: SetClock, reception: Reception, letters: Letters) -> None:
    wang = person(both_databases, keyring, clock, "王家", "王秀英")
    talk = Talk(reception, clock)
    talk.says("绑定")
    assert "会收到短信" in talk.says("199-0640-0151")
    ((phone, code),) = letters.sent
    assert phone == PHONE
    assert "核对好了，王*英" in talk.says(code)
    with both_databases.reading() as session:
        assert {(one.channel, one.verified) for one in contacts.contacts_of(session, wang)} == {("sms", True), ("wechat", True)}
    assert "按您家登记情况" in talk.says("我能办什么")
    assert "分开了" in talk.says("解绑")
    assert "先核对是本人才能说" in talk.says("我能办什么")
    assert "没有和哪一家连着" in talk.says("解绑")


def test_a_stranger_hears_the_same_and_no_letter_leaves(
        both_databases: Database, keyring: Keyring, clock: SetClock, reception: Reception, letters: Letters) -> None:
    person(both_databases, keyring, clock, "王家", "王秀英")
    known, stranger = Talk(reception, clock), Talk(reception, clock, "o-stranger")
    heard = [[talk.says(text) for text in ("绑定", phone, "1234")] for talk, phone in ((known, PHONE), (stranger, "19906400159"))]
    assert heard[0] == heard[1]
    assert [phone for phone, _ in letters.sent] == [PHONE]


def test_a_familys_telephone_asks_which_of_them(
        both_databases: Database, keyring: Keyring, clock: SetClock, reception: Reception, letters: Letters) -> None:
    person(both_databases, keyring, clock, "王家", "王秀英")
    li = person(both_databases, keyring, clock, "王家", "李大山")
    talk = Talk(reception, clock)
    talk.says("绑定")
    talk.says(PHONE)
    assert talk.says(letters.sent[0][1]).endswith("1. 王*英\n2. 李*山")
    assert "核对好了，李*山" in talk.says("2")
    with both_databases.reading() as session:
        assert [one.id for one in contacts.residents_at(session, keyring, "wechat", "o-wang")] == [li]


def test_the_same_event_twice_posts_one_letter(
        both_databases: Database, keyring: Keyring, clock: SetClock, reception: Reception, letters: Letters) -> None:
    person(both_databases, keyring, clock, "王家", "王秀英")
    Talk(reception, clock).says("绑定")
    event = Incoming("wechat", "o-wang", "twice", IncomingKind.TEXT, PHONE)
    assert reception.receive(event, clock.now()) == reception.receive(event, clock.now())
    assert len(letters.sent) == 1


def test_where_no_codes_can_be_sent_the_village_office_is_named(
        clock: SetClock, reception: Reception, letters: Letters) -> None:
    letters.is_open = False
    talk = Talk(reception, clock)
    talk.says("绑定")
    assert "验证码短信还没有开通" in talk.says(PHONE)


def test_a_topic_refused_on_one_channel_is_refused_on_all(
        both_databases: Database, keyring: Keyring, clock: SetClock, reception: Reception) -> None:
    wang = person(both_databases, keyring, clock, "王家", "王秀英")
    with both_databases.writing() as session:
        contacts.bind(session, keyring, wang, "wechat", "o-wang", clock.now())
    Talk(reception, clock).says("不要养殖的")
    with both_databases.reading() as session:
        index = keyring.index(PHONE, "phone")
        assert is_refused(session, index, "sms", "养殖", wang)
        assert not is_refused(session, index, "sms", "种植", wang)


def test_a_wish_from_a_number_of_two_people_is_the_numbers_and_not_theirs(
        both_databases: Database, keyring: Keyring, clock: SetClock, reception: Reception) -> None:
    wang = person(both_databases, keyring, clock, "王家", "王秀英")
    li = person(both_databases, keyring, clock, "王家", "李大山")
    Talk(reception, clock, PHONE, "sms").says("TD")
    with both_databases.reading() as session:
        assert is_refused(session, keyring.index(PHONE, "phone"), "sms", "养殖")
        for who in (wang, li):
            assert not is_refused(session, keyring.index("o", "openid"), "wechat", "养殖", who)
        assert session.scalars(select(Refusal.resident_id)).all() == [None]


def test_only_one_topic_and_all_of_it_back(
        both_databases: Database, keyring: Keyring, clock: SetClock, reception: Reception) -> None:
    person(both_databases, keyring, clock, "王家", "王秀英")
    talk, index = Talk(reception, clock, PHONE, "sms"), keyring.index(PHONE, "phone")
    talk.says("只要种植的")
    with both_databases.reading() as session:
        assert [is_refused(session, index, "sms", topic) for topic in ("种植", "养殖")] == [False, True]
    talk.says("恢复")
    with both_databases.reading() as session:
        assert not is_refused(session, index, "sms", "养殖")
