"""A dispatch as it is drawn up from an admitted notice: its row, its audience, its hour; the same for a look ahead and for the release."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from channels.messages import Purpose
from kernel.clock import in_china
from kernel.days import day, moment
from notices.views import NoticeView
from push import layout
from push.admission import Admitted
from push.audience import Audience, tells_of_households
from push.failures import Refused
from push.layout import Written
from push.models import Dispatch
from push.planning import end_of, may_leave_at
from push.settings import PushSettings
from push.states import DispatchState

EMERGENCY, CORRECTION, ORDINARY = 10, 5, 0


def draw_up(session: Session, dispatch: Dispatch, admitted: Admitted, now: datetime, earlier: tuple[int, ...],
            settings: PushSettings) -> Written:
    """Write the deliveries of a new dispatch; a notice for the boards alone has none."""
    if not admitted.channels:
        return Written(0, 0, {})
    return layout.write_audience(session, dispatch, whom(admitted, now, earlier), settings)


def new_dispatch(session: Session, admitted: Admitted, sent_by: str, now: datetime, release_at: datetime,
                 number: int | None = None) -> Dispatch:
    """The row of a dispatch that nothing of has left yet; `number` is given only where it will not be kept."""
    view = admitted.view
    dispatch = Dispatch(
        id=number, notice_id=view.id, notice_reference=view.reference, digest=view.digest, title=view.title, topic=view.topic,
        purpose=_purpose(admitted).value, is_exempt=view.is_statutory or view.is_emergency,
        about_households=tells_of_households(admitted.condition), to=view.to, state=DispatchState.PLANNED,
        content=admitted.snapshot(), channels=list(admitted.channels), divisions=list(view.divisions),
        priority=EMERGENCY if view.is_emergency else ORDINARY, sent_by=sent_by, created_at=now, release_at=release_at,
        deadline=None if view.deadline is None else end_of(view.deadline), must_arrive=view.must_arrive)
    session.add(dispatch)
    session.flush()
    return dispatch


def whom(admitted: Admitted, now: datetime, earlier: tuple[int, ...] = ()) -> Audience:
    """Whom an admitted notice addresses."""
    view = admitted.view
    return Audience(admitted.condition, view.divisions, admitted.channels, view.topic, in_china(now).date(),
                    to_residents=view.to == "residents", refusals=not (view.is_statutory or view.is_emergency),
                    about_households=tells_of_households(admitted.condition), earlier=earlier)


def release_moment(view: NoticeView, now: datetime, at: datetime | None, settings: PushSettings,
                   past_by: float = 300) -> datetime:
    """When the first message may leave: now or at a moment, after the quiet hours, but in time for the deadline.

    Refused for a moment more than `past_by` seconds past, or after the deadline.
    """
    wanted, today = now if at is None else in_china(at), in_china(now).date()
    if (now - wanted).total_seconds() > past_by:
        raise Refused(f"定时的{moment(wanted, today)} 已经过去了。请改成以后的时间，或不定时立即发送。")
    deadline = None if view.deadline is None else end_of(view.deadline)
    wanted = max(now, wanted)
    if at is not None and deadline is not None and now <= deadline < wanted:
        raise Refused(f"定时的{moment(wanted, today)} 晚于信息的截止日期{day(deadline, today)}，收到就来不及了。请提前。")
    return may_leave_at(wanted, settings.quiet, deadline, urgent=view.is_emergency)


def _purpose(admitted: Admitted) -> Purpose:
    if admitted.contents:
        return next(iter(admitted.contents.values())).purpose
    return Purpose.EMERGENCY if admitted.view.is_emergency else Purpose.NOTICE
