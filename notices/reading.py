"""What others may know of notices: the one in force, what is published for a place, a search, and a clerk's desk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.clock import SystemClock
from kernel.clock import today as today_by
from notices.models import Notice, NoticeDivision, Review, Revision, State
from notices.places import around
from notices.transitions import STEPS, Act
from notices.views import NoticeView, view
from profiles.divisions import formerly

__all__ = ["DeskItem", "NoticeView", "current", "desk", "edition", "history", "open_over", "published_for", "same_writing", "search",
           "working"]

MOST_FOUND = 40
LEAST_COVERED = 0.4
"""Share of the pieces asked for; pairs that straddle two words are often nowhere, so that not all can be wanted."""
_CANDIDATES = 300
_LONGEST_QUERY = 60
_MOST_PIECES = 24
_WORD = re.compile(r"[\u4e00-\u9fff]+|[0-9A-Za-z〔〕]+")


def current(session: Session, reference: str, today: date | None = None) -> NoticeView | None:
    """The notice as it is in force: its published revision, withdrawn or not, else the one being worked on.

    Never shows the public an unfinished revision of something published. `today` ends public lists; without it the
    machine's day in China counts, so that no list outlives its period by a caller's forgetting.
    """
    notice = session.scalar(select(Notice).where(Notice.reference == reference))
    return None if notice is None else _view(session, notice, notice.published_revision or notice.revision, today)


def working(session: Session, reference: str, today: date | None = None) -> NoticeView | None:
    """The latest revision, published or not: for the staff who write and review it."""
    notice = session.scalar(select(Notice).where(Notice.reference == reference))
    return None if notice is None else _view(session, notice, notice.revision, today)


def same_writing(session: Session, notice_id: int, digest: str) -> tuple[str, ...]:
    """The digests under which the writing of one was approved: signature, card fields and template may have changed between."""
    rows = session.execute(select(Revision.digest, Revision.content).where(Revision.notice_id == notice_id)).all()
    writing = next((content for own, content in rows if own == digest), None)
    return tuple({digest, *(own for own, content in rows if content == writing)})


def published_for(
    session: Session, division: str, today: date, limit: int = 50, topic: str | None = None
) -> list[NoticeView]:
    """What is published and valid for a division: notices that cover it or lie in it, emergencies first, then the newest.

    An empty division means everywhere.
    """
    chosen = _published(today).order_by(
        case((Revision.kind == "emergency", 0), else_=1), Notice.published_at.desc(), Notice.id.desc()).limit(limit)
    if division:
        chosen = chosen.where(_applies_near(division))
    if topic:
        chosen = chosen.where(Revision.topic == topic)
    return _views(session, session.execute(chosen).all(), today)


def edition(session: Session) -> tuple[object, ...]:
    """What changes whenever something is published, published anew or withdrawn: for pages kept as they were printed."""
    row = session.execute(select(func.count(Notice.published_revision), func.sum(Notice.published_revision),
                                 func.max(Notice.published_at), func.count(Notice.withdrawn_at))).one()
    return tuple(row)


def search(session: Session, text: str, today: date | None = None, limit: int = MOST_FOUND) -> list[NoticeView]:
    """Published notices that hold the words, the best first: whole phrases and titles weigh most, then the newest."""
    day = today or _today()
    words = _WORD.findall(text[:_LONGEST_QUERY].lower())
    pieces = _pieces(words)
    if not pieces:
        return []
    holds_one = or_(*(_holds(piece) for piece in pieces))
    rows = session.execute(
        _published(day).where(holds_one).order_by(Notice.published_at.desc()).limit(_CANDIDATES)).all()
    ranked = [(weight, notice, revision) for notice, revision in rows
              if (weight := _weight(revision, words, pieces)) > 0]
    # The rows came newest first; a stable sort keeps that among equals.
    ranked.sort(key=lambda one: -one[0])
    return _views(session, [(notice, revision) for _, notice, revision in ranked[:limit]], day)


@dataclass(frozen=True)
class DeskItem:
    """One notice that waits for somebody: what can be done to it, and since when it waits."""

    reference: str
    title: str
    kind: str
    topic: str
    state: State
    acts: tuple[Act, ...]
    since: datetime
    written_by: str


def desk(session: Session, actor: Actor) -> list[DeskItem]:
    """What waits for an actor, the longest waiting first: only acts that role, area and the rule of two people allow."""
    rows = session.execute(
        select(Notice, Revision).join(Revision, and_(Revision.notice_id == Notice.id, Revision.number == Notice.revision))
        .where(Notice.state.in_((State.DRAFT, State.FIRST_REVIEW, State.SECOND_REVIEW, State.SIGNING, State.APPROVED)))
    ).all()
    reviewed = _reviewed_by(session, actor)
    items = []
    for notice, revision in rows:
        acts = _acts(notice, revision, actor, reviewed)
        if acts and all(actor.may_act_in(code) for code in revision.content["divisions"]):
            items.append(DeskItem(notice.reference, revision.title, revision.kind, revision.topic, State(notice.state),
                                  acts, notice.approved_at or revision.written_at, revision.written_by))
    return sorted(items, key=lambda item: item.since)


@dataclass(frozen=True)
class Reviewed:
    """One review of a notice's history, for staff."""

    round: int
    revision: int
    stage: State
    decision: str
    reviewer: str
    on_behalf_by: str | None
    reason: str
    confidentiality: str | None
    at: datetime


