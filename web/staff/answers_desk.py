"""What residents said of themselves, taken into the register or left, by those who may write in it."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from profiles.answer_settling import settle
from profiles.failures import AnswerRefused
from web.house import house
from web.security import actor, staff
from web.staff.menu import REGISTER_WRITERS


@staff(*REGISTER_WRITERS, acts_itself=True)
def settle_answer(reference: str, number: int) -> Response:
    """Take one answer or leave it; back to the household."""
    act = request.form.get("act", "")
    if act not in ("take", "leave"):
        abort(400, description="请点“采纳”或“不采纳”。")
    try:
        with house().database.writing() as session:
            settle(session, house().keyring, number, take=act == "take", actor=actor(), now=house().clock.now(),
                   catalogue=house().catalogue)
        flash("已采纳，登记已改，来源记为工作人员登记。" if act == "take" else "没有采纳，登记不变。", "good")
    except AnswerRefused as refused:
        flash(refused.words, "bad")
    return redirect(url_for("staff.household", reference=reference))
