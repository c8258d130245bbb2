"""What the desk says of the villages' boards and visits: to the cadre what to do, to the office what still hangs nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from notices.models import Notice
from profiles.models import Household
from push import hanging, rounds
from push.at_home import somebody_lives
from push.models import Dispatch
from push.postings import Posting, PostState, PostWhy
from push.visits import Visit, VisitState
from web.staff.menu import CADRES, WRITERS, holds_itself
from web.staff.models import Role


@dataclass(frozen=True)
class VillageWait:
    """One line: how many, of what, where to go."""

    count: int
    words: str
    detail: str
    address: str
    act: str
    is_late: bool = False


def count(session: Session, actor: Actor, now: datetime) -> int:
    """How much waits for a cadre in the room 村里的事."""
    if not holds_itself(actor, *CADRES):
        return 0
    return sum(hanging.count_waiting(session, actor.jurisdiction)) + rounds.count_waiting(session, actor.jurisdiction, now)


def lines(session: Session, actor: Actor, now: datetime) -> list[VillageWait]:
    """The lines of the desk, emergencies as what is late."""
    found = _of_cadre(session, actor, now) if holds_itself(actor, *CADRES) else []
    if holds_itself(actor, *WRITERS, Role.SENDER):
        found += _of_office(session, actor, now)
    return found


def _of_cadre(session: Session, actor: Actor, now: datetime) -> list[VillageWait]:
    to_post, to_take_down = hanging.count_waiting(session, actor.jurisdiction)
    homes = rounds.count_waiting(session, actor.jurisdiction, now)
    urgent = session.scalar(select(func.count()).select_from(Posting).where(
        Posting.state == PostState.WANTED, Posting.why == PostWhy.EMERGENCY, _inside(actor))) or 0
    address, found = url_for("staff.village"), []
    if urgent:
        found.append(VillageWait(urgent, "张紧急通知要张贴", "请马上贴，也可以转到村微信群。", address, "去办", is_late=True))
    if to_post - urgent:
        found.append(VillageWait(to_post - urgent, "张信息要张贴到公示栏", "贴好点一下，不用拍照。", address, "去办"))
    if to_take_down:
        found.append(VillageWait(to_take_down, "张信息要撤下", "过期或撤下的，请从公示栏取下来。", address, "去办"))
    if homes:
        found.append(VillageWait(homes, "户要去一趟", "消息没送到或登记资料不全的，请当面告知、核对。", url_for("staff.visits"), "去看"))
    return found


def _of_office(session: Session, actor: Actor, now: datetime) -> list[VillageWait]:
    found = []
    rows = session.execute(
        select(Posting.reference, Notice.title, func.count()).join(Notice, Notice.id == Posting.notice_id)
        .where(Posting.state == PostState.WANTED, Posting.why == PostWhy.EMERGENCY, _inside(actor))
        .group_by(Posting.reference, Notice.title).order_by(func.max(Posting.asked_at).desc()).limit(1)).first()
    if rows is not None:
        reference, title, villages = rows
        found.append(VillageWait(int(villages), "个村还没记下张贴紧急通知", title, url_for("staff.posted", reference=reference), "去看"))
    if holds_itself(actor, Role.SENDER):
        visits = session.execute(
            select(Visit.dispatch_id, Dispatch.title, func.count()).join(Dispatch, Dispatch.id == Visit.dispatch_id)
            .join(Household, Household.id == Visit.household_id).join(Notice, Notice.id == Dispatch.notice_id)
            .where(rounds.is_of_use(now), Visit.state == VisitState.OPEN, Household.division.startswith(actor.jurisdiction, autoescape=True),
                   somebody_lives())
            .group_by(Visit.dispatch_id, Dispatch.title).order_by(Visit.dispatch_id.desc()).limit(1)).first()
        if visits is not None:
            number, title, homes = visits
            found.append(VillageWait(int(homes), "户等村里入户", title, url_for("staff.visited", number=number), "去看"))
    return found


def _inside(actor: Actor) -> ColumnElement[bool]:
    return Posting.village.startswith(actor.jurisdiction, autoescape=True)
