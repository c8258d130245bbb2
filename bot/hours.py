"""The hours of offices, read from a setting: `08:30-12:00 14:30-18:00; 政务服务中心=09:00-17:00`; working days by the calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from pydantic import Field, field_validator

from bot.state import Opening
from kernel.clock import in_china
from kernel.settings import Section
from kernel.working_days import is_working_day

Spans = tuple[tuple[time, time], ...]
_TIME = r"([01]?\d|2[0-3]):([0-5]\d)"
_SPAN = re.compile(rf"{_TIME}\s*[-–—~至]\s*{_TIME}")


class TalkSettings(Section):
    """What the bot says of offices."""

    office_hours: str = Field("", description=
        "各单位工作日的上班时间，如 08:30-12:00 14:30-18:00；个别单位另写，用分号隔开：政务服务中心=09:00-17:00。"
        "留空时只说工作日上班，不说钟点")

    @field_validator("office_hours")
    @classmethod
    def _readable(cls, text: str) -> str:
        read(text)
        return text


@dataclass(frozen=True)
class Hours:
    """The hours of every office, and of some that keep their own."""

    usual: Spans = ()
    own: dict[str, Spans] = field(default_factory=dict)

    def of(self, office: str, now: datetime) -> Opening:
        """When an office is there, seen from a moment."""
        here = in_china(now)
        spans = next((spans for name, spans in self.own.items() if office and (name in office or office in name)), self.usual)
        today = is_working_day(here.date())
        is_open = today and any(begin <= here.time() < end for begin, end in spans)
        following = here.date() + timedelta(days=1)
        while not is_working_day(following):
            following += timedelta(days=1)
        return Opening(in_words(spans), is_open, today, following)


def read(text: str) -> Hours:
    """Read the setting; ValueError says what is wrong with it."""
    usual: Spans = ()
    own: dict[str, Spans] = {}
    for part in filter(None, (piece.strip() for piece in re.split("[;；]", text))):
        name, sign, told = part.rpartition("=")
        spans = tuple((time(int(a), int(b)), time(int(c), int(d))) for a, b, c, d in _SPAN.findall(told))
        if not spans or _SPAN.sub("", told).strip(" ,，、") or any(begin >= end for begin, end in spans):
            raise ValueError(f"看不懂“{part}”。请写成 08:30-12:00 14:30-18:00，个别单位写成 政务服务中心=09:00-17:00。")
        if sign:
            own[name.strip()] = spans
        else:
            usual = spans
    return Hours(usual, own)


def in_words(spans: Spans) -> str:
    """8:30–12:00、14:30–18:00."""
    return "、".join(f"{begin.hour}:{begin.minute:02d}–{end.hour}:{end.minute:02d}" for begin, end in spans)
