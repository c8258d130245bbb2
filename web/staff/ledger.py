"""台账统计: what was published in a period and how each push went, to read and to take along as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO

from flask import Response, render_template, request, send_file
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from kernel.clock import CHINA
from notices import reading
from notices.models import Notice, Revision
from notices.writing import Kind
from profiles.divisions import Names
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.spreadsheet import harmless
from web.staff.menu import LEDGER_READERS
from web.staff.notice_list import touches
from web.staff.reckoning import places_in_words

HEADINGS = ("编号", "标题", "种类", "主题", "公开属性", "环节", "发布单位", "文号", "适用地方", "初审", "复审", "签发", "发布日期",
            "撤下日期", "撤下原因")
TABS = (("staff.ledger", "发布台账", 0), ("staff.push_ledger", "推送统计", 0), ("staff.case_ledger", "留言办理", 0))


@dataclass(frozen=True)
class Entry:
    """One published notice in the ledger."""

    reference: str
    title: str
    kind: str
    topic: str
    disclosure: str
    aspect: str
    office: str
    document_number: str
    places: str
    reviews: tuple[tuple[str, datetime] | None, ...]
    published_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str

    def row(self) -> tuple[str, ...]:
        """The ledger line as text, in the order of HEADINGS."""
        return (self.reference, self.title, self.kind, self.topic, self.disclosure, self.aspect, self.office,
                self.document_number, self.places,
                *(f"{one[0]} {one[1]:%Y-%m-%d}" if one else "" for one in self.reviews), f"{self.published_at:%Y-%m-%d}",
                f"{self.withdrawn_at:%Y-%m-%d}" if self.withdrawn_at else "", self.withdrawn_reason)


@dataclass(frozen=True)
class Period:
    """From one day to another, both included."""

    start: date
    end: date

    @property
    def words(self) -> str:
        """The period as it is said."""
        return f"{self.start.year}年{self.start.month}月{self.start.day}日 至 {self.end.year}年{self.end.month}月{self.end.day}日"

    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment and the first one after."""
        return (datetime.combine(self.start, time(), CHINA),
                datetime.combine(self.end + timedelta(days=1), time(), CHINA))


@staff(*LEDGER_READERS)
def ledger() -> str | Response:
    """What was published in a period; `form=csv` gives the same as a file."""
    period = period_asked()
    with house().database.reading() as session:
        entries = _entries(session, period)
    if request.args.get("form") == "csv":
        return as_csv(HEADINGS, (entry.row() for entry in entries), f"发布台账-{period.start}-{period.end}.csv")
    return render_template("staff/ledger/notices.html", heading="台账统计", entries=entries, period=period, tabs=TABS,
                           by_kind=_counted(entry.kind for entry in entries))


def period_asked() -> Period:
    """The period of the address: two days, else this year so far; turned round when they stand the wrong way."""
    today = the_day()
    start = _day(request.args.get("start", "")) or today.replace(month=1, day=1)
    end = _day(request.args.get("end", "")) or today
    return Period(min(start, end), max(start, end))


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """A table as a CSV file that spreadsheet programs open with the right characters."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return send_file(BytesIO(text.getvalue().encode("utf-8-sig")), "text/csv", as_attachment=True, download_name=name)


def _entries(session: Session, period: Period) -> list[Entry]:
    first, after = period.bounds()
    chosen = select(Notice, Revision).join(
        Revision, and_(Revision.notice_id == Notice.id, Revision.number == Notice.published_revision)).where(
        Notice.published_at >= first, Notice.published_at < after).order_by(Notice.published_at, Notice.id)
    if actor().jurisdiction:
        chosen = chosen.where(touches(actor().jurisdiction))
    names = Names(session)
    return [_entry(session, notice, revision, names) for notice, revision in session.execute(chosen)
            if notice.published_at is not None]


def _entry(session: Session, notice: Notice, revision: Revision, names: Names) -> Entry:
    content, signed = revision.content, {one.stage.value: one for one in reading.history(session, notice.reference)
                                         if one.decision == "approved" and one.revision == revision.number}
    reviews = tuple((signed[stage].reviewer, signed[stage].at) if stage in signed else None
                    for stage in ("first_review", "second_review", "signing"))
    return Entry(
        reference=notice.reference, title=revision.title, kind=Kind(revision.kind).words, topic=revision.topic,
        disclosure=content["property"], aspect=revision.aspect or "", office=content["office"],
        document_number=content["document_number"], places=places_in_words(content["divisions"], names),
        reviews=reviews, published_at=notice.published_at or notice.created_at,
        withdrawn_at=notice.withdrawn_at, withdrawn_reason=notice.withdrawn_reason or "")


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return sorted(counts.items(), key=lambda one: -one[1])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
