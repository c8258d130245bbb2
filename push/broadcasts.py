"""A public notice told to everybody who follows an account: released by a sender, under one reference, in approved words.

Nothing targeted goes this way: no condition, the whole county, published. The row is committed before the call, and a
call without an answer is made again under the same reference only, which the platform takes once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urljoin

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.contract import Broadcaster
from channels.failures import Outcome, OutcomeKind
from channels.messages import JobFinished
from kernel.audit import Actor, record
from kernel.clock import in_china
from kernel.database import Database
from kernel.http import Client
from kernel.ids import sortable_id
from notices.failures import Refused as NoticeRefused
from notices.models import State
from notices.redaction import phones_in, scan
from notices.views import NoticeView
from notices.writing import restored
from push.admission import read_notice, refuse_stranger
from push.broadcast_models import Broadcast, BroadcastState
from push.failures import Refused

CHANNELS: Mapping[str, str] = {"wechat": "微信群发", "telegram": "Telegram"}
# What may still have been taken counts against the month.
_COUNTS = (BroadcastState.CALLING, BroadcastState.UNKNOWN, BroadcastState.TAKEN, BroadcastState.FINISHED)
# A process that died between the commit and the answer has left its call this long ago at the least.
ABANDONED = timedelta(minutes=2)


class OpenAccounts(Protocol):
    """What this room needs to know of the accounts that are open."""

    @property
    def wechat(self) -> Broadcaster | None:
        """The account that can tell all its followers."""
        ...


@dataclass(frozen=True)
class Release:
    """One broadcast that is written down and may be called for."""

    number: int
    channel: str
    client_id: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Released:
    """What became of it."""

    number: int
    state: BroadcastState
    words: str = ""
    sent: int = 0
    failed: int = 0

    def as_json(self) -> dict[str, object]:
        """The same for a program."""
        return {"broadcast": self.number, "state": self.state.value, "words": self.words, "sent": self.sent, "failed": self.failed}


@dataclass(frozen=True)
class Ahead:
    """What a broadcast would say, and how many of the month's are used; `per_month` is 0 where no month counts."""

    reference: str
    title: str
    digest: str
    text: str
    used: int
    per_month: int


def look_ahead(session: Session, *, reference: str, channel: str, county: str, public_url: str, actor: Actor, now: datetime,
               account: Broadcaster | None) -> Ahead:
    """What releasing would do; Refused as `prepare` would be."""
    return _ahead(session, read_notice(session, reference, now), channel, county, public_url, actor, now, account)


def prepare(database: Database, *, reference: str, channel: str, county: str, public_url: str, actor: Actor, now: datetime,
            account: Broadcaster | None, seen: str = "") -> Release:
    """Write a release down; Refused with the cure for everything that keeps the notice from going to everybody.

    `seen` is the digest of the words its sender was shown.
    """
    with database.writing() as session:
        # Locked, so that of two who release at the same moment the second sees the first.
        view = read_notice(session, reference, now, lock=True)
        ahead = _ahead(session, view, channel, county, public_url, actor, now, account)
        if seen and seen != view.digest:
            raise Refused("您打开这一页以后，信息有改动。请重新看一遍再发。")
        row = Broadcast(channel=channel, notice_id=view.id, notice_reference=view.reference, digest=view.digest, text=ahead.text,
                        client_id=sortable_id(), state=BroadcastState.CALLING.value, released_by=actor.name, released_at=now)
        session.add(row)
        session.flush()
        record(session, now, actor, "broadcast.released", f"notice:{view.reference}", {"broadcast": row.id, "channel": channel})
        return Release(row.id, channel, row.client_id, ahead.text)


def again(database: Database, number: int, actor: Actor, now: datetime) -> Release:
    """A broadcast whose answer never came, to be called for under its own reference; Refused for any other.

    What was withdrawn or changed since is not called for: the platform may not have taken it yet, and would now.
    """
    with database.writing() as session:
        row = session.get(Broadcast, number)
        if row is None:
            raise Refused(f"没有编号为 {number} 的群发。")
        view = read_notice(session, row.notice_reference, now)
        refuse_stranger(actor, view)
        if not may_ask(row, now):
            raise Refused(f"群发 {number} 现在是“{BroadcastState(row.state).words}”，不用核实。")
        if view.state is not State.PUBLISHED or view.digest != row.digest:
            raise Refused(f"信息 {row.notice_reference} 在群发以后已撤下或改动，不能再按原文核实：万一平台没有收下，会把旧的发出去。"
                          "请在平台的后台查看这次群发。")
        row.state = BroadcastState.CALLING.value
        row.answered_at = now
        record(session, now, actor, "broadcast.asked", f"notice:{row.notice_reference}", {"broadcast": number})
        return Release(row.id, row.channel, row.client_id, row.text)


def may_ask(row: Broadcast, now: datetime) -> bool:
    """Whether its answer never came: it is unknown, or whoever called has died since."""
    state = BroadcastState(row.state)
    left = state is BroadcastState.CALLING and (row.answered_at or row.released_at) <= now - ABANDONED
    return left or state is BroadcastState.UNKNOWN


async def call(client: Client, account: Broadcaster, release: Release) -> Outcome:
    """Make the one request."""
    return await account.broadcast(client, release.client_id, release.text)


