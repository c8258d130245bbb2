"""Settings of the doors: where the site is, whose county it is, and whether it is a demonstration."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from kernel.settings import Section


class WebSettings(Section):
    """What pages, codes and commands need to know."""

    port: int = Field(8000, ge=1, le=65535, description="网站监听的端口")
    site_processes: int = Field(
        1, ge=1, le=16, description="网站开几个进程（zhida serve），各用一个核；每个进程各装一份知识库（一万条时约 0.5 GB 内存），"
                                    "两个核、4 GB 以上内存可写 2")
    public_url: str = Field("http://127.0.0.1:8000", description="群众访问网站的地址，写进二维码和消息；加上 /q/ 不宜超过 30 个字符")
    county: str = Field("", description="本县的行政区划代码（6 位）；留空时取库中唯一的县")
    simulate: Literal["", "0", "1", "force"] = Field(
        "", description="1 = 使用模拟的短信、微信平台并开放 /phones；数据库不是 SQLite 时拒绝，除非写 force")
    simulators_url: str = Field("", description="模拟平台的地址，由 make run 填写")
    allow_as: str = Field("", description="命令行是否允许用 --as 代工作人员操作：1 允许，0 不允许；留空时仅 SQLite 安装允许")
    trusted_proxies: int = Field(0, ge=0, le=5, description="网站前面有几层反向代理；只信任这么多层报来的访客地址")
    knowledge_expiry_days: int = Field(30, ge=1, le=365, description="知识条目有效期还剩多少天时，列到工作台上等核对")
    organiser: str = Field("彭阳县人民政府办公室（演示）", description="页脚：主办单位")
    undertaker: str = Field("彭阳县政务公开办公室（演示）", description="页脚：承办单位")
    site_code: str = Field("6404250000（演示）", description="页脚：政府网站标识码")
    icp_number: str = Field("宁ICP备00000000号（演示）", description="页脚：ICP 备案号")
    police_number: str = Field("宁公网安备00000000000000号（演示）", description="页脚：公安备案号")

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("应为 http:// 或 https:// 开头的地址，例如 https://zd.example.gov.cn")
        return value.rstrip("/")

    @property
    def simulating(self) -> bool:
        """Whether the vendors are simulated."""
        return self.simulate in ("1", "force")
