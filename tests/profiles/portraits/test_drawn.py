"""What training draws for the push room, and that it is calibrated, forgets, and leaves nothing while portraits are off."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import SetClock
from kernel.database import Database
from profiles.models import Household, Resident
from profiles.portraits import interests
from profiles.portraits.models import (
    Deed,
    PlainOrder,
    PortraitInterest,
    PortraitSignal,
    PortraitVillageInterest,
    PortraitWay,
)
from profiles.portraits.notices import Exposure, NoticeFeatures
from profiles.portraits.response import learn_response, measured
from profiles.portraits.settings import PortraitSettings
from profiles.portraits.signals import (
    Kept,
    Signal,
    choose_plain_order,
    forget_resident,
    held_of,
    keep_to_the_law,
    remember,
)
from profiles.portraits.training import Trained, train

ON = PortraitSettings(portraits="on", portraits_assessment="姚政办〔2026〕9号")
OFF = PortraitSettings(portraits="", portraits_assessment="")
YAOHE = "640425100201"
TOPICS = ("种植", "就业")
NOTICES = tuple(NoticeFeatures(number, f"N-{number}", f"{TOPICS[number % 2]}信息{number}", TOPICS[number % 2], "notice")
                for number in range(1, 25))
EVENING = {"sms": 12, "wechat": 19}


@pytest.fixture
def village(both_databases: Database, clock: SetClock) -> Database:
    """Sixty people; the first half open what comes by text message, the others what comes by WeChat, in the evening."""
    with both_databases.writing() as session:
        for number in range(1, 61):
            home = Household(reference=f"H{number}", division=YAOHE, updated_at=clock.now())
            session.add(home)
            session.flush()
            session.add(Resident(id=number, reference=f"R{number}", household_id=home.id, name=b"x", name_index=b"0" * 16,
                                 birth_date=date(1980, 1, 1), updated_at=clock.now()))
    return both_databases


def lived(session: Session, now: datetime) -> list[Exposure]:
    """Twenty-four notices, sent in turn over both channels, and who opened them when."""
    draw, sent = np.random.default_rng(2), []
    for resident in range(1, 61):
        likes = "sms" if resident <= 30 else "wechat"
        for notice in NOTICES:
            channel = ("sms", "wechat")[(notice.id + resident // 7) // 2 % 2]
            at = (now - timedelta(days=60 - 2 * notice.id)).replace(hour=10, minute=0)
            sent.append(Exposure(resident, notice.id, channel, at))
            if draw.random() < (0.85 if channel == likes else 0.05):
                remember(session, ON, Signal(resident, notice.id, notice.topic, Deed.OPENED, channel),
                         at.replace(hour=EVENING[likes]))
    return sent


def trained(database: Database, clock: SetClock) -> Trained:
    with database.writing() as session:
        sent = lived(session, clock.now())
        session.flush()
        made = train(session, NOTICES, sent, clock.now())
        interests.write(session, made.drawn)
    return made


def test_training_draws_interests_and_ways_and_tells_how_good_it_is(village: Database, clock: SetClock) -> None:
    told = trained(village, clock).metrics
    assert told["response"]["auc"] > 0.8
    assert told["response"]["ece"] < 0.05
    assert told["response"]["brier"] < 0.2
    with village.reading() as session:
        ways = {way.resident_id: way for way in session.scalars(select(PortraitWay))}
        shares = session.execute(select(PortraitInterest.resident_id, func.sum(PortraitInterest.share))
                                 .group_by(PortraitInterest.resident_id)).all()
    assert {way.channel for number, way in ways.items() if number <= 30} <= {"sms", ""}
    assert sum(way.channel == "sms" for number, way in ways.items() if number <= 30) > 15
    assert sum(way.channel == "wechat" for number, way in ways.items() if number > 30) > 15
    assert sum(way.hour == 18 for number, way in ways.items() if number > 30) > 15
    assert all(abs(total - 1) < 0.01 for _, total in shares)


def test_switching_off_deletes_everything_that_day_and_staying_on_only_what_is_old(village: Database, clock: SetClock) -> None:
    trained(village, clock)
    tables = (PortraitSignal, PortraitInterest, PortraitVillageInterest, PortraitWay)
    with village.writing() as session:
        assert keep_to_the_law(session, ON, clock.now()) == 0
        assert keep_to_the_law(session, ON, clock.now() + timedelta(days=150)) > 0
        assert all(session.scalar(select(func.count()).select_from(table)) for table in tables)
        keep_to_the_law(session, OFF, clock.now())
        assert not any(session.scalar(select(func.count()).select_from(table)) for table in tables)
        assert not interests.is_drawn(session)


def test_the_plain_order_and_an_erasure_leave_nothing_drawn_behind(village: Database, clock: SetClock) -> None:
    trained(village, clock)
    with village.writing() as session:
        choose_plain_order(session, 3, clock.now())
        forget_resident(session, 4)
    with village.writing() as session:
        for table in (PortraitSignal, PortraitInterest, PortraitWay):
            assert not session.scalar(select(func.count()).select_from(table).where(table.resident_id.in_((3, 4))))
        assert held_of(session, 3).deeds == 0
        assert held_of(session, 5).deeds > 0
        assert session.get(PlainOrder, 3) is not None
        assert remember(session, ON, Signal(3, 1, "种植", Deed.OPENED, "sms"), clock.now()) is Kept.PLAIN_ORDER


def test_the_same_deed_within_the_hour_is_remembered_once(village: Database, clock: SetClock) -> None:
    signal = Signal(1, 1, "种植", Deed.OPENED, "web")
    with village.writing() as session:
        told = [remember(session, ON, signal, clock.now() + timedelta(minutes=minutes)) for minutes in (0, 30, 90)]
    assert told == [Kept.REMEMBERED, Kept.AGAIN, Kept.REMEMBERED]


def test_chances_rise_with_the_odds_and_a_perfect_guess_has_no_error() -> None:
    draw = np.random.default_rng(4)
    columns = draw.normal(size=(2000, 3))
    opened = draw.random(2000) < 1 / (1 + np.exp(1 - columns[:, 0]))
    model = learn_response(columns, opened, np.repeat(np.arange(400), 5))
    assert model is not None
    assert model.slope > 0
    line = np.zeros((50, 3))
    line[:, 0] = np.linspace(-3, 3, 50) * np.sign(model.weights[0])
    assert np.all(np.diff(model.chance(line)) > 0)
    assert model.held_out.ece < 0.05
    assert measured(opened * 1.0, opened).ece == 0
