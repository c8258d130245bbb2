"""主动公开基本目录: what is open to everybody, by topic and by the five aspects of administration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy.orm import Session

from notices.reading import published_for
from notices.topics import Topic
from notices.views import NoticeView

ASPECTS = ("决策", "执行", "管理", "服务", "结果")
UNSORTED = "未归类"
MOST_LISTED = 2_000


@dataclass(frozen=True)
class Listed:
    """One line of the catalogue."""

    reference: str
    title: str
    office: str
    document_number: str
    published_at: datetime | None


@dataclass(frozen=True)
class Section:
    """What is published of one topic under one aspect, the newest first."""

    topic: str
    aspect: str
    lines: tuple[Listed, ...]


def catalogue(session: Session, division: str, today: date) -> tuple[Section, ...]:
    """Everything published for a division and below, in the order of topics and aspects; empty sections are left out."""
    views = published_for(session, division, today, MOST_LISTED)
    return sections(views)


def sections(views: Sequence[NoticeView]) -> tuple[Section, ...]:
    """Views sorted into the catalogue's sections."""
    ordered = sorted(views, key=_place)
    return tuple(Section(topic, aspect, tuple(_listed(one) for one in group))
                 for (topic, aspect), group in groupby(ordered, key=lambda one: (one.topic, one.aspect or UNSORTED)))


def _place(view: NoticeView) -> tuple[int, int]:
    topics = [topic.value for topic in Topic]
    topic = topics.index(view.topic) if view.topic in topics else len(topics)
    return topic, ASPECTS.index(view.aspect) if view.aspect in ASPECTS else len(ASPECTS)


def _listed(view: NoticeView) -> Listed:
    return Listed(view.reference, view.title, view.office, view.document_number, view.published_at)
