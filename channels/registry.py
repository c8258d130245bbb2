"""Every channel there is: their settings, and the opened halves by name. A new channel is its folder and its lines here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from channels.contract import UNKNOWN_HORIZON, Limits, Line, Receiver, Sender, Talker
from channels.messages import Purpose
from channels.pauses import Pauses
from channels.sms.approvals import Approvals
from channels.sms.gateways.aliyun.receipts import AliyunReceiver
from channels.sms.gateways.aliyun.sender import AliyunSender
from channels.sms.gateways.aliyun.settings import AliyunSettings
from channels.sms.gateways.cmpp.dialect import CmppDialect
from channels.sms.gateways.cmpp.settings import CmppSettings
from channels.sms.gateways.smpp.settings import SmppSettings
from channels.sms.gateways.tencent.receipts import TencentReceiver
from channels.sms.gateways.tencent.sender import TencentSender
from channels.sms.gateways.tencent.settings import TencentSettings
from channels.sms.lines.opening import line_sender
from channels.sms.lines.sender import LineSender
from channels.sms.networks import networks
from channels.sms.roads import along
from channels.sms.settings import SmsSettings
from channels.sms.talking import SmsTalker
from channels.sms.templates import Register
from channels.telegram.settings import TelegramSettings
from channels.telegram.subscribers import Subscribers
from channels.wechat.account import WechatAccount
from channels.wechat.callback import WechatReceiver
from channels.wechat.customer import WechatTalker
from channels.wechat.openings import Openings
from channels.wechat.scenes import SceneBook
from channels.wechat.sender import WechatSender
from channels.wechat.settings import WechatSettings
from channels.wechat.shelf import TokenShelf
from channels.wechat.signatures import Signatures
from channels.wechat.token import Tokens
from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.settings import Section, read

# Gateways over a kept-up connection.
_LINES = ("cmpp", "smpp")
SmsSender = AliyunSender | TencentSender | LineSender


@dataclass(frozen=True)
class ChannelConfig:
    """The settings of every channel."""

    sms: SmsSettings
    aliyun: AliyunSettings
    tencent: TencentSettings
    cmpp: CmppSettings
    smpp: SmppSettings
    wechat: WechatSettings
    telegram: TelegramSettings

    @staticmethod
    def sections() -> tuple[type[Section], ...]:
        """The classes of the settings, for the manual and for refusing unknown names."""
        return (SmsSettings, AliyunSettings, TencentSettings, CmppSettings, SmppSettings, WechatSettings, TelegramSettings)


@dataclass(frozen=True)
class Channels:
    """What is open: senders and talkers by channel, gateways by vendor in their order, receivers by path.

    `lines` are the gateways that bring receipts and words over a connection of their own instead of a path.
    `approvals` is what the SMS vendors let us say, `openings` what WeChat's followers let us say; `wechat` does what concerns
    the account as a whole: broadcasts, menu, parametric codes.
    `closed` says in Chinese why a channel that one would expect is not open, and the cure.
    """

    senders: Mapping[str, Sender]
    receivers: Mapping[str, Receiver]
    talkers: Mapping[str, Talker]
    gateways: Mapping[str, Sender] = field(default_factory=dict)
    lines: Mapping[str, Line] = field(default_factory=dict)
    closed: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sms_register: Register | None = None
    approvals: Approvals | None = None
    openings: Openings | None = None
    wechat: WechatAccount | None = None
    subscribers: Subscribers | None = None


def read_channels(path: Path | None) -> ChannelConfig:
    """Read every channel's settings from the environment and the settings file."""
    return ChannelConfig(
        sms=read(SmsSettings, path), aliyun=read(AliyunSettings, path), tencent=read(TencentSettings, path),
        cmpp=read(CmppSettings, path), smpp=read(SmppSettings, path), wechat=read(WechatSettings, path),
        telegram=read(TelegramSettings, path),
    )


