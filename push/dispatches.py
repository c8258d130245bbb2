"""A dispatch from the sender's hand: planned and released, corrected, paused, taken up again, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.clock import in_china
from kernel.database import Database
from kernel.days import day
from notices.views import NoticeView
from profiles.facts import REGISTER, Catalogue
from profiles.reach import Counts
from push import admission, correcting, in_force, layout, noticeboards, ordering, releasing, undecided
from push.admission import Admitted, OpenChannels
from push.ceiling import Ceiling, fen, is_bound, reckon
from push.failures import Refused
from push.figures import Status, status
from push.layout import Written
from push.models import Dispatch
from push.settings import PushSettings
from push.states import DispatchState, Reason, state_words

__all__ = ["Planned", "Seen", "Status", "correct", "find", "pause", "resume", "send", "status", "stop"]

# Households that joined the register while the sender was reading; more are shown first.
MORE_THAN_SEEN = 5


@dataclass(frozen=True)
class Planned:
    """What a dispatch set out to do: deliveries to send, and by reason (see `states.Reason`) the households without one.

    `undecided` households have incomplete data; `visits` of them went on the home-visit list, `postings` villages have
    something to hang up. `cost` is in yuan.
    """

    dispatch: int
    planned: int
    skipped: Mapping[str, int]
    undecided: int = 0
    visits: int = 0
    postings: int = 0
    cost: float = 0.0


@dataclass(frozen=True)
class Seen:
    """What its sender was shown before saying yes: the digest of the words, and how many messages."""

    digest: str
    planned: int

    def refuse(self, digest: str, planned: int) -> None:
        """Refused when it is no longer what was seen; a register moves on all day, so a few more households are no news."""
        if digest != self.digest:
            raise Refused("您打开这一页以后，信息有改动。请重新看一遍再发。")
        if planned - self.planned > max(MORE_THAN_SEEN, self.planned // 100):
            raise Refused(f"您看的时候是 {self.planned} 条，现在是 {planned} 条：农户信息有变动。请重新看一遍再发。")


def send(database: Database, channels: OpenChannels, *, reference: str, actor: Actor, now: datetime,
         settings: PushSettings, at: datetime | None = None, possibly: str = "", reason: str = "",
         ceiling: float | None = None, ceiling_reason: str = "", seen: Seen | None = None,
         catalogue: Catalogue = REGISTER) -> Planned:
    """Plan an approved notice's dispatch and release it, now or at a moment.

    `possibly` (leave, village, visit; empty = nobody said) and `reason` are the decision on households whose data are
    incomplete; it is carried out in the same transaction. `ceiling` raises the cost ceiling in yuan for this dispatch,
    with its reason. Raises Refused with the cure, and with the earlier dispatch when the same words were sent before.
    """
    decided, allowed = undecided.decision(possibly, reason), Ceiling.agreed(settings, ceiling, ceiling_reason)
    today = in_china(now).date()
    with database.reading() as session:
        read = admission.read_notice(session, reference, now)
        admission.refuse_stranger(actor, read)
        admission.refuse_repetition(session, read, lock=False)
        admitted = admission.admit(read, channels, now, catalogue=catalogue)
        counts = undecided.counted(session, admitted.condition, read.divisions, today)
    undecided.refuse_undecided(read, decided, counts)
    release_at = ordering.release_moment(read, now, at, settings)
    with database.writing() as session:
        # Read again under the lock: what was withdrawn or changed in the meantime must not leave.
        view = admission.read_notice(session, reference, now, lock=True)
        earlier = admission.refuse_repetition(session, view)
        Seen(read.digest, 0).refuse(view.digest, 0)
        admitted = admission.admit(view, channels, now, catalogue=catalogue)
        dispatch = ordering.new_dispatch(session, admitted, actor.name, now, release_at)
        dispatch.possibly, dispatch.possibly_reason = decided.what.value, decided.reason if counts.undecided else reason
        written = ordering.draw_up(session, dispatch, admitted, now, earlier, settings)
        _refuse_nobody(admitted, written, counts)
        if seen is not None:
            seen.refuse(view.digest, written.planned)
        _keep_to(session, dispatch, allowed, settings)
        dispatch.surely_households, dispatch.possibly_households = counts.surely, counts.possibly
        # What waits for its hour is decided again then; until then it can be cancelled and leaves nothing behind.
        done = undecided.CarriedOut() if release_at > now else undecided.carry_out(
            session, dispatch.id, view, admitted.condition, decided, now, today)
        posted = _post(session, dispatch, view, now)
        told = _released(session, dispatch, written, actor, now, settings)
        return replace(told, undecided=counts.undecided, visits=done.visits, postings=done.postings + posted)


def correct(database: Database, channels: OpenChannels, *, dispatch_id: int, reference: str, actor: Actor,
            now: datetime, settings: PushSettings, catalogue: Catalogue = REGISTER, seen: Seen | None = None) -> Planned:
    """Send a correction to those, and only those, whom a dispatch reached or may have reached, over the same channel."""
    with database.reading() as session:
        corrected, view = find(session, dispatch_id), admission.read_notice(session, reference, now)
        correcting.may_correct(session, corrected, view, actor, channels, now, catalogue)
    with database.writing() as session:
        # As in `send`: what was changed or withdrawn since the look must not leave.
        read, view = view, admission.read_notice(session, reference, now, lock=True)
        Seen(read.digest, 0).refuse(view.digest, 0)
        corrected = find(session, dispatch_id)
        admitted = correcting.may_correct(session, corrected, view, actor, channels, now, catalogue)
        dispatch, written = correcting.draw_up(session, corrected, admitted, actor, now, settings)
        if seen is not None:
            seen.refuse(view.digest, written.planned)
        return _released(session, dispatch, written, actor, now, settings)


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


def resume(session: Session, dispatch_id: int, actor: Actor, now: datetime, settings: PushSettings | None = None) -> None:
    """Let a paused dispatch go on; one that was never released waits for its hour, or is drawn up anew at once.

    What should have left on an earlier day keeps to the caps of today, by the settings.
    """
    if settings is not None:
        layout.hold_counts(session, find(session, dispatch_id))
    dispatch = _acted_on(session, dispatch_id, actor)
    if _state(dispatch) is not DispatchState.PAUSED:
        raise Refused(f"推送任务 {dispatch_id} 现在是“{_state(dispatch).words}”，没有暂停，不用继续。")
    refuse_lapsed(session, dispatch, now)
    dispatch.held_because = ""
    dispatch.resumed_at = now
    if dispatch.released_at is None:
        dispatch.release_at = max(dispatch.release_at, now)
        _move(session, dispatch, DispatchState.PLANNED, actor, now, "push.resume")
        return
    if settings is not None:
        layout.plan_for_today(session, dispatch, now, settings)
    _move(session, dispatch, DispatchState.RUNNING, actor, now, "push.resume")


def refuse_lapsed(session: Session, dispatch: Dispatch, now: datetime) -> None:
    """Refused, with the cure, where a dispatch that is held may not go on any more: withdrawn, replaced, corrected or too late."""
    in_force.view_of(session, dispatch, now)
    if in_force.is_past(dispatch, now):
        raise Refused(f"办理截止日期{day(dispatch.deadline, in_china(now).date())}已经过了，推送任务 {dispatch.id} 不能再发。请停止它；还要告知，"
                      "请改截止日期后重新送审、另发。")


def stop(session: Session, dispatch_id: int, actor: Actor, now: datetime) -> None:
    """End a dispatch for good; what has not left is written down as not sent. Before its release this cancels it."""
    dispatch = _acted_on(session, dispatch_id, actor)
    if _state(dispatch).is_over:
        raise Refused(f"推送任务 {dispatch_id} 已经是“{state_words(dispatch.state, dispatch.released_at)}”，不能再停止。")
    # What was to be done so that it might go on is no advice any more; the trail keeps it.
    dispatch.held_because = ""
    if dispatch.released_at is None:
        releasing.cancel(session, dispatch, Reason.CANCELLED, now)
        _move(session, dispatch, DispatchState.STOPPED, actor, now, "push.cancel")
        return
    dispatch.finished_at = now
    noticeboards.call_back(session, dispatch.id)
    _move(session, dispatch, DispatchState.STOPPED, actor, now, "push.stop")


def _state(dispatch: Dispatch) -> DispatchState:
    # The column gives back plain text.
    return DispatchState(dispatch.state)


def refuse_stranger(dispatch: Dispatch, actor: Actor) -> None:
    """Refused unless the actor may push, and in the whole area of the dispatch."""
    if admission.SENDER_ROLE not in actor.roles:
        raise Refused(f"{actor.name} 没有推送的权限。请由有“推送”角色的人办理。")
    if not all(actor.may_act_in(code) for code in dispatch.divisions):
        raise Refused(f"推送任务 {dispatch.id} 的范围超出 {actor.name} 的管理范围。请由上级单位办理。")


def _acted_on(session: Session, dispatch_id: int, actor: Actor) -> Dispatch:
    dispatch = find(session, dispatch_id)
    refuse_stranger(dispatch, actor)
    session.refresh(dispatch, with_for_update=True)
    return dispatch


def _move(session: Session, dispatch: Dispatch, state: DispatchState, actor: Actor, now: datetime, act: str) -> None:
    before, dispatch.state = dispatch.state, state
    audit.record(session, now, actor, act, f"dispatch:{dispatch.id}", {"before": str(before), "notice": dispatch.notice_reference})
    session.flush()


def _released(session: Session, dispatch: Dispatch, written: Written, actor: Actor, now: datetime,
              settings: PushSettings) -> Planned:
    asked = releasing.begin(session, dispatch, now, settings)
    if not written.planned and dispatch.released_at is not None:
        dispatch.state, dispatch.finished_at = DispatchState.FINISHED, now
    audit.record(session, now, actor, "push.correct" if dispatch.corrects else "push.send", f"dispatch:{dispatch.id}", {
        "notice": dispatch.notice_reference, "digest": dispatch.digest, "planned": written.planned,
        "skipped": dict(written.skipped), "possibly": dispatch.possibly, "reason": dispatch.possibly_reason,
        "release_at": dispatch.release_at.isoformat(), "corrects": dispatch.corrects, "cost": dispatch.cost / 100,
        "ceiling": dispatch.cost_ceiling / 100, "ceiling_reason": dispatch.ceiling_reason})
    session.flush()
    return Planned(dispatch.id, written.planned, written.skipped, visits=asked, cost=dispatch.cost / 100)


def _keep_to(session: Session, dispatch: Dispatch, allowed: Ceiling, settings: PushSettings) -> None:
    """Write down the cost, and refuse what lies above the ceiling."""
    cost = reckon(session, dispatch, settings)
    dispatch.cost_ceiling, dispatch.ceiling_reason = fen(allowed.yuan), allowed.reason
    if is_bound(dispatch):
        allowed.refuse(cost)


def _post(session: Session, dispatch: Dispatch, view: NoticeView, now: datetime) -> int:
    """What the notice's own channels ask of the villages' boards; what is for later is posted when its time comes."""
    if dispatch.release_at > now:
        return 0
    return noticeboards.post_notice(session, view, now, dispatch.id)


def _refuse_nobody(admitted: Admitted, written: Written, counts: Counts) -> None:
    view = admitted.view
    if written.audience or (counts.surely and not admitted.channels):
        return
    if counts.undecided:
        raise Refused(f"信息 {view.reference} 的推送范围里，没有一户能确定符合；有 {counts.undecided} 户资料不全。"
                      "请先补全资料（可入户核实），或放宽推送范围后重新送审。")
    raise Refused(f"信息 {view.reference} 的推送范围里没有农户。请核对范围和条件，并确认已导入这些村的农户信息。")
