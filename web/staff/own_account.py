"""我的账号: one's own password, what one may do, and when one signed in last."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web.house import house
from web.security import actor, let_in, staff
from web.staff import account_trail, accounts
from web.staff.accounts import AccountRefused
from web.staff.frame import Fault
from web.staff.passwords import RULES


@staff(with_one_time=True)
def own_account() -> str | Response | tuple[str, int]:
    """Show one's own account; posted, choose another password and stay signed in at this browser alone."""
    if request.method == "GET":
        return _page(())
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    faults = [Fault(place, words) for place, words, is_wrong in (
        ("old", "请填写现在的密码。", not old and not g.has_one_time), ("new", "请填写新密码。", not new),
        ("again", "两遍新密码不一样。请重新输入。", bool(new) and new != again)) if is_wrong]
    if not faults:
        try:
            with house().database.writing() as session:
                desk = accounts.choose_password(session, actor(), old, new, house().clock.now(), has_one_time=g.has_one_time)
            let_in(desk)
            flash("密码已经改好。别的电脑和手机上的登录都已结束，请用新密码登录。", "good")
            return redirect(url_for("staff.desk" if g.has_one_time else "staff.own_account"))
        except AccountRefused as refusal:
            faults = [Fault(refusal.place or "new", refusal.words)]
    return _page(faults), 400


def _page(faults: Sequence[Fault]) -> str:
    with house().database.reading() as session:
        sign_ins = account_trail.sign_ins(session, actor().name)
        acts = account_trail.acts_on(session, actor().name)
    return render_template("staff/own_account.html", heading="请先换成自己的密码" if g.has_one_time else "我的账号", faults=faults,
                           rules=RULES[:-1] if g.has_one_time else RULES, must=g.has_one_time, sign_ins=sign_ins, acts=acts)
