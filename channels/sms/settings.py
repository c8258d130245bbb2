"""Settings every SMS gateway shares: their order, the signature, and the wording of the approved templates."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from channels.messages import Purpose
from channels.sms.networks import networks
from channels.sms.templates import TEXTS, Template
from kernel.settings import Section

KNOWN_GATEWAYS = ("aliyun", "tencent", "cmpp", "smpp")


class SmsSettings(Section):
    """Which gateways carry text messages and what is approved there."""

    sms_gateways: str = Field("aliyun", description="短信通道的先后次序，逗号分隔，可用 aliyun、tencent、cmpp、smpp；留空即不发短信")
    sms_weights: str = Field(
        "", description="几个短信通道各担多少，例如 aliyun=3,tencent=1 即四条里三条走 aliyun；没写的和写 0 "
                        "的只接别的通道发不出去的；留空即都走第一个，其余备用")
    sms_signature: str = Field("", description="报备通过的短信签名，不带【】，例如 彭阳县政务公开")
    sms_template_notice_text: str = Field(
        TEXTS[Purpose.NOTICE], description="通知类模板的报备原文，空格处写 {title} 等（设置文件里不要写 $）；其余文字要与短信平台上审核通过的一字不差")
    sms_template_correction_text: str = Field(
        TEXTS[Purpose.CORRECTION], description="更正类模板的报备原文")
    sms_template_emergency_text: str = Field(
        TEXTS[Purpose.EMERGENCY], description="紧急类模板的报备原文")
    sms_template_code_text: str = Field(
        TEXTS[Purpose.CODE], description="验证码模板的报备原文")
    sms_template_consultation_text: str = Field(
        TEXTS[Purpose.CONSULTATION], description="留言答复模板的报备原文")
    sms_variable_limit: int = Field(35, ge=1, le=500, description="模板每个空格最多几个字（阿里云 35；请向供应商核实）")
    sms_callback_networks: str = Field(
        "", description="只接受这些网段发来的短信回执，逗号分隔的 CIDR；留空不限（回执没有签名，还要与本系统的发送记录对得上才算数）")

    @field_validator("sms_gateways")
    @classmethod
    def _are_known(cls, value: str) -> str:
        unknown = [name for name in _names(value) if name not in KNOWN_GATEWAYS]
        if unknown:
            raise ValueError(f"没有名为 {unknown[0]} 的短信通道，可用：{'、'.join(KNOWN_GATEWAYS)}")
        return value

    @model_validator(mode="after")
    def _weigh_what_is_there(self) -> SmsSettings:
        strange = [name for name in self.weights if name not in self.gateways]
        if strange:
            raise ValueError(f"SMS_WEIGHTS 里的 {strange[0]} 不在 SMS_GATEWAYS 里。请补进去，或从 SMS_WEIGHTS 里去掉")
        if self.weights and not any(self.weights.values()):
            raise ValueError("SMS_WEIGHTS 全是 0，没有通道发短信。请至少给一个通道写 1 以上")
        return self

    @field_validator("sms_weights")
    @classmethod
    def _are_weights(cls, value: str) -> str:
        _weights(value)
        return value

    @field_validator("sms_callback_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks(value)
        return value

    @field_validator("sms_signature")
    @classmethod
    def _is_bare(cls, value: str) -> str:
        if any(mark in value for mark in "【】[]"):
            raise ValueError("签名不要带【】，发送时会自动加上")
        return value.strip()

    @property
    def gateways(self) -> tuple[str, ...]:
        """The gateways in order."""
        return tuple(_names(self.sms_gateways))

    @property
    def weights(self) -> dict[str, int]:
        """The share of each gateway that has one set."""
        return _weights(self.sms_weights)

    @property
    def templates(self) -> dict[Purpose, Template]:
        """The approved wording by purpose."""
        texts = {
            Purpose.NOTICE: self.sms_template_notice_text,
            Purpose.CORRECTION: self.sms_template_correction_text,
            Purpose.EMERGENCY: self.sms_template_emergency_text,
            Purpose.CODE: self.sms_template_code_text,
            Purpose.CONSULTATION: self.sms_template_consultation_text,
        }
        return {purpose: Template(purpose, text, self.sms_variable_limit) for purpose, text in texts.items()}


def _names(value: str) -> list[str]:
    return [name.strip().lower() for name in value.split(",") if name.strip()]


def _weights(value: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _names(value):
        name, _, weight = (piece.strip() for piece in part.partition("="))
        if not weight.isascii() or not weight.isdigit() or len(weight) > 3:
            raise ValueError(f"“{part}”写法不对。请写成 aliyun=3,tencent=1，数字 0 到 999")
        found[name] = int(weight)
    return found
