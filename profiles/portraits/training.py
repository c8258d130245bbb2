"""Training on what the residents of this installation did in the last 180 days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from profiles.portraits.coding import Coding, learn_coding
from profiles.portraits.evaluation import evaluate
from profiles.portraits.failures import PortraitRefused
from profiles.portraits.habits import HALF_LIFE_DAYS, Habits, response_columns, response_row
from profiles.portraits.interests import Drawn, draw, draw_ways
from profiles.portraits.models import Deed, PortraitSignal
from profiles.portraits.notices import Exposure, NoticeFeatures
from profiles.portraits.openings import Openings
from profiles.portraits.population import LEAST_GROUP, Profiled, people_of_village, profiled
from profiles.portraits.ranking import learn_ranking
from profiles.portraits.response import ResponseModel, learn_response
from profiles.portraits.signals import RETENTION
from profiles.portraits.storage import Portraits
from profiles.portraits.tuning import LEAST_PEOPLE, tune

MOST_EVALUATED = 3_000
LEAST_EXPOSURES = 200


@dataclass(frozen=True)
class Trained:
    """The portraits and what is told of them."""

    portraits: Portraits
    drawn: Drawn
    metrics: dict[str, Any]


def train(session: Session, notices: Sequence[NoticeFeatures], exposures: Sequence[Exposure], now: datetime) -> Trained:
    """Learn from the remembered signals of residents in villages large enough; refused when there are none."""
    signals = session.scalars(select(PortraitSignal).where(PortraitSignal.at >= now - RETENTION)
                              .order_by(PortraitSignal.id)).all()
    items = [one for one in notices if not one.stays_in_place]
    people = _people(session, {one.resident_id for one in signals} | {one.resident_id for one in exposures}, now)
    openings = _openings(signals, people, items, now)
    if not len(openings.person):
        raise PortraitRefused("还没有可以学习的记录（打开、点击、扫码、提问、回复）。请先开启个性化推荐，过一段时间再训练。")
    coding, notice_coding = learn_coding([one.row for one in people], LEAST_GROUP), learn_coding([one.row for one in items], 1)
    attributes, categories = coding.encode([one.row for one in people]), notice_coding.encode([one.row for one in items])
    active = np.bincount(openings.person, minlength=len(people)) > 0
    blend = tune(openings, attributes, categories, HALF_LIFE_DAYS)
    ranking = learn_ranking(openings, active, attributes, categories, blend, half_life_days=HALF_LIFE_DAYS,
                            now=now.timestamp())
    habits = Habits.of(exposures, ((one.resident_id, one.at, one.topic, one.notice_id) for one in signals))
    response, response_coding, told = _response(signals, people, items, exposures, habits)
    portraits = Portraits(now, coding, notice_coding, tuple(items), ranking, response, response_coding)
    drawn = draw(signals, people, draw_ways(portraits, people, items, habits, now), now)
    metrics = {"residents": int(active.sum()), "notices": len(items), "signals": len(signals), "blend": blend.as_json(),
               "ranking": _evaluated(openings, attributes, categories, active), "response": told,
               "drawn": {"residents": len(drawn.own), "villages": len(drawn.villages), "ways": len(drawn.ways)}}
    return Trained(portraits, drawn, metrics)


def _people(session: Session, ids: set[int], now: datetime) -> list[Profiled]:
    today = in_china(now).date()
    people = profiled(session, today, ids)
    large = {village for village in {one.village for one in people}
             if people_of_village(session, village, today) >= LEAST_GROUP}
    return [one for one in people if one.village in large]


def _openings(signals: Sequence[PortraitSignal], people: list[Profiled], items: list[NoticeFeatures],
              now: datetime) -> Openings:
    person_at = {one.id: place for place, one in enumerate(people)}
    item_at = {one.id: place for place, one in enumerate(items)}
    used = [one for one in signals if one.resident_id in person_at and one.notice_id in item_at and one.at <= now]
    return Openings(np.array([person_at[one.resident_id] for one in used], dtype=np.int64),
                    np.array([item_at[one.notice_id] for one in used], dtype=np.int64),
                    np.array([one.at.timestamp() for one in used]), np.array([Deed(one.kind).strength for one in used]),
                    len(people), len(items))


def _evaluated(openings: Openings, attributes: Any, categories: Any, active: Any) -> dict[str, Any] | None:
    """The figures of the evaluation on at most MOST_EVALUATED people; None with too few to say anything."""
    if int(active.sum()) < LEAST_PEOPLE:
        return None
    chosen = np.zeros(len(active), dtype=bool)
    chosen[np.flatnonzero(active)[:MOST_EVALUATED]] = True
    return dict(evaluate(openings.only(chosen[openings.person]), attributes, categories, HALF_LIFE_DAYS)[0])


def _response(signals: Sequence[PortraitSignal], people: list[Profiled], items: list[NoticeFeatures],
              exposures: Sequence[Exposure], habits: Habits) -> tuple[ResponseModel | None, Coding | None, dict[str, Any] | None]:
    persons, notices = {one.id: one for one in people}, {one.id: one for one in items}
    used = [one for one in exposures if one.resident_id in persons and one.notice_id in notices]
    if len(used) < LEAST_EXPOSURES:
        return None, None, None
    opened = {(one.resident_id, one.notice_id) for one in signals}
    rows = [response_row(persons[one.resident_id].row, notices[one.notice_id], one.channel, one.at) for one in used]
    past = [habits.before(one.resident_id, one.at, notices[one.notice_id].topic, one.channel) for one in used]
    coding = learn_coding(rows, LEAST_GROUP)
    columns = response_columns(coding, rows, past)
    labels = np.array([(one.resident_id, one.notice_id) in opened for one in used])
    model = learn_response(columns, labels, np.array([one.resident_id for one in used]))
    if model is None:
        return None, None, None
    told = {"pairs": len(used), "opened": round(float(labels.mean()), 4), "strength": model.strength,
            **asdict(model.held_out)}
    return model, coding, told
