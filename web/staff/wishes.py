"""Wishes taken down for a resident who said them to a person: on the telephone, at the window, at home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kernel import audit
from notices.topics import Topic
from profiles import access, consent, contacts, register
from profiles.access import Look, Whom
from profiles.models import Household, Refusal, Resident, Standing, WishKind
from profiles.privacy import masked_name
from web.house import house
from web.security import actor, staff
from web.staff.frame import Fault
from web.staff.menu import WISH_TAKERS

DOORS = {"hotline": "打电话说的", "window": "到窗口说的", "visit": "入户时说的"}
SAID_BY = {**DOORS, "sms": "短信说的", "wechat": "微信里说的", "web": "网页上选的", "telegram": "Telegram 里说的"}
ALL, TOPIC, ONLY, BACK, BY_DAY, ANY_HOUR = "all", "topic", "only", "back", "day", "any"
WISHES = {ALL: "都不收", TOPIC: "不收某一方面的", ONLY: "只收某一方面的", BACK: "都收（恢复）", BY_DAY: "只在白天收", ANY_HOUR: "随时收"}
OPTIONAL = tuple(topic.value for topic in Topic if not topic.is_statutory)
OWED = "、".join(topic.value for topic in Topic if topic.is_statutory and topic is not Topic.EMERGENCY)
LONGEST_REASON = 200


@dataclass(frozen=True)
class InForce:
    """One line in force, in words."""

    words: str
    door: str
    taken_by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Person:
    """A present member with what they wish."""

    reference: str
    name: str
    lines: tuple[InForce, ...]


@staff(*WISH_TAKERS, acts_itself=True)
def wishes(reference: str) -> str | Response | tuple[str, int]:
    """What a household's members wish to get, and a form to take a wish down for one of them."""
    with house().database.reading() as session:
        household = register.household_by_reference(session, reference)
        if household is None or not actor().may_act_in(household.division):
            abort(404, description=f"您的管理范围内没有户编号为“{reference}”的户。请核对编号。")
        faults = _faults() if request.method == "POST" else []
        people = _people(session, household)
        page = render_template(
            "staff/people/wishes.html", heading=f"户 {reference}：接收意愿", reference=reference, people=people, faults=faults,
            members=[(one.reference, one.name, "") for one in people], owed=OWED, form=request.form,
            doors=[(code, words, "") for code, words in DOORS.items()], kinds=[("", "请选"), *WISHES.items()],
            topics=[("", "不用选"), *((topic, topic) for topic in OPTIONAL)])
    if request.method == "POST" and not faults:
        return _taken_down(household.id, reference)
    with house().database.writing() as session:
        access.looked(session, house().clock.now(), actor(), Look.PAGE,
                      Whom(household.id, None, household.reference, household.division))
    return (page, 400) if faults else page


def _taken_down(household_id: int, reference: str) -> Response:
    form, now = request.form, house().clock.now()
    kind, topic, reason, door = form["wish"], form.get("topic", ""), form["reason"].strip(), form["door"]
    with house().database.writing() as session:
        resident = session.scalar(select(Resident).where(
            Resident.reference == form.get("member", ""), Resident.household_id == household_id,
            Resident.standing == Standing.PRESENT))
        if resident is None:
            abort(400, description="这一户现在没有这个人。请返回重新选。")
        _keep(session, resident.id, kind, topic, door, reason, now)
        audit.record(session, now, actor(), "resident.wish", f"household:{reference}",
                     {"wish": kind, "topic": topic if kind in (TOPIC, ONLY) else "", "door": door})
    flash(f"记下了：{WISHES[kind]}。{OWED}和紧急通知按规定还会发，请告诉本人。", "good")
    return redirect(url_for("staff.wishes", reference=reference))


def _keep(session: Session, resident_id: int, kind: str, topic: str, door: str, reason: str, now: datetime) -> None:
    name = actor().name
    match kind:
        case "all":
            consent.refuse(session, consent.PERSON, consent.EVERY, consent.EVERY, door, now, resident_id, reason=reason, taken_by=name)
        case "topic":
            consent.refuse(session, consent.PERSON, consent.EVERY, topic, door, now, resident_id, reason=reason, taken_by=name)
        case "only":
            consent.only(session, consent.PERSON, [topic], door, now, resident_id, reason=reason, taken_by=name)
        case "back":
            consent.withdraw_refusal(session, consent.PERSON, now, resident_id=resident_id, addresses=_own(session, resident_id))
        case "day":
            consent.only_by_day(session, consent.PERSON, door, now, resident_id, reason=reason, taken_by=name)
        case "any":
            consent.at_any_hour(session, consent.PERSON, now, resident_id)


def _faults() -> list[Fault]:
    form = request.form
    found = []
    if not form.get("member"):
        found.append(Fault("member", "没有选是谁说的。请选一个人。"))
    if form.get("wish") not in WISHES:
        found.append(Fault("wish", "没有选想怎么收。请选一项。"))
    elif form["wish"] in (TOPIC, ONLY) and form.get("topic") not in OPTIONAL:
        found.append(Fault("topic", f"没有选哪一方面。请选一项；{OWED}按规定都要发，不能退。"))
    if form.get("door") not in DOORS:
        found.append(Fault("door", "没有选怎么说的。请选一项。"))
    if not 2 <= len(form.get("reason", "").strip()) <= LONGEST_REASON:
        found.append(Fault("reason", f"请写一句本人的原话或原因，2 到 {LONGEST_REASON} 个字。"))
    return found


def _people(session: Session, household: Household) -> list[Person]:
    present = session.scalars(select(Resident).where(
        Resident.household_id == household.id, Resident.standing == Standing.PRESENT).order_by(Resident.is_head.desc(), Resident.id))
    return [Person(one.reference, masked_name(house().keyring.decrypt(one.name, "name")),
                   tuple(map(_line, consent.standing(session, _own(session, one.id), one.id)))) for one in present]


def _own(session: Session, resident_id: int) -> list[bytes]:
    """Addresses that reach this person alone: a wish said from one of them is theirs."""
    return [one.address_index for one in contacts.contacts_of(session, resident_id) if contacts.is_only_of(session, one)]


def _line(line: Refusal) -> InForce:
    over = {"sms": "短信", "wechat": "微信"}.get(line.channel, "")
    about = f"{line.topic}的" if line.topic else "一般提醒"
    words = {WishKind.REFUSED: f"不收{over}{about}", WishKind.WANTED: f"要收{over}{about}",
             WishKind.DAYTIME: "只在白天收"}[WishKind(line.kind)]
    return InForce(words, SAID_BY.get(line.door, line.door), line.taken_by or "", line.reason, line.at)
