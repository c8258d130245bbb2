"""知识库 → 待补充问题: what people could not find, what to do about it, and how the nights went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from knowledge import gap_reading, gap_sorting, gap_work, versions
from knowledge.failures import EntryRefused
from knowledge.gap_reading import GapView
from knowledge.models import Entry, EntryState
from knowledge.turns import take_turn
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
WEEKS_ALIKE = 520
PLACES_SHOWN = 12
WORDINGS_TAKEN, LONGEST_WORDING = 12, 60


@staff(*KNOWLEDGE_READERS)
def gaps() -> str:
    """What was asked in vain in the actor's area, what was asked most first."""
    chosen = gap_list.asked()
    with house().database.reading() as session:
        wanted = chosen.wanted(actor(), the_day())
        # Added up once: of every office, for the filter offers those there are.
        every = gap_reading.ranked(session, replace(wanted, office=None))
        offices = sorted({one.office for one in every} - {""})
        rows = [one for one in every if wanted.office in (None, one.office)]
        page = page_asked(len(rows))
        found = gap_reading.views_of(session, rows[page.offset:page.offset + ROWS_A_PAGE], wanted)
        named = _entries(session, found)
        return render_template(
            "staff/knowledge/gaps.html", heading="待补充问题", gaps=found, page=page, asked=chosen, tabs=tabs(),
            entries=named, standing=_standing(session, named), places=gap_list.places(session, actor(), house().county, chosen.place),
            offices=[("", "全部单位"), *((one, one) for one in offices)], states=gap_list.STATES, spans=gap_list.SPANS,
            can_extend=_can_extend, likely=gap_reading.LIKELY, may_write=holds_itself(actor(), *KNOWLEDGE_WRITERS))


@staff(*KNOWLEDGE_READERS)
def gap(number: int) -> str | Response:
    """One gap: how it was asked, when and where, and what can be done; one that was put together with another leads there."""
    since = gap_reading.first_week(the_day(), WEEKS_SHOWN)
    with house().database.reading() as session:
        home = gap_reading.joined_to(session, number)
        if home is not None:
            return redirect(url_for("staff.gap", number=home))
        found = _gap(session, number)
        is_whole = gap_reading.is_whole(session, number, actor().jurisdiction)
        named = _entries(session, [found])
        within, names = actor().jurisdiction, Names(session)
        spread = gap_reading.by_place(session, [number], within, since).get(number, [])
        return render_template(
            "staff/knowledge/gap.html", heading=found.title, gap=found, entries=named, standing=_standing(session, named),
            near_ones=_alike(session, found) if is_whole and found.state in gap_reading.OPEN else (),
            weeks=[(gap_list.week_words(week), times) for week, times in gap_reading.by_week(session, number, within, since)],
            places=[(names.place(code) if code else "没说在哪里", times) for code, times in spread[:PLACES_SHOWN]],
            more_places=len(spread) - PLACES_SHOWN, can_extend=_can_extend, is_likely=found.suggested_score >= gap_reading.LIKELY,
            is_whole=is_whole, may_write=holds_itself(actor(), *KNOWLEDGE_WRITERS))


@staff(*KNOWLEDGE_WRITERS, acts_itself=True)
def act_on_gap(number: int, act: str) -> Response:
    """Add wordings to the nearest entry, take the gap on, settle it as not ours, open it again, join it to another, split it."""
    acts: dict[str, Callable[[Session, GapView], Response]] = {
        "extend": _extend, "write": _write, "leave": _leave, "reopen": _reopen, "join": _join, "split": _split}
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
    take_turn(session)
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


def _join(session: Session, found: GapView) -> Response:
    """Into the one that was chosen, or whose number was written."""
    number = request.form.get("other", "").strip() or request.form.get("into", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise EntryRefused("没有选归并到哪个问题。请选一个，或者填它的编号（打开那个问题，写在“编号”后面）。")
    home = gap_reading.view(session, gap_reading.joined_to(session, int(number)) or int(number), actor().jurisdiction)
    if home is None:
        raise EntryRefused(f"没有编号 {number} 的问题，或者您管的地方没有人这样问过。请核对编号。")
    _whole(session, found, home)
    gap_sorting.join(session, found.id, home.id, actor(), house().clock.now())
    flash(f"已归并到“{home.title}”，次数合在一起计。并错了，在那里把问法拆出来。", "good")
    return redirect(url_for("staff.gap", number=home.id))


def _split(session: Session, found: GapView) -> Response:
    """The wordings that were ticked become a gap of their own."""
    _whole(session, found)
    told = {str(one.id): one.id for one in found.wordings}
    chosen = [told[one] for one in request.form.getlist("wording") if one in told]
    own = gap_sorting.take_out(session, found.id, chosen, actor(), house().clock.now())
    flash("已拆成另一个问题，在这里。以后差不多的问法归到这里。", "good")
    return redirect(url_for("staff.gap", number=own))


def _whole(session: Session, *found: GapView) -> None:
    if not all(gap_reading.is_whole(session, one.id, actor().jurisdiction) for one in found):
        raise EntryRefused("别的乡镇也有人这样问，归并和拆出请县里来办。")


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


def _alike(session: Session, found: GapView) -> list[GapView]:
    wanted = gap_reading.Wanted(gap_reading.first_week(the_day(), WEEKS_ALIKE), actor().jurisdiction, gap_sorting.HOMES)
    return gap_reading.alike(session, found, wanted)


def _standing(session: Session, entries: Mapping[str, Entry]) -> dict[str, str]:
    """How far what is being written has come, by entry."""
    waiting = versions.drafts(session, entries)
    return {name: "停用了" if one.state == EntryState.RETIRED else "已审定" if name not in waiting and one.state == EntryState.REVIEWED
            else "等审定" if name in waiting else "退回了，要改" for name, one in entries.items()}


def tie(session: Session, entry_id: str) -> None:
    """Say of the gap with which the form was opened that this entry is being written for it."""
    number = request.args.get("gap", 0, type=int)
    home = gap_reading.joined_to(session, number) or number
    if gap_reading.view(session, home, actor().jurisdiction) is not None:
        gap_work.tie(session, home, entry_id, actor())


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