def history(session: Session, reference: str) -> list[Reviewed]:
    """Every review of a notice, the oldest first."""
    reviews = session.scalars(
        select(Review).join(Notice, Notice.id == Review.notice_id).where(Notice.reference == reference).order_by(Review.id))
    return [Reviewed(one.round, one.revision, State(one.stage), one.decision, one.reviewer, one.on_behalf_by, one.reason,
                     one.confidentiality, one.at) for one in reviews]


def _today() -> date:
    return today_by(SystemClock())


def _published(today: date) -> Select[Notice, Revision]:
    return (select(Notice, Revision)
            .join(Revision, and_(Revision.notice_id == Notice.id, Revision.number == Notice.published_revision))
            .where(Notice.withdrawn_at.is_(None), or_(Revision.valid_until.is_(None), Revision.valid_until >= today)))


def open_over(division: str, today: date) -> ColumnElement[bool]:
    """The clause over Notice and Revision: published, not withdrawn, covering a division, and open on a day."""
    return and_(
        Revision.notice_id == Notice.id, Revision.number == Notice.published_revision, Notice.withdrawn_at.is_(None),
        or_(Revision.valid_from.is_(None), Revision.valid_from <= today),
        or_(Revision.valid_until.is_(None), Revision.valid_until >= today),
        or_(Revision.deadline.is_(None), Revision.deadline >= today),
        exists().where(NoticeDivision.notice_id == Notice.id, _covers(division)),
    )


def _applies_near(division: str) -> ColumnElement[bool]:
    return exists().where(
        NoticeDivision.notice_id == Notice.id,
        or_(_covers(division), NoticeDivision.division.startswith(division, autoescape=True)))


def _covers(division: str) -> ColumnElement[bool]:
    """The division itself, one it lies in, or a code that one of these had before: what was written for those holds."""
    codes = around(division)
    return or_(NoticeDivision.division.in_(codes), NoticeDivision.division.in_(formerly(codes)))


def _view(session: Session, notice: Notice, number: int, today: date | None) -> NoticeView:
    revision = session.scalars(
        select(Revision).where(Revision.notice_id == notice.id, Revision.number == number)).one()
    return _views(session, [(notice, revision)], today or _today())[0]


def _views(session: Session, rows: Sequence[tuple[Notice, Revision]], today: date) -> list[NoticeView]:
    reviews: dict[int, list[Review]] = {}
    for review in session.scalars(select(Review).where(Review.notice_id.in_([notice.id for notice, _ in rows]),
                                                       Review.decision == "approved")):
        reviews.setdefault(review.notice_id, []).append(review)
    return [view(notice, revision, tuple(reviews.get(notice.id, ())), today) for notice, revision in rows]


def _pieces(words: Sequence[str]) -> tuple[str, ...]:
    """What to look for: Latin words and numbers whole, Chinese words as pairs of characters, so that 玉米补贴 finds 玉米种植补贴."""
    pieces: list[str] = []
    for word in words:
        is_short = len(word) <= 2 or word.isascii()
        pieces.extend([word] if is_short else [word[place:place + 2] for place in range(len(word) - 1)])
    return tuple(dict.fromkeys(pieces))[:_MOST_PIECES]


def _holds(piece: str) -> ColumnElement[bool]:
    return or_(Revision.title.icontains(piece, autoescape=True), Revision.search_text.icontains(piece, autoescape=True))


def _weight(revision: Revision, words: Sequence[str], pieces: Sequence[str]) -> float:
    """How well a notice fits; nothing when too little of what was asked for stands in it."""
    title, text = revision.title.lower(), revision.search_text.lower()
    covered = sum(piece in title or piece in text for piece in pieces) / len(pieces)
    if covered < LEAST_COVERED:
        return 0.0
    in_title = sum(piece in title for piece in pieces) / len(pieces)
    whole = sum(word in title or word in text for word in words) / len(words)
    return covered + 3 * in_title + whole


def _reviewed_by(session: Session, actor: Actor) -> set[tuple[int, int]]:
    rows = session.execute(select(Review.notice_id, Review.round).where(Review.reviewer == actor.name))
    return {(notice_id, number) for notice_id, number in rows}


def _acts(notice: Notice, revision: Revision, actor: Actor, reviewed: set[tuple[int, int]]) -> tuple[Act, ...]:
    state = State(notice.state)
    acts = [act for (known, act), step in STEPS.items()
            if known is state and actor.roles.intersection(step.roles) and act is not Act.WITHDRAW]
    is_own = actor.name in (notice.created_by, notice.submitted_by, revision.written_by)
    if state.is_under_review and (is_own or (notice.id, notice.round) in reviewed):
        return ()
    return tuple(acts)
