"""The list of notices with its filters, which say themselves in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from notices.models import Notice, Revision, State
from notices.places import around
from notices.topics import Topic
from notices.writing import Kind
from profiles.divisions import Names
from web.staff.frame import ROWS_A_PAGE, Paging
from web.staff.reckoning import places_in_words

LONGEST_WORDS = 40


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty means everything."""

    words: str = ""
    state: str = ""
    kind: str = ""
    topic: str = ""
    place: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is narrowed."""
        return self == Filters()

    def said(self, place_name: str, everything: str = "信息") -> str:
        """The filters as one phrase: 白阳镇的、待初审的通知，含“玉米”; `everything` is what a list of no one kind holds."""
        parts = [place_name if self.place else "", State(self.state).words if self.state else "",
                 f"主题是{self.topic}" if self.topic else ""]
        said = "、".join(f"{part}的" for part in parts if part) + (Kind(self.kind).words if self.kind else everything)
        return f"{said}，含“{self.words}”" if self.words else said


@dataclass(frozen=True)
class Line:
    """One notice in the list."""

    reference: str
    title: str
    kind: str
    topic: str
    state: State
    is_up: bool
    places: str
    office: str
    deadline: date | None
    valid_until: date | None
    written_by: str
    written_at: datetime

    @property
    def state_words(self) -> str:
        """Where it stands, and whether an older wording is on the web meanwhile."""
        return self.state.words

    @property
    def state_kind(self) -> str:
        """How the state is marked."""
        if self.state.is_under_review:
            return "wait"
        return "good" if self.state.may_be_sent else ""


def filters_of(given: Mapping[str, str]) -> Filters:
    """The filters of an address; unknown values count as none."""
    state, kind, topic, place = (given.get(name, "") for name in ("state", "kind", "topic", "place"))
    return Filters(
        words=given.get("words", "").strip()[:LONGEST_WORDS],
        state=state if state in {one.value for one in State} else "",
        kind=kind if kind in {one.value for one in Kind} else "",
        topic=topic if topic in {one.value for one in Topic} else "",
        place=place if place.isdigit() else "",
    )


def count(session: Session, actor: Actor, filters: Filters, kinds: Sequence[Kind] = ()) -> int:
    """How many notices the filters leave, of some kinds when they are named."""
    return session.scalar(_chosen(actor, filters, kinds).with_only_columns(func.count(Notice.id))) or 0


def lines(session: Session, actor: Actor, filters: Filters, page: Paging, kinds: Sequence[Kind] = ()) -> list[Line]:
    """One page of the list, what was written last first."""
    names = Names(session)
    rows = session.execute(_chosen(actor, filters, kinds).order_by(Revision.written_at.desc(), Notice.id.desc())
                           .limit(ROWS_A_PAGE).offset(page.offset))
    return [_line(notice, revision, names) for notice, revision in rows]


def _chosen(actor: Actor, filters: Filters, kinds: Sequence[Kind]) -> Select[Notice, Revision]:
    wanted: list[ColumnElement[bool]] = [touches(actor.jurisdiction)] if actor.jurisdiction else []
    if filters.state:
        wanted.append(Notice.state == filters.state)
    if kinds:
        wanted.append(Revision.kind.in_(kinds))
    if filters.kind:
        wanted.append(Revision.kind == filters.kind)
    if filters.topic:
        wanted.append(Revision.topic == filters.topic)
    if filters.place:
        wanted.append(touches(filters.place))
    if filters.words:
        like = filters.words
        wanted.append(or_(Revision.title.icontains(like, autoescape=True), Notice.reference.icontains(like, autoescape=True),
                          Revision.search_text.icontains(like, autoescape=True)))
    return select(Notice, Revision).join(
        Revision, and_(Revision.notice_id == Notice.id, Revision.number == Notice.revision)).where(*wanted)


def touches(code: str) -> ColumnElement[bool]:
    """Whether a notice lies in a place or covers it; the codes stand in the writing as a JSON list of strings."""
    listed = cast(Revision.content["divisions"], String)
    return or_(listed.contains(f'"{code}', autoescape=True),
               *(listed.contains(f'"{above}"', autoescape=True) for above in around(code)))


def _line(notice: Notice, revision: Revision, names: Names) -> Line:
    content = revision.content
    return Line(
        reference=notice.reference, title=revision.title, kind=Kind(revision.kind).words, topic=revision.topic,
        state=State(notice.state), is_up=notice.published_revision is not None and notice.withdrawn_at is None,
        places=places_in_words(content["divisions"], names), office=content["office"], deadline=revision.deadline, valid_until=revision.valid_until,
        written_by=revision.written_by, written_at=revision.written_at,
    )
