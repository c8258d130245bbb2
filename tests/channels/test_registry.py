"""What is opened from which settings, and what is said of the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from channels.contract import roads_of
from channels.messages import Purpose
from channels.registry import ChannelConfig, open_channels, read_channels
from channels.simulators.identity import demo_config, demo_environment
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.settings import SettingsRefused, refuse_unknown


@pytest.fixture(autouse=True)
def no_settings_of_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name.upper() for section in ChannelConfig.sections() for name in section.model_fields}
    for name in names & set(os.environ):
        monkeypatch.delenv(name)


def test_nothing_is_open_without_settings_and_each_thing_says_its_cure(
    database: Database, keyring: Keyring, clock: SetClock
) -> None:
    channels = open_channels(read_channels(None), database, keyring, clock)
    assert dict(channels.senders) == dict(channels.receivers) == dict(channels.talkers) == {}
    assert "SMS_GATEWAYS" in channels.closed["aliyun"]
    assert "WECHAT_APP_ID" in channels.closed["wechat"]


def test_the_demos_settings_open_everything(database: Database, keyring: Keyring, clock: SetClock) -> None:
    channels = open_channels(demo_config("http://127.0.0.1:8300"), database, keyring, clock)
    assert set(channels.senders) == {"sms", "wechat"}
    assert set(channels.receivers) == {"aliyun", "tencent", "wechat"}
    assert set(channels.talkers) == {"sms", "wechat"}
    assert channels.senders["sms"].gateway == "aliyun"
    assert list(channels.gateways) == ["aliyun", "tencent"]
    assert channels.closed == {}
    assert channels.warnings == ()


def test_the_first_gateway_named_carries_the_messages(database: Database, keyring: Keyring, clock: SetClock) -> None:
    config = demo_config("http://127.0.0.1:8300", {"SMS_GATEWAYS": "tencent,aliyun"})
    channels = open_channels(config, database, keyring, clock)
    assert channels.senders["sms"].gateway == "tencent"


@pytest.mark.parametrize(("weights", "shares"), [
    ("", {"tencent": 1, "aliyun": 0}),
    ("aliyun=3, tencent=1", {"tencent": 1, "aliyun": 3}),
    ("aliyun=2", {"tencent": 0, "aliyun": 2}),
])
def test_gateways_share_the_messages_as_the_office_says_and_stand_by_otherwise(
    database: Database, keyring: Keyring, clock: SetClock, weights: str, shares: dict[str, int]
) -> None:
    config = demo_config("http://127.0.0.1:8300", {"SMS_GATEWAYS": "tencent,aliyun", "SMS_WEIGHTS": weights})
    roads = roads_of(open_channels(config, database, keyring, clock).senders["sms"])
    assert {road.sender.gateway: road.weight for road in roads} == shares


def test_where_no_gateway_with_a_share_is_open_the_first_open_one_carries_all(
    database: Database, keyring: Keyring, clock: SetClock
) -> None:
    config = demo_config("http://127.0.0.1:8300", {
        "SMS_GATEWAYS": "aliyun,tencent,smpp", "SMS_WEIGHTS": "aliyun=1", "ALIYUN_SMS_ACCESS_KEY_SECRET": ""})
    roads = roads_of(open_channels(config, database, keyring, clock).senders["sms"])
    assert [(road.sender.gateway, road.weight) for road in roads] == [("tencent", 1), ("smpp", 0)]


@pytest.mark.parametrize(("weights", "words"), [
    ("cmpp=1", "cmpp 不在 SMS_GATEWAYS 里"), ("aliyun=0", "全是 0"), ("aliyun", "写法不对"), ("aliyun=-1", "写法不对")])
def test_weights_that_cannot_be_meant_are_refused(weights: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        demo_config("http://127.0.0.1:8300", {"SMS_GATEWAYS": "aliyun", "SMS_WEIGHTS": weights})


def test_a_carriers_port_needs_its_address_and_the_site_somebody_to_send_its_codes(
    database: Database, keyring: Keyring, clock: SetClock
) -> None:
    config = demo_config("http://127.0.0.1:8300", {"SMS_GATEWAYS": "cmpp,smpp", "SMPP_URL": "", "CMPP_SITE_LINE": "false",
                                                   "SMPP_SITE_LINE": "false"})
    channels = open_channels(config, database, keyring, clock)
    assert list(channels.lines) == ["cmpp"]
    assert "SMPP_URL" in channels.closed["smpp"]
    assert any("CMPP_SITE_LINE" in warning for warning in channels.warnings)


def test_settings_come_from_a_file_and_blanks_survive_it(tmp_path: Path) -> None:
    file = tmp_path / "zhida.env"
    lines = [f"{name}={value}" for name, value in demo_environment("http://127.0.0.1:8300").items()]
    file.write_text("\n".join([*lines, "SMS_TEMPLATE_NOTICE_TEXT={title}，电话{phone}。"]), encoding="utf-8")
    refuse_unknown(file, ChannelConfig.sections())
    config = read_channels(file)
    assert config.aliyun.aliyun_sms_url == "http://127.0.0.1:8300/aliyun"
    assert config.sms.templates[Purpose.NOTICE].variables == ("title", "phone")


@pytest.mark.parametrize(("name", "value", "words"), [
    ("SMS_GATEWAYS", "aliyun,pigeon", "没有名为 pigeon"), ("SMS_SIGNATURE", "【彭阳】", "不要带【】"),
    ("ALIYUN_SMS_URL", "dysmsapi.aliyuncs.com", "http"), ("WECHAT_AES_KEY", "short", "43 位"),
    ("WECHAT_API_URL", "http://[::1", "http"), ("SMS_CALLBACK_NETWORKS", "everywhere", "网段"),
    ("WECHAT_TEMPLATE_FIELDS", "title", "thing1=title"), ("ALIYUN_SMS_BULK", "1000", ""),
    ("WECHAT_SAFE_ONLY", "true", "WECHAT_AES_KEY"), ("TELEGRAM_WEBHOOK_SECRET", "秘密", "字母"),
])
def test_a_wrong_setting_is_refused_at_the_start_with_its_name(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as refused:
        read_channels(None)
    assert words in str(refused.value)


def test_every_setting_explains_itself_in_chinese_and_hides_its_secrets() -> None:
    secrets = {"secret", "key", "token"}
    for section in ChannelConfig.sections():
        for name, field in section.model_fields.items():
            assert field.description
            assert any("\u4e00" <= character <= "\u9fff" for character in field.description)
            # A carrier's address holds its password.
            is_secret = (name.rpartition("_")[2] in secrets and not name.endswith("key_id")) or name in ("cmpp_url", "smpp_url")
            assert field.repr is not is_secret, name
