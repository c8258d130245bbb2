"""知识库 → 待补充问题: what people could not find, what to do about it, and how the nights went."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from knowledge import gap_reading, gap_work
from knowledge.failures import EntryRefused
from knowledge.gap_reading import GapView
from knowledge.models import Entry
from notices.redaction import scan_fields
from profiles.divisions import Names
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.staff import gap_list
from web.staff.entry_tabs import tabs
from web.staff.frame import ROWS_A_PAGE, page_asked
from web.staff.menu import KNOWLEDGE_READERS, KNOWLEDGE_WRITERS, holds_itself

WEEKS_SHOWN = 12
PLACES_SHOWN = 12
WORDINGS_TAKEN, LONGEST_WORDING = 12, 60


@staff(*KNOWLEDGE_READERS)
def gaps() -> str:
    """What was asked in vain in the actor's area, what was asked most first."""
    chosen = gap_list.asked()
    with house().database.reading() as session:
        wanted = chosen.wanted(actor(), the_day())
        page = page_asked(gap_reading.count(session, wanted))
        found = gap_reading.views(session, wanted, ROWS_A_PAGE, page.offset)
        offices = gap_reading.offices(session, gap_list.Asked(chosen.state, chosen.place, "", chosen.span).wanted(actor(), the_day()))
        return render_template(
            "staff/knowledge/gaps.html", heading="待补充问题", gaps=found, page=page, asked=chosen, tabs=tabs(),
            entries=_entries(session, found), places=gap_list.places(session, actor(), house().county, chosen.place),
            offices=[("", "全部单位"), *((one, one) for one in offices)], states=gap_list.STATES, spans=gap_list.SPANS,
            can_extend=_can_extend, may_write=holds_itself(actor(), *KNOWLEDGE_WRITERS))


@staff(*KNOWLEDGE_READERS)
def gap(number: int) -> str:
    """One gap: how it was asked, when and where, and what can be done."""
    since = gap_reading.first_week(the_day(), WEEKS_SHOWN)
    with house().database.reading() as session:
        found = _gap(session, number)
        within, names = actor().jurisdiction, Names(session)
        spread = gap_reading.by_place(session, [number], within, since).get(number, [])
        return render_template(
            "staff/knowledge/gap.html", heading=found.title, gap=found, entries=_entries(session, [found]),
            weeks=[(gap_list.week_words(week), times) for week, times in gap_reading.by_week(session, number, within, since)],
            places=[(names.place(code) if code else "没说在哪里", times) for code, times in spread[:PLACES_SHOWN]],
            more_places=len(spread) - PLACES_SHOWN, can_extend=_can_extend,
            may_leave=gap_reading.is_whole(session, number, within), may_write=holds_itself(actor(), *KNOWLEDGE_WRITERS))


@staff(*KNOWLEDGE_WRITERS, acts_itself=True)
def act_on_gap(number: int, act: str) -> Response:
    """Add wordings to the nearest entry, take the gap on, settle it as not ours, or open it again."""
    acts: dict[str, Callable[[Session, GapView], Response]] = {"extend": _extend, "write": _write, "leave": _leave, "reopen": _reopen}
    if act not in acts:
        abort(404, description="没有这一步。请回到待补充问题，从按钮里选。")
    try:
        with house().database.writing() as session:
            return acts[act](session, _gap(session, number))
    except EntryRefused as refused:
        flash(refused.words, "bad")
        return redirect(url_for("staff.gap", number=number))


def _extend(session: Session, found: GapView) -> Response:
    """Without a choice the wording that was asked most; what stands in no wording of the area cannot be chosen."""
    told = {str(one.id): one for one in found.wordings}
    chosen = [told[one] for one in request.form.getlist("wording") if one in told]
    entry = session.get(Entry, request.form.get("entry", "")[:80])
    if entry is None or not _can_extend(entry):
        raise EntryRefused("这一条不能在这里补：它随信息发布，或者用在您的管理范围以外。请选“新写一条”。")
    hidden = [number.words for one in chosen for number in scan_fields({"相似问": one.text})]
    if hidden:
        raise EntryRefused(f"{hidden[0]}请打开条目，把意思写成一句相似问。")
    added = gap_work.extend(session, found.id, [one.id for one in chosen], entry.id, actor(), house().clock.now())
    words = f"补了 {added} 种问法，等另一位同事审定。" if added else "这种问法条目里已经有了，没有再补。看看答案是不是该改。"
    flash(f"“{entry.question}”{words}", "good" if added else "warn")
    return redirect(url_for("staff.entry", entry_id=entry.id) if not added else _back())


def _write(session: Session, found: GapView) -> Response:
    gap_work.write(session, found.id, actor(), house().clock.now())
    return redirect(url_for("staff.new_entry", question=found.title[:300], gap=found.id))


def _leave(session: Session, found: GapView) -> Response:
    if not gap_reading.is_whole(session, found.id, actor().jurisdiction):
        raise EntryRefused("别的乡镇也有人这样问，归不归我们管请县里来定。")
    gap_work.leave(session, found.id, request.form.get("reason", ""), actor(), house().clock.now())
    flash("已记为不归我们管。再有人问，次数照样会计，不再催办。", "good")
    return redirect(url_for("staff.gaps"))


def _reopen(session: Session, found: GapView) -> Response:
    gap_work.reopen(session, found.id, actor(), house().clock.now())
    flash("已放回待补充。", "good")
    return redirect(url_for("staff.gap", number=found.id))


def _gap(session: Session, number: int) -> GapView:
    found = gap_reading.view(session, number, actor().jurisdiction)
    if found is None:
        abort(404, description="没有这个待补充问题，或者您管的地方没有人这样问过。请从列表里打开。")
    return found


def _entries(session: Session, found: Sequence[GapView]) -> dict[str, Entry]:
    """The entries that gaps name, by id."""
    ids = {one for view in found for one in (view.suggested_id, view.entry_id) if one}
    return {one.id: one for one in session.scalars(select(Entry).where(Entry.id.in_(ids)))}


def wordings_of(session: Session, number: int, question: str) -> str:
    """The other ways a gap was asked in the actor's area, a line each, to begin an entry with; without those that hide something."""
    found = gap_reading.view(session, number, actor().jurisdiction)
    told = [one.text for one in found.wordings if not one.is_hidden and one.text != question] if found is not None else []
    return "\n".join(one for one in told[:WORDINGS_TAKEN] if len(one) <= LONGEST_WORDING and not scan_fields({"相似问": one}))


def _can_extend(entry: Entry | None) -> bool:
    return entry is not None and entry.notice_reference is None and all(actor().may_act_in(code) for code in entry.divisions)


def _back() -> str:
    """The list as it was narrowed, when the act was done there."""
    came = request.form.get("back", "")
    return url_for("staff.gaps") + (f"?{came}" if came and "\n" not in came else "")
