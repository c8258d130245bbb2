"""短信模板: what is filed with the vendors of text messages, how each review stands, and asking the vendors for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from channels.messages import Purpose
from channels.sms import filing
from channels.sms.approvals import BEFOREHAND, PURPOSES, VENDORS, Approvals, Filed
from channels.sms.filing import FilingRefused, Word
from channels.sms.reviews import Reviewed, Reviews
from channels.sms.templates import Approval, same_wording
from web.house import house
from web.security import actor, staff
from web.staff.frame import Fault
from web.staff.menu import KEEPERS
from web.staff.models import Role
from web.staff.system_tabs import keeps_the_system, tabs

MARKS = {Approval.APPROVED: "good", Approval.PENDING: "wait", Approval.REJECTED: "bad", Approval.UNFILED: ""}


@dataclass(frozen=True)
class Line:
    """One template in the list; `differs`: what the vendor approved is not what we say."""

    filed: Filed
    vendor: str
    purpose: str
    differs: bool
    mark: str


@staff(Role.SENDER, *KEEPERS)
def templates() -> str:
    """What is filed, purpose by purpose, with what is lacking."""
    known = _approvals()
    groups = [] if known is None else [
        (PURPOSES[purpose], [_line(one) for gateway in known.gateways for one in known.entries(gateway, purpose)],
         _lack(known, purpose)) for purpose in Purpose]
    with house().database.reading() as session:
        retired = filing.retired(session)
    return render_template(
        "staff/system/templates.html", heading="短信模板", groups=groups, tabs=tabs(actor()), retired=retired, vendors=VENDORS,
        purposes={purpose.value: words for purpose, words in PURPOSES.items()}, may_change=_may_change(),
        can_ask=_may_change() and bool(_askable()))


@staff(Role.ADMINISTRATOR)
def add_template() -> str | Response | tuple[str, int]:
    """File a template; an entry of the settings is taken over with its id and wording."""
    _for_the_county()
    known = _approvals()
    if known is None:
        abort(404, description="没有短信通道，不用登记模板。请先设置 SMS_GATEWAYS。")
    form = request.form if request.method == "POST" else request.args
    gateway, purpose = form.get("gateway", known.gateways[0]), form.get("purpose", Purpose.CORRECTION.value)
    if gateway not in known.gateways or purpose not in set(Purpose):
        abort(404, description="没有这个短信通道或用途。")
    wording = form.get("wording") or house().settings.channels.sms.templates[Purpose(purpose)].text
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            with house().database.writing() as session:
                filing.file(session, gateway, Purpose(purpose), form.get("vendor_id", ""), wording, _word(), actor(),
                            house().clock.now())
            return _done(known, "已登记。")
        except FilingRefused as refusal:
            faults = [Fault(refusal.place, refusal.words)]
    page = render_template(
        "staff/system/template_add.html", heading="登记短信模板", faults=faults, given=form, gateway=gateway, purpose=purpose,
        wording=wording, states=_states(), state=form.get("state", Approval.PENDING.value),
        gateways=[(name, VENDORS[name]) for name in known.gateways],
        purposes=[(one.value, words) for one, words in PURPOSES.items()])
    return (page, 400) if faults else page


@staff(Role.ADMINISTRATOR)
def template(number: int) -> str | Response | tuple[str, int]:
    """Write down how a template stands, or take it out of use."""
    _for_the_county()
    known = _approvals()
    try:
        with house().database.reading() as session:
            row = filing.in_use(session, number)
    except FilingRefused as refusal:
        abort(404, description=refusal.words)
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            with house().database.writing() as session:
                if request.form.get("act") == "retire":
                    filing.retire(session, number, actor(), house().clock.now())
                else:
                    filing.change(session, number, request.form.get("vendor_id", ""), request.form.get("wording", ""), _word(),
                                  actor(), house().clock.now())
            return _done(known, "已停用，不再用来发送。" if request.form.get("act") == "retire" else "已记下。")
        except FilingRefused as refusal:
            faults = [Fault(refusal.place, refusal.words)]
    page = render_template(
        "staff/system/template.html", heading="改模板状态", faults=faults, row=row, given=request.form or row, states=_states(),
        state=request.form.get("state", row.state), vendor=VENDORS.get(row.gateway, row.gateway),
        purpose=PURPOSES[Purpose(row.purpose)], day=request.form.get("decided_on", row.decided_on or ""))
    return (page, 400) if faults else page


@staff(Role.ADMINISTRATOR)
def ask_templates() -> Response:
    """Ask the vendors how the reviews stand, and write their words down."""
    _for_the_county()
    known, changed, asked, unsaid = _approvals(), 0, 0, []
    answers = asyncio.run(_asked(_askable()))
    for filed, said in answers:
        asked += 1
        if said.fault:
            unsaid.append(said.fault)
            continue
        with house().database.writing() as session:
            number = filed.number or (None if _agrees(filed, said) else _taken_over(session, filed))
            if number is not None:
                changed += filing.tell(session, number, said, actor(), house().clock.now())
    for words in dict.fromkeys(unsaid):
        flash(words, "bad")
    return _done(known, f"问了 {asked} 条，{changed} 条有变化。" if asked else "没有可以向平台查询的模板。")


def _taken_over(session: Session, filed: Filed) -> int:
    """An entry of the settings of which the vendor says something else than that it passed gets a row."""
    return filing.file(session, filed.gateway, filed.purpose, filed.vendor_id, filed.wording, Word(filed.state), actor(),
                       house().clock.now()).id


def _agrees(filed: Filed, said: Reviewed) -> bool:
    return said.state is filed.state and (not said.wording or same_wording(said.wording, filed.wording))


async def _asked(filed: Sequence[tuple[Filed, Reviews]]) -> list[tuple[Filed, Reviewed]]:
    async with house().network.open(4) as client:
        answers = await asyncio.gather(*(gateway.reviewed(client, one.vendor_id) for one, gateway in filed))
    return [(one, said) for (one, _), said in zip(filed, answers, strict=True)]


def _askable() -> list[tuple[Filed, Reviews]]:
    known, gateways = _approvals(), house().channels.gateways
    if known is None:
        return []
    return [(one, sender) for name, sender in gateways.items() if isinstance(sender, Reviews)
            for purpose in Purpose for one in known.entries(name, purpose) if one.vendor_id]


def _line(filed: Filed) -> Line:
    wording = house().settings.channels.sms.templates[filed.purpose].text
    return Line(filed, VENDORS.get(filed.gateway, filed.gateway), PURPOSES[filed.purpose],
                not same_wording(filed.wording, wording), MARKS[filed.state])


def _lack(known: Approvals, purpose: Purpose) -> str:
    words = known.complaint(purpose)
    return f"{words}{'更正、紧急模板要事先报备，用时再报就晚了。' if purpose in BEFOREHAND else ''}" if words else ""


def _word() -> Word:
    state, day = request.form.get("state", ""), request.form.get("decided_on", "").strip()
    if state not in set(Approval):
        raise FilingRefused("state", "请选平台审核到哪一步。")
    try:
        decided_on = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise FilingRefused("decided_on", f"日期“{day}”看不懂，请写成 2026-12-01。") from error
    return Word(Approval(state), request.form.get("reason", "").strip() if state == Approval.REJECTED else "", decided_on)


def _states() -> list[tuple[str, str]]:
    return [(one.value, one.words) for one in Approval]


def _approvals() -> Approvals | None:
    return house().channels.approvals


def _may_change() -> bool:
    return keeps_the_system(actor())


def _for_the_county() -> None:
    """Every township sends by these templates: an administrator of one changes none."""
    if not _may_change():
        abort(403, description="短信模板全县共用，由管全县的管理员来改。要改，请告诉县里的管理员。")


def _done(known: Approvals | None, words: str) -> Response:
    if known is not None:
        known.forget()
    flash(words, "good")
    return redirect(url_for("staff.templates"))
