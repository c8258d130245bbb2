"""Reviewing knowledge entries: a draft is filed or returned by somebody who did not write it; an entry is retired."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel.audit import record
from knowledge import versions
from knowledge.failures import EntryRefused
from knowledge.filing import file_draft, return_draft
from knowledge.models import Entry, EntryState
from knowledge.turns import take_turn
from web.house import house
from web.security import actor, staff
from web.staff.entry_waits import may_file, reaches
from web.staff.menu import KNOWLEDGE_APPROVERS

APPROVED, RETURNED, RETIRED = "审定知识条目", "退回知识条目", "停用知识条目"


@staff(*KNOWLEDGE_APPROVERS, acts_itself=True)
def approve_entry(entry_id: str) -> Response:
    """Let the draft that was looked at answer."""
    now = house().clock.now()
    try:
        with house().database.writing() as session:
            _reviewable(session, _entry(session, entry_id))
            file_draft(session, entry_id, _number(), actor(), now)
            _entry(session, entry_id)
            record(session, now, actor(), APPROVED, f"entry:{entry_id}", {"version": _number()})
        flash("已审定，群众再问就按这一稿答。", "good")
    except EntryRefused as refused:
        flash(refused.words, "bad")
    return redirect(url_for("staff.entry", entry_id=entry_id))


@staff(*KNOWLEDGE_APPROVERS, acts_itself=True)
def return_entry(entry_id: str) -> Response:
    """Give the draft that was looked at back, with the reason."""
    now = house().clock.now()
    try:
        with house().database.writing() as session:
            _entry(session, entry_id)
            return_draft(session, entry_id, _number(), request.form.get("reason", ""), actor(), now)
            record(session, now, actor(), RETURNED, f"entry:{entry_id}", {"version": _number()})
        flash("已退回，写的人在工作台上会看到。", "good")
    except EntryRefused as refused:
        flash(refused.words, "bad")
    return redirect(url_for("staff.entry", entry_id=entry_id))


@staff(*KNOWLEDGE_APPROVERS, acts_itself=True)
def retire_entry(entry_id: str) -> Response:
    """Stop an entry answering; one that stopped with what it rests on is left so for good."""
    now = house().clock.now()
    with house().database.writing() as session:
        found = _entry(session, entry_id)
        if found.notice_reference:
            abort(403, description="这一条随信息发布，不能单独停用。请撤下或改那条信息。")
        found.state, found.updated_at, found.retired_with = EntryState.RETIRED, now, ""
        record(session, now, actor(), RETIRED, f"entry:{entry_id}")
    flash("已停用，不再用来回答。", "good")
    return redirect(url_for("staff.entry", entry_id=entry_id))


def may_touch(divisions: Sequence[str]) -> bool:
    """Whether whoever is signed in may decide on an entry used there."""
    return reaches(actor(), divisions, house().county)


def _entry(session: Session, entry_id: str) -> Entry:
    take_turn(session)
    found = session.get(Entry, entry_id)
    if found is None:
        abort(404, description="没有这一条知识条目。请从列表里打开。")
    if not may_touch(found.divisions):
        abort(403, description="这一条用在您的管理范围以外的地方。请那里或县里的同事来办。")
    return found


def _reviewable(session: Session, found: Entry) -> None:
    """A draft that would be used beyond the reviewer's area is for those whose area holds it."""
    draft = versions.drafts(session, [found.id]).get(found.id)
    if draft is not None and not may_file(actor(), found, draft, house().county):
        raise EntryRefused("这一稿审定后会用在您的管理范围以外的地方（没有选适用地方的，就是全县）。请那里或县里的同事审定；"
                           "不该用到那里的，退回去改适用地方。")


def _number() -> int:
    number = request.form.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) < 7):
        abort(400, description="不知道看的是哪一稿。请打开条目，看过再办。")
    return int(number)
