"""Settings of a carrier's CMPP port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from channels.messages import Purpose
from channels.sms.gateways.cmpp.wire import MOST_NUMBERS, V2, V3, Terms, Widths
from channels.sms.lines.address import line_address
from channels.sms.lines.dialect import Figures
from kernel.settings import Section

PORT = 7890
CONTRACT: Mapping[str, str] = {
    "version": "3.0", "service": "", "source": "", "enterprise": "", "fee_user_type": "2", "fee_type": "01", "fee_code": "0",
    "prefix": "",
}
_VERSIONS = {"2.0": V2, "3.0": V3}


@dataclass(frozen=True)
class CmppAccount:
    """A carrier's port and the account on it."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    widths: Widths
    terms: Terms


class CmppSettings(Section):
    """Address with what was agreed on, and the carrier's figures."""

    # The address holds a password: a refused one is not repeated in an error.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    cmpp_url: str = Field(
        "", repr=False,
        description="运营商 CMPP 网关：cmpp://账号:口令@地址:7890/?version=3.0&service=业务代码&source=接入号；留空即不用。"
                    "其他参数（enterprise、fee_user_type、fee_type、fee_code、prefix）见 docs/gateways.md")
    cmpp_window: int = Field(16, ge=1, le=256, description="每条连接上最多几条未得到应答（滑动窗口，请向运营商核实）")
    cmpp_connections: int = Field(1, ge=1, le=16, description="每个发送进程的连接数；各进程合计不要超过运营商给的连接数")
    cmpp_bulk: int = Field(1, ge=1, le=MOST_NUMBERS, description="一个提交包最多几个号码（协议上限 99；许多省只准 1 个，请向运营商核实）")
    cmpp_per_second: float = Field(0, ge=0, description="CMPP 每秒最多几条，0 = 不限（请按运营商给的速度填写；长短信按段计，要留余量）")
    cmpp_link_test: float = Field(180, ge=0.05, le=3600, description="静默多少秒后发链路检测（协议建议 180）")
    cmpp_answer_seconds: float = Field(60, ge=0.1, le=600, description="等应答多少秒（协议建议 60）；短信过时没有应答记为待核实，不重发")
    cmpp_site_line: bool = Field(True, description="网站进程发验证码、答复时可否自己连 CMPP（多占一个连接，闲置一分钟断开）；false = 只有发送进程连")

    @field_validator("cmpp_url")
    @classmethod
    def _is_an_account(cls, value: str) -> str:
        if value.strip():
            read_account(value)
        return value.strip()

    @property
    def is_complete(self) -> bool:
        """Whether it can send."""
        return bool(self.cmpp_url)

    @property
    def account(self) -> CmppAccount:
        """The account, where there is one."""
        return read_account(self.cmpp_url)

    @property
    def figures(self) -> Figures:
        """The line's figures."""
        return Figures(self.cmpp_window, self.cmpp_connections, timedelta(seconds=self.cmpp_link_test),
                       timedelta(seconds=self.cmpp_answer_seconds))

    @property
    def vendor_ids(self) -> Mapping[Purpose, str]:
        """A carrier's port takes whole texts: every wording that was reported to the carrier can go."""
        return dict.fromkeys(Purpose, "cmpp")


def read_account(value: str) -> CmppAccount:
    """The account in an address; ValueError with the fault and its cure."""
    found = line_address(value, "cmpp", PORT, CONTRACT)
    contract = found.contract
    if contract["version"] not in _VERSIONS:
        raise ValueError("version 只能是 2.0 或 3.0，请看运营商给的接口协议版本")
    if not contract["source"].isdigit() or len(contract["source"]) > 21:
        raise ValueError("source 要填运营商分配的接入号（106 开头的数字，最多 21 位）")
    if not contract["service"] or len(contract["service"]) > 10:
        raise ValueError("service 要填运营商分配的业务代码（最多 10 位）")
    if len(found.user) > 6 or len(contract["enterprise"] or found.user) > 6:
        raise ValueError("账号（企业代码，SP_Id）最多 6 位")
    if contract["fee_user_type"] not in ("0", "1", "2", "3"):
        raise ValueError("fee_user_type 只能是 0、1、2、3（2 = 对企业计费）")
    if not (contract["prefix"] == "" or contract["prefix"].isdigit()):
        raise ValueError("prefix 只能留空或写 86")
    terms = Terms(contract["enterprise"] or found.user, contract["service"], contract["source"],
                  int(contract["fee_user_type"]), contract["fee_type"], contract["fee_code"], contract["prefix"])
    return CmppAccount(found.host, found.port, found.user, found.password, _VERSIONS[contract["version"]], terms)
