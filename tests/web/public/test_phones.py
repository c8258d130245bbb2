"""The simulated telephones: what arrives stands on the right screen, and what is typed goes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from channels.simulators.running import Running, start_simulators
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from tests.web.public import sample
from tests.web.public.reading import in_order, words_of

WANG_PHONE, WANG_WECHAT, LI_WECHAT = "19906400101", "o-demo-py000001", "o-demo-py000002"
SMS = "【彭阳政务】玉米良种补贴可以申请，12月31日前到村委会，以审核结果为准。问0954-7000102，核实拨12345"
CARD = {"title": "办事通知", "text": "", "link": "http://zhida.test/notices/PY-2026-001",
        "fields": [["事项", "玉米良种补贴"], ["时间", "12月31日前"]]}


@pytest.fixture
def simulators(noon: SetClock) -> Iterator[Running]:
    """The vendors, in a thread; nobody answers callbacks."""
    with start_simulators(clock=noon) as running:
        yield running


def open_phones(county: Database, noon: SetClock, folder: Path, address: str) -> Flask:
    site = sample.open_site(county, Keyring([b"k" * 32]), noon, folder, simulate="1", simulators_url=address)
    site.config["WTF_CSRF_ENABLED"] = False
    return site


@pytest.fixture
def newcomer(county: Database, noon: SetClock, tmp_path: Path, simulators: Running) -> FlaskClient:
    """Somebody who looks at /phones."""
    return open_phones(county, noon, tmp_path, simulators.address).test_client()


def test_six_families_stand_side_by_side(newcomer: FlaskClient) -> None:
    words = words_of(newcomer.get("/phones").text)
    assert in_order(words, "王建福 姚河村", "李国成 姚河村", "陈永军 姚河村", "赵桂兰", "孙志强", "马志林")
    assert words.count("还没有消息") == 6


def test_a_message_stands_on_its_owners_screen_and_on_no_other(
    newcomer: FlaskClient, simulators: Running, noon: SetClock
) -> None:
    simulators.inbox.arrive("sms", (WANG_PHONE,), noon.now(), lambda _: {"text": SMS})
    simulators.inbox.arrive("sms", ("19900000000",), noon.now(), lambda _: {"text": "别人的短信"})
    words = words_of(newcomer.get("/phones").text)
    assert in_order(words, "王建福", "短信 · 10:00", "【彭阳政务】玉米良种补贴", "李国成")
    assert words.count("【彭阳政务】") == 1
    assert "别人的短信" not in words


def test_a_wechat_notice_is_a_card_with_its_fields_and_its_page(
    newcomer: FlaskClient, simulators: Running, noon: SetClock
) -> None:
    simulators.inbox.arrive("wechat", (LI_WECHAT,), noon.now(), lambda _: CARD)
    page = newcomer.get("/phones").text
    assert in_order(words_of(page), "李国成", "微信 · 彭阳县政务公开", "办事通知", "事项 玉米良种补贴", "查看详情", "陈永军")
    assert 'href="http://zhida.test/notices/PY-2026-001"' in page


def test_only_what_is_new_is_handed_out(newcomer: FlaskClient, simulators: Running, noon: SetClock) -> None:
    simulators.inbox.arrive("sms", (WANG_PHONE,), noon.now(), lambda _: {"text": SMS})
    first = newcomer.get("/phones/inbox?since=0").json
    assert first is not None
    assert [one["phone"] for one in first["messages"]] == ["PY000001"]
    assert newcomer.get(f"/phones/inbox?since={first['since']}").json == {"since": first["since"], "messages": []}


def test_what_is_typed_goes_out_by_wechat(newcomer: FlaskClient, simulators: Running) -> None:
    answer = newcomer.post("/phones/say", data={"phone": "PY000001", "text": "医保啥时候交"})
    assert answer.location == "/phones#PY000001"
    said = simulators.inbox.since(0, address=WANG_WECHAT)
    assert [(one["direction"], one["text"]) for one in said] == [("out", "医保啥时候交")]
    assert "医保啥时候交" in words_of(newcomer.get("/phones").text)


def test_nothing_is_said_for_a_telephone_that_does_not_exist(newcomer: FlaskClient) -> None:
    answer = newcomer.post("/phones/say", data={"phone": "PY999999", "text": "医保"})
    assert answer.status_code == 400
    assert "请在手机下面写一句再发" in answer.text


def test_the_board_of_the_first_village_can_be_clicked(newcomer: FlaskClient, tokens: dict[str, str]) -> None:
    assert f'href="/q/{tokens["board"]}"' in newcomer.get("/phones").text


def test_telephones_without_simulators_say_how_to_start_them(county: Database, noon: SetClock, tmp_path: Path) -> None:
    lonely = open_phones(county, noon, tmp_path, "http://127.0.0.1:9").test_client()
    assert "模拟平台没有回应" in lonely.get("/phones").text
    assert lonely.get("/phones/inbox?since=0").status_code == 503


def test_there_are_no_telephones_without_simulation(visitor: FlaskClient) -> None:
    assert visitor.get("/phones").status_code == 404
