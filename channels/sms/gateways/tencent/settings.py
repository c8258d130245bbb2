"""Settings of the Tencent Cloud gateway."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, field_validator

from channels.addresses import vendor_address
from channels.messages import Purpose
from kernel.settings import Section


class TencentSettings(Section):
    """Keys, address, application, template ids and the vendor's figures."""

    tencent_sms_secret_id: str = Field("", description="腾讯云的 SecretId；留空即不用腾讯云")
    tencent_sms_secret_key: str = Field("", repr=False, description="腾讯云的 SecretKey")
    tencent_sms_app_id: str = Field("", description="腾讯云短信应用的 SdkAppId，例如 1400006666")
    tencent_sms_url: str = Field("https://sms.tencentcloudapi.com", description="腾讯云短信接口地址")
    tencent_sms_region: str = Field("ap-guangzhou", description="腾讯云短信的地域")
    tencent_sms_template_notice: str = Field("", description="腾讯云通知模板的编号；模板里的 {1}{2}… 按登记原文中空格的先后对应")
    tencent_sms_template_correction: str = Field("", description="腾讯云更正模板的编号")
    tencent_sms_template_emergency: str = Field("", description="腾讯云紧急模板的编号")
    tencent_sms_template_code: str = Field("", description="腾讯云验证码模板的编号")
    tencent_sms_template_consultation: str = Field("", description="腾讯云留言答复模板的编号")
    tencent_sms_bulk: int = Field(200, ge=1, le=200, description="一次请求最多发几个号码（SendSms 上限 200，内容须相同）")
    tencent_sms_in_flight: int = Field(16, ge=1, le=256, description="同时进行的请求数")
    tencent_sms_per_second: float = Field(0, ge=0, description="每秒最多几条，0 = 不限（合同有约定时填写）")

    _addresses = field_validator("tencent_sms_url")(vendor_address)

    @property
    def is_complete(self) -> bool:
        """Whether it can send."""
        return bool(self.tencent_sms_secret_id and self.tencent_sms_secret_key and self.tencent_sms_app_id)

    @property
    def vendor_ids(self) -> Mapping[Purpose, str]:
        """Template ids by purpose."""
        return {
            Purpose.NOTICE: self.tencent_sms_template_notice,
            Purpose.CORRECTION: self.tencent_sms_template_correction,
            Purpose.EMERGENCY: self.tencent_sms_template_emergency,
            Purpose.CODE: self.tencent_sms_template_code,
            Purpose.CONSULTATION: self.tencent_sms_template_consultation,
        }
