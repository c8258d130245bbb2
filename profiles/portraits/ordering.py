"""The notices of one resident in an order of their own, each with its reasons in words; nothing is ever left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from profiles.models import Household, Resident
from profiles.portraits.habits import HALF_LIFE_DAYS
from profiles.portraits.models import Deed, PortraitSignal
from profiles.portraits.notices import NoticeFeatures
from profiles.portraits.openings import Openings
from profiles.portraits.population import LEAST_GROUP, people_of_village, profiled
from profiles.portraits.ranking import Blend, Histories
from profiles.portraits.reasons import reasons_for
from profiles.portraits.settings import PortraitSettings
from profiles.portraits.signals import RETENTION, wants_plain_order
from profiles.portraits.storage import Portraits

IN_PLACE = "按发布时间排"


@dataclass(frozen=True)
class Placed:
    """One notice in its place; `score` is None where no portrait moved it."""

    reference: str
    title: str
    score: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """All the notices given, in order; `why` says whether and why it is personal."""

    is_personal: bool
    why: str
    notices: tuple[Placed, ...]


def rank(session: Session, settings: PortraitSettings, portraits: Portraits | None, resident: Resident,
         notices: Sequence[NoticeFeatures], now: datetime) -> Order:
    """Order notices given in plain order for a resident.

    Emergencies and what is sensitive keep the very places they have; the others change places among themselves.
    """
    why = _why_plain(session, settings, portraits, resident, now)
    if why or portraits is None:
        return Order(False, why, tuple(Placed(one.reference, one.title, None, (IN_PLACE,)) for one in notices))
    movable = [one for one in notices if not one.stays_in_place]
    person = profiled(session, in_china(now).date(), [resident.id])[0]
    wide = _widened(portraits, movable)
    place = {one.id: number for number, one in enumerate(wide)}
    signals = session.scalars(select(PortraitSignal).where(
        PortraitSignal.resident_id == resident.id, PortraitSignal.at >= now - RETENTION)).all()
    histories = _histories(signals, {resident.id: 0}, place, portraits.ranking.blend, now)
    attributes = portraits.people.encode([person.row])
    model = portraits.ranking.widened(len(wide) - len(portraits.known))
    scores = model.score(attributes, histories, portraits.notices.encode([one.row for one in wide]))[0]
    ordered = iter(sorted(movable, key=lambda one: -scores[place[one.id]]))
    because = reasons_for(model, portraits.people, attributes[0], histories.whole, wide)
    placed = []
    for one in notices:
        if one.stays_in_place:
            placed.append(Placed(one.reference, one.title, None, (IN_PLACE,)))
        else:
            chosen = next(ordered)
            number = place[chosen.id]
            placed.append(Placed(chosen.reference, chosen.title, round(float(scores[number]), 4), because(number)))
    return Order(True, "按您和村里人常看的内容排，可以随时改回按发布时间排", tuple(placed))


def _why_plain(session: Session, settings: PortraitSettings, portraits: Portraits | None, resident: Resident,
               now: datetime) -> str:
    if not settings.is_on:
        return "个性化推荐没有开启，按发布时间排"
    if wants_plain_order(session, resident.id):
        return "您选择了不用个性化推荐，按发布时间排"
    if portraits is None:
        return "个性化推荐还没有训练（zhida portraits train），按发布时间排"
    today = in_china(now).date()
    if not profiled(session, today, [resident.id]):
        return "这位群众不做个性化推荐（已迁出、去世或不满 14 周岁），按发布时间排"
    village = session.scalars(select(Household.division).where(Household.id == resident.household_id)).one()
    if people_of_village(session, village, today) < LEAST_GROUP:
        return f"村里登记的人不足 {LEAST_GROUP} 人，不做个性化推荐，按发布时间排"
    return ""


def _widened(portraits: Portraits, notices: Sequence[NoticeFeatures]) -> list[NoticeFeatures]:
    """The known notices and after them the new ones."""
    known = {one.id for one in portraits.known}
    return [*portraits.known, *(one for one in notices if one.id not in known)]


def _histories(signals: Sequence[PortraitSignal], person_at: dict[int, int], item_at: dict[int, int], blend: Blend,
               now: datetime) -> Histories:
    """What these people opened of these notices, fading with time, the last openings the loudest."""
    used = [one for one in signals if one.resident_id in person_at and one.notice_id in item_at and one.at <= now]
    openings = Openings(
        np.array([person_at[one.resident_id] for one in used], dtype=np.int64),
        np.array([item_at[one.notice_id] for one in used], dtype=np.int64),
        np.array([one.at.timestamp() for one in used], dtype=np.float64),
        np.array([Deed(one.kind).strength for one in used], dtype=np.float64), len(person_at), len(item_at))
    return Histories.of(openings, blend, HALF_LIFE_DAYS, now.timestamp())
