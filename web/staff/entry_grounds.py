"""废止文件: a document is put down as abolished and what cites it stops answering; it comes back, and so does what rested on it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from knowledge import grounds
from knowledge.failures import EntryRefused
from knowledge.grounds import Returned
from knowledge.models import AbolishedDocument, Entry, EntryState
from notices.models import Notice, Revision
from web.house import house
from web.security import actor, staff
from web.staff import entry_tabs
from web.staff.frame import Fault
from web.staff.menu import KNOWLEDGE_APPROVERS, KNOWLEDGE_READERS, holds_itself

MOST_NAMED = 5
NOT_HERE = "文件在全县有效，登记废止要由管理全县的同事来办。"


@staff(*KNOWLEDGE_READERS)
def documents() -> str:
    """The abolished documents with what retired with each, and those that are in force again."""
    with house().database.reading() as session:
        return _page(session)


@staff(*KNOWLEDGE_APPROVERS, acts_itself=True)
def abolish_document() -> str | Response | tuple[str, int]:
    """Ask once with what would retire, then put it down."""
    _only_county()
    document, reason = (request.form.get(name, "").strip()[:400] for name in ("document", "reason"))
    try:
        with house().database.writing() as session:
            fallen = grounds.abolish(session, document, reason, actor(), house().clock.now())
            if request.form.get("sure") != "1":
                session.rollback()
                return render_template("staff/knowledge/abolish.html", heading="废止文件", document=document, reason=reason,
                                       fallen=fallen, notices=_notices(session, document))
    except EntryRefused as refused:
        with house().database.reading() as session:
            return _page(session, [Fault("document", refused.words)], {"document": document, "reason": reason}), 400
    said = f"停用了 {len(fallen)} 条：{_titles([one.question for one in fallen])}。" if fallen else "没有条目引用它。"
    flash(f"“{document}”已登记废止。{said}", "good")
    return redirect(url_for("staff.documents"))


@staff(*KNOWLEDGE_APPROVERS, acts_itself=True)
def reinstate_document(number: int) -> Response:
    """A document is in force again; says what returned."""
    _only_county()
    try:
        with house().database.writing() as session:
            name, came = grounds.reinstate(session, number, actor(), house().clock.now())
        flash(f"“{name}”恢复有效。{words_of(came)}", "good")
    except EntryRefused as refused:
        flash(refused.words, "bad")
    return redirect(url_for("staff.documents"))


def words_of(came: Returned) -> str:
    """What answers again and what does not."""
    said = f"{len(came.back)} 条重新用来回答：{_titles([one.question for one in came.back])}。" if came.back else "没有条目随它恢复。"
    stays = "；".join(f"“{one.question[:20]}”没有恢复（{one.why}）" for one in came.stays[:MOST_NAMED])
    return said + (f"{stays}。" if stays else "")


def _only_county() -> None:
    if not actor().may_act_in(house().county):
        abort(403, description=NOT_HERE)


def _page(session: Session, faults: Sequence[Fault] = (), given: dict[str, str] | None = None) -> str:
    gone = grounds.standing(session)
    counts = dict(session.execute(select(Entry.retired_with, func.count()).where(
        Entry.state == EntryState.RETIRED, Entry.retired_with != "").group_by(Entry.retired_with)).all())
    back = session.scalars(select(AbolishedDocument).where(AbolishedDocument.reinstated_at.is_not(None))
                           .order_by(AbolishedDocument.reinstated_at.desc()).limit(20)).all()
    may_act = holds_itself(actor(), *KNOWLEDGE_APPROVERS) and actor().may_act_in(house().county)
    return render_template("staff/knowledge/documents.html", heading="废止文件", gone=gone, counts=counts, back=back, faults=faults,
                           given=given or {}, may_act=may_act, tabs=entry_tabs.tabs())


def _notices(session: Session, document: str) -> list[tuple[str, str]]:
    """Published notices that carry the document's number: taking them down is another act."""
    numbered = Revision.content["document_number"].as_string()
    rows = session.execute(select(Notice.reference, Revision.title, numbered).join(Revision, Revision.notice_id == Notice.id).where(
        Notice.published_revision == Revision.number, Notice.withdrawn_at.is_(None), or_(numbered != "", Revision.title != "")))
    return [(reference, title) for reference, title, number in rows
            if any(grounds.cites(said or "", document) for said in (number, title))]


def _titles(questions: Sequence[str]) -> str:
    named = "、".join(f"“{one[:20]}”" for one in questions[:MOST_NAMED])
    return named + (f"等 {len(questions)} 条" if len(questions) > MOST_NAMED else "")
