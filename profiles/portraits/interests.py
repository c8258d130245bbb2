"""What training draws for the push room: which topics have how much of somebody's attention, and the way to reach them.

Kept as rows, so that a dispatch to a whole county is put in order by one statement. A resident's share of a topic is
held back by the village's, and the village's by everybody's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import ColumnElement, SQLColumnExpression, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from profiles.portraits.habits import HALF_LIFE_DAYS, Habits, response_columns, response_row
from profiles.portraits.models import (
    Deed,
    PortraitInterest,
    PortraitSignal,
    PortraitVillageInterest,
    PortraitWay,
)
from profiles.portraits.notices import NoticeFeatures
from profiles.portraits.openings import DAY
from profiles.portraits.population import LEAST_GROUP, Profiled
from profiles.portraits.storage import Portraits

OWN_SHRINK, VILLAGE_SHRINK = 5.0, 20.0
EVERYBODY = ""
DAYTIME = (9, 12, 15, 18)
LEAST_DEEDS = 5
LEAST_SENT = 3
CLEARLY = 1.3
"""A channel or an hour is chosen only where the chance is so many times that of the others."""

Shares = dict[str, float]


@dataclass(frozen=True)
class Way:
    """By which channel and from which hour on somebody clearly opens more; empty or None: no difference."""

    resident_id: int
    channel: str
    hour: int | None


@dataclass(frozen=True)
class Drawn:
    """What a training draws, ready to be written."""

    own: Mapping[int, Shares]
    villages: Mapping[str, Shares]
    ways: Sequence[Way]


def draw(signals: Sequence[PortraitSignal], people: Sequence[Profiled], ways: Sequence[Way], now: datetime) -> Drawn:
    """Shares of attention from signals that fade; people are those who may be profiled."""
    village_of = {one.id: one.village for one in people}
    own: dict[int, Counter[str]] = defaultdict(Counter)
    for one in signals:
        if one.resident_id in village_of and one.at <= now:
            fading = 0.5 ** ((now - one.at).total_seconds() / DAY / HALF_LIFE_DAYS)
            own[one.resident_id][one.topic] += Deed(one.kind).strength * fading
    together: dict[str, Counter[str]] = defaultdict(Counter)
    active = Counter(village_of[resident] for resident in own)
    for resident, topics in own.items():
        for place in (EVERYBODY, *([village_of[resident]] if active[village_of[resident]] >= LEAST_GROUP else [])):
            together[place].update(topics)
    everybody = _shares(together[EVERYBODY], {}, 0.0)
    villages = {place: _shares(topics, everybody, VILLAGE_SHRINK) for place, topics in together.items()}
    return Drawn({resident: _shares(topics, villages.get(village_of[resident], everybody), OWN_SHRINK)
                  for resident, topics in own.items()}, villages, ways)


def draw_ways(portraits: Portraits, people: Sequence[Profiled], notices: Sequence[NoticeFeatures], habits: Habits,
              now: datetime) -> list[Way]:
    """By the trained chance of opening: for whom a channel or a part of the day is clearly better."""
    if portraits.response is None or portraits.response_coding is None:
        return []
    about = {one.id: one for one in notices}
    found = []
    for one in people:
        sent, deeds = habits.sent.get(one.id, []), habits.opened.get(one.id, [])
        told = [about[notice] for _, _, notice in sent if notice in about]
        if len(deeds) < LEAST_DEEDS or not told:
            continue
        usual = Counter(told).most_common(1)[0][0]
        counts = Counter(channel for _, channel, _ in sent)
        channels = sorted(channel for channel, count in counts.items() if count >= LEAST_SENT)
        chances = _chances(portraits, one, usual, channels or sorted(counts), habits, now)
        way = Way(one.id, _best_channel(chances) if len(channels) > 1 else "", _best_hour(chances))
        if way.channel or way.hour is not None:
            found.append(way)
    return found


def write(session: Session, drawn: Drawn) -> None:
    """Put what was drawn in the place of what the last training drew."""
    for table in (PortraitInterest, PortraitVillageInterest, PortraitWay):
        session.execute(delete(table))
    rows = [{"resident_id": resident, "topic": topic, "share": share}
            for resident, shares in drawn.own.items() for topic, share in shares.items()]
    if rows:
        session.execute(insert(PortraitInterest), rows)
    rows = [{"village": village, "topic": topic, "share": share}
            for village, shares in drawn.villages.items() for topic, share in shares.items()]
    if rows:
        session.execute(insert(PortraitVillageInterest), rows)
    if drawn.ways:
        session.execute(insert(PortraitWay), [
            {"resident_id": way.resident_id, "channel": way.channel, "hour": way.hour} for way in drawn.ways])


def is_drawn(session: Session) -> bool:
    """Whether there is anything to go by; with portraits off there never is."""
    return bool(session.scalar(select(exists(select(PortraitVillageInterest.topic)))))


def share_of(resident_id: SQLColumnExpression[int | None], village: SQLColumnExpression[str],
             topic: SQLColumnExpression[str]) -> ColumnElement[float]:
    """The share of attention as SQL: one's own, else the village's, else everybody's, else nothing."""
    own, near, all_of_them = PortraitInterest, PortraitVillageInterest.__table__.alias(), PortraitVillageInterest.__table__.alias()
    return func.coalesce(
        select(own.share).where(own.resident_id == resident_id, own.topic == topic).scalar_subquery(),
        select(near.c.share).where(near.c.village == village, near.c.topic == topic).scalar_subquery(),
        select(all_of_them.c.share).where(all_of_them.c.village == EVERYBODY, all_of_them.c.topic == topic).scalar_subquery(),
        0.0)


