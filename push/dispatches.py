"""A dispatch from the sender's hand: planned and released, corrected, paused, taken up again, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.clock import in_china
from kernel.database import Database
from notices.views import NoticeView
from profiles.divisions import present_codes
from profiles.facts import REGISTER, Catalogue
from profiles.models import Household
from profiles.present_places import presently
from profiles.targeting.clauses import possibly as possibly_clause
from push import admission, layout
from push.admission import Admitted, OpenChannels
from push.audience import Audience, tells_of_households
from push.failures import Refused
from push.figures import Status, status
from push.layout import Written
from push.models import Dispatch
from push.planning import end_of, may_leave_at
from push.settings import PushSettings
from push.states import DispatchState, Possibly

__all__ = ["Planned", "Status", "correct", "find", "pause", "resume", "send", "status", "stop"]

EMERGENCY, CORRECTION, ORDINARY = 10, 5, 0
PAST_BY = timedelta(minutes=5)


@dataclass(frozen=True)
class Planned:
    """What a dispatch set out to do: deliveries to send, and by reason (see `states.Reason`) the households without one."""

    dispatch: int
    planned: int
    skipped: Mapping[str, int]


def send(database: Database, channels: OpenChannels, *, reference: str, actor: Actor, now: datetime,
         settings: PushSettings, at: datetime | None = None, possibly: str = "leave", reason: str = "",
         catalogue: Catalogue = REGISTER) -> Planned:
    """Plan an approved notice's dispatch and release it, now or at a moment.

    `possibly` (leave, village, visit) and `reason` are the decision on households whose data are incomplete. Raises
    Refused with the cure, and with the earlier dispatch when the same words were sent before.
    """
    decision = admission.decision(possibly, reason)
    with database.reading() as session:
        view = admission.read_notice(session, reference, now)
        admission.refuse_stranger(actor, view)
        admission.refuse_repetition(session, view)
        admitted = admission.admit(view, channels, now, catalogue=catalogue)
        undecided = _possibly(session, admitted, now)
    release_at = _release(view, now, at, settings)
    with database.writing() as session:
        earlier = admission.refuse_repetition(session, view)
        dispatch = _new(session, admitted, actor, now, release_at)
        dispatch.possibly, dispatch.possibly_reason = decision.value, reason
        written = layout.write_audience(session, dispatch, _audience(admitted, now, earlier), settings)
        _refuse_nobody(view, written, undecided)
        dispatch.surely_households = written.audience
        dispatch.possibly_households = max(undecided, written.audience)
        return _released(session, dispatch, written, actor, now)


def correct(database: Database, channels: OpenChannels, *, dispatch_id: int, reference: str, actor: Actor,
            now: datetime, settings: PushSettings, catalogue: Catalogue = REGISTER) -> Planned:
    """Send a correction to those, and only those, whom a dispatch reached or may have reached, over the same channel."""
    with database.reading() as session:
        corrected = find(session, dispatch_id)
        view = admission.read_notice(session, reference, now)
        admission.refuse_stranger(actor, view)
        admitted = admission.admit(view, channels, now, correction=True, catalogue=catalogue)
    if not _state(corrected).is_over:
        raise Refused(f"推送任务 {dispatch_id} 还没有结束（{_state(corrected).words}）。请先停止它，再发更正，免得错的还在发。")
    with database.writing() as session:
        admission.refuse_repetition(session, view)
        dispatch = _new(session, admitted, actor, now, _release(view, now, None, settings))
        dispatch.corrects, dispatch.is_exempt = corrected.id, True
        dispatch.priority = max(dispatch.priority, CORRECTION)
        written = layout.write_corrections(session, dispatch, corrected.id, admitted.channels, settings)
        if not written.planned:
            raise Refused(f"推送任务 {dispatch_id} 没有发到任何人，不需要更正。")
        dispatch.surely_households = dispatch.possibly_households = written.audience
        return _released(session, dispatch, written, actor, now)


def find(session: Session, dispatch_id: int) -> Dispatch:
    """The dispatch of a number; Refused when there is none."""
    dispatch = session.get(Dispatch, dispatch_id)
    if dispatch is None:
        raise Refused(f"没有编号为 {dispatch_id} 的推送任务。请在“定向推送”里核对编号。")
    return dispatch


def pause(session: Session, dispatch_id: int, actor: Actor, now: datetime) -> None:
    """Hold what has not left yet; requests under way are still answered and written down."""
    dispatch = _acted_on(session, dispatch_id, actor)
    if not _state(dispatch).is_open:
        raise Refused(f"推送任务 {dispatch_id} 现在是“{_state(dispatch).words}”，不能暂停。")
    _move(session, dispatch, DispatchState.PAUSED, actor, now, "push.pause")


def resume(session: Session, dispatch_id: int, actor: Actor, now: datetime) -> None:
    """Let a paused dispatch go on."""
    dispatch = _acted_on(session, dispatch_id, actor)
    if _state(dispatch) is not DispatchState.PAUSED:
        raise Refused(f"推送任务 {dispatch_id} 现在是“{_state(dispatch).words}”，没有暂停，不用继续。")
    dispatch.held_because = ""
    dispatch.resumed_at = now
    _move(session, dispatch, DispatchState.RUNNING, actor, now, "push.resume")


def stop(session: Session, dispatch_id: int, actor: Actor, now: datetime) -> None:
    """End a dispatch for good; what has not left is written down as not sent."""
    dispatch = _acted_on(session, dispatch_id, actor)
    if _state(dispatch).is_over:
        raise Refused(f"推送任务 {dispatch_id} 已经是“{_state(dispatch).words}”，不能再停止。")
    dispatch.finished_at = now
    _move(session, dispatch, DispatchState.STOPPED, actor, now, "push.stop")


def _state(dispatch: Dispatch) -> DispatchState:
    # The column gives back plain text.
    return DispatchState(dispatch.state)


def _acted_on(session: Session, dispatch_id: int, actor: Actor) -> Dispatch:
    dispatch = find(session, dispatch_id)
    if admission.SENDER_ROLE not in actor.roles:
        raise Refused(f"{actor.name} 没有推送的权限。请由有“推送”角色的人办理。")
    if not all(actor.may_act_in(code) for code in dispatch.divisions):
        raise Refused(f"推送任务 {dispatch_id} 的范围超出 {actor.name} 的管理范围。请由上级单位办理。")
    session.refresh(dispatch, with_for_update=True)
    return dispatch


def _move(session: Session, dispatch: Dispatch, state: DispatchState, actor: Actor, now: datetime, act: str) -> None:
    before, dispatch.state = dispatch.state, state
    audit.record(session, now, actor, act, f"dispatch:{dispatch.id}", {"before": str(before), "notice": dispatch.notice_reference})
    session.flush()


def _new(session: Session, admitted: Admitted, actor: Actor, now: datetime, release_at: datetime) -> Dispatch:
    view = admitted.view
    dispatch = Dispatch(
        notice_id=view.id, notice_reference=view.reference, digest=view.digest, title=view.title, topic=view.topic,
        purpose=next(iter(admitted.contents.values())).purpose.value, is_exempt=view.is_statutory or view.is_emergency,
        about_households=tells_of_households(admitted.condition), to=view.to, state=DispatchState.PLANNED, content=admitted.snapshot(), channels=list(admitted.channels),
        divisions=list(view.divisions), priority=EMERGENCY if view.is_emergency else ORDINARY, sent_by=actor.name,
        created_at=now, release_at=release_at, deadline=None if view.deadline is None else end_of(view.deadline))
    session.add(dispatch)
    session.flush()
    return dispatch


def _released(session: Session, dispatch: Dispatch, written: Written, actor: Actor, now: datetime) -> Planned:
    if not written.planned:
        dispatch.state, dispatch.finished_at = DispatchState.FINISHED, now
    audit.record(session, now, actor, "push.correct" if dispatch.corrects else "push.send", f"dispatch:{dispatch.id}", {
        "notice": dispatch.notice_reference, "digest": dispatch.digest, "planned": written.planned,
        "skipped": dict(written.skipped), "possibly": dispatch.possibly, "reason": dispatch.possibly_reason,
        "release_at": dispatch.release_at.isoformat(), "corrects": dispatch.corrects})
    session.flush()
    return Planned(dispatch.id, written.planned, written.skipped)


def _release(view: NoticeView, now: datetime, at: datetime | None, settings: PushSettings) -> datetime:
    if at is not None and in_china(at) < now - PAST_BY:
        raise Refused(f"定时 {in_china(at):%Y-%m-%d %H:%M} 已经过去了。请改成以后的时间，或不定时立即发送。")
    deadline = None if view.deadline is None else end_of(view.deadline)
    wanted = now if at is None else max(now, in_china(at))
    if at is not None and deadline is not None and now <= deadline < wanted:
        raise Refused(f"定时 {wanted:%Y-%m-%d %H:%M} 晚于信息的截止日期 {deadline:%Y-%m-%d}，收到就来不及了。请提前。")
    return may_leave_at(wanted, settings.quiet, deadline, urgent=view.is_emergency)


def _audience(admitted: Admitted, now: datetime, earlier: tuple[int, ...]) -> Audience:
    view = admitted.view
    return Audience(admitted.condition, view.divisions, admitted.channels, view.topic, in_china(now).date(),
                    to_residents=view.to == "residents", refusals=not (view.is_statutory or view.is_emergency),
                    about_households=tells_of_households(admitted.condition), earlier=earlier)


def _possibly(session: Session, admitted: Admitted, now: datetime) -> int:
    """Households the condition may reach, the sure ones included; nothing to count when everybody is meant."""
    if admitted.condition is None:
        return 0
    divisions = present_codes(session, admitted.view.divisions)
    clause = possibly_clause(presently(session, admitted.condition), divisions, in_china(now).date())
    return session.scalar(select(func.count()).select_from(Household).where(clause)) or 0


def _refuse_nobody(view: NoticeView, written: Written, undecided: int) -> None:
    if written.audience:
        return
    if undecided:
        raise Refused(f"信息 {view.reference} 的推送范围里，没有一户能确定符合；有 {undecided} 户资料不全。"
                      "请先补全资料（可入户核实），或放宽推送范围后重新送审。")
    raise Refused(f"信息 {view.reference} 的推送范围里没有农户。请核对范围和条件，并确认已导入这些村的农户信息。")


def possibly_words(dispatch: Dispatch) -> str:
    """The decision on households whose data are incomplete, in words."""
    return Possibly(dispatch.possibly).words
