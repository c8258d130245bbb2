"""What portraits may remember, what they learn, and that no notice is ever left out."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import SetClock
from kernel.database import Database
from kernel.settings import SettingsRefused, read
from profiles.models import Household, Resident
from profiles.portraits.models import Deed, PortraitSignal
from profiles.portraits.notices import Exposure, NoticeFeatures
from profiles.portraits.openings import Openings
from profiles.portraits.ordering import rank
from profiles.portraits.ranking import Blend, Histories, learn_ranking
from profiles.portraits.settings import PortraitSettings
from profiles.portraits.signals import Kept, Signal, choose_plain_order, forget_old, remember
from profiles.portraits.storage import load, save
from profiles.portraits.training import train

ON = PortraitSettings(portraits="on", portraits_assessment="姚政办〔2026〕9号")
OFF = PortraitSettings(portraits="", portraits_assessment="")
YAOHE, XIAO = "640425100201", "640425100202"
NOTICES = tuple(NoticeFeatures(number, f"N-{number}", f"{topic}信息{number}", topic, "notice")
                for number, topic in enumerate(["种植", "养殖", "就业", "培训"] * 3, start=1))


@pytest.fixture
def village(database: Database, clock: SetClock) -> Database:
    with database.writing() as session:
        for number in range(60):
            _family(session, clock, number, YAOHE)
        for number in range(60, 65):
            _family(session, clock, number, XIAO)
    return database


def _family(session: Session, clock: SetClock, number: int, division: str) -> None:
    home = Household(reference=f"H{number}", division=division, updated_at=clock.now())
    session.add(home)
    session.flush()
    session.add(Resident(id=number + 1, reference=f"R{number + 1}", household_id=home.id, name=b"x", name_index=b"0" * 16,
                         birth_date=date(1980, 1, 1), updated_at=clock.now()))


def _opened(session: Session, clock: SetClock) -> list[Exposure]:
    """The first thirty open 种植 and 就业, the others 养殖 and 培训."""
    sent = []
    for resident in range(1, 61):
        for notice in NOTICES[:8]:
            at = clock.now() - timedelta(days=40 - notice.id)
            sent.append(Exposure(resident, notice.id, "wechat", at))
            likes = ("种植", "就业") if resident <= 30 else ("养殖", "培训")
            if notice.topic in likes and (resident + notice.id) % 5:
                remember(session, ON, Signal(resident, notice.id, notice.topic, Deed.OPENED, "wechat"), at)
    return sent


def test_portraits_are_off_by_default_and_need_an_assessment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTRAITS", raising=False)
    monkeypatch.delenv("PORTRAITS_ASSESSMENT", raising=False)
    assert not read(PortraitSettings, None).is_on
    monkeypatch.setenv("PORTRAITS", "on")
    with pytest.raises(SettingsRefused, match="影响评估"):
        read(PortraitSettings, None)


@pytest.mark.parametrize(("settings", "topic", "title", "kept"), [
    (OFF, "种植", "", Kept.OFF), (ON, "种植", "玉米补贴", Kept.REMEMBERED), (ON, "医保", "", Kept.SENSITIVE),
    (ON, "其他", "残疾人两项补贴", Kept.SENSITIVE), (ON, "村务", "信访接待日", Kept.SENSITIVE), (ON, "项目资金", "临时救助", Kept.SENSITIVE),
])
def test_nothing_sensitive_is_remembered_and_nothing_at_all_when_off(
        village: Database, clock: SetClock, settings: PortraitSettings, topic: str, title: str, kept: Kept) -> None:
    with village.writing() as session:
        assert remember(session, settings, Signal(1, 1, topic, Deed.OPENED, "wechat", (title,)), clock.now()) is kept
        session.flush()
        assert session.scalar(select(func.count()).select_from(PortraitSignal)) == (kept is Kept.REMEMBERED)


def test_signals_are_forgotten_after_one_hundred_and_eighty_days(village: Database, clock: SetClock) -> None:
    with village.writing() as session:
        for days in (179, 181):
            remember(session, ON, Signal(1, 1, "种植", Deed.CLICKED, "wechat"), clock.now() - timedelta(days=days))
    with village.writing() as session:
        assert forget_old(session, clock.now()) == 1
        assert session.scalar(select(func.count()).select_from(PortraitSignal)) == 1


def test_a_trained_order_is_kept_in_a_file_and_leads_with_what_the_resident_likes(
        village: Database, clock: SetClock, tmp_path: Path) -> None:
    with village.writing() as session:
        exposures = _opened(session, clock)
    with village.reading() as session:
        trained = train(session, NOTICES, exposures, clock.now())
        assert trained.metrics["response"]["pairs"] == 480
        save(trained.portraits, tmp_path)
        portraits = load(tmp_path)
        grower, keeper = session.get_one(Resident, 2), session.get_one(Resident, 45)
        of_grower = rank(session, ON, portraits, grower, NOTICES, clock.now())
        of_keeper = rank(session, ON, portraits, keeper, NOTICES, clock.now())
    assert of_grower.is_personal
    assert {one.reference for one in of_grower.notices} == {one.reference for one in NOTICES}
    assert {one.title[:2] for one in of_grower.notices[:3]} <= {"种植", "就业"}
    assert {one.title[:2] for one in of_keeper.notices[:3]} <= {"养殖", "培训"}
    assert any("您常看种植类" in reason for one in of_grower.notices for reason in one.reasons)


def test_small_villages_plain_choosers_and_installations_that_are_off_see_the_plain_order(
        village: Database, clock: SetClock) -> None:
    with village.writing() as session:
        exposures = _opened(session, clock)
        choose_plain_order(session, 3, clock.now())
        assert remember(session, ON, Signal(3, 1, "种植", Deed.OPENED, "wechat"), clock.now()) is Kept.PLAIN_ORDER
    with village.reading() as session:
        portraits = train(session, NOTICES, exposures, clock.now()).portraits
        for settings, resident, word in ((ON, 62, "不足 20 人"), (ON, 3, "您选择了"), (OFF, 1, "没有开启")):
            order = rank(session, settings, portraits, session.get_one(Resident, resident), NOTICES, clock.now())
            assert not order.is_personal
            assert word in order.why
            assert [one.reference for one in order.notices] == [one.reference for one in NOTICES]


def test_emergencies_and_sensitive_notices_keep_their_places(village: Database, clock: SetClock) -> None:
    with village.writing() as session:
        exposures = _opened(session, clock)
    flood = NoticeFeatures(90, "N-90", "山洪预警", "应急", "emergency")
    care = NoticeFeatures(91, "N-91", "残疾人补贴", "其他", "policy")
    shown = (flood, *NOTICES[:3], care, *NOTICES[3:])
    with village.reading() as session:
        portraits = train(session, shown, exposures, clock.now()).portraits
        order = rank(session, ON, portraits, session.get_one(Resident, 40), shown, clock.now())
    assert order.is_personal
    assert (order.notices[0].reference, order.notices[4].reference) == ("N-90", "N-91")
    assert len(order.notices) == len(shown)


def test_the_same_openings_make_the_same_model() -> None:
    draw = np.random.default_rng(5)
    person, item = np.nonzero(draw.random((50, 20)) < 0.2)
    openings = Openings(person, item, draw.random(len(person)), np.ones(len(person)), 50, 20)
    attributes, categories = (draw.random((50, 3)) < 0.5) * 1.0, (draw.random((20, 4)) < 0.4) * 1.0
    blend = Blend(following=0.5, lately=0.6)
    one, other = (learn_ranking(openings, np.ones(50, dtype=bool), attributes, categories, blend).score(
        attributes, Histories.of(openings, blend), categories) for _ in range(2))
    assert np.array_equal(one, other)


def test_openings_fade_by_half_and_the_latest_fifth_is_held_out() -> None:
    day = 86_400.0
    openings = Openings(np.zeros(5, dtype=np.int64), np.arange(5), np.arange(5) * 10 * day, np.ones(5), 1, 5)
    assert openings.matrix(10.0).toarray().ravel().tolist() == [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0]
    assert openings.latest(0.2).tolist() == [False, False, False, False, True]
