"""The pages of 系统管理, as one account sees them."""

from __future__ import annotations

from kernel.audit import Actor
from profiles.divisions import COUNTY
from web.staff.models import Role

Tab = tuple[str, str, int]
_ACCOUNTS: tuple[Tab, ...] = (("staff.system", "账号", 0), ("staff.trail", "操作记录", 0), ("staff.looks", "查看记录", 0),
                              ("staff.templates", "短信模板", 0), ("staff.portraits", "个性化推荐", 0))
_CHECKUP: Tab = ("staff.checkup", "系统检查", 0)


def keeps_the_system(actor: Actor) -> bool:
    """Whether somebody keeps the whole installation: an administrator of the county, not of one township."""
    return Role.ADMINISTRATOR.value in actor.roles and len(actor.jurisdiction) <= COUNTY


def tabs(actor: Actor) -> tuple[Tab, ...]:
    """Every page of the room; what is wrong with the installation is for whoever can put it right."""
    return (*_ACCOUNTS, _CHECKUP) if keeps_the_system(actor) else _ACCOUNTS
