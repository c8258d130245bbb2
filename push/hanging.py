"""A village's board as its cadre sees it: what waits to go up or come down, what hangs, and the ticks that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.clock import in_china
from notices import reading
from notices.models import Notice
from notices.views import NoticeView
from profiles.divisions import VILLAGE
from push.failures import Refused
from push.postings import Posting, PostState, PostWhy

# How long a sheet that came down stays on the page, so that a wrong tap can be taken back.
UNDONE_WITHIN = timedelta(days=3)


@dataclass(frozen=True)
class Hung:
    """One sheet of a village; `text` is what hangs, names in full; `replaces` says that an older sheet is still up."""

    id: int
    reference: str
    village: str
    why: PostWhy
    state: PostState
    title: str
    text: str
    asked_at: datetime
    posted_at: datetime | None
    taken_down_at: datetime | None
    take_down_at: datetime | None
    view: NoticeView

    @property
    def is_urgent(self) -> bool:
        """Whether it goes up before all others."""
        return self.why is PostWhy.EMERGENCY

    @property
    def replaces(self) -> bool:
        """Whether an older sheet of the same notice has to come off."""
        return self.state is PostState.WANTED and self.posted_at is not None

    @property
    def is_public(self) -> bool:
        """Whether the notice has a page that everybody may open."""
        return self.why is not PostWhy.VILLAGE and self.view.published_at is not None and self.view.withdrawn_at is None


def boards_of(session: Session, area: str, now: datetime) -> list[Hung]:
    """Everything a village (or the villages of an area) has to do with: emergencies first, then the longest waiting."""
    since = now - UNDONE_WITHIN
    called_back = and_(Posting.posted_at.is_(None), or_(Posting.take_down_at >= since, Posting.notice_id.in_(
        select(Notice.id).where(Notice.withdrawn_at >= since))))
    recent = or_(Posting.state != PostState.TAKEN_DOWN, Posting.taken_down_at >= since, called_back)
    urgent = case((Posting.why == PostWhy.EMERGENCY, 0), else_=1)
    rows = session.scalars(select(Posting).where(_inside(area), recent).order_by(
        urgent, Posting.village, Posting.asked_at, Posting.id))
    return _hung(session, list(rows), now)


def one(session: Session, number: int, area: str, now: datetime) -> Hung | None:
    """One sheet of an area, None when there is none there."""
    row = session.scalar(select(Posting).where(Posting.id == number, _inside(area)))
    return next(iter(_hung(session, [row], now)), None) if row is not None else None


def count_waiting(session: Session, area: str) -> tuple[int, int]:
    """How many sheets of an area wait to go up, and how many to come down."""
    rows = {str(state): int(count) for state, count in session.execute(
        select(Posting.state, func.count()).where(_inside(area), Posting.state.in_((PostState.WANTED, PostState.TO_TAKE_DOWN)))
        .group_by(Posting.state))}
    return rows.get(PostState.WANTED, 0), rows.get(PostState.TO_TAKE_DOWN, 0)


def tick(session: Session, number: int, wanted: PostState, actor: Actor, now: datetime, asked: datetime | None = None) -> PostState:
    """Say that a sheet is up or down; a second tap changes nothing. Refused when it is not for that any more.

    `asked` is when the sheet on the page was asked for. What went up in words that were replaced, or was called back
    while the cadre walked to the board, hangs all the same and is to come off: that is what is given back.
    """
    posting = _found(session, number, actor)
    before, state = _BEFORE[wanted], PostState(posting.state)
    if state is wanted:
        return state
    after, is_up = wanted, wanted is PostState.POSTED
    if is_up and state is PostState.TAKEN_DOWN and posting.posted_at is None:
        after = PostState.TO_TAKE_DOWN
    elif is_up and state is before and asked is not None and asked != posting.asked_at:
        after = PostState.WANTED
    elif state is not before:
        raise Refused(f"这张现在是“{state.words}”，不能记“{wanted.words}”。请按页面上现在写的办。")
    by, at = ("posted_by", "posted_at") if is_up else ("taken_down_by", "taken_down_at")
    posting.state = after
    setattr(posting, by, actor.name[:80])
    setattr(posting, at, now)
    audit.record(session, now, actor, f"posting.{wanted.value}", f"notice:{posting.reference}",
                 {"village": posting.village, "after": after.value})
    return after


def undo(session: Session, number: int, actor: Actor, now: datetime) -> PostState:
    """Take back a tick: what is up was not posted after all, what came down still hangs; a second tap changes nothing."""
    posting = _found(session, number, actor)
    state = PostState(posting.state)
    if state.waits:
        return state
    if state is PostState.POSTED:
        posting.state = back = PostState.WANTED
        posting.posted_by = posting.posted_at = None
    elif posting.taken_down_at is not None:
        posting.state = back = PostState.TO_TAKE_DOWN
        posting.taken_down_by = posting.taken_down_at = None
    else:
        raise Refused(f"这张现在是“{state.words}”，没有可以撤销的。")
    audit.record(session, now, actor, "posting.undone", f"notice:{posting.reference}", {"village": posting.village, "was": state.value})
    return back


def posted_of(session: Session, notice_id: int) -> list[tuple[str, PostState, datetime | None]]:
    """The villages that post a notice with state and time of posting, by their codes: no order of who was first."""
    return [(village, PostState(state), posted_at) for village, state, posted_at in session.execute(
        select(Posting.village, Posting.state, Posting.posted_at).where(Posting.notice_id == notice_id).order_by(Posting.village))]


def posted_days(session: Session, village: str) -> dict[str, date]:
    """What hangs in a village, by reference: since which day."""
    rows = session.execute(select(Posting.reference, Posting.posted_at).where(
        Posting.village == village, Posting.state == PostState.POSTED, Posting.posted_at.is_not(None)))
    return {reference: in_china(at).date() for reference, at in rows if at is not None}


def beyond_the_web(session: Session, area: str, now: datetime) -> list[Hung]:
    """What hangs, or is about to, and has no page of its own: in a village all of it, in a wider area emergencies alone."""
    up = and_(_inside(area), Posting.state.in_((PostState.WANTED, PostState.POSTED)),
              or_(Posting.take_down_at.is_(None), Posting.take_down_at > now))
    chosen = select(func.min(Posting.id)).join(Notice, Notice.id == Posting.notice_id).where(
        up, or_(Notice.published_revision.is_(None), Posting.why == PostWhy.VILLAGE), Notice.withdrawn_at.is_(None))
    if len(area) < VILLAGE:
        chosen = chosen.where(Posting.why == PostWhy.EMERGENCY)
    numbers = chosen.group_by(Posting.notice_id)
    return _hung(session, session.scalars(select(Posting).where(Posting.id.in_(numbers)).order_by(Posting.asked_at.desc())).all(), now)


def edition(session: Session, area: str) -> tuple[object, ...]:
    """What changes whenever something is posted: for pages kept as they were printed. Looks at one village's rows at most."""
    newest = session.scalar(select(func.max(Posting.id)))
    if len(area) < VILLAGE:
        return (newest,)
    return (newest, *session.execute(select(func.count(), func.count(Posting.posted_at), func.max(Posting.posted_at), func.max(Posting.asked_at)).where(
        Posting.village == area, Posting.state.in_((PostState.WANTED, PostState.POSTED)))).one())


