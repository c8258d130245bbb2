"""知识库: entries as they are asked, written, reviewed and retired; files of them."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from io import BytesIO

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import record
from kernel.ids import readable_number
from kernel.masking import masked_words, of_nobody
from knowledge import batches, consultations, gap_reading, versions
from knowledge.elements import LABELS, LONGEST
from knowledge.filing import Filed, file_entries, stored_lines
from knowledge.models import Entry, EntryState, EntryVersion, Phrasing, VersionState
from knowledge.neighbours import Neighbour, neighbours
from knowledge.turns import take_turn
from profiles.divisions import Names
from web.entry_files import Form, write_entries
from web.house import house
from web.rendering import the_day
from web.security import actor, staff
from web.spreadsheet import errors_csv
from web.staff import entry_form, entry_review, entry_stale, entry_tabs, entry_waits, gap_pages
from web.staff.division_tree import tree
from web.staff.entry_form import HINTS, KINDS, EntryForm, of_line, posted
from web.staff.entry_intake import Bringer, bring_in
from web.staff.frame import ROWS_A_PAGE, Fault, Paging, page_asked
from web.staff.menu import (
    AGENTS,
    KNOWLEDGE_APPROVERS,
    KNOWLEDGE_READERS,
    KNOWLEDGE_WRITERS,
    holds,
    holds_itself,
)

STATES = {EntryState.DRAFT: "草稿", EntryState.REVIEWED: "已审定", EntryState.RETIRED: "停用"}
WAITING, ENDING, UNFOUNDED, FALLEN = "waiting", "ending", "unfounded", "fallen"
WORK = {WAITING: "等审定", ENDING: "快到期或已到期", UNFOUNDED: "依据要核对", FALLEN: "随依据停用"}
WRITTEN = "改知识条目"
MOST_WHY = 200
MOST_ROWS = 20_000
"""Rows of a file at the desk: a minute of work, and no more entries than a site holds with ease."""
OVER = "有效期至已经过了，存下也不会用来回答。还有效的改日期；不再有效的不用存，在下面停用。"
NEW_ID = re.compile(r"zs-[0-9A-Za-z-]{1,20}")
ABOVE = "没有选适用地方，就是全县都适用，要由县里的同事审定；只是本地的事，请选上适用地方再存。"
BESIDE = "库里有别的条目问法差不多。先看下面并排的两个说法：说错的去改；确要两条都留，写明为什么，再存。"


@staff(*KNOWLEDGE_READERS)
def knowledge() -> str:
    """The entries, narrowed by words and state."""
    words, state = request.args.get("words", "").strip()[:60], request.args.get("state", "")
    with house().database.reading() as session:
        chosen = _chosen(words, state)
        page = page_asked(session.scalar(chosen.with_only_columns(func.count(Entry.id))) or 0)
        entries = session.scalars(chosen.order_by(Entry.updated_at.desc(), Entry.id)
                                  .limit(ROWS_A_PAGE).offset(page.offset)).all()
        return _list(session, entries, page, words, state)


@staff(*KNOWLEDGE_WRITERS)
def new_entry() -> str | Response | tuple[str, int]:
    """Write an entry: empty, from a question nobody could answer, or from an answered consultation."""
    if request.method == "POST":
        return _taken(posted(request.form), None)
    values = {"id": f"zs-{readable_number(6)}", "question": request.args.get("question", "")[:300]}
    answer, masked = "", list[str]()
    number = request.args.get("consultation", "")
    with house().database.reading() as session:
        if number and holds(actor(), *AGENTS):
            case = consultations.case_of(session, house().keyring, number, the_day())
            if case is not None and any(actor().may_act_in(code) for code in (case.division or actor().jurisdiction, case.handler or "-")):
                values["question"], answer, values["office"] = of_nobody(case.text)[:300], masked_words(case.answer), case.office
                masked = entry_form.masked_in(case.text, values["question"]) + entry_form.masked_in(case.answer, answer)
        asked = gap_pages.wordings_of(session, gap, values["question"]) if (gap := request.args.get("gap", 0, type=int)) else ""
        return _page(session, EntryForm(values, answer, asked, entry_waits.own_area(actor(), house().county)), None, masked=masked)


@staff(*KNOWLEDGE_READERS)
def entry(entry_id: str) -> str | Response | tuple[str, int]:
    """One entry: read it, and for writers change it."""
    with house().database.reading() as session:
        found = _entry(session, entry_id)
        if request.method == "GET":
            return _page(session, _standing(session, found), found)
    if not holds(actor(), *KNOWLEDGE_WRITERS) or found.notice_reference:
        abort(403, description="这一条不能在这里改。随信息发布的条目，请改那条信息。")
    if not all(actor().may_act_in(code) for code in found.divisions):
        abort(403, description="这一条用在您的管理范围以外的地方。请那里的同事来改。")
    return _taken(posted(request.form), found)


@staff(*KNOWLEDGE_WRITERS)
def import_knowledge() -> str | tuple[str, int]:
    """Take in a file of entries as drafts: whoever brings them is not who reviews them."""
    report, faults, brought = None, [], None
    if request.method == "POST":
        file = request.files.get("file")
        if file is None or not file.filename:
            faults.append(Fault("file", "请选一个文件。"))
        else:
            bringer = Bringer(actor(), house().county, holds_itself(actor(), *KNOWLEDGE_APPROVERS), MOST_ROWS)
            report = bring_in(house(), file.read(), bringer, reviewed=False)
            with house().database.reading() as session:
                brought = next((one for one in reversed(batches.waiting(session)) if one.written_by == actor().name), None)
    listed = base64.b64encode(errors_csv(report.rejections)).decode() if report is not None and report.rejections else ""
    page = render_template("staff/knowledge/import.html", heading="导入、导出", report=report, faults=faults, tabs=entry_tabs.tabs(),
                           brought=brought, listed=listed)
    return (page, 400) if faults else page


@staff(*KNOWLEDGE_READERS)
def export_knowledge(form: str) -> Response:
    """Every entry the office keeps, as a file that comes in again as it went out."""
    if form not in set(Form):
        abort(404, description="只能导出成 xlsx 或 jsonl。请从导入、导出页里点。")
    with house().database.reading() as session:
        lines = stored_lines(session)
    with house().database.writing() as session:
        record(session, house().clock.now(), actor(), "导出知识条目", "knowledge:export", {"entries": len(lines)})
    chosen = Form(form)
    return send_file(BytesIO(write_entries(lines, chosen)), chosen.media_type, as_attachment=True,
                     download_name=f"知识条目-{the_day().isoformat()}.{chosen.value}")


@staff(*KNOWLEDGE_READERS)
def try_question() -> str:
    """Ask as a resident would, and see what would be answered and how near the others came."""
    words = request.args.get("words", "").strip()[:300]
    found = house().library.ask(words, None, the_day()) if words else None
    near = house().library.entries([one.id for one in found.candidates[:5]]) if found else ()
    scores = {one.id: one.score for one in found.candidates} if found else {}
    return render_template("staff/knowledge/try.html", heading="试问", words=words, found=found, near=near, scores=scores,
                           tabs=entry_tabs.tabs(), may_write=holds(actor(), *KNOWLEDGE_WRITERS))


def _taken(form: EntryForm, found: Entry | None) -> str | Response | tuple[str, int]:
    """Keep what was written as a draft; what was reviewed before goes on answering until the draft is reviewed."""
    if found is None:
        form, found = _as_new(form)
    entry_id = found.id if found is not None else form.values["id"]
    form = EntryForm({**form.values, "id": entry_id}, form.answer, form.similar, form.divisions)
    faults = form.faults(found.answer if found is not None else "")
    faults += [Fault("divisions", f"{code} 不在您的管理范围内。") for code in form.divisions if not actor().may_act_in(code)]
    if not faults and (form.line().valid_until or the_day()) < the_day():
        faults.append(Fault("valid_until", OVER))
    with house().database.reading() as session:
        if faults:
            return _page(session, form, found, faults), 400
        near = neighbours(session, house().library.index(), form.line())
        why = " ".join(request.form.get("beside", "").split())[:MOST_WHY]
        if near and not why:
            return _page(session, form, found, [Fault("beside", BESIDE)], near), 409
    with house().database.writing() as session:
        take_turn(session)
        newer = entry_stale.newer(session, entry_id, form.line(), actor(), request.form.get("seen", ""))
        is_kept = newer is None and _kept(session, form, f"{why}（与 {'、'.join(one.id for one in near)} 并存）" if near else "")
    if newer is not None:
        with house().database.reading() as session:
            return _page(session, form, found, [Fault("question", newer.words)], newer=newer), 409
    if is_kept:
        is_ours = entry_waits.reaches(actor(), form.divisions, house().county)
        flash("已存为草稿，另一位同事审定后才用来回答。" if is_ours else f"已存为草稿。{ABOVE}", "good")
    else:
        flash("这一稿已经存好，没有改动。", "warn")
    return redirect(url_for("staff.entry", entry_id=entry_id))


def _kept(session: Session, form: EntryForm, beside: str) -> bool:
    """Keep the form as a draft, for the gap it was opened with; whether it says anything new."""
    now, line = house().clock.now(), form.line()
    made, changed = file_entries(session, [Filed(line)], EntryState.DRAFT, actor(), now, beside)
    if made or changed:
        record(session, now, actor(), WRITTEN, f"entry:{line.id}")
    gap_pages.tie(session, line.id)
    return bool(made or changed)


def _as_new(form: EntryForm) -> tuple[EntryForm, Entry | None]:
    """A new entry under its number; sent twice, or again after going back, it is the draft that was kept the first time."""
    entry_id = form.values["id"]
    if not NEW_ID.fullmatch(entry_id):
        return EntryForm({**form.values, "id": f"zs-{readable_number(8)}"}, form.answer, form.similar, form.divisions), None
    with house().database.reading() as session:
        held = session.get(Entry, entry_id)
        if held is None or (held.state == EntryState.DRAFT and actor().name in versions.writers(session, entry_id)):
            return form, held
    return EntryForm({**form.values, "id": f"zs-{readable_number(8)}"}, form.answer, form.similar, form.divisions), None


def _chosen(words: str, state: str) -> Select[Entry]:
    chosen = select(Entry)
    if state == WAITING:
        chosen = chosen.where(select(EntryVersion.id).where(EntryVersion.entry_id == Entry.id,
                                                            EntryVersion.state == VersionState.DRAFT).exists())
    if state == ENDING:
        chosen = chosen.where(entry_waits.ending(the_day(), house().settings.web.knowledge_expiry_days))
    if state == UNFOUNDED:
        chosen = chosen.where(entry_waits.unfounded())
    if state == FALLEN:
        chosen = chosen.where(entry_waits.fallen())
    if state in {one.value for one in EntryState}:
        chosen = chosen.where(Entry.state == state)
    if words:
        asked = select(Phrasing.id).where(Phrasing.entry_id == Entry.id, Phrasing.text.icontains(words, autoescape=True))
        chosen = chosen.where(or_(Entry.question.icontains(words, autoescape=True), asked.exists(),
                                  Entry.answer.icontains(words, autoescape=True),
                                  Entry.retired_with == words, Entry.source.icontains(words, autoescape=True)))
    return chosen


def _list(session: Session, entries: Sequence[Entry], page: Paging, words: str, state: str) -> str:
    counts = dict(session.execute(select(Phrasing.entry_id, func.count()).where(
        Phrasing.entry_id.in_([one.id for one in entries])).group_by(Phrasing.entry_id)).all())
    named = STATES[EntryState(state)] if state in set(EntryState) else WORK.get(state, "全部")
    said = f"{named}条目" + (f"，含“{words}”" if words else "")
    waiting = versions.drafts(session, [one.id for one in entries])
    return render_template(
        "staff/knowledge/list.html", heading="知识库", entries=entries, page=page, words=words, state=state, said=said,
        counts=counts, waiting=waiting, files=batches.waiting(session) if state == WAITING and not words else (),
        tabs=entry_tabs.tabs(), state_words=STATES, may_write=holds(actor(), *KNOWLEDGE_WRITERS),
        states=[("", "全部状态"), *WORK.items(), *((one.value, label) for one, label in STATES.items())])


def _page(session: Session, form: EntryForm, found: Entry | None, faults: Sequence[Fault] = (),
          near: Sequence[Neighbour] = (), masked: Sequence[str] = (), newer: entry_stale.Newer | None = None) -> str:
    is_writer = holds(actor(), *KNOWLEDGE_WRITERS) and not (found is not None and found.notice_reference)
    past = versions.history(session, found.id) if found is not None else []
    may_approve = found is not None and holds_itself(actor(), *KNOWLEDGE_APPROVERS) and entry_review.may_touch(found.divisions)
    drafted = versions.drafts(session, [found.id]).get(found.id) if found is not None else None
    names, codes = Names(session), drafted.content.get("divisions", []) if drafted is not None else form.divisions
    return render_template(
        "staff/knowledge/entry.html", used_in="、".join(names.place(code) for code in codes) or "全县",
        may_file=may_approve and (found is None or drafted is None or entry_waits.may_file(actor(), found, drafted, house().county)),
        is_above=not entry_waits.reaches(actor(), (), house().county), heading=found.question if found else "写一条知识条目", form=form, entry=found,
        faults=faults, places=tree(session, actor(), house().county, form.divisions), state_words=STATES, may_write=is_writer,
        asked_for=gap_reading.tied_to(session, found.id, actor().jurisdiction) if found is not None else (), masked=masked, kinds=KINDS, labels=LABELS, hints=HINTS, longest=LONGEST,
        is_own=found is not None and actor().name in versions.writers(session, found.id), may_approve=may_approve,
        near=near or _beside(session, found, past),
        why=request.form.get("beside") or next((one.beside for one in past if one.beside), "").partition("（与 ")[0], past=past,
        newest=past[0] if past else None, newer=newer,
        seen=request.form.get("seen") if newer is None and request.method == "POST" else past[0].number if past else 0,
        answering=next((one for one in past if one.state == VersionState.FILED), None))


def _beside(session: Session, found: Entry | None, past: Sequence[versions.Version]) -> Sequence[Neighbour]:
    """What a draft that waits says beside others: its reviewer sees it too."""
    if found is None or not past or past[0].state is not VersionState.DRAFT:
        return ()
    return neighbours(session, house().library.index(), versions.line_of_content(found.id, past[0].content))


def _standing(session: Session, found: Entry) -> EntryForm:
    """What a writer goes on with: the unfinished version, else what answers."""
    unfinished = versions.unfinished(session, found.id)
    if unfinished is not None:
        return of_line(versions.line_of_content(found.id, unfinished.content))
    return of_line(versions.line_of(found, versions.similar_of(session, [found.id]).get(found.id, ())))


def _entry(session: Session, entry_id: str) -> Entry:
    found = session.get(Entry, entry_id)
    if found is None:
        abort(404, description="没有这一条知识条目。请从列表里打开。")
    return found
