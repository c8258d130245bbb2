"""The columns of the chance of opening: who, what, over which channel, at which hour, and what they did so far."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from kernel.clock import in_china
from profiles.portraits.coding import Coding, Floats
from profiles.portraits.notices import Exposure, NoticeFeatures
from profiles.portraits.openings import DAY

HALF_LIFE_DAYS = 60.0
HABITS = 8
HOURS = 3
"""Hours of a part of the day."""
USUAL_SHARE = 0.2
BELIEVED_AFTER = 2.0


@dataclass(frozen=True)
class Opened:
    """One deed: when, about which topic and notice, and in which part of the day."""

    time: float
    topic: str
    notice_id: int
    part: int


@dataclass
class Habits:
    """What each resident was sent and opened, by time, so that only what came before a moment is counted."""

    sent: dict[int, list[tuple[float, str, int]]] = field(default_factory=lambda: defaultdict(list))
    opened: dict[int, list[Opened]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, sent: Iterable[Exposure], opened: Iterable[tuple[int, datetime, str, int]]) -> Habits:
        """From what was sent, and (resident, time, topic, notice) opened."""
        habits = cls()
        for one in sent:
            habits.sent[one.resident_id].append((one.at.timestamp(), one.channel, one.notice_id))
        for resident, at, topic, notice in opened:
            habits.opened[resident].append(Opened(at.timestamp(), topic, notice, part_of_day(at)))
        for times in habits.sent.values():
            times.sort()
        for deeds in habits.opened.values():
            deeds.sort(key=lambda deed: deed.time)
        return habits

    def before(self, resident: int, at: datetime, topic: str, channel: str) -> tuple[float, ...]:
        """Sent and opened (log), share opened, openings that fade: all, of this topic, in this part of the day; and the
        share opened of what came over this channel, and how much better it is than all.
        """
        moment, here = at.timestamp(), part_of_day(at)
        sent = self.sent.get(resident, [])
        sent = sent[:bisect_left(sent, (moment, "", 0))]
        past = [deed for deed in self.opened.get(resident, []) if deed.time < moment]
        fading = [0.5 ** ((moment - deed.time) / DAY / HALF_LIFE_DAYS) for deed in past]
        same = sum(weight for weight, deed in zip(fading, past, strict=True) if deed.topic == topic)
        hour = sum(weight for weight, deed in zip(fading, past, strict=True) if deed.part == here)
        done = {deed.notice_id for deed in past}
        over = [notice in done for _, by, notice in sent if by == channel]
        share = (sum(over) + USUAL_SHARE * BELIEVED_AFTER) / (len(over) + BELIEVED_AFTER)
        whole = (len(done) + USUAL_SHARE * BELIEVED_AFTER) / (len(sent) + BELIEVED_AFTER)
        return (math.log1p(len(sent)), math.log1p(len(past)), len(past) / (len(sent) + 2), math.log1p(sum(fading)),
                math.log1p(same), (hour + 1.0) / (sum(fading) + 4.0), share, share - min(whole, 1.0))


def part_of_day(at: datetime) -> int:
    """The first hour of a moment's part of the day in China: 0, 3, … 21."""
    return in_china(at).hour // HOURS * HOURS


def response_row(person: Mapping[str, str], notice: NoticeFeatures, channel: str, at: datetime) -> dict[str, str]:
    """The words of one row: person, notice, channel and the part of the day."""
    return {**person, "topic": notice.topic, "kind": notice.kind, "channel": channel, "hours": f"{part_of_day(at)} 时起"}


def response_columns(coding: Coding, rows: list[dict[str, str]], habits: list[tuple[float, ...]]) -> Floats:
    """Words and habits side by side."""
    return np.hstack([coding.encode(rows), np.array(habits, dtype=np.float64).reshape(len(rows), HABITS)])
