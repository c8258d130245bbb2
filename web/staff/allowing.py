"""Allowing one dispatch to cost more, so that what its ceiling kept back goes on."""

from __future__ import annotations

from math import isfinite

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from push import allowing, ceiling
from push.failures import Refused
from push.models import Dispatch
from web.house import house
from web.security import actor, staff
from web.staff import push_figures
from web.staff.frame import Fault
from web.staff.models import Role
from web.staff.pushing import found_dispatch


@staff(Role.SENDER)
def allow_more(number: int) -> str | Response | tuple[str, int]:
    """Ask up to how much and why, then let it go on."""
    faults: list[Fault] = []
    typed, reason = (request.form.get(name, "").strip() for name in ("ceiling", "reason"))
    with house().database.reading() as session:
        found = found_dispatch(session, number)
        spending, refused = ceiling.spending(session, found), _refused(session, found)
    if request.method == "POST":
        faults = _faults_in(typed, reason)
        if not faults:
            try:
                done = allowing.allow(house().database, number, yuan=float(typed), reason=reason, actor=actor(),
                                      now=house().clock.now(), settings=house().settings.push)
            except Refused as refusal:
                faults = [Fault("", refusal.words)]
            else:
                left = f"，还有 {done.kept_back:,} 条超过上限，没有发" if done.kept_back else ""
                goes_on = f"，接着发 {done.planned:,} 条" if done.planned else ""
                flash(f"推送任务 {number} 的费用上限放宽到 {done.ceiling:.10g} 元{goes_on}{left}。", "good")
                return redirect(url_for("staff.dispatch", number=number))
    elif spending is not None and spending.kept_back:
        typed = f"{spending.cost_of_all:.2f}"
    page = render_template("staff/push/allow.html", heading=f"放宽推送任务 {number} 的费用上限", about=push_figures.about(found),
                           spending=spending, refused=refused, typed=typed, reason=reason, faults=faults)
    return (page, 400) if faults or refused else page


def _refused(session: Session, dispatch: Dispatch) -> str:
    try:
        allowing.may_allow(session, dispatch, house().clock.now())
    except Refused as refusal:
        return refusal.words
    return ""


def _faults_in(typed: str, reason: str) -> list[Fault]:
    found = []
    try:
        if not (isfinite(float(typed)) and 0 < float(typed) < 1e7):
            found.append(Fault("ceiling", "请写大于 0 的元数，例如 1500。"))
    except ValueError:
        found.append(Fault("ceiling", f"“{typed}”不是钱数。请只写数字，例如 1500。" if typed else "请写放宽到多少元。"))
    if not reason:
        found.append(Fault("reason", "放宽费用上限，请写明原因。"))
    return found