def settle(database: Database, release: Release, outcome: Outcome, now: datetime) -> Released:
    """Write the answer down; what surely did not leave has failed and may be released anew."""
    kinds = {OutcomeKind.ACCEPTED: BroadcastState.TAKEN, OutcomeKind.UNKNOWN: BroadcastState.UNKNOWN}
    state = kinds.get(outcome.kind, BroadcastState.FAILED)
    with database.writing() as session:
        row = session.get_one(Broadcast, release.number)
        if BroadcastState(row.state) is BroadcastState.FINISHED:
            return _released(row)  # its end was told before its beginning
        row.state, row.vendor_reference, row.answered_at = state.value, outcome.vendor_reference, now
        row.code, row.words = outcome.code[:60], (outcome.words or "")[:200]
        return _released(row)


def finish(database: Database, jobs: Sequence[JobFinished], now: datetime) -> int:
    """Write down how broadcasts ended, by the platform's number; gives how many were ours."""
    found = 0
    for job in jobs:
        with database.writing() as session:
            ours = update(Broadcast).where(
                Broadcast.channel == job.channel, Broadcast.vendor_reference == job.vendor_reference,
                Broadcast.finished_at.is_(None),
            ).values(state=(BroadcastState.FINISHED if job.is_done else BroadcastState.FAILED).value, finished_at=now,
                     words=job.words[:200], total=job.total, filtered=job.filtered, sent=job.sent, failed=job.failed,
                     ).execution_options(synchronize_session=False)
            found += session.connection().execute(ours).rowcount
    return found


def listed(session: Session, most: int = 50) -> Sequence[Broadcast]:
    """The latest broadcasts."""
    return session.scalars(select(Broadcast).order_by(Broadcast.id.desc()).limit(most)).all()


def _released(row: Broadcast) -> Released:
    return Released(row.id, BroadcastState(row.state), row.words, row.sent, row.failed)


def _text(view: NoticeView, channel: str, county: str, public_url: str, now: datetime) -> str:
    if channel not in CHANNELS:
        raise Refused(f"没有“{channel}”这个群发通道。可用：{'、'.join(CHANNELS)}。")
    _refuse_unpublic(view, county, now)
    content = view.content_for(channel)
    if content is None:
        raise Refused(f"信息 {view.reference} 没有选 {channel} 通道，没有审过这个版式。请在“通道”里加上，重新送审。")
    own = restored(view.content).own_phones | phones_in([view.phone])
    found = scan(content.text, own)
    if found:
        raise Refused(f"信息 {view.reference} 里有不能外发的号码：{found[0].words}")
    link = urljoin(public_url, content.link) if content.link else ""
    return f"{content.text}\n{link}" if link and link not in content.text else content.text


def _refuse_unpublic(view: NoticeView, county: str, now: datetime) -> None:
    """Everybody gets it: so it is published, for everybody, and of everybody's concern."""
    try:
        view.refuse_unsendable()
    except NoticeRefused as refusal:
        raise Refused(refusal.words) from refusal
    if view.state is not State.PUBLISHED:
        raise Refused(f"信息 {view.reference} 还没有在网站发布，群发里的链接打不开。请先发布。")
    if view.condition is not None:
        raise Refused(f"信息 {view.reference} 有推送范围（只给部分农户），不能群发给所有人。请用“定向推送”。")
    if not county or set(view.divisions) != {county}:
        raise Refused(f"信息 {view.reference} 不是发给全县的，不能群发给所有人。请用“定向推送”。")
    if view.valid_until is not None and view.valid_until < in_china(now).date():
        raise Refused(f"信息 {view.reference} 的有效期到 {view.valid_until:%Y年%-m月%-d日}，已经过了。")


def _ahead(session: Session, view: NoticeView, channel: str, county: str, public_url: str, actor: Actor, now: datetime,
           account: Broadcaster | None) -> Ahead:
    refuse_stranger(actor, view)
    text, used, per_month = _text(view, channel, county, public_url, now), 0, 0
    _refuse_repetition(session, view, channel)
    if account is not None:
        complaints = account.complaints(text)
        if complaints:
            raise Refused(f"信息 {view.reference} 现在发不出去：{'；'.join(complaints)}")
        used, per_month = used_this_month(session, channel, now), account.per_month
        if used >= per_month:
            raise Refused(f"这个月已经群发 {used} 次，每位关注者一个月只能收 {per_month} 次。请下个月再发，或用“定向推送”。")
    return Ahead(view.reference, view.title, view.digest, text, used, per_month)


def used_this_month(session: Session, channel: str, now: datetime) -> int:
    """How many went out since the first of the month, with what may have."""
    first = in_china(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return session.scalar(select(func.count()).select_from(Broadcast).where(
        Broadcast.channel == channel, Broadcast.released_at >= first, Broadcast.state.in_(_COUNTS))) or 0


def _refuse_repetition(session: Session, view: NoticeView, channel: str) -> None:
    before = session.scalar(select(Broadcast.id).where(
        Broadcast.notice_id == view.id, Broadcast.digest == view.digest, Broadcast.channel == channel,
        Broadcast.state.in_(_COUNTS)).limit(1))
    if before is not None:
        raise Refused(f"信息 {view.reference} 已经群发过（群发 {before}）。同样的内容不再发。", earlier=before)
