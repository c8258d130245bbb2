"""Published notices answer questions too: each is handed down to the knowledge base as one reviewed entry."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from knowledge import grounds
from knowledge.elements import Elements
from knowledge.filing import Filed, file_entries, retire
from knowledge.lines import NOTICE_PREFIX, EntryLine
from knowledge.models import Entry, EntryKind, EntryState
from notices.aspects import ASKED, elements_of, subject_of
from notices.hardships import hardships_in
from notices.models import Notice, Revision
from notices.surfaces.fitting import core, day_words
from notices.views import gist
from notices.writing import Kind, NoticeDraft, restored

LONGEST_ANSWER = 600
LONGEST_SHORT = 200
_OFFERING = (Kind.POLICY, Kind.GUIDE, Kind.PROJECT)


def answers_of(draft: NoticeDraft, page_text: str) -> tuple[Filed, ...]:
    """The entries a notice gives: what it says in few words, until when, where, what to bring, whom to ask."""
    if draft.kind is Kind.PUBLIC_LIST:
        # Who stands on a list is read on the board and the page while it hangs there, never told by a machine.
        page_text = f"名单在公示栏和网站上，公示到{day_words(draft.valid_until) if draft.valid_until else '期满'}。"
    about, elements = core(draft.title), elements_of(draft)
    line = EntryLine(
        id=entry_id(draft.reference), question=about, similar=_also_asked(draft, about, elements), answer=_answer(draft, page_text),
        short=_short(draft), office=draft.office,
        phone=draft.phone[:40], divisions=_codes(draft), valid_from=draft.valid_from,
        valid_until=min((day for day in (draft.valid_until, draft.deadline) if day), default=None),
        source=draft.document_number or draft.title, kind=EntryKind.GUIDE if elements.known() else EntryKind.ANSWER,
    )
    return (Filed(line.model_copy(update=asdict(elements)), draft.reference),)


def hand_down(session: Session, revision: Revision, actor: Actor, now: datetime) -> None:
    """File the entries of a published revision; an earlier revision's are replaced."""
    draft = restored(revision.content)
    file_entries(session, answers_of(draft, revision.surfaces["web"]["text"]), EntryState.REVIEWED, actor, now)
    grounds.come_back(session, draft.reference, actor, now, _names(revision, draft.reference))


def take_back(session: Session, notice: Notice, reason: str, actor: Actor, now: datetime) -> tuple[grounds.Resting, ...]:
    """Retire the entries of a withdrawn notice and those that rest on it, in the same transaction; returns the latter."""
    retire(session, notice.reference, now)
    return grounds.fell(session, resting_on(session, notice), notice.reference,
                        f"依据的信息“{notice.title}”已撤下：{reason}", actor, now)


def resting_on(session: Session, notice: Notice) -> list[Entry]:
    """The entries written by people that cite a published notice, and nothing else that still stands under the same name."""
    up = {one.notice_id: one for one in session.scalars(select(Revision).join(Notice, Notice.id == Revision.notice_id).where(
        Notice.published_revision == Revision.number, Notice.withdrawn_at.is_(None) | (Notice.id == notice.id)))}
    own = up.pop(notice.id, None)
    if own is None:
        return []
    others = [name for other in up.values() for name in _names(other).values() if name]
    names = [name for name in _names(own, notice.reference).values() if name and name not in others]
    return grounds.citing(session, names, with_notices=False)


def _names(revision: Revision, reference: str = "") -> dict[str, str]:
    return {"reference": reference, "title": revision.title, "document_number": str(revision.content.get("document_number") or "")}


def entry_id(reference: str) -> str:
    """The id under which a notice answers."""
    return f"{NOTICE_PREFIX}{reference}"


def _short(draft: NoticeDraft) -> str:
    """The message's sentence with what its template adds: by when and where."""
    said = draft.short_text
    if not said or hardships_in(said):
        return ""
    until = f"{day_words(draft.deadline)}前" if draft.deadline else ""
    return "，".join((said.rstrip("。"), *(words for words in (until, draft.where) if words and words not in said)))[:LONGEST_SHORT]


def _also_asked(draft: NoticeDraft, about: str, elements: Elements) -> list[str]:
    """The title as written; of what is offered also each of its elements, asked for by itself."""
    asked = [draft.title] if draft.title != about else []
    if _offers(draft, elements):
        subject = subject_of(about)
        asked += [f"{about}怎么办理", *(f"{subject}{words}" for name, words in ASKED.items() if subject and elements.said(name))]
    return list(dict.fromkeys(asked))


def _offers(draft: NoticeDraft, elements: Elements) -> bool:
    """Whether people ask for its elements one by one: of a notice to everybody too, where it says who can have what and how."""
    return draft.kind in _OFFERING or draft.condition is not None or (draft.kind is Kind.NOTICE and bool(elements.known()))


def _answer(draft: NoticeDraft, page_text: str) -> str:
    lead = draft.summary or gist(page_text)
    caution = f"以{draft.office}审核结果为准。" if draft.condition is not None and draft.kind in _OFFERING else ""
    facts = () if elements_of(draft).known() else (
        f"截止：{day_words(draft.deadline)}" if draft.deadline else "", f"到哪办：{draft.where}" if draft.where else "",
        f"带什么：{draft.what_to_bring}" if draft.what_to_bring else "")
    whom = "" if elements_of(draft).known() else f"问谁：{draft.office} {draft.phone}"
    return "\n".join(part for part in (lead, *facts, caution, whom) if part)[:LONGEST_ANSWER]


def _codes(draft: NoticeDraft) -> list[str]:
    """The divisions as the knowledge base keeps them; a province or prefecture means everywhere."""
    return draft.divisions if all(len(code) >= 6 for code in draft.divisions) else []
