"""Before a push, for its page: what the release would do in the office's words, ten who would get it (masked), the last trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from notices.differences import CHANNELS, Earlier, since_approved
from notices.views import NoticeView
from profiles.contacts import masked_name, masked_phone, purpose_of
from profiles.divisions import Names
from profiles.facts import Catalogue
from push import trial
from push.foresight import Foreseen, Way
from push.recipients import Recipient
from push.settings import PushSettings
from push.states import reason_words
from push.trial import Trial


@dataclass(frozen=True)
class Sample:
    """One household the push would reach, masked, and what it was chosen for."""

    place: str
    name: str
    channel: str
    address: str
    why: str


@dataclass(frozen=True)
class Line:
    """One channel in the office's words."""

    name: str
    way: Way
    rate: str

    @property
    def is_free(self) -> bool:
        """Whether its messages cost nothing."""
        return not self.way.parts


@dataclass(frozen=True)
class Preview:
    """What a release would do, for the page; `ceiling` is 0 where there is none or it does not bind."""

    told: Foreseen
    unit: str
    lines: tuple[Line, ...]
    skipped: tuple[tuple[str, int], ...]
    samples: tuple[Sample, ...]
    today: int
    later: int
    ceiling: float

    @property
    def is_over(self) -> bool:
        """Whether it costs more than the ceiling allows."""
        return bool(self.ceiling) and self.told.cost > self.ceiling

    @property
    def lasts(self) -> datetime | None:
        """When the last message leaves, where that is not the moment the first one does."""
        begins = min((line.way.begins_at for line in self.lines if line.way.begins_at is not None), default=None)
        return self.told.ends_at if self.told.ends_at != begins else None


def preview(session: Session, keyring: Keyring, view: NoticeView, told: Foreseen, settings: PushSettings) -> Preview:
    """The figures of a release as the page shows them."""
    names = Names(session)
    return Preview(
        told=told, unit="人" if told.unit == "residents" else "户",
        lines=tuple(Line(CHANNELS.get(way.channel, way.channel), way, _rate(way)) for way in told.ways),
        skipped=tuple((reason_words(code), count) for code, count in sorted(told.skipped.items(), key=lambda one: -one[1])),
        samples=tuple(_sample(one, names, keyring) for one in told.recipients),
        today=sum(way.today for way in told.ways), later=sum(way.later for way in told.ways),
        ceiling=0.0 if view.is_emergency else settings.cost_ceiling)


@dataclass(frozen=True)
class Before:
    """What lies behind the notice: the approved version before, and the last trial with whether it tried these very words."""

    earlier: Earlier | None
    trial: Trial | None
    is_tried: bool

    @property
    def is_proved(self) -> bool:
        """Whether these words were taken for every telephone of the office."""
        return self.is_tried and self.trial is not None and self.trial.is_good


def before(session: Session, view: NoticeView, catalogue: Catalogue) -> Before:
    """What became different since the last approval, and whether somebody tried these words on a telephone."""
    last = trial.last_trial(session, view.reference)
    return Before(since_approved(session, view, Names(session).place, catalogue), last,
                  last is not None and last.digest == view.digest)


def phones_in_words(phones: Sequence[str]) -> str:
    """The office's telephones, masked."""
    return "、".join(masked_phone(phone) for phone in phones)


def _rate(way: Way) -> str:
    pieces = [f"每秒 {way.per_second:g} 条"] if way.per_second else []
    if way.per_day:
        pieces.append(f"每天 {way.per_day:,} 条")
    return "，".join(pieces)


def _sample(one: Recipient, names: Names, keyring: Keyring) -> Sample:
    number = masked_phone(keyring.decrypt(one.address, purpose_of(one.channel))) if one.channel == "sms" else "已绑定"
    return Sample(names.place(one.division), masked_name(keyring.decrypt(one.name, "name")),
                  CHANNELS.get(one.channel, one.channel), number, one.why)
