"""Whether the notice behind a dispatch is still what was approved and sent, until when, and whom it addresses today."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, func, or_, select, union_all
from sqlalchemy.orm import Session

from channels.messages import Purpose
from kernel.clock import in_china
from notices import reading
from notices.failures import Refused as NoticeRefused
from notices.models import Notice, Revision, State
from notices.views import NoticeView
from profiles.facts import Catalogue
from profiles.failures import ConditionRefused
from profiles.targeting.parsing import parse
from push.audience import Audience
from push.failures import Refused
from push.models import Dispatch
from push.planning import end_of
from push.states import DispatchState

# Without a deadline and an end of validity: how long whoever newly qualifies is still told.
OPEN_DAYS, OPEN_DAYS_OF_AN_EMERGENCY = 30, 1


def may_go_on(session: Session, dispatch: Dispatch, now: datetime) -> bool:
    """Whether more may be planned of a dispatch: in time, of a notice still in force, and nothing corrected it since."""
    if is_past(dispatch, now):
        return False
    corrected = select(Dispatch.id).where(Dispatch.corrects == dispatch.id)
    gone = _lapsed(in_china(now).date()).where(Dispatch.id == dispatch.id)
    return session.scalar(union_all(corrected, gone).limit(1)) is None


def _lapsed(today: date | ColumnElement[date]) -> Select[int]:
    in_force = func.coalesce(Notice.published_revision, Notice.revision)
    withdrawn = or_(Notice.state == State.WITHDRAWN,
                    and_(Notice.published_revision.is_not(None), Notice.withdrawn_at.is_not(None)))
    # A warning goes on in the words that were signed until others are; what else is being rewritten waits.
    replaced = and_(Revision.digest != Dispatch.digest,
                    or_(Dispatch.purpose != Purpose.EMERGENCY, Notice.state.in_((State.APPROVED, State.PUBLISHED))))
    return (select(Dispatch.id).join(Notice, Notice.id == Dispatch.notice_id)
            .join(Revision, and_(Revision.notice_id == Notice.id, Revision.number == in_force))
            .where(or_(withdrawn, replaced, Revision.valid_until < today)))


# Open dispatches whose notice was withdrawn, replaced by other words, or is over. Looked for many times a minute: built once,
# for a day that is named with each look.
LAPSED = _lapsed(bindparam("today", type_=Date())).where(Dispatch.state.in_((DispatchState.PLANNED, DispatchState.RUNNING)))


def view_of(session: Session, dispatch: Dispatch, now: datetime) -> NoticeView:
    """The notice of a dispatch, which is still in force in the very words that are sent; Refused with the cure otherwise."""
    view = reading.current(session, dispatch.notice_reference, in_china(now).date())
    if view is None:
        raise Refused(f"信息 {dispatch.notice_reference} 已经不在了。请停止这次推送。")
    if view.state is State.WITHDRAWN:
        why = f"（{view.withdrawn_reason}）" if view.withdrawn_reason else ""
        raise Refused(f"信息 {view.reference} 已撤下{why}，不能再发。请停止这次推送；已经发出的，可以用“更正”告知。")
    if view.digest != dispatch.digest:
        stands = "换成了新的内容" if view.state.may_be_sent else f"有人改了文字，新版本现在是“{view.state.words}”"
        raise Refused(f"信息 {view.reference} {stands}，这次推送还是原来的。请停止这次推送，签发后用新的内容另发。")
    correction = session.scalar(select(Dispatch.id).where(Dispatch.corrects == dispatch.id).limit(1))
    if correction is not None:
        raise Refused(f"推送任务 {dispatch.id} 已由推送任务 {correction} 更正，原来的内容不再发给任何人。要再告知，请用更正后的信息另发。")
    if view.valid_until is not None and view.valid_until < in_china(now).date():
        raise Refused(f"信息 {view.reference} 的有效期到 {view.valid_until:%Y年%-m月%-d日}，已经过了。请停止这次推送；要再发，请改有效期后重新送审。")
    return view


def sendable_view(session: Session, dispatch: Dispatch, now: datetime) -> NoticeView:
    """The same of a notice that nobody is changing meanwhile: what a first release asks for."""
    view = view_of(session, dispatch, now)
    try:
        view.refuse_unsendable()
    except NoticeRefused as refusal:
        raise Refused(refusal.words) from refusal
    return view


def is_past(dispatch: Dispatch, now: datetime) -> bool:
    """Whether the deadline went by since the dispatch was ordered; who sends after a deadline means to."""
    return dispatch.deadline is not None and dispatch.created_at <= dispatch.deadline < now


def is_open(dispatch: Dispatch, view: NoticeView, now: datetime) -> bool:
    """Whether somebody who newly qualifies is still told: before the deadline and the end of validity, or for a while."""
    if dispatch.deadline is not None:
        return now <= dispatch.deadline
    if view.valid_until is not None:
        return now <= end_of(view.valid_until)
    days = OPEN_DAYS_OF_AN_EMERGENCY if dispatch.purpose == Purpose.EMERGENCY else OPEN_DAYS
    return now <= dispatch.release_at + timedelta(days=days)


def audience_today(dispatch: Dispatch, view: NoticeView, now: datetime, catalogue: Catalogue,
                   earlier: tuple[int, ...] = ()) -> Audience:
    """Whom the notice of a dispatch addresses by now; Refused when its condition cannot be read any more."""
    try:
        condition = parse(view.condition, catalogue)
    except ConditionRefused as refusal:
        raise Refused(f"信息 {view.reference} 的推送范围用不了：{refusal}。{refusal.cure}") from refusal
    return Audience(condition, view.divisions, tuple(dispatch.channels), dispatch.topic, in_china(now).date(),
                    to_residents=dispatch.to == "residents", refusals=not dispatch.is_exempt,
                    about_households=dispatch.about_households, earlier=earlier)
