"""Submitting, reviewing, publishing and withdrawing: one question a page, the very words above the button."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from notices import lifecycle, publishing
from notices.failures import Refused
from notices.lifecycle import NoticeState
from notices.models import Notice, State
from notices.transitions import STAGE_WORDS
from push import noticeboards
from web.house import house
from web.security import actor, staff
from web.staff import notice_page
from web.staff.frame import Fault
from web.staff.menu import REVIEWERS, WRITERS
from web.staff.models import Role
from web.staff.notice_form import for_clerks
from web.staff.notices import reckoned_of, signature, view_of

Answer = str | Response | tuple[str, int]
COMMAND_HINT = "命令行请加 --reason。"


@staff(*WRITERS)
def submit(reference: str) -> Answer:
    """Send a notice into review; what keeps it back is told on its page."""
    try:
        _done(lambda session: lifecycle.submit(session, reference, actor(), house().clock.now(),
                                                forms=house().forms))
        flash("已送审，等初审。", "good")
    except Refused as refusal:
        flash(_words(refusal), "bad")
    return redirect(url_for("staff.notice", reference=reference))


@staff(*REVIEWERS)
def review(reference: str) -> Answer:
    """The reviewer's question: these very words, yes or back, and for the signer whether they may be public."""
    if request.method == "GET":
        return _asked(reference, ())
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "").strip()
    confidentiality = request.form.get("confidentiality", "")
    with house().database.reading() as session:
        view = view_of(session, reference)
    is_signing = view.state is State.SIGNING
    if is_signing and confidentiality == "refused":
        decision = "approve"  # the refusal is the answer: the lifecycle sends the notice back
    faults = [] if decision in ("approve", "return") else [Fault("decision", "请选通过还是退回。")]
    if is_signing and decision == "approve" and confidentiality not in ("cleared", "refused"):
        faults.append(Fault("confidentiality", "请回答保密审查：可以公开，还是不能公开。"))
    if decision == "return" and not reason:
        faults.append(Fault("reason", "退回要写明哪里要改。"))
    if request.form.get("digest", "") != view.digest:
        faults.append(Fault("", "您打开这一页以后，文字改过了。下面是现在的文字，请重新看一遍再决定。"))
    if faults:
        return _asked(reference, faults), 400
    try:
        done = _done(lambda session: _decided(session, reference, decision, reason, confidentiality))
    except Refused as refusal:
        return _asked(reference, [Fault("", _words(refusal))]), 400
    flash(f"已办理，现在是“{done.state.words}”。", "good")
    return redirect(url_for("staff.notice", reference=reference))


@staff(Role.EDITOR, Role.SIGNER)
def publish(reference: str) -> Answer:
    """Put an approved notice on the web, after one look at what will stand there."""
    if request.method == "GET":
        return _confirm("staff/notices/publish.html", "发布到网站", reference, ())
    try:
        _done(lambda session: _followed(session, lifecycle.publish(session, reference, actor(), house().clock.now())))
    except Refused as refusal:
        return _confirm("staff/notices/publish.html", "发布到网站", reference, [Fault("", _words(refusal))]), 400
    flash("已发布到网站，各村公示栏的二维码扫开就能看到。", "good")
    return redirect(url_for("staff.notice", reference=reference))


@staff(Role.EDITOR, Role.SIGNER)
def withdraw(reference: str) -> Answer:
    """Take a notice down with a reason that its page will show."""
    if request.method == "GET":
        return _confirm("staff/notices/withdraw.html", "撤下", reference, ())
    reason = request.form.get("reason", "")
    try:
        _done(lambda session: _followed(
            session, lifecycle.withdraw(session, reference, actor(), house().clock.now(), reason=reason)))
    except Refused as refusal:
        return _confirm("staff/notices/withdraw.html", "撤下", reference, [Fault("reason", _words(refusal))]), 400
    flash("已撤下。网页上写明了已撤下和原因。", "good")
    return redirect(url_for("staff.notice", reference=reference))


def _followed(session: Session, done: NoticeState) -> NoticeState:
    """The villages' boards follow in the same transaction."""
    noticeboards.follow(session, done.reference, house().clock.now())
    return done


def _decided(session: Session, reference: str, decision: str, reason: str, confidentiality: str) -> NoticeState:
    now = house().clock.now()
    if decision == "return":
        return lifecycle.give_back(session, reference, actor(), now, reason=reason)
    return lifecycle.approve(session, reference, actor(), now, reason=reason,
                             confidentiality=confidentiality if confidentiality == "refused" else "cleared")


def _done(act: Callable[[Session], NoticeState]) -> NoticeState:
    with house().database.writing() as session:
        return act(session)


def _asked(reference: str, faults: list[Fault] | tuple[Fault, ...]) -> str:
    with house().database.reading() as session:
        view = view_of(session, reference)
        stage = STAGE_WORDS.get(view.newer or view.state, "")
        return render_template(
            "staff/notices/review.html", heading=f"{stage}：{view.title}" if stage else view.title, view=view, stage=stage,
            is_signing=view.state is State.SIGNING, faults=faults, faces=notice_page.faces(view, signature(), house().forms),
            slip=notice_page.slip(session, view), reckoned=reckoned_of(session, view), given=request.form,
            is_own=notice_page.is_own(view, actor()))


def _confirm(template: str, heading: str, reference: str, faults: list[Fault] | tuple[Fault, ...]) -> str:
    with house().database.reading() as session:
        view = view_of(session, reference)
        notice = session.scalars(select(Notice).where(Notice.reference == reference)).one()
        return render_template(template, heading=heading, view=view, faults=faults, given=request.form,
                               resting=publishing.resting_on(session, notice) if heading == "撤下" else (),
                               faces=notice_page.faces(view, signature(), house().forms), reckoned=reckoned_of(session, view))


def _words(refusal: Refused) -> str:
    return for_clerks(refusal.words).replace(COMMAND_HINT, "")
