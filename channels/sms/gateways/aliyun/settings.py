"""Settings of the Aliyun gateway."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, field_validator

from channels.addresses import vendor_address
from channels.messages import Purpose
from kernel.settings import Section


class AliyunSettings(Section):
    """Keys, address, template ids and the vendor's figures."""

    aliyun_sms_access_key_id: str = Field("", description="阿里云短信的 AccessKey ID；留空即不用阿里云")
    aliyun_sms_access_key_secret: str = Field("", repr=False, description="阿里云短信的 AccessKey Secret")
    aliyun_sms_url: str = Field("https://dysmsapi.aliyuncs.com", description="阿里云短信接口地址")
    aliyun_sms_template_notice: str = Field("", description="阿里云通知模板的编号，例如 SMS_123456789")
    aliyun_sms_template_correction: str = Field("", description="阿里云更正模板的编号")
    aliyun_sms_template_emergency: str = Field("", description="阿里云紧急模板的编号")
    aliyun_sms_template_code: str = Field("", description="阿里云验证码模板的编号")
    aliyun_sms_template_consultation: str = Field("", description="阿里云留言答复模板的编号")
    aliyun_sms_bulk: int = Field(100, ge=1, le=100, description="一次请求最多发几个号码（SendBatchSms 上限 100）")
    aliyun_sms_in_flight: int = Field(16, ge=1, le=256, description="同时进行的请求数")
    aliyun_sms_per_second: float = Field(0, ge=0, description="每秒最多几条，0 = 不限（合同有约定时填写）")

    _addresses = field_validator("aliyun_sms_url")(vendor_address)

    @property
    def is_complete(self) -> bool:
        """Whether it can send."""
        return bool(self.aliyun_sms_access_key_id and self.aliyun_sms_access_key_secret)

    @property
    def vendor_ids(self) -> Mapping[Purpose, str]:
        """Template ids by purpose."""
        return {
            Purpose.NOTICE: self.aliyun_sms_template_notice,
            Purpose.CORRECTION: self.aliyun_sms_template_correction,
            Purpose.EMERGENCY: self.aliyun_sms_template_emergency,
            Purpose.CODE: self.aliyun_sms_template_code,
            Purpose.CONSULTATION: self.aliyun_sms_template_consultation,
        }