def open_channels(config: ChannelConfig, database: Database, keyring: Keyring, clock: Clock,
                  unknown_horizon: timedelta = UNKNOWN_HORIZON, public_url: str = "") -> Channels:
    """Open what is configured; touches neither the network nor the database.

    `unknown_horizon`: how long after a call began a vendor's "not found" is proof that it was never taken;
    `public_url` stands before the paths that messages link to.
    """
    approvals = Approvals(database, config.sms.templates, {name: _vendor_ids(config, name) for name in _complete(config)})
    gateways = _gateways(config, approvals, keyring, clock, unknown_horizon)
    senders: dict[str, Sender] = {}
    talkers: dict[str, Talker] = {}
    openings: Openings | None = None
    wechat: WechatAccount | None = None
    subscribers: Subscribers | None = None
    if gateways:
        senders["sms"] = along(gateways, config.sms.weights)
        talkers["sms"] = SmsTalker(_speaking(config, gateways), approvals)
    if config.wechat.can_send:
        tokens = Tokens(config.wechat, TokenShelf(database, keyring, config.wechat.wechat_app_id), clock)
        openings = Openings(database, keyring, config.wechat)
        senders["wechat"] = WechatSender(config.wechat, tokens, clock, openings, public_url)
        talkers["wechat"] = WechatTalker(config.wechat, tokens, clock, openings)
        wechat = WechatAccount(config.wechat, tokens, SceneBook(database), clock)
    if config.telegram.is_on:
        # Imported only where it is on: the library alone doubles the start of every command.
        from channels.telegram.sender import TelegramSender

        # A talker only: no dispatch goes abroad (个人信息保护法 §36).
        talkers["telegram"] = TelegramSender(config.telegram, Pauses(database, "telegram", clock))
        subscribers = Subscribers(database, keyring)
    return Channels(
        senders=senders, receivers=_receivers(config, database, keyring, clock), talkers=talkers, gateways=dict(gateways),
        lines={name: one.line for name, one in gateways.items() if isinstance(one, LineSender)},
        closed=_closed(config, gateways), warnings=_warnings(config),
        sms_register=_register(config, approvals, next(iter(gateways))) if gateways else None,
        approvals=approvals if gateways else None, openings=openings, wechat=wechat,
        subscribers=subscribers,
    )


def _complete(config: ChannelConfig) -> list[str]:
    """The gateways that can be opened, in their order."""
    complete = {"aliyun": config.aliyun.is_complete, "tencent": config.tencent.is_complete,
                "cmpp": config.cmpp.is_complete, "smpp": config.smpp.is_complete}
    return [name for name in config.sms.gateways if complete[name]]


def _vendor_ids(config: ChannelConfig, gateway: str) -> Mapping[Purpose, str]:
    return {"aliyun": config.aliyun.vendor_ids, "tencent": config.tencent.vendor_ids, "cmpp": config.cmpp.vendor_ids,
            "smpp": config.smpp.vendor_ids}[gateway]


def _register(config: ChannelConfig, approvals: Approvals, gateway: str) -> Register:
    return Register(config.sms.sms_signature, config.sms.templates, _vendor_ids(config, gateway), gateway, approvals)


def _gateways(config: ChannelConfig, approvals: Approvals, keyring: Keyring, clock: Clock,
              unknown_horizon: timedelta) -> dict[str, SmsSender]:
    gateways: dict[str, SmsSender] = {}
    for name in config.sms.gateways:
        if name == "aliyun" and config.aliyun.is_complete:
            gateways[name] = AliyunSender(config.aliyun, _register(config, approvals, name), clock, unknown_horizon)
        if name == "tencent" and config.tencent.is_complete:
            gateways[name] = TencentSender(config.tencent, _register(config, approvals, name), clock)
        if name == "cmpp" and config.cmpp.is_complete:
            limits = Limits(bulk=config.cmpp.cmpp_bulk, in_flight=config.cmpp.cmpp_window * config.cmpp.cmpp_connections,
                            per_second=config.cmpp.cmpp_per_second, same_text_only=True)
            gateways[name] = line_sender(CmppDialect(config.cmpp.account), config.cmpp.figures, _register(config, approvals, name),
                                         keyring, clock, limits, opens_itself=config.cmpp.cmpp_site_line)
        if name == "smpp" and config.smpp.is_complete:
            # Imported only where it is used, as every library of one vendor.
            from channels.sms.gateways.smpp.dialect import SmppDialect

            limits = Limits(in_flight=config.smpp.smpp_window * config.smpp.smpp_connections,
                            per_second=config.smpp.smpp_per_second)
            gateways[name] = line_sender(SmppDialect(config.smpp.account), config.smpp.figures, _register(config, approvals, name),
                                         keyring, clock, limits, opens_itself=config.smpp.smpp_site_line)
    return gateways


