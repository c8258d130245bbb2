"""What came in with one file, looked at by another colleague and reviewed, or given back, as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import record
from knowledge import batches, filing, versions
from knowledge.models import Entry, EntryState, EntryVersion
from knowledge.neighbours import warnings_of
from knowledge.turns import take_turn
from web.house import house
from web.security import actor, staff
from web.staff import entry_tabs
from web.staff.entry_waits import may_file
from web.staff.frame import page_asked
from web.staff.menu import KNOWLEDGE_APPROVERS, KNOWLEDGE_READERS, holds_itself

AT_ONCE = 100
"""Entries in one transaction: others write meanwhile, see the rule of one second."""
APPROVE, RETURN = "approve", "return"
DONE = {APPROVE: ("整批审定知识条目", "已审定 {count} 条，群众再问就按它们答。"), RETURN: ("整批退回知识条目", "已退回 {count} 条，导入的人在工作台上会看到。")}
UNSAID = {"office": "没有写答复单位，群众不知道是谁说的", "source": "没有写依据"}
SHOWN = 5
ELSEWHERE = "用在您的管理范围以外的地方，请那里或县里的同事办"


@staff(*KNOWLEDGE_READERS)
def batch(number: int) -> str:
    """The entries of one file that wait."""
    with house().database.reading() as session:
        found = _found(session, number)
        page = page_asked(found.count)
        rows = batches.drafts(session, found, offset=page.offset, most=page.rows)
        answering = {one.entry_id for one in rows if session.get_one(Entry, one.entry_id).state == EntryState.REVIEWED}
        return render_template("staff/knowledge/batch.html", heading="一起导入的条目", batch=found, rows=rows, page=page, answering=answering,
                               remarks=_remarks(rows),
                               is_own=found.written_by == actor().name, may_approve=holds_itself(actor(), *KNOWLEDGE_APPROVERS), tabs=entry_tabs.tabs())


@staff(*KNOWLEDGE_APPROVERS, acts_itself=True)
def act_on_batch(number: int, act: str) -> Response:
    """Let the whole file answer, or give it back with the reason; what the actor may not decide stays and is named."""
    if act not in DONE:
        abort(404, description="只能整批审定或退回。请从这批条目的页面上点。")
    reason = request.form.get("reason", "").strip()
    if act == RETURN and not reason:
        flash("请写明退回的原因，导入的人好改。", "bad")
        return redirect(url_for("staff.batch", number=number))
    now = house().clock.now()

    def decide(session: Session, drafts: Sequence[EntryVersion]) -> Mapping[str, str]:
        if act == APPROVE:
            return filing.file_drafts(session, drafts, actor(), now)
        filing.return_drafts(drafts, reason, actor(), now)
        return {}

    done, left = _each(number, decide)
    title, words = DONE[act]
    with house().database.writing() as session:
        record(session, now, actor(), title, f"knowledge:batch:{number}", {"done": done, "left": sum(left.values())})
    if done:
        flash(words.format(count=f"{done:,}"), "good")
    for why, count in left.items():
        flash(f"{count:,} 条没有办：{why}", "bad")
    return redirect(url_for("staff.batch", number=number) if left else url_for("staff.knowledge"))


def _remarks(rows: Sequence[EntryVersion]) -> list[str]:
    """What is worth a look before these answer: who says so and by what is missing, or two of them speak against each other."""
    missing = []
    for name, words in UNSAID.items():
        lacking = [str(one.content["question"]) for one in rows if not str(one.content.get(name) or "").strip()]
        if lacking:
            shown = "、".join(f"“{question[:20]}”" for question in lacking[:SHOWN])
            missing.append(f"{len(lacking)} 条{words}：{shown}{' 等' if len(lacking) > SHOWN else ''}")
    lines = [versions.line_of_content(one.entry_id, one.content) for one in rows]
    return [*missing, *warnings_of(house().library.index, lines, looks_further=False)]


def _each(number: int, decide: Callable[[Session, Sequence[EntryVersion]], Mapping[str, str]]) -> tuple[int, Counter[str]]:
    """Decide on every draft of a file, some in each transaction; how many were, and why the others were not."""
    done, left, last = 0, Counter[str](), 0
    while True:
        with house().database.writing() as session:
            take_turn(session)
            some = batches.drafts(session, _found(session, number), after=last, most=AT_ONCE)
            last = max((one.id for one in some), default=last)
            entries = {entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_([one.entry_id for one in some])))}
            ours = [one for one in some if may_file(actor(), entries[one.entry_id], one, house().county)]
            refused = decide(session, ours)
        done += len(ours) - len(refused)
        left.update(refused.values())
        left.update({ELSEWHERE: len(some) - len(ours)} if len(some) > len(ours) else {})
        if len(some) < AT_ONCE:
            return done, left


def _found(session: Session, number: int) -> batches.Batch:
    found = batches.batch(session, number)
    if found is None:
        abort(404, description="没有这一批条目。请从知识库的“等审定”里打开。")
    return found
