"""What the bot remembers of a bound resident with portraits on: the notice they chose, an answer to a message; else nothing."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.reception import Reception
from channels.messages import Incoming, IncomingKind
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from knowledge.answers import Library
from notices import reading
from notices.personal import Personal
from notices.views import NoticeView
from profiles import contacts
from profiles.models import Household, Resident
from profiles.portraits.models import PortraitSignal
from profiles.portraits.settings import PortraitSettings
from tests.notices import offices

ON = PortraitSettings(portraits="on", portraits_assessment="彭政办〔2026〕9号")
OFF = PortraitSettings(portraits="", portraits_assessment="")
KEY = b"0123456789abcdef0123456789abcdef"
REFERENCE = "PY-2026-001"


def sent_lately(session: Session, _resident: int, channel: str, now: datetime) -> NoticeView | None:
    """The notice went out by WeChat yesterday."""
    return reading.current(session, REFERENCE, now.date()) if channel == "wechat" else None


@pytest.fixture
def village(database: Database, keyring: Keyring, clock: SetClock) -> Database:
    """Thirty people and a published notice; 王秀英 proved her openid, 李平 only stands in the register by his telephone."""
    with database.writing() as session:
        offices.found_places(session)
        offices.put_up(session, clock.now(), reference=REFERENCE)
        for number in range(30):
            home = Household(reference=f"H{number}", division=offices.VILLAGE, updated_at=clock.now())
            session.add(home)
            session.flush()
            session.add(Resident(id=number + 1, reference=f"R{number}", household_id=home.id, name=b"x", name_index=b"0" * 16,
                                 birth_date=date(1980, 1, 1), updated_at=clock.now()))
        session.flush()
        contacts.bind(session, keyring, 1, contacts.WECHAT, "o-wang", clock.now())
    return database


def kept_after(database: Database, keyring: Keyring, clock: SetClock, folder: Path, settings: PortraitSettings, *words: str,
               who: str = "o-wang") -> list[tuple[int, str, str]]:
    """What is remembered after somebody said these words by WeChat."""
    personal = Personal(database, settings, folder, last_sent=sent_lately)
    reception = Reception(database, keyring, Library(database, folder), clock, "http://zhida.test", KEY, personal=personal)
    for number, text in enumerate(words):
        reception.receive(Incoming("wechat", who, f"{who}-{number}", IncomingKind.TEXT, text), clock.now())
    with database.reading() as session:
        return [(resident, kind, channel) for resident, kind, channel in session.execute(select(
            PortraitSignal.resident_id, PortraitSignal.kind, PortraitSignal.channel).order_by(PortraitSignal.id))]


def test_a_chosen_notice_is_remembered(village: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    assert kept_after(village, keyring, clock, tmp_path, ON, "最新消息", "1") == [(1, "asked", "wechat")]


def test_a_question_soon_after_a_message_is_an_answer_to_it(
        village: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    assert kept_after(village, keyring, clock, tmp_path, ON, "这个补贴到哪里登记呢") == [(1, "replied", "wechat")]


def test_leaving_is_no_interest(village: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    assert kept_after(village, keyring, clock, tmp_path, ON, "退订") == []


def test_a_stranger_and_an_installation_that_is_off_leave_no_row(
        village: Database, keyring: Keyring, clock: SetClock, tmp_path: Path) -> None:
    assert kept_after(village, keyring, clock, tmp_path, ON, "最新消息", "1", who="o-stranger") == []
    assert kept_after(village, keyring, clock, tmp_path, OFF, "最新消息", "1", "这个补贴到哪里登记呢") == []
