"""Which notices hang in the villages, and until when: what is published goes up, what is withdrawn or over comes down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, case, cast, or_, select, update
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.database import Database
from notices import reading
from notices.models import Notice, Revision
from notices.views import NoticeView
from notices.writing import Kind, Property
from push.models import Dispatch
from push.planning import end_of
from push.postings import Posting, PostState, PostWhy, post_in
from push.states import DispatchState

HANGING = (PostState.WANTED, PostState.POSTED)
# How far back a publication is looked for that nobody followed at once.
LATELY = timedelta(days=2)


def why_posted(view: NoticeView) -> PostWhy | None:
    """Why villages have to post a notice; None when they need not, or when it is not for everybody to read."""
    if not Property(view.disclosure).is_public:
        return None
    if view.is_emergency:
        return PostWhy.EMERGENCY
    return PostWhy.CHANNEL if "board" in view.channels else None


def post_notice(session: Session, view: NoticeView, now: datetime, dispatch_id: int | None = None) -> int:
    """Ask the villages of a notice to post it, when it is one that hangs; how many have something to do for it."""
    why = why_posted(view)
    if why is None or _is_over(view, now):
        return 0
    return post_in(session, notice_id=view.id, reference=view.reference, divisions=view.divisions, why=why, now=now,
                   take_down_at=_over_at(view), dispatch_id=dispatch_id, digest=view.digest)


def follow(session: Session, reference: str, now: datetime) -> int:
    """Let the boards follow what just happened to a notice: published, published anew, or withdrawn; how many changed."""
    view = reading.current(session, reference, in_china(now).date())
    if view is None:
        return 0
    if view.withdrawn_at is not None:
        return _take_down(session, Posting.notice_id == view.id)
    return post_notice(session, view, now) if view.published_at is not None else 0


def keep_up(database: Database, now: datetime) -> None:
    """What nobody followed: sheets whose time is over, notices withdrawn or published by another hand."""
    with database.reading() as session:
        over = session.scalar(select(Posting.id).where(_overdue(now)).limit(1)) is not None
        gone = session.scalars(select(Notice.id).where(
            Notice.withdrawn_at.is_not(None), Notice.id.in_(select(Posting.notice_id).where(Posting.state.in_(HANGING))))).all()
        missing, released = _missing(session, now), _released(session, now)
    if not (over or gone or missing or released):
        return
    with database.writing() as session:
        _take_down(session, _overdue(now))
        if gone:
            _take_down(session, Posting.notice_id.in_(gone))
        for reference in missing:
            follow(session, reference, now)
        for reference, number in released:
            view = reading.current(session, reference, in_china(now).date())
            if view is not None and view.withdrawn_at is None:
                post_notice(session, view, now, number)


def call_back(session: Session, dispatch_id: int) -> int:
    """Take down what hangs only because a push asked the villages to tell of it; how many sheets."""
    return _take_down(session, and_(Posting.dispatch_id == dispatch_id, Posting.why == PostWhy.VILLAGE))


def _take_down(session: Session, such: ColumnElement[bool]) -> int:
    """What hangs is to come down; what never went up is done with."""
    result = session.execute(
        update(Posting).where(such, Posting.state.in_(HANGING))
        .values(state=case((Posting.posted_at.is_(None), PostState.TAKEN_DOWN.value), else_=PostState.TO_TAKE_DOWN.value))
        .execution_options(synchronize_session=False))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _overdue(now: datetime) -> ColumnElement[bool]:
    return and_(Posting.take_down_at <= now, Posting.state.in_(HANGING))


def _missing(session: Session, now: datetime) -> Sequence[str]:
    """Notices published lately that may hang and hang nowhere in these words."""
    return session.scalars(
        select(Notice.reference).join(Revision, and_(Revision.notice_id == Notice.id, Revision.number == Notice.published_revision))
        .where(Notice.published_at >= now - LATELY, Notice.withdrawn_at.is_(None), _may_hang(), ~_hangs(),
               or_(Revision.valid_until.is_(None), Revision.valid_until >= in_china(now).date()))).all()


def _released(session: Session, now: datetime) -> Sequence[tuple[str, int]]:
    """Notices whose push was planned for later and has begun since: reference and dispatch."""
    rows = session.execute(
        select(Dispatch.notice_reference, Dispatch.id).join(Notice, Notice.id == Dispatch.notice_id)
        .join(Revision, and_(Revision.notice_id == Notice.id, Revision.digest == Dispatch.digest))
        .where(Dispatch.release_at > now - LATELY, Dispatch.release_at <= now, Notice.withdrawn_at.is_(None),
               Dispatch.state.not_in((DispatchState.STOPPED, DispatchState.PAUSED)), _may_hang(), ~_hangs()))
    return [(reference, number) for reference, number in rows]


def _may_hang() -> ColumnElement[bool]:
    # The channels stand inside the writing; a body that says "board" is looked at in vain and does no harm.
    return or_(Revision.kind == Kind.EMERGENCY, cast(Revision.content, String).like('%"board"%'))


def _hangs() -> ColumnElement[bool]:
    return select(Posting.id).where(Posting.notice_id == Notice.id, Posting.digest == Revision.digest).exists()


def _over_at(view: NoticeView) -> datetime | None:
    """When the sheet has to come down: after the last day one can still do something about it."""
    return None if view.last_day is None else end_of(view.last_day)


def _is_over(view: NoticeView, now: datetime) -> bool:
    over_at = _over_at(view)
    return over_at is not None and over_at < now
