"""Settings of a message centre's SMPP port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from channels.messages import Purpose
from channels.sms.gateways.smpp.receipts import ReceiptIds
from channels.sms.lines.address import line_address
from channels.sms.lines.dialect import Figures
from kernel.settings import Section

PORT = 2775
CONTRACT: Mapping[str, str] = {
    "source": "", "system_type": "", "service_type": "", "prefix": "86", "source_ton": "", "source_npi": "", "receipt_ids": "same",
}
# Type of number and numbering plan (v3.4, 5.2.5, 5.2.6).
_NATIONAL, _ALPHANUMERIC, _ISDN, _NO_PLAN = 2, 5, 1, 0


@dataclass(frozen=True)
class SmppAccount:
    """A message centre's port and the account on it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    source: str
    source_ton: int
    source_npi: int
    system_type: str
    service_type: str
    prefix: str
    receipt_ids: ReceiptIds


class SmppSettings(Section):
    """Address with what was agreed on, and the message centre's figures."""

    # The address holds a password: a refused one is not repeated in an error.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    smpp_url: str = Field(
        "", repr=False,
        description="SMPP 短信中心：smpp://账号:口令@地址:2775/?source=发送号；留空即不用。"
                    "其他参数（system_type、service_type、prefix、source_ton、source_npi、receipt_ids）见 docs/gateways.md")
    smpp_window: int = Field(16, ge=1, le=256, description="SMPP 每条连接上最多几条未得到应答（请向供应商核实）")
    smpp_connections: int = Field(1, ge=1, le=16, description="SMPP 每个发送进程的连接数；各进程合计不要超过供应商给的连接数")
    smpp_per_second: float = Field(0, ge=0, description="SMPP 每秒最多几条，0 = 不限（请按供应商给的速度填写；长短信按段计，要留余量）")
    smpp_link_test: float = Field(60, ge=0.05, le=3600, description="SMPP 静默多少秒后发链路检测（enquire_link）")
    smpp_answer_seconds: float = Field(60, ge=0.1, le=600, description="SMPP 等应答多少秒；短信过时没有应答记为待核实，不重发")
    smpp_site_line: bool = Field(True, description="网站进程发验证码、答复时可否自己连 SMPP（多占一个连接，闲置一分钟断开）；false = 只有发送进程连")

    @field_validator("smpp_url")
    @classmethod
    def _is_an_account(cls, value: str) -> str:
        if value.strip():
            read_account(value)
        return value.strip()

    @property
    def is_complete(self) -> bool:
        """Whether it can send."""
        return bool(self.smpp_url)

    @property
    def account(self) -> SmppAccount:
        """The account, where there is one."""
        return read_account(self.smpp_url)

    @property
    def figures(self) -> Figures:
        """The line's figures."""
        return Figures(self.smpp_window, self.smpp_connections, timedelta(seconds=self.smpp_link_test),
                       timedelta(seconds=self.smpp_answer_seconds))

    @property
    def vendor_ids(self) -> Mapping[Purpose, str]:
        """A message centre takes whole texts: every wording of ours can go."""
        return dict.fromkeys(Purpose, "smpp")


def read_account(value: str) -> SmppAccount:
    """The account in an address; ValueError with the fault and its cure."""
    found = line_address(value, "smpp", PORT, CONTRACT)
    contract = found.contract
    if len(found.user) > 15 or len(found.password) > 8:
        raise ValueError("账号最多 15 位，口令最多 8 位（SMPP 3.4 的规定）")
    if len(contract["source"]) > 20:
        raise ValueError("source（发送号）最多 20 位")
    for name in ("prefix", "source_ton", "source_npi"):
        if contract[name] and not contract[name].isdigit():
            raise ValueError(f"{name} 只能是数字或留空")
    if contract["receipt_ids"] not in tuple(ReceiptIds):
        raise ValueError(f"receipt_ids 只能是 {'、'.join(ReceiptIds)}")
    is_number = not contract["source"] or contract["source"].isdigit()
    return SmppAccount(
        found.host, found.port, found.user, found.password, contract["source"],
        int(contract["source_ton"] or (_NATIONAL if is_number else _ALPHANUMERIC)),
        int(contract["source_npi"] or (_ISDN if is_number else _NO_PLAN)),
        contract["system_type"], contract["service_type"], contract["prefix"], ReceiptIds(contract["receipt_ids"]))
