"""A correction of a dispatch: what it would do, and drawing it up for those, and only those, whom the dispatch reached."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.database import Database
from notices import reading
from notices.views import NoticeView
from profiles.facts import REGISTER, Catalogue
from push import admission, layout, ordering, visits
from push.admission import Admitted, OpenChannels
from push.ceiling import reckon
from push.failures import Refused
from push.layout import Written
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import REACHED, DeliveryState, DispatchState
from push.trace import channel_words


@dataclass(frozen=True)
class Correction:
    """What correcting would do: the words and messages by channel, readers by channel whom it misses, the cost in yuan.

    `again` have these very words already; `visits` households hear of it at home, from the village; `release_at` is later
    than now in the quiet hours.
    """

    digest: str
    words: Mapping[str, str]
    messages: Mapping[str, int]
    missed: Mapping[str, int]
    again: int
    visits: int
    cost: float
    release_at: datetime

    @property
    def planned(self) -> int:
        """How many messages leave."""
        return sum(self.messages.values())


def foresee_correction(database: Database, channels: OpenChannels, *, dispatch_id: int, reference: str, actor: Actor,
                       now: datetime, settings: PushSettings, catalogue: Catalogue = REGISTER) -> Correction:
    """What `dispatches.correct` would do, by doing it and taking everything back; Refused as it would be."""
    with database.writing() as session:
        try:
            corrected = session.get(Dispatch, dispatch_id)
            if corrected is None:
                raise Refused(f"没有编号为 {dispatch_id} 的推送任务。请在“定向推送”里核对编号。")
            view = admission.read_notice(session, reference, now)
            admitted = may_correct(session, corrected, view, actor, channels, now, catalogue)
            dispatch, _ = draw_up(session, corrected, admitted, actor, now, settings, -secrets.randbelow(2**31) - 1)
            asked = visits.ask_anew(session, dispatch_id, dispatch.id, now)
            return _read(session, dispatch, corrected, admitted, asked)
        finally:
            session.rollback()


def may_correct(session: Session, corrected: Dispatch, view: NoticeView, actor: Actor, channels: OpenChannels, now: datetime,
                catalogue: Catalogue) -> Admitted:
    """The correction as it may go out; Refused with the cure for what keeps it."""
    admission.refuse_stranger(actor, view)
    admitted = admission.admit(view, channels, now, correction=True, catalogue=catalogue)
    state = DispatchState(corrected.state)
    if not state.is_over:
        raise Refused(f"推送任务 {corrected.id} 还没有结束（{state.words}）。请先停止它，再发更正，免得错的还在发。")
    if view.id == corrected.notice_id and corrected.digest in reading.same_writing(session, view.id, view.digest):
        raise Refused(f"信息 {view.reference} 和推送任务 {corrected.id} 发的一字不差，不是更正。请改好文字，重新送审、签发，再发更正。")
    admission.refuse_repetition(session, view, lock=False, corrects=corrected.id)
    return admitted


def draw_up(session: Session, corrected: Dispatch, admitted: Admitted, actor: Actor, now: datetime, settings: PushSettings,
            number: int | None = None) -> tuple[Dispatch, Written]:
    """The dispatch of the correction with its deliveries; Refused where nobody is left to be told, by message or at home.

    `number` is given only where it will not be kept.
    """
    view = admitted.view
    dispatch = ordering.new_dispatch(session, admitted, actor.name, now, ordering.release_moment(view, now, None, settings),
                                     number)
    dispatch.corrects, dispatch.is_exempt = corrected.id, True
    dispatch.priority = max(dispatch.priority, ordering.CORRECTION)
    written = layout.write_corrections(session, dispatch, corrected.id, admitted.channels, settings)
    if not written.planned:
        _refuse_nobody(session, corrected.id, admitted)
    dispatch.surely_households = dispatch.possibly_households = written.audience
    reckon(session, dispatch, settings)
    return dispatch, written


def reached(session: Session, dispatch_id: int) -> dict[str, int]:
    """How many a dispatch reached, or may have reached, by channel."""
    return _by_channel(session, dispatch_id, *REACHED)


def _by_channel(session: Session, dispatch_id: int, *states: DeliveryState) -> dict[str, int]:
    rows = session.execute(select(Delivery.channel, func.count()).where(
        Delivery.dispatch_id == dispatch_id, Delivery.state.in_(states)).group_by(Delivery.channel)).all()
    return {str(channel): int(count) for channel, count in rows}


def _refuse_nobody(session: Session, number: int, admitted: Admitted) -> None:
    """Refused where no message leaves, unless somebody was told at home alone."""
    reached_by, reference = reached(session, number), admitted.view.reference
    if reached_by and not set(reached_by) & set(admitted.channels):
        raise Refused(f"推送任务 {number} 发到的人走的是 {'、'.join(channel_words(one) for one in reached_by)}，更正 {reference} 走不到那里。"
                      "请在更正的“通道”里选上，重新送审、签发，再发。")
    if visits.is_owed_anew(session, number):
        return
    raise Refused(f"推送任务 {number} 发到过的人都已收到更正 {reference}，不用再发。" if reached_by else
                  f"推送任务 {number} 没有发到任何人，也没有人入户告知过，不需要更正。")


def _read(session: Session, dispatch: Dispatch, corrected: Dispatch, admitted: Admitted, asked: int) -> Correction:
    messages = _by_channel(session, dispatch.id, DeliveryState.PLANNED)
    owed = reached(session, corrected.id)
    missed = {channel: count for channel, count in owed.items() if channel not in admitted.channels}
    return Correction(
        digest=dispatch.digest, words={name: admitted.contents[name].text for name in messages}, messages=messages, missed=missed,
        again=sum(owed.values()) - sum(missed.values()) - sum(messages.values()), visits=asked,
        cost=dispatch.cost / 100, release_at=dispatch.release_at)
