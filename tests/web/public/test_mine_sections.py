"""One's own page once one is known: what may be claimed, what was sent and why, wishes, and ways to be reached."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from channels.registry import open_channels
from channels.simulators.identity import demo_config
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles import consent, contacts
from profiles.answers import standing_answers
from profiles.models import Contact, Household, HouseholdCrop, HouseholdKind, Resident
from push import dispatches
from push.models import Delivery
from push.settings import PushSettings
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, approve_notice
from tests.web.public import own, sample
from tests.web.public.reading import words_of

PHONE = "19906400131"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
CORN = {"fact": "crop.玉米", "at_least": 3}


@pytest.fixture
def site(database: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> Flask:
    return sample.open_site(database, keyring, clock, tmp_path)


@pytest.fixture
def wang(database: Database, keyring: Keyring, clock: SetClock) -> int:
    with database.writing() as session:
        offices.found_places(session)
    number = own.resident(database, keyring, "王家", "王秀英", PHONE, clock.now(), birth_date=date(1960, 3, 1))
    with database.writing() as session:
        home = session.get_one(Resident, number).household_id
        session.add(HouseholdCrop(household_id=home, name="玉米", mu=5))
        session.add(HouseholdKind(household_id=home, kind="低保户"))
    return number


@pytest.fixture
def browser(site: Flask, wang: int) -> FlaskClient:
    made = site.test_client()
    own.enter(site, made, wang)
    return made


def page_of(browser: FlaskClient) -> str:
    return words_of(browser.get("/me").get_data(as_text=True))


def posted(browser: FlaskClient, path: str, **form: object) -> str:
    token = TOKEN.search(browser.get("/me").get_data(as_text=True))
    assert token is not None
    return words_of(browser.post(path, data={"csrf_token": token[1], **form}, follow_redirects=True).get_data(as_text=True))


def sent(database: Database, keyring: Keyring, clock: SetClock, **notice: object) -> None:
    """A notice approved, published, planned, and taken by the vendor."""
    with database.writing() as session:
        approve_notice(session, clock.now(), **notice)
        from notices import lifecycle

        lifecycle.publish(session, REFERENCE, offices.EDITOR, clock.now())
    channels = open_channels(demo_config("http://127.0.0.1:9"), database, keyring, clock)
    dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=PushSettings())
    with database.writing() as session:
        for one in session.scalars(select(Delivery)):
            one.state, one.settled_at = "delivered", clock.now()


def refused(database: Database, who: int, channel: str, topic: str) -> bool:
    with database.reading() as session:
        return consent.is_refused(session, b"?" * 16, channel, topic, who)


def test_what_may_be_claimed_is_said_with_its_reserve_and_without_hardship(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient) -> None:
    sent(database, keyring, clock, kind="policy", condition={"all": [CORN, {"fact": "household.kind", "in": ["低保户"]}]})
    page = page_of(browser)
    assert "审核结果为准" in page
    assert "符合登记的其他条件" in page
    assert "玉米" in page
    assert "低保" not in page


def test_what_was_sent_stands_with_its_reason(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient) -> None:
    sent(database, keyring, clock, condition=CORN, topic="种植")
    page = page_of(browser)
    assert "11月23日，短信，已送到。" in page
    assert re.search("为什么发：.*玉米", page)
    assert "法定通知" not in page


def test_a_statutory_notice_is_named_as_such(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient) -> None:
    sent(database, keyring, clock, condition=None, topic="医保")
    page = page_of(browser)
    assert "法定通知 按规定都要发" in page
    assert "这里家家都发" in page


def test_a_topic_without_its_tick_is_refused_over_that_channel_alone_and_ticked_again_comes(
        database: Database, browser: FlaskClient, wang: int) -> None:
    page = browser.get("/me").get_data(as_text=True)
    ticks = re.findall(r'name="want" value="([^"]+)" checked', page)
    assert "记下了" in posted(browser, "/me/wishes", want=[one for one in ticks if one != "sms:养殖"])
    assert refused(database, wang, "sms", "养殖")
    assert not refused(database, wang, "wechat", "养殖")
    assert 'value="sms:养殖">' in browser.get("/me").get_data(as_text=True)
    posted(browser, "/me/wishes", want=ticks)
    assert not refused(database, wang, "sms", "养殖")
    assert "没有改动" in posted(browser, "/me/wishes", want=ticks)


def test_everything_can_be_refused_one_topic_kept_and_all_of_it_taken_back(
        database: Database, browser: FlaskClient, wang: int) -> None:
    assert "医保、养老和紧急通知还会发" in posted(browser, "/me/wishes/none")
    assert refused(database, wang, "sms", "种植")
    posted(browser, "/me/wishes", want=["sms:种植"])
    assert not refused(database, wang, "sms", "种植")
    assert refused(database, wang, "wechat", "种植")
    assert "恢复了" in posted(browser, "/me/wishes/all")
    assert not refused(database, wang, "wechat", "种植")


def test_what_was_refused_by_text_message_is_seen_and_taken_back_here(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient) -> None:
    with database.writing() as session:
        consent.refuse(session, keyring.index(PHONE, "phone"), "", "", "sms", clock.now())
    assert 'checked>' not in browser.get("/me").get_data(as_text=True).split("by_day")[0]
    posted(browser, "/me/wishes/all")
    with database.reading() as session:
        assert not consent.is_refused(session, keyring.index(PHONE, "phone"), "sms", "种植")


def test_messages_by_day_only_can_be_wished_and_taken_back(
        database: Database, browser: FlaskClient, wang: int) -> None:
    page = browser.get("/me").get_data(as_text=True)
    ticks = re.findall(r'name="want" value="([^"]+)" checked', page)
    posted(browser, "/me/wishes", want=ticks, by_day="1")
    with database.reading() as session:
        assert [one.kind for one in consent.standing(session, (), wang)] == ["daytime"]
    posted(browser, "/me/wishes", want=ticks)
    with database.reading() as session:
        assert consent.standing(session, (), wang) == []


def test_numbers_are_masked_and_the_preferred_one_can_be_chosen(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient, wang: int) -> None:
    with database.writing() as session:
        second = contacts.bind(session, keyring, wang, "sms", "19906400132", clock.now()).id
    page = page_of(browser)
    assert "199****0131" in page
    assert PHONE not in page
    assert "以后先用它" in posted(browser, "/me/contacts/preferred", contact=second)
    with database.reading() as session:
        assert contacts.contacts_of(session, wang)[0].id == second


def test_a_number_is_taken_out_of_use_with_its_reason(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient, wang: int) -> None:
    with database.writing() as session:
        second = contacts.bind(session, keyring, wang, "sms", "19906400132", clock.now()).id
    assert "没有选为什么不用" in posted(browser, "/me/contacts/retired", contact=second)
    assert "不再用了" in posted(browser, "/me/contacts/retired", contact=second, reason="号码不用了")
    with database.reading() as session:
        assert session.get_one(Contact, second).retired_reason == "本人：号码不用了"


def test_the_number_one_came_in_by_ends_the_session_with_it(
        database: Database, browser: FlaskClient, wang: int) -> None:
    with database.reading() as session:
        number = contacts.contacts_of(session, wang)[0].id
    assert "您好" not in posted(browser, "/me/contacts/retired", contact=number, reason="不是我的号码")


def test_nobody_touches_somebody_elses_number(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient) -> None:
    li = own.resident(database, keyring, "李家", "李四", "19906400133", clock.now())
    with database.reading() as session:
        other = contacts.contacts_of(session, li)[0].id
    assert "没有选" in posted(browser, "/me/contacts/preferred", contact=other)
    posted(browser, "/me/contacts/retired", contact=other, reason="号码不用了")
    with database.reading() as session:
        assert session.get_one(Contact, other).retired_at is None


@pytest.mark.parametrize("path", ["wishes", "wishes/none", "wishes/all", "contacts/preferred", "contacts/retired",
                                  "contacts/new", "contacts/code"])
def test_who_is_not_known_is_led_to_the_door(site: Flask, path: str) -> None:
    site.config["WTF_CSRF_ENABLED"] = False
    answer = site.test_client().post(f"/me/{path}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")


def test_the_missing_question_is_answered_on_the_page_and_counts_beside_the_register(
        database: Database, keyring: Keyring, clock: SetClock, browser: FlaskClient, wang: int) -> None:
    with database.writing() as session:
        offices.put_up(session, clock.now(), kind="policy", condition={"fact": "household.land", "at_least": 5})
    assert "还差一条登记：请问您家承包地一共有多少亩？" in page_of(browser)
    assert "没听准" in posted(browser, "/me/answer", fact="household.land", said="不少哩")
    assert "没关系" in posted(browser, "/me/answer", fact="household.land", said="不晓得")
    page = posted(browser, "/me/answer", fact="household.land", said="大概五六木吧")
    assert "记下了：5亩，村里会核对" in page
    assert "按您自己说的情况，可以申请" in page
    with database.reading() as session:
        home = session.get_one(Household, session.get_one(Resident, wang).household_id)
        assert home.land is None
        (kept,) = standing_answers(session, keyring, home.id)
    assert (kept.fact, kept.value, kept.channel) == ("household.land", 5.0, "web")
    assert "已经答过了" in posted(browser, "/me/answer", fact="household.land", said="8亩")
    held = words_of(browser.get("/me/data").get_data(as_text=True))
    assert "回答：5" in held
    assert "household.land" not in held
    assert "所在的村：白阳镇" in held