def _speaking(config: ChannelConfig, gateways: Mapping[str, SmsSender]) -> dict[str, SmsSender]:
    """Who says single words, from any process: the gateways that need no line, or may open their own; else all."""
    kept_out = {name for name, may in (("cmpp", config.cmpp.cmpp_site_line), ("smpp", config.smpp.smpp_site_line)) if not may}
    return {name: one for name, one in gateways.items() if name not in kept_out} or dict(gateways)


def _receivers(config: ChannelConfig, database: Database, keyring: Keyring, clock: Clock) -> dict[str, Receiver]:
    allowed = networks(config.sms.sms_callback_networks)
    receivers: dict[str, Receiver] = {}
    if "aliyun" in config.sms.gateways and config.aliyun.is_complete:
        receivers["aliyun"] = AliyunReceiver(keyring, allowed)
    if "tencent" in config.sms.gateways and config.tencent.is_complete:
        receivers["tencent"] = TencentReceiver(keyring, allowed)
    if config.wechat.can_receive:
        receivers["wechat"] = WechatReceiver(config.wechat, clock, Signatures(database))
    if config.telegram.is_on and config.telegram.telegram_webhook_secret:
        from channels.telegram.receiver import TelegramReceiver

        receivers["telegram"] = TelegramReceiver(config.telegram)
    return receivers


def _closed(config: ChannelConfig, gateways: Mapping[str, object]) -> dict[str, str]:
    closed = {}
    for name in config.sms.gateways:
        if name not in gateways:
            missing = f"没有填 {name.upper()}_URL" if name in _LINES else "它的密钥没有填全"
            closed[name] = f"SMS_GATEWAYS 里有 {name}，但{missing}。请补上，或从 SMS_GATEWAYS 里去掉。"
    if not config.sms.gateways:
        closed["sms"] = "没有短信通道。要发短信请设置 SMS_GATEWAYS。"
    if not config.wechat.can_send:
        closed["wechat"] = "微信没有开。要用请设置 WECHAT_APP_ID、WECHAT_APP_SECRET、WECHAT_TOKEN。"
    return closed


def _warnings(config: ChannelConfig) -> tuple[str, ...]:
    """What is open but will not work well: for `zhida doctor`, each with its cure."""
    found = []
    if config.sms.gateways and not config.sms.sms_signature:
        found.append("没有短信签名，短信发不出去。请设置 SMS_SIGNATURE。")
    site_lines = {"cmpp": config.cmpp.cmpp_site_line, "smpp": config.smpp.smpp_site_line}
    if config.sms.gateways and not any(site_lines.get(name, True) for name in config.sms.gateways):
        found.append("网站进程不能自己连运营商网关，又没有别的短信通道，发不出验证码。请去掉 CMPP_SITE_LINE、SMPP_SITE_LINE 的 false，或加一个通道。")
    if config.wechat.can_send and not config.wechat.templates and config.wechat.subscription is None:
        found.append("微信没有模板消息编号，发不出通知。请设置 WECHAT_TEMPLATE_NOTICE。")
    if config.wechat.can_send and not config.wechat.wechat_token:
        found.append("微信没有设置回调令牌，收不到消息和送达回执。请设置 WECHAT_TOKEN。")
    if config.telegram.is_on:
        found.append("Telegram 已开：数据会出境，只能答公开问题，不能绑定身份或定向推送（个人信息保护法第三十六条）。不用请清空 TELEGRAM_TOKEN。")
    return tuple(found)
