"""微信群发: a public county-wide notice to everybody who follows the account, after one question; and what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from notices import reading
from notices.views import NoticeView
from push import broadcasts as room
from push.broadcast_models import Broadcast, BroadcastState
from push.broadcasts import Ahead, Release, Released
from push.failures import Refused
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff.frame import Fault
from web.staff.menu import PUSH_READERS, holds_itself
from web.staff.models import Role

WECHAT = "wechat"
MOST_OFFERED = 200
MARKS = {BroadcastState.FINISHED: "good", BroadcastState.FAILED: "bad"}


@staff(*PUSH_READERS)
def broadcasts() -> str:
    """What may go to everybody, how often still this month, and what became of what went."""
    account, now = house().channels.wechat, house().clock.now()
    with house().database.reading() as session:
        rows = room.listed(session)
        return render_template(
            "staff/push/broadcasts.html", heading="微信群发", rows=rows, words=room.CHANNELS, state=BroadcastState, marks=MARKS,
            ready=_offered(session) if account is not None else (), is_open=account is not None,
            used=room.used_this_month(session, WECHAT, now), per_month=account.per_month if account is not None else 0,
            may_ask={row.id for row in rows if row.channel == WECHAT and room.may_ask(row, now)},
            may_send=holds_itself(actor(), Role.SENDER))


@staff(Role.SENDER)
def broadcast(reference: str) -> str | Response | tuple[str, int]:
    """The one question, and the release."""
    if request.method == "GET":
        return _ask(reference, "")
    try:
        _refuse_closed()
        release = room.prepare(
            house().database, reference=reference, channel=WECHAT, county=house().county, actor=actor(), now=house().clock.now(),
            public_url=house().settings.web.public_url, account=house().channels.wechat, seen=request.form.get("digest") or "-")
    except Refused as refusal:
        if refusal.earlier is None:
            return _ask(reference, refusal.words), 400
        flash(refusal.words, "warn")
        return redirect(url_for("staff.broadcasts"))
    return _told(release)


@staff(Role.SENDER)
def ask_broadcast(number: int) -> Response:
    """Ask again, under its own reference, what became of one that was never answered."""
    try:
        _refuse_closed()
        return _told(room.again(house().database, number, actor(), house().clock.now()))
    except Refused as refusal:
        flash(refusal.words, "bad")
    return redirect(url_for("staff.broadcasts"))


def _told(release: Release) -> Response:
    done = asyncio.run(_call(release))
    kind = {BroadcastState.FAILED: "bad", BroadcastState.UNKNOWN: "warn"}.get(done.state, "good")
    flash({"bad": f"群发 {done.number} 没有发出去：{done.words or '平台没有说原因'}。",
           "warn": f"群发 {done.number} 平台没有答复，不知道发出去没有。请过几分钟点“核实”，不会多发一次。",
           "good": f"群发 {done.number} 已交给微信，发完后这里会写明送达多少人。"}[kind], kind)
    return redirect(url_for("staff.broadcasts"))


async def _call(release: Release) -> Released:
    account = house().channels.wechat
    if account is None:
        raise Refused("微信没有开通，不能群发。")
    async with house().network.open(1) as client:
        outcome = await room.call(client, account, release)
    return room.settle(house().database, release, outcome, house().clock.now())


def _ask(reference: str, refused: str) -> str:
    ahead: Ahead | None = None
    with house().database.reading() as session:
        try:
            _refuse_closed()
            ahead = room.look_ahead(session, reference=reference, channel=WECHAT, county=house().county, actor=actor(),
                                    public_url=house().settings.web.public_url, now=house().clock.now(),
                                    account=house().channels.wechat)
        except Refused as refusal:
            refused = refused or refusal.words
    return render_template("staff/push/broadcast.html", heading=ahead.title if ahead else "微信群发", ahead=ahead,
                           reference=reference, faults=[Fault("", refused)] if refused else ())


def _refuse_closed() -> None:
    if house().channels.wechat is None:
        raise Refused("微信没有开通，不能群发。请系统管理员设置 WECHAT_APP_ID、WECHAT_APP_SECRET。")


def _offered(session: Session) -> Sequence[NoticeView]:
    """Published, for the whole county and everybody in it, approved for WeChat, and not told to everybody yet."""
    told = {(notice, digest) for notice, digest in session.execute(
        select(Broadcast.notice_id, Broadcast.digest).where(Broadcast.channel == WECHAT, Broadcast.state != BroadcastState.FAILED))}
    return [view for view in reading.published_for(session, "", the_day(), MOST_OFFERED)
            if view.condition is None and set(view.divisions) == {house().county} and view.content_for(WECHAT) is not None
            and (view.id, view.digest) not in told and all(actor().may_act_in(code) for code in view.divisions)]
