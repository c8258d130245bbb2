"""Who the simulated account is: invented keys, ids and addresses that every process of the demo is started with."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from channels.registry import ChannelConfig
from channels.sms.gateways.aliyun.settings import AliyunSettings
from channels.sms.gateways.cmpp.settings import CmppSettings
from channels.sms.gateways.smpp.settings import SmppSettings
from channels.sms.gateways.tencent.settings import TencentSettings
from channels.sms.settings import SmsSettings
from channels.telegram.settings import TelegramSettings
from channels.wechat.settings import WechatSettings

SIGNATURE = "彭阳县政务公开"


def demo_environment(address: str) -> dict[str, str]:
    """Settings that make the real senders talk to the simulators at `address` (http://127.0.0.1:PORT)."""
    place = urlsplit(address).netloc
    return {
        "SMS_GATEWAYS": "aliyun,tencent",
        "SMS_SIGNATURE": SIGNATURE,
        "ALIYUN_SMS_ACCESS_KEY_ID": "SIMULATED-ALIYUN-ID",
        "ALIYUN_SMS_ACCESS_KEY_SECRET": "simulated-aliyun-secret",
        "ALIYUN_SMS_URL": f"{address}/aliyun",
        **{f"ALIYUN_SMS_TEMPLATE_{name}": f"SMS_10000000{number}" for number, name in enumerate(_PURPOSES, start=1)},
        "TENCENT_SMS_SECRET_ID": "SIMULATED-TENCENT-ID",
        "TENCENT_SMS_SECRET_KEY": "simulated-tencent-secret",
        "TENCENT_SMS_APP_ID": "1400000001",
        "TENCENT_SMS_URL": f"{address}/tencent",
        **{f"TENCENT_SMS_TEMPLATE_{name}": f"10000{number}" for number, name in enumerate(_PURPOSES, start=1)},
        # One port for all: whoever listens there tells a carrier's frame from HTTP.
        "CMPP_URL": f"cmpp://900001:sim-cmpp@{place}/?version=3.0&service=ZHIDA&source=10690001",
        "SMPP_URL": f"smpp://simsmpp:sim-smpp@{place}/?source=10690002",
        "WECHAT_APP_ID": "wx5a11d0c0ffee0001",
        "WECHAT_APP_SECRET": "simulated-wechat-secret",
        "WECHAT_TOKEN": "simulatedtoken",
        "WECHAT_AES_KEY": "emhpZGEtZGVtby1vbmx5LW5vdC1hLXNlY3JldC1rZXk",
        "WECHAT_API_URL": f"{address}/wechat",
        "WECHAT_TEMPLATE_NOTICE": "simulated-template-notice",
        "TELEGRAM_API_URL": f"{address}/telegram",
    }


_PURPOSES = ("NOTICE", "CORRECTION", "EMERGENCY", "CODE", "CONSULTATION")


def demo_config(address: str, changes: Mapping[str, str] | None = None) -> ChannelConfig:
    """The same settings as opened sections, for tests and benchmarks; `changes` by the environment's names."""
    values: dict[str, str] = {name.lower(): value for name, value in {**demo_environment(address), **(changes or {})}.items()}
    # Each section ignores what is not its own.
    return ChannelConfig(
        sms=SmsSettings.model_validate(values), aliyun=AliyunSettings.model_validate(values),
        tencent=TencentSettings.model_validate(values), cmpp=CmppSettings.model_validate(values),
        smpp=SmppSettings.model_validate(values), wechat=WechatSettings.model_validate(values),
        telegram=TelegramSettings.model_validate(values),
    )