_BEFORE = {PostState.POSTED: PostState.WANTED, PostState.TAKEN_DOWN: PostState.TO_TAKE_DOWN}


def _inside(area: str) -> ColumnElement[bool]:
    return Posting.village.startswith(area, autoescape=True)


def _found(session: Session, number: int, actor: Actor) -> Posting:
    # Locked: of two taps at once the second sees what the first said.
    posting = session.get(Posting, number, with_for_update=True, populate_existing=True)
    if posting is None or not actor.may_act_in(posting.village):
        raise Refused("您的村里没有这张要张贴的信息。请回“村里的事”重新选。")
    return posting


def _hung(session: Session, rows: Sequence[Posting], now: datetime) -> list[Hung]:
    today = in_china(now).date()
    views = {reference: reading.current(session, reference, today) for reference in {row.reference for row in rows}}
    return [_one(row, view) for row in rows if (view := views[row.reference]) is not None]


def _one(row: Posting, view: NoticeView) -> Hung:
    text = view.surfaces.get("neutral", {}).get("text", "") if row.why == PostWhy.VILLAGE else view.board_text
    title = next(iter(text.splitlines()), view.title) if row.why == PostWhy.VILLAGE else view.title
    return Hung(row.id, row.reference, row.village, PostWhy(row.why), PostState(row.state), title, text, row.asked_at,
                row.posted_at, row.taken_down_at, row.take_down_at, view)
