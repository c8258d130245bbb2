"""Accounts: making them, signing in, and the actor a command or a page acts as."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel import knocks
from kernel.audit import Actor, record
from web.staff import passwords
from web.staff.models import Role, StaffAccount, StaffRole

LEVELS = frozenset({2, 4, 6, 9, 12})
TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
LONGEST_NAME = 40
KNOWN_DOOR = "staff known"
SIGNED_IN, SIGNED_OUT, NEW_PASSWORD = "登录", "退出", "改自己的密码"
# The same for a name nobody has and for an account that is locked: what is said must not tell which names there are.
_WRONG = (f"账号或密码不对，或者这个账号连续输错 {TRIES} 次正锁着。请检查后再试；锁着时输对也进不去，"
          f"请隔 {LOCKED_FOR.seconds // 60} 分钟再试；忘记密码请找系统管理员。")
EXPIRED = "这个一次性密码已经过期。请找系统管理员重新设一个。"


class AccountRefused(Exception):
    """An account cannot be made or used as asked; `words` says why and what to do, `place` names the field at fault."""

    def __init__(self, words: str, place: str = "") -> None:
        """Keep the sentence a person reads."""
        super().__init__(words)
        self.words = words
        self.place = place


@dataclass(frozen=True)
class AtDesk:
    """Who sits at a browser: the actor, the number its cookie must carry, and whether its password is a one-time one."""

    actor: Actor
    sessions_ended: int
    has_one_time: bool


def add(session: Session, name: str, roles: Iterable[Role], division: str, password: str, now: datetime,
        by: Actor, onetime_until: datetime | None = None) -> StaffAccount:
    """Make an account; refuses a taken name and a weak password. With `onetime_until` its person must choose another first."""
    name = name.strip()
    if wrong := name_complaint(name):
        raise AccountRefused(wrong)
    if wrong := passwords.complaint(password):
        raise AccountRefused(wrong)
    if not (name + password).isprintable():
        raise AccountRefused("账号名或密码里有看不见或不能识别的字。请重新输入；从文件读入时请用 UTF-8 编码。")
    refuse_area(division)
    _refuse_alike(session, name)
    account = StaffAccount(name=name, division=division, password_hash=passwords.hashed(password), created_at=now,
                           onetime_until=onetime_until)
    session.add(account)
    session.flush()
    chosen = sorted(set(roles))
    session.add_all(StaffRole(account_id=account.id, role=role.value) for role in chosen)
    record(session, now, by, "添加账号", subject(name), {"roles": [role.value for role in chosen], "division": division})
    return account


def name_complaint(name: str) -> str:
    """What is wrong with the name of a new account; empty when it will do. Its pages lie under its name."""
    if not name:
        return "账号名不能为空。"
    if len(name) > LONGEST_NAME:
        return f"账号名太长：最多 {LONGEST_NAME} 个字。请写短些。"
    if "/" in name or not name.strip("."):
        return "账号名里不能有斜杠“/”，也不能只有点。请换一个名字。"
    return ""


def _refuse_alike(session: Session, name: str) -> None:
    """Refuse a name that is taken, or that nobody could tell from one: full-width letters, capitals, blanks."""
    for taken in session.scalars(select(StaffAccount.name)):
        if taken == name:
            raise AccountRefused(f"账号“{name}”已经有了。请换一个名字。")
        if _as_seen(taken) == _as_seen(name):
            raise AccountRefused(f"账号“{name}”和已有的“{taken}”看上去一样，容易认错人。请换一个名字。")


def _as_seen(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def refuse_area(division: str) -> None:
    """Refuse what is no code of a place."""
    if not (division.isascii() and division.isdigit() and len(division) in LEVELS):
        raise AccountRefused(f"管理范围“{division}”不是区划代码。请写 6 位（县）、9 位（乡镇）或 12 位（村）的代码。")


def sign_in(session: Session, name: str, password: str, now: datetime, address: str = "", known: str = "") -> AtDesk:
    """Who sits down with a right name and password; five wrong ones lock the account for a quarter of an hour.

    `address` is where the browser stands on the network: it is kept with the act, so that a stranger's is noticed. `known`
    is what a browser is counted under at which the account signed in before: it has five tries an hour of its own, whatever
    strangers type elsewhere.
    """
    # Held until it is counted: of guesses that come at once each counts.
    account = session.scalar(select(StaffAccount).where(StaffAccount.name == name.strip()).with_for_update())
    if account is None or account.closed_at is not None:
        # As slow as for a name that there is: the time it takes must not tell which names are.
        passwords.hashed(password[:passwords.LONGEST])
        raise AccountRefused(_WRONG)
    wrong_before = account.failed_signins
    _come_in(session, account, password, now, known)
    if account.onetime_until is not None and account.onetime_until <= now:
        raise AccountRefused(EXPIRED)
    account.signed_in_at = now
    found = _at_desk(session, account)
    record(session, now, found.actor, SIGNED_IN, subject(account.name), {
        **({"address": address} if address else {}), **({"wrong_before": wrong_before} if wrong_before else {})})
    return found


def choose_password(session: Session, by: Actor, old: str, new: str, now: datetime, *, has_one_time: bool = False) -> AtDesk:
    """Change one's own password; every session ends, and the number of the next one comes back.

    `old` proves who asks, but for a one-time password: whoever has one came in with it and can do nothing else. A session of
    before a one-time password was handed out is not `has_one_time`, and chooses nothing.
    """
    account = session.scalars(select(StaffAccount).where(
        StaffAccount.name == by.name, StaffAccount.closed_at.is_(None)).with_for_update()).one()
    if has_one_time != (account.onetime_until is not None):
        raise AccountRefused("这个账号的密码刚才已经换过。请退出后用新密码登录。", "new")
    if account.onetime_until is not None and account.onetime_until <= now:
        raise AccountRefused(EXPIRED, "new")
    if account.onetime_until is None:
        _prove(session, account, old, now, "现在的密码不对。请重新输入；忘记密码请找系统管理员重设。", "old")
    if wrong := passwords.own_complaint(account.name, new):
        raise AccountRefused(wrong, "new")
    typed = passwords.as_typed(new) if account.onetime_until is not None else new
    if passwords.is_right(account.password_hash, typed):
        raise AccountRefused("新密码和现在的一样。请换一个。", "new")
    account.password_hash, account.onetime_until = passwords.hashed(new), None
    account.sessions_ended += 1
    record(session, now, by, NEW_PASSWORD, subject(account.name))
    return _at_desk(session, account)


def end_sessions(session: Session, by: Actor, now: datetime) -> None:
    """Sign out: no copy of any cookie of this account opens anything any more."""
    session.execute(update(StaffAccount).where(StaffAccount.name == by.name)
                    .values(sessions_ended=StaffAccount.sessions_ended + 1))
    record(session, now, by, SIGNED_OUT, subject(by.name))


def at_desk(session: Session, name: str, sessions_ended: int) -> AtDesk | None:
    """Who a cookie speaks for: an open account whose sessions were not ended since; else None."""
    account = session.scalar(select(StaffAccount).where(
        StaffAccount.name == name, StaffAccount.closed_at.is_(None), StaffAccount.sessions_ended == sessions_ended))
    return None if account is None else _at_desk(session, account)


def actor(session: Session, name: str) -> Actor | None:
    """The actor of an open account, or None."""
    account = session.scalar(
        select(StaffAccount).where(StaffAccount.name == name, StaffAccount.closed_at.is_(None)))
    return None if account is None else _actor(session, account)


def acting_for(session: Session, name: str, system_user: str) -> Actor:
    """The actor of a command typed on the machine for an account (代操作)."""
    found = actor(session, name)
    if found is None:
        known = session.scalars(select(StaffAccount.name).order_by(StaffAccount.id).limit(8)).all()
        hint = f"现有账号：{'、'.join(known)}。" if known else "还没有账号，请先用 zhida staff add 添加。"
        raise AccountRefused(f"没有名为“{name}”的账号。{hint}")
    return Actor(found.name, found.roles, found.jurisdiction, on_behalf_by=system_user)


def subject(name: str) -> str:
    """An account as the trail names it."""
    return f"staff:{name}"


def _come_in(session: Session, account: StaffAccount, password: str, now: datetime, known: str) -> None:
    """Hold a password against the account's at the door; a known browser's tries are counted each, and know no lock."""
    is_known = bool(known) and knocks.times(session, KNOWN_DOOR, known, now) < TRIES
    if is_known:
        knocks.note(session, KNOWN_DOOR, known, now)
    elif account.locked_until is not None and account.locked_until > now:
        # As slow as a wrong password: the time it takes must not tell what the words do not.
        passwords.hashed(password[:passwords.LONGEST])
        raise AccountRefused(_WRONG)
    _prove(session, account, password, now, _WRONG, is_known=is_known)


def _prove(session: Session, account: StaffAccount, password: str, now: datetime, wrong: str, place: str = "", *,
           is_known: bool = False) -> None:
    """Hold a password against the account's; wrong ones are counted, whichever page they are typed at."""
    if not is_known and account.locked_until is not None and account.locked_until > now:
        raise AccountRefused(f"连续输错次数过多，账号锁到 {account.locked_until:%H:%M}。请稍后再试。", place)
    typed = passwords.as_typed(password) if account.onetime_until is not None else password
    if not passwords.is_right(account.password_hash, typed):
        account.failed_signins += 1
        if account.failed_signins % TRIES == 0:
            account.locked_until = now + LOCKED_FOR
        session.commit()
        raise AccountRefused(wrong, place)
    account.failed_signins = 0
    account.locked_until = None


def _at_desk(session: Session, account: StaffAccount) -> AtDesk:
    return AtDesk(_actor(session, account), account.sessions_ended, account.onetime_until is not None)


def _actor(session: Session, account: StaffAccount) -> Actor:
    roles = session.scalars(select(StaffRole.role).where(StaffRole.account_id == account.id)).all()
    return Actor(account.name, frozenset(roles), account.division)
