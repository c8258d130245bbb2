"""Who joins late and who is reminded goes by the rules of the first round: quotas, consents and windows, quiet hours."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from channels.messages import Consent, Incoming, IncomingKind
from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from kernel.clock import CHINA, SetClock, in_china
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.models import Household, Resident
from push import admission, arrival, caps, dispatches, joining
from push.failures import Refused
from push.foresight import foresee
from push.models import Batch, Delivery, Dispatch
from push.settings import PushSettings
from push.states import Origin
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone

TEMPLATE = "subscription-1"
REMINDING = datetime(2026, 12, 28, 9, tzinfo=CHINA)
SETTINGS = PushSettings(join_every=0)
# SQLite has one writer: there nobody waits inside of a transaction.
ON_POSTGRESQL = pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


@pytest.fixture
def one_a_day(database: Database, keyring: Keyring, clock: SetClock) -> Channels:
    """WeChat that carries a single message a day."""
    return open_channels(demo_config("http://127.0.0.1:9", {"WECHAT_DAILY": "1"}), database, keyring, clock)


@pytest.fixture
def by_consent(database: Database, keyring: Keyring, clock: SetClock) -> Channels:
    """An account without template messages."""
    more = {"WECHAT_TEMPLATE_NOTICE": "", "WECHAT_SUBSCRIPTION_TEMPLATE": TEMPLATE}
    return open_channels(demo_config("http://127.0.0.1:9", more), database, keyring, clock)


def family(county: County, name: str, number: int, *, on_wechat: bool = True, with_phone: bool = True) -> None:
    reach(county, county.member(county.family(name), f"{name}户主", head=True), number, on_wechat, with_phone)


def reach(county: County, head: Resident, number: int, on_wechat: bool = True, with_phone: bool = True) -> None:
    if on_wechat:
        county.contact(head, f"o{number}", "wechat")
    if with_phone:
        county.contact(head, phone(number))
    county.session.commit()


def sent(database: Database, channels: Channels, clock: SetClock) -> int:
    number = dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS).dispatch
    with database.writing() as session:
        session.execute(update(Delivery).where(Delivery.state == "planned").values(state="accepted", settled_at=clock.now()))
        session.execute(update(Batch).values(state="done"))
        session.execute(update(Dispatch).values(state="finished", finished_at=clock.now()))
    return number


def join(database: Database, number: int, clock: SetClock, settings: PushSettings = SETTINGS) -> None:
    joining.join(database, number, SENDER, clock.now(), settings)


def late(database: Database, number: int, origin: Origin = Origin.JOINED) -> dict[str, tuple[str, datetime | None]]:
    """What was planned late, by family: over which channel, and when it is due."""
    with database.reading() as session:
        return {name: (channel, None if due is None else in_china(due)) for name, channel, due in session.execute(
            select(Household.reference, Delivery.channel, Delivery.due_at).join(Household, Household.id == Delivery.household_id)
            .where(Delivery.dispatch_id == number, Delivery.origin == origin, Delivery.state == "planned"))}


def test_who_joins_on_a_day_whose_quota_is_spent_is_told_over_the_next_channel_or_the_next_day(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    family(county, "王家", 1)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"])
    county.session.commit()
    number = sent(database, one_a_day, clock)
    clock.advance(timedelta(hours=1))
    family(county, "周家", 2)
    family(county, "郑家", 3, with_phone=False)
    join(database, number, clock)
    assert late(database, number) == {
        "周家": ("sms", clock.now()), "郑家": ("wechat", datetime(2026, 11, 24, 9, tzinfo=CHINA))}


def test_who_joins_on_another_day_finds_the_room_of_that_day(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    family(county, "王家", 1)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"])
    county.session.commit()
    number = sent(database, one_a_day, clock)
    clock.advance(timedelta(days=1))
    family(county, "周家", 2)
    family(county, "郑家", 3)
    join(database, number, clock)
    assert late(database, number) == {"周家": ("wechat", clock.now()), "郑家": ("sms", clock.now())}


def test_who_joins_without_consent_or_window_is_told_over_the_next_channel(
        database: Database, county: County, by_consent: Channels, clock: SetClock) -> None:
    family(county, "王家", 1)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"])
    county.session.commit()
    number = sent(database, by_consent, clock)
    for place, name in enumerate(("周家", "吴家", "郑家", "冯家"), 2):
        family(county, name, place, with_phone=name != "冯家")
    book = by_consent.openings
    assert book is not None
    book.take([Consent("wechat", "o2", TEMPLATE, True, clock.now())])
    book.note(Incoming("wechat", "o3", "k", IncomingKind.TEXT, "好", at=clock.now()), clock.now())
    join(database, number, clock)
    assert {name: channel for name, (channel, _) in late(database, number).items()} == {
        "周家": "wechat", "吴家": "wechat", "郑家": "sms", "冯家": "wechat"}


def test_who_joins_at_night_counts_for_the_morning_by_which_the_window_may_have_closed(
        database: Database, county: County, by_consent: Channels, clock: SetClock) -> None:
    family(county, "王家", 1)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"])
    county.session.commit()
    number = sent(database, by_consent, clock)
    book = by_consent.openings
    assert book is not None
    book.note(Incoming("wechat", "o2", "k", IncomingKind.TEXT, "好", at=clock.now()), clock.now())
    clock.set(datetime(2026, 11, 24, 23, tzinfo=CHINA))
    family(county, "周家", 2)
    join(database, number, clock)
    morning = datetime(2026, 11, 25, 7, tzinfo=CHINA)
    assert late(database, number) == {"周家": ("wechat", morning)}
    family(county, "吴家", 3)
    book.note(Incoming("wechat", "o3", "k", IncomingKind.TEXT, "好", at=clock.now() - timedelta(hours=42)), clock.now())
    join(database, number, clock)
    assert late(database, number)["吴家"] == ("sms", morning)
    with database.reading() as session:
        assert set(session.scalars(select(Batch.due_at).where(Batch.state == "due"))) == {morning}


@ON_POSTGRESQL
@pytest.mark.parametrize("late_act", ["join", "remind"])
def test_who_stops_a_push_does_not_wait_for_the_plan_of_another(
        database: Database, county: County, one_a_day: Channels, clock: SetClock, late_act: str) -> None:
    head = county.member(county.family("周家"), "周家户主", head=True)
    family(county, "王家", 1)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"], must_arrive=3)
    county.session.commit()
    number = sent(database, one_a_day, clock)
    with database.writing() as session:
        session.execute(update(Dispatch).values(state="running"))
    reach(county, head, 2)
    act = (lambda: joining.join(database, number, SENDER, clock.now(), SETTINGS)) if late_act == "join" else (
        lambda: arrival.look(database, number, REMINDING, SETTINGS))
    with ThreadPoolExecutor(1) as thread:
        with database.writing() as planning:
            caps.one_at_a_time(planning)
            acting = thread.submit(act)
            while not planning.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")):
                threading.Event().wait(0.01)
            with database.writing() as session:
                session.execute(text("SET LOCAL lock_timeout = '3s'"))
                dispatches.stop(session, number, SENDER, clock.now())
        assert acting.exception() is None or isinstance(acting.exception(), Refused)
    origin = Origin.JOINED if late_act == "join" else Origin.REMINDED
    assert late(database, number, origin) == {}


def test_a_reminder_goes_where_there_is_room_today_and_else_waits(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    heads = [county.member(county.family(name), f"{name}户主", head=True) for name in ("周家", "吴家")]
    family(county, "郑家", 5, on_wechat=False)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"], must_arrive=3)
    county.session.commit()
    number = sent(database, one_a_day, clock)
    for place, head in enumerate(heads, 1):
        reach(county, head, place)
    with database.reading() as session:
        known = session.scalars(select(Resident).join(Household, Household.id == Resident.household_id)
                                .where(Household.reference == "郑家")).one()
    reach(county, known, 5, with_phone=False)
    arrival.look(database, number, REMINDING, SETTINGS)
    # 郑家's telephone has had it: nothing but WeChat is left, and that has no room before tomorrow.
    assert late(database, number, Origin.REMINDED) == {
        "周家": ("wechat", REMINDING), "吴家": ("sms", REMINDING), "郑家": ("wechat", REMINDING + timedelta(days=1))}


def test_a_reminder_without_consent_or_window_goes_over_the_next_channel_first(
        database: Database, county: County, by_consent: Channels, clock: SetClock) -> None:
    head = county.member(county.family("周家"), "周家户主", head=True)
    family(county, "郑家", 5, on_wechat=False)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"], must_arrive=3)
    county.session.commit()
    number = sent(database, by_consent, clock)
    reach(county, head, 1)
    arrival.look(database, number, REMINDING, SETTINGS)
    assert late(database, number, Origin.REMINDED) == {"周家": ("sms", REMINDING)}


def test_what_is_reminded_long_after_its_release_counts_for_the_quota_of_the_day(
        database: Database, county: County, one_a_day: Channels, clock: SetClock) -> None:
    head = county.member(county.family("周家"), "周家户主", head=True)
    approve_notice(county.session, clock.now(), must_arrive=3)
    family(county, "郑家", 5, on_wechat=False)
    county.session.commit()
    number = sent(database, one_a_day, clock)
    reach(county, head, 1, with_phone=False)
    assert REMINDING - clock.now() > timedelta(days=29)
    arrival.look(database, number, REMINDING, SETTINGS)
    assert late(database, number, Origin.REMINDED) == {"周家": ("wechat", REMINDING)}
    clock.set(REMINDING)
    approve_notice(county.session, clock.now(), "PY-2026-0999", title="冬季取暖补贴开始申报")
    county.session.commit()
    with database.reading() as session:
        view = admission.read_notice(session, "PY-2026-0999", clock.now())
    (way,) = foresee(database, one_a_day, view, clock.now(), SETTINGS).ways[:1]
    assert (way.channel, way.today, way.later) == ("wechat", 0, 1)
    told = dispatches.send(database, one_a_day, reference="PY-2026-0999", actor=SENDER, now=clock.now(), settings=SETTINGS)
    with database.reading() as session:
        planned = session.execute(select(Delivery.channel, Delivery.due_at).where(
            Delivery.dispatch_id == told.dispatch, Delivery.channel == "wechat")).one()
    assert planned == ("wechat", REMINDING + timedelta(days=1))
