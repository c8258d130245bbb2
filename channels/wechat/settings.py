"""Settings of the WeChat official account (服务号)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from pydantic import Field, field_validator, model_validator

from channels.addresses import vendor_address
from channels.messages import Purpose
from channels.wechat.templates import DEFAULT_FIELDS, CardTemplate, read_fields
from kernel.settings import Section


class WechatSettings(Section):
    """The account, its callback and its templates, with the platform's figures as defaults."""

    wechat_app_id: str = Field("", description="服务号的 AppID；留空即不用微信")
    wechat_app_secret: str = Field("", repr=False, description="服务号的 AppSecret，发消息用")
    wechat_token: str = Field("", repr=False, description="服务器配置里的令牌（Token），收消息时验签用")
    wechat_aes_key: str = Field("", repr=False, description="服务器配置里的 EncodingAESKey（43 位）；兼容模式、安全模式要填")
    wechat_safe_only: bool = Field(False, description="只收加密消息（安全模式）；默认明文、加密都收")
    wechat_api_url: str = Field("https://api.weixin.qq.com", description="微信接口地址")
    wechat_template_notice: str = Field("", description="通知用的模板消息编号")
    wechat_template_correction: str = Field("", description="更正用的模板消息编号；留空时用通知的")
    wechat_template_emergency: str = Field("", description="紧急通知用的模板消息编号；留空时用通知的")
    wechat_template_consultation: str = Field("", description="留言答复用的模板消息编号；留空时用通知的")
    wechat_template_fields: str = Field(
        DEFAULT_FIELDS, description="模板字段与内容的对应，例如 thing1=title,thing2=deadline；字段名以公众平台模板详情为准")
    wechat_subscription_template: str = Field(
        "", description="订阅通知（bizsend）的模板编号；没有模板消息权限时用它，群众同意一次发一条")
    wechat_subscription_fields: str = Field(
        DEFAULT_FIELDS, description="订阅通知的字段与内容的对应，写法同 WECHAT_TEMPLATE_FIELDS")
    wechat_talk_hours: float = Field(48, gt=0, le=48, description="群众说话以后几小时内可以发客服消息")
    wechat_talk_messages: int = Field(5, ge=0, le=20, description="上面这段时间里最多发几条客服消息")
    wechat_act_seconds: float = Field(60, gt=0, le=3600, description="群众关注、扫码、点菜单以后几秒内可以发客服消息")
    wechat_act_messages: int = Field(3, ge=0, le=20, description="上面这段时间里最多发几条客服消息")
    wechat_daily: int = Field(100_000, ge=0, description="模板消息每天最多几条（以公众平台给的额度为准），0 = 不计")
    wechat_mass_monthly: int = Field(4, ge=0, le=4, description="一个自然月最多群发几次（服务号每位关注者每月收 4 条）")
    wechat_forced_refreshes: int = Field(20, ge=1, le=20, description="接口凭据每天最多强制更换几次（平台上限 20）")
    wechat_permanent_codes: int = Field(100_000, ge=0, le=100_000, description="永久带参数二维码最多几个（平台上限 100000）")
    wechat_code_days: float = Field(30, gt=0, le=30, description="临时带参数二维码几天后到期（平台上限 30）")
    wechat_in_flight: int = Field(32, ge=1, le=256, description="同时进行的模板消息请求数")
    wechat_per_second: float = Field(0, ge=0, description="每秒最多几条模板消息，0 = 不限")
    wechat_repeat_minutes: float = Field(
        9, ge=0, le=10, description="结果不明的模板消息在几分钟内可用同一 client_msg_id 再问一次（平台按 10 分钟去重）")
    wechat_callback_window: int = Field(300, ge=10, le=3600, description="微信回调的时间戳允许与本机相差几秒，超过按过期拒收")
    wechat_reply_bytes: int = Field(2048, ge=64, le=2048, description="一条文字回复最多多少字节")

    _addresses = field_validator("wechat_api_url")(vendor_address)

    @field_validator("wechat_aes_key")
    @classmethod
    def _is_a_key(cls, value: str) -> str:
        if value and not _is_aes_key(value):
            raise ValueError("应为公众平台生成的 43 位 EncodingAESKey")
        return value

    @field_validator("wechat_template_fields", "wechat_subscription_fields")
    @classmethod
    def _are_fields(cls, value: str) -> str:
        read_fields(value)
        return value

    @model_validator(mode="after")
    def _can_be_safe(self) -> WechatSettings:
        if self.wechat_safe_only and not self.wechat_aes_key:
            raise ValueError("WECHAT_SAFE_ONLY 要求加密，但没有设置 WECHAT_AES_KEY")
        return self

    @property
    def can_send(self) -> bool:
        """Whether messages can go out."""
        return bool(self.wechat_app_id and self.wechat_app_secret)

    @property
    def can_receive(self) -> bool:
        """Whether callbacks can be verified."""
        return bool(self.wechat_app_id and self.wechat_token)

    @property
    def templates(self) -> Mapping[Purpose, CardTemplate]:
        """The templates that have an id, by purpose."""
        notice = self.wechat_template_notice
        ids = {
            Purpose.NOTICE: notice,
            Purpose.CORRECTION: self.wechat_template_correction or notice,
            Purpose.EMERGENCY: self.wechat_template_emergency or notice,
            Purpose.CONSULTATION: self.wechat_template_consultation or notice,
        }
        fields = read_fields(self.wechat_template_fields)
        return {purpose: CardTemplate(vendor_id, fields) for purpose, vendor_id in ids.items() if vendor_id}

    @property
    def card_forms(self) -> Mapping[Purpose, str]:
        """Which of our variables stands in which field, by purpose, of what is sent: template message or subscription message."""
        carrying = {purpose: self.templates.get(purpose) or self.subscription for purpose in Purpose}
        return {purpose: card.form for purpose, card in carrying.items() if card is not None}

    @property
    def subscription(self) -> CardTemplate | None:
        """The template of subscription messages, or None."""
        template = self.wechat_subscription_template
        return CardTemplate(template, read_fields(self.wechat_subscription_fields)) if template else None


def _is_aes_key(value: str) -> bool:
    try:
        return len(value) == 43 and value.isascii() and len(base64.b64decode(value + "=", validate=False)) == 32
    except (binascii.Error, ValueError):
        return False
