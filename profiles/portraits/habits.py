"""The columns of the chance of opening: who, what, over which channel, at which hour, and what they did so far."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from profiles.portraits.coding import Coding, Floats
from profiles.portraits.notices import NoticeFeatures
from profiles.portraits.openings import DAY

HALF_LIFE_DAYS = 60.0
HABITS = 5


@dataclass
class Habits:
    """What each resident was sent and opened, by time, so that only what came before a moment is counted."""

    sent: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    opened: dict[int, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, sent: Iterable[tuple[int, datetime]], opened: Iterable[tuple[int, datetime, str]]) -> Habits:
        """From (resident, time) sent and (resident, time, topic) opened."""
        habits = cls()
        for resident, at in sent:
            habits.sent[resident].append(at.timestamp())
        for resident, at, topic in opened:
            habits.opened[resident].append((at.timestamp(), topic))
        for times in (*habits.sent.values(), *habits.opened.values()):
            times.sort()  # type: ignore[attr-defined]
        return habits

    def before(self, resident: int, at: datetime, topic: str) -> tuple[float, ...]:
        """Sent and opened (log), share opened, openings that fade, the same of this topic."""
        moment = at.timestamp()
        sent = bisect_left(self.sent.get(resident, []), moment)
        past = [(time, about) for time, about in self.opened.get(resident, []) if time < moment]
        fading = [0.5 ** ((moment - time) / DAY / HALF_LIFE_DAYS) for time, _ in past]
        same = sum(weight for weight, (_, about) in zip(fading, past, strict=True) if about == topic)
        return (math.log1p(sent), math.log1p(len(past)), len(past) / (sent + 2), math.log1p(sum(fading)), math.log1p(same))


def response_row(person: Mapping[str, str], notice: NoticeFeatures, channel: str, at: datetime) -> dict[str, str]:
    """The words of one row: person, notice, channel and the part of the day."""
    return {**person, "topic": notice.topic, "kind": notice.kind, "channel": channel, "hours": f"{at.hour // 3 * 3} 时起"}


def response_columns(coding: Coding, rows: list[dict[str, str]], habits: list[tuple[float, ...]]) -> Floats:
    """Words and habits side by side."""
    return np.hstack([coding.encode(rows), np.array(habits, dtype=np.float64).reshape(len(rows), HABITS)])
