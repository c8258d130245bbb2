"""What a WeChat callback leaves behind besides an answer: windows, consents, and the village of a board's code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.simulators.letters import WechatLetters
from channels.simulators.postman import Letter
from channels.simulators.running import Running, start_simulators
from channels.wechat.models import Opening
from qrcodes import tokens
from qrcodes.models import Code
from qrcodes.posters import print_sheets
from tests.web.staff.office import NOW, YAOHE, Office
from web.app import create_app

WANG = "o-wang-0001"


@pytest.fixture
def vendors(desk: Office) -> Iterator[Running]:
    with start_simulators(clock=desk.house.clock) as running:
        yield running


@pytest.fixture
def office(desk: Office, vendors: Running) -> Office:
    house = replace(desk.house, settings=replace(desk.house.settings, channels=vendors.config))
    app = create_app(house)
    app.config["TESTING"] = True
    return Office(house, app)


@pytest.fixture
def letters(vendors: Running) -> WechatLetters:
    return WechatLetters(vendors.config.wechat)


def brought(office: Office, letter: Letter) -> bytes:
    answer = office.app.test_client().post(f"/hooks/{letter.hook}", data=letter.body, content_type=letter.content_type)
    assert answer.status_code == 200
    return answer.data


def opened(office: Office) -> list[tuple[str, int]]:
    with office.database.reading() as session:
        return [(row.kind, row.left) for row in session.query(Opening).order_by(Opening.id)]


def test_words_open_a_window_a_yes_is_a_consent_and_leaving_closes_both(office: Office, letters: WechatLetters) -> None:
    assert letters.reply_text(brought(office, letters.text(WANG, "你好", 1, NOW)))
    assert brought(office, letters.consented(WANG, "t-1", NOW)) == b"success"
    assert opened(office) == [("talk", 5), ("consent", 1)]
    brought(office, letters.event(WANG, "unsubscribe", "", NOW))
    assert opened(office) == []


def test_who_follows_by_a_boards_code_is_in_its_village(office: Office, letters: WechatLetters, tmp_path: Path) -> None:
    house = office.house
    print_sheets(house.database, house.token_key, YAOHE, tmp_path / "sheet.pdf", house.settings.web.public_url, NOW)
    with house.database.reading() as session:
        scene = tokens.make(session.query(Code).filter(Code.target == YAOHE).first().id, house.token_key)
    reply = letters.reply_text(brought(office, letters.event(WANG, "subscribe", f"qrscene_{scene}", NOW)))
    assert reply is not None
    assert "姚河村" in reply
    assert opened(office) == [("act", 3)]
