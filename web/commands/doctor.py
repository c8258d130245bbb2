"""`zhida doctor`: what is wrong with this installation, and how to put each thing right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click
import redis
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from kernel.schema import current, newest
from kernel.working_days import is_covered
from profiles.failures import CountyFactsRefused
from profiles.models import Household
from web.commands import channel_findings, data_findings
from web.commands.line import Told, command, the_house
from web.commands.refusals import door
from web.demo.families import PHONE_FAMILIES
from web.house import House
from web.staff.models import StaffAccount

LONGEST_PUBLIC_URL = 27
LEAST_SECRET = 16


@dataclass(frozen=True)
class Finding:
    """One thing to know: `error` stops work, `warning` will hurt, `note` is worth knowing; each with its cure."""

    level: str
    what: str
    cure: str

    def as_json(self) -> dict[str, str]:
        """The finding as a program reads it."""
        return dict(vars(self))


def commands() -> tuple[click.Command, ...]:
    """The command of this module."""
    holder = click.Group()
    return (command(holder, "doctor")(_doctor),)


def _doctor() -> Told:
    """检查设置、数据库、队列、密钥和各通道，每个问题都给出办法。"""
    findings = list(examine(the_house()))
    ok = not any(finding.level == "error" for finding in findings)
    marks = {"error": "✗", "warning": "！", "note": "·"}
    words = [f"{marks[one.level]} {one.what}\n    {one.cure}" for one in findings] or ["✓ 一切正常。"]
    data: dict[str, Any] = {"ok": ok, "findings": [one.as_json() for one in findings]}
    return Told("\n".join(words), data, refused=not ok)


def examine(house: House, *, counts_keys: bool = True) -> Iterator[Finding]:
    """Every finding of every check; a check that cannot run is itself a finding.

    Without `counts_keys` the one check is left out that reads every sealed value.
    """
    checks: tuple[Callable[[House], Iterator[Finding]], ...] = (_settings, _facts, _queue, _channels, _calendar)
    for check in checks:
        yield from check(house)
    try:
        yield from _database(house, counts_keys=counts_keys)
    except SQLAlchemyError as error:
        yield Finding("error", f"数据库用不了{door(error) or f'（{type(error).__name__}）'}。", "请检查 DATABASE_URL 和数据库服务，再运行 zhida db upgrade。")


def _settings(house: House) -> Iterator[Finding]:
    web, storage = house.settings.web, house.settings.storage
    if len(web.public_url) > LONGEST_PUBLIC_URL and not web.simulating:
        yield Finding("warning", f"PUBLIC_URL 有 {len(web.public_url)} 个字符，二维码会偏密。",
                      f"请换一个 {LONGEST_PUBLIC_URL} 个字符以内的网址。")
    if not web.public_url.startswith("https://") and not web.simulating:
        yield Finding("warning", "PUBLIC_URL 不是 https。", "正式使用请配置证书，改成 https:// 开头。")
    if storage.secret_key and len(storage.secret_key) < LEAST_SECRET:
        yield Finding("error", "SECRET_KEY 太短，二维码和登录可能被伪造。", "请用 `openssl rand -base64 32` 生成。")
    if web.simulating:
        yield Finding("note", "正在使用模拟的短信和微信平台，消息不会发到真手机。", "正式使用请去掉 SIMULATE。")


def _facts(house: House) -> Iterator[Finding]:
    try:
        own = len(house.catalogue.own)
    except CountyFactsRefused as refused:
        yield Finding("error", f"本县信息项文件用不了：{refused.faults[0]}",
                      " ".join(refused.faults[1:]) or "请改正文件后重启各进程，写法见 docs/targeting.md。")
        return
    if own:
        yield Finding("note", f"本县自有信息项 {own} 项已启用。", "清单见工作台“农户信息”里的“信息项清单”。")


def _queue(house: House) -> Iterator[Finding]:
    address = house.installation.redis_url
    if address is None:
        return
    try:
        redis.Redis.from_url(address, socket_connect_timeout=2).ping()
    except (redis.RedisError, ValueError) as error:
        yield Finding("error", f"Redis 连不上（{type(error).__name__}）。", "请检查 REDIS_URL 和 Redis 服务。")


def _channels(house: House) -> Iterator[Finding]:
    for name, words, names in (("sms", "短信", "SMS_GATEWAYS、SMS_SIGNATURE 和所选平台的密钥"),
                               ("wechat", "微信", "WECHAT_APP_ID、WECHAT_APP_SECRET、WECHAT_TOKEN")):
        if name not in house.channels.senders:
            yield Finding("warning", f"{words}通道没有启用。", f"要启用请设置 {names}，见 docs/configuration.md。")
    for level, what, cure in channel_findings.settings_findings(house):
        yield Finding(level, what, cure)


def _calendar(house: House) -> Iterator[Finding]:
    day = house.clock.now().date()
    if not is_covered(day):
        yield Finding("warning", f"{day.year} 年的节假日安排还没有，期限只按周一至周五算。",
                      "国务院公布安排后请升级 chinesecalendar。")


def _database(house: House, *, counts_keys: bool) -> Iterator[Finding]:
    with house.database.reading() as session:
        session.execute(text("SELECT 1"))
    if current(house.database) != newest():
        yield Finding("error", "数据库结构不是最新的。", "请运行 zhida db upgrade。")
        return
    with house.database.reading() as session:
        if not session.scalar(select(func.count()).select_from(StaffAccount)):
            yield Finding("warning", "还没有工作人员账号。", "请用 zhida staff add 添加。")
        is_demo = session.scalar(select(Household.id).where(Household.reference == PHONE_FAMILIES[0].reference))
    for level, what, cure in (*channel_findings.template_findings(house), *channel_findings.aside_findings(house),
                              *channel_findings.stranded_findings(house),
                              *data_findings.findings(house, counts_keys=counts_keys)):
        yield Finding(level, what, cure)
    if is_demo is not None and not house.settings.web.simulating and house.channels.senders:
        yield Finding("error", "库里有演示农户，却接了真实的发送平台：演示号码可能是真人的。",
                      "请换一个空的数据库正式使用，或打开 SIMULATE。")