def _shares(topics: Mapping[str, float], behind: Mapping[str, float], shrink: float) -> Shares:
    whole = sum(topics.values()) + shrink
    return {topic: round((topics.get(topic, 0.0) + shrink * behind.get(topic, 0.0)) / whole, 4)
            for topic in sorted({*topics, *behind}) if whole > 0}


def _chances(portraits: Portraits, person: Profiled, notice: NoticeFeatures, channels: Sequence[str], habits: Habits,
             now: datetime) -> dict[tuple[str, int], float]:
    """The chance that somebody opens what they are usually sent, by channel and part of the day."""
    morning = in_china(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    places = [(channel, hour) for channel in channels for hour in DAYTIME]
    moments = [morning + timedelta(hours=hour) for _, hour in places]
    rows = [response_row(person.row, notice, channel, at) for (channel, _), at in zip(places, moments, strict=True)]
    past = [habits.before(person.id, at, notice.topic, channel) for (channel, _), at in zip(places, moments, strict=True)]
    if portraits.response is None or portraits.response_coding is None:
        return {}
    told = portraits.response.chance(response_columns(portraits.response_coding, rows, past))
    return dict(zip(places, told.tolist(), strict=True))


def _best_channel(chances: Mapping[tuple[str, int], float]) -> str:
    by: dict[str, list[float]] = defaultdict(list)
    for (channel, _), chance in chances.items():
        by[channel].append(chance)
    ranked = sorted(by, key=lambda channel: (-float(np.mean(by[channel])), channel))
    clear = len(ranked) > 1 and np.mean(by[ranked[0]]) >= CLEARLY * np.mean(by[ranked[1]])
    return ranked[0] if clear else ""


def _best_hour(chances: Mapping[tuple[str, int], float]) -> int | None:
    by: dict[int, list[float]] = defaultdict(list)
    for (_, hour), chance in chances.items():
        by[hour].append(chance)
    means = {hour: float(np.mean(found)) for hour, found in by.items()}
    best = max(means, key=lambda hour: (means[hour], -hour))
    others = [chance for hour, chance in means.items() if hour != best]
    return best if others and means[best] >= CLEARLY * float(np.mean(others)) else None
