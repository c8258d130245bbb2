"""Settings of the Telegram channel, which is off until a token is given."""

from __future__ import annotations

from pydantic import Field, field_validator

from channels.addresses import vendor_address
from kernel.settings import Section


class TelegramSettings(Section):
    """The bot and its two ways of hearing: polling, or a webhook with a secret."""

    telegram_token: str = Field("", repr=False, description="Telegram 机器人的令牌；留空即不开。数据会出境，只回答公开问题（个人信息保护法第三十六条）")
    telegram_api_url: str = Field("https://api.telegram.org", description="Telegram Bot API 地址")
    telegram_webhook_secret: str = Field(
        "", repr=False, description="webhook 的 secret_token；填了就由 /hooks/telegram 收信，留空由 zhida poller 收信")
    telegram_per_second: float = Field(25, gt=0, description="全部会话合计每秒最多发几条（平台约 30）")

    _addresses = field_validator("telegram_api_url")(vendor_address)

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _is_a_secret(cls, value: str) -> str:
        if value and not (len(value) <= 256 and value.isascii() and value.replace("_", "").replace("-", "").isalnum()):
            raise ValueError("只能用字母、数字、下划线和短横线，最多 256 位")
        return value

    @property
    def is_on(self) -> bool:
        """Whether the channel is configured."""
        return bool(self.telegram_token)
