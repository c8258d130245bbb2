"""What is done to the account as a whole: a broadcast taken once, codes counted, a menu refused with its faults."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from channels.failures import OutcomeKind
from channels.messages import JobFinished
from channels.registry import Channels
from channels.simulators.running import Running
from channels.wechat.account import CodeRefused, WechatAccount
from channels.wechat.menu import MenuRefused, read_menu
from channels.wechat.models import SceneCode
from kernel.clock import SetClock
from kernel.database import Database
from kernel.http import Network
from tests.channels.calling import HookCalls, eventually, run
from tests.channels.fixtures import Opens


@pytest.fixture
def account(channels: Channels) -> WechatAccount:
    assert channels.wechat is not None
    return channels.wechat


def test_a_broadcast_asked_for_twice_under_one_reference_is_taken_once(
    account: WechatAccount, network: Network, simulators: Running, hooks: HookCalls, channels: Channels
) -> None:
    simulators.simulators.wechat.desk.followers = 1204
    first = run(network, lambda client: account.broadcast(client, "b-1", "全县停水通知"))
    again = run(network, lambda client: account.broadcast(client, "b-1", "全县停水通知"))
    assert (first.kind, again.kind, again.code) == (OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED, "45065")
    assert first.vendor_reference == again.vendor_reference
    assert simulators.ledger.attempts == ["b-1"]
    assert eventually(lambda: len(hooks.of("wechat")) == 1)
    (job,) = channels.receivers["wechat"].receive(hooks.of("wechat")[0]).jobs
    assert job == JobFinished("wechat", first.vendor_reference or "", True, "", 1204, 1204, 1204, 0)


@pytest.mark.parametrize(("fault", "value", "kind"), [
    ("errcode", "45028", OutcomeKind.REFUSED), ("errcode", "45066", OutcomeKind.THROTTLED), ("errcode", "48001", OutcomeKind.MISCONFIGURED),
    ("lose_answer", "", OutcomeKind.UNKNOWN), ("cut", "", OutcomeKind.UNKNOWN), ("slow", 4, OutcomeKind.UNKNOWN),
    ("status", 503, OutcomeKind.UNKNOWN), ("garble", "", OutcomeKind.UNKNOWN)])
def test_a_broadcast_that_goes_wrong_says_how(
    account: WechatAccount, network: Network, simulators: Running, fault: str, value: object, kind: OutcomeKind
) -> None:
    simulators.faults.add(fault, value, vendor="wechat", times=1)
    outcome = run(network, lambda client: account.broadcast(client, "b-1", "全县停水通知"))
    assert outcome.kind is kind
    if kind is OutcomeKind.UNKNOWN:
        assert run(network, lambda client: account.broadcast(client, "b-1", "全县停水通知")).kind is OutcomeKind.ACCEPTED
        assert simulators.ledger.attempts == ["b-1"]


def test_a_fifth_broadcast_in_a_month_is_refused_by_the_platform(
    account: WechatAccount, network: Network, simulators: Running
) -> None:
    kinds = [run(network, lambda client, n=number: account.broadcast(client, f"b-{n}", "通知")).kind for number in range(5)]
    assert kinds == [OutcomeKind.ACCEPTED] * 4 + [OutcomeKind.REFUSED]


def test_a_text_too_long_to_broadcast_is_complained_of(account: WechatAccount) -> None:
    assert account.complaints("短") == ()
    assert "最多 2048 字节" in account.complaints("长" * 700)[0]


def test_a_boards_code_is_asked_for_once_and_a_temporary_one_anew_when_it_ends(
    account: WechatAccount, network: Network, simulators: Running, clock: SetClock
) -> None:
    def code(*, is_permanent: bool, scene: str = "AAAAAQABAgMEBQYH") -> str:
        return run(network, lambda client: account.code(client, scene, is_permanent=is_permanent))

    first = code(is_permanent=False)
    assert code(is_permanent=False) == first
    assert simulators.simulators.wechat.desk.codes == {first: "AAAAAQABAgMEBQYH"}
    clock.advance(timedelta(days=29, hours=1))
    second = code(is_permanent=False)
    assert second != first
    permanent = code(is_permanent=True)
    clock.advance(timedelta(days=4000))
    assert code(is_permanent=True) == code(is_permanent=False) == permanent
    assert len(simulators.simulators.wechat.desk.codes) == 3


def test_permanent_codes_are_counted(opens: Opens, simulators: Running, network: Network, database: Database) -> None:
    account = opens(simulators.address, {"WECHAT_PERMANENT_CODES": "2"}).wechat
    assert account is not None
    for scene in ("a", "b"):
        run(network, lambda client, scene=scene: account.code(client, scene, is_permanent=True))
    with pytest.raises(CodeRefused, match="已有 2 个"):
        run(network, lambda client: account.code(client, "c", is_permanent=True))
    with database.reading() as session:
        assert session.query(SceneCode).count() == 2


def test_a_platform_that_gives_no_code_says_why(account: WechatAccount, network: Network, simulators: Running) -> None:
    with pytest.raises(CodeRefused, match="40053"):
        run(network, lambda client: account.code(client, "x" * 65, is_permanent=True))


MENU = {"button": [
    {"name": "办事", "sub_button": [{"name": "我能享受什么", "type": "click", "key": "mine"},
                                  {"name": "全部信息", "type": "view", "url": "https://zd.example.gov.cn/"}]},
    {"name": "最新信息", "type": "click", "key": "latest"}]}


def test_a_menu_is_put_in_place(account: WechatAccount, network: Network, simulators: Running) -> None:
    verdict = run(network, lambda client: account.put_menu(client, read_menu(json.dumps(MENU))))
    assert verdict.kind is OutcomeKind.ACCEPTED
    assert simulators.simulators.wechat.desk.menu == MENU


@pytest.mark.parametrize(("menu", "place"), [
    ("{", "不是 JSON"), ("[]", "button"), ('{"button":[]}', "1 到 3 个"), ({"button": [1]}, "button[1]"),
    ({"button": [{"name": "一二三四五六", "type": "click", "key": "a"}]}, "button[1].name"),
    ({"button": [{"name": "办事", "type": "jump"}]}, "button[1].type"),
    ({"button": [{"name": "办事", "type": "click"}]}, "button[1].key"),
    ({"button": [{"name": "办事", "type": "view", "url": "ftp://x"}]}, "button[1].url"),
    ({"button": [{"name": "办事", "sub_button": [{"name": "下", "sub_button": [{"name": "再下"}]}]}]},
     "button[1].sub_button[1].sub_button"),
    ({"button": [{"name": "办事", "sub_button": [{"name": "下", "type": "click", "key": "k"}] * 6}]}, "sub_button 最多 5 个"),
])
def test_a_menu_the_platform_would_refuse_is_refused_with_its_place(menu: object, place: str) -> None:
    with pytest.raises(MenuRefused) as refused:
        read_menu(menu if isinstance(menu, str) else json.dumps(menu))
    assert any(place in fault for fault in refused.value.faults)


def test_the_sample_menu_is_one_the_platform_takes_and_the_bot_hears() -> None:
    from bot.conversation import MENU as KEYS

    menu = read_menu((Path(__file__).resolve().parents[2] / "docs/samples/wechat-menu.json").read_text("utf-8"), KEYS)
    assert 1 <= len(menu["button"]) <= 3
