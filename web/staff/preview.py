"""Before a push: whom it would reach, over what, at what cost, whom not and why; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.crypto import Keyring
from notices.views import NoticeView
from profiles.consent import refused_clause
from profiles.contacts import masked_name, masked_phone, purpose_of
from profiles.divisions import Names
from profiles.facts import Catalogue
from profiles.models import Contact, Household, Resident
from push import admission, audience
from push.admission import Admitted, OpenChannels
from push.audience import Audience, tells_of_households
from push.planning import end_of, may_leave_at
from push.settings import PushSettings
from push.states import DeliveryState, Reason

SAMPLES = 10
CHANNELS = {"wechat": "微信", "sms": "短信"}


@dataclass(frozen=True)
class Sample:
    """One household the push would reach, masked."""

    place: str
    name: str
    channel: str
    address: str


@dataclass(frozen=True)
class Preview:
    """What a push would do: households (or people) by channel and by reason of getting nothing, parts and cost in yuan.

    `exempt`: how many of those it reaches refused such notices and get this one because it is owed by law.
    """

    unit: str
    channels: tuple[tuple[str, int], ...]
    skipped: tuple[tuple[str, int], ...]
    parts_each: int
    parts: int
    cost: float
    leaves_at: datetime
    is_held_back: bool
    samples: tuple[Sample, ...]
    exempt: int = 0

    @property
    def planned(self) -> int:
        """How many messages would go out."""
        return sum(count for _, count in self.channels)

    @property
    def unsent(self) -> int:
        """How many of the audience would get nothing."""
        return sum(count for _, count in self.skipped)


def preview(session: Session, keyring: Keyring, view: NoticeView, channels: OpenChannels, settings: PushSettings,
            now: datetime, catalogue: Catalogue) -> Preview:
    """What sending a notice now would do; raises push.failures.Refused with the cure when it may not be sent."""
    admitted = admission.admit(view, channels, now, catalogue=catalogue)
    whom = _whom(admitted, now)
    found = audience.paths(session, whom)
    planned: dict[str, int] = {}
    skipped: dict[str, int] = {}
    for channel, reason, count in session.execute(
            select(found.c.channel, found.c.reason, func.count()).group_by(found.c.channel, found.c.reason)):
        if reason:
            skipped[reason] = skipped.get(reason, 0) + count
        else:
            planned[channel] = count
    for channel, count in _shared(session, whom).items():
        planned[channel] -= count
        skipped[Reason.SHARED.value] = skipped.get(Reason.SHARED.value, 0) + count
    parts = admitted.sms_parts * planned.get("sms", 0)
    leaves_at = may_leave_at(now, settings.quiet, end_of(view.deadline) if view.deadline else None, urgent=view.is_emergency)
    return Preview(
        unit="人" if view.to == "residents" else "户",
        channels=tuple((CHANNELS.get(name, name), planned.get(name, 0)) for name in admitted.channels),
        skipped=tuple((Reason(code).words, count) for code, count in sorted(skipped.items(), key=lambda one: -one[1])),
        parts_each=admitted.sms_parts, parts=parts, cost=round(parts * settings.sms_price / 100, 2), leaves_at=leaves_at,
        is_held_back=leaves_at > now, samples=_samples(session, keyring, whom), exempt=_exempt(session, whom))


def _whom(admitted: Admitted, now: datetime) -> Audience:
    view = admitted.view
    return Audience(admitted.condition, view.divisions, admitted.channels, view.topic, in_china(now).date(),
                    to_residents=view.to == "residents", refusals=not (view.is_statutory or view.is_emergency),
                    about_households=tells_of_households(admitted.condition))


def _exempt(session: Session, whom: Audience) -> int:
    """How many are reached in spite of a refusal, because the notice is owed by law."""
    if whom.refusals:
        return 0
    found = audience.paths(session, whom)
    return session.scalar(select(func.count()).select_from(found).join(Contact, Contact.id == found.c.contact_id).where(
        found.c.state == DeliveryState.PLANNED.value, refused_clause(Contact, whom.topic))) or 0


def _shared(session: Session, whom: Audience) -> Mapping[str, int]:
    """How many by channel would get nothing because another of the audience has the same number."""
    found = audience.paths(session, whom)
    alike = (select(found.c.channel, (func.count() - 1).label("more")).where(found.c.state == DeliveryState.PLANNED.value)
             .group_by(found.c.channel, found.c.address_index).having(func.count() > 1).subquery())
    rows = session.execute(select(alike.c.channel, func.sum(alike.c.more)).group_by(alike.c.channel))
    return {channel: int(count) for channel, count in rows}


def _samples(session: Session, keyring: Keyring, whom: Audience) -> tuple[Sample, ...]:
    found = audience.paths(session, whom)
    names = Names(session)
    rows = session.execute(
        select(Household.division, Resident.name, Contact.channel, Contact.address)
        .select_from(found).join(Household, Household.id == found.c.household_id)
        .join(Contact, Contact.id == found.c.contact_id).join(Resident, Resident.id == Contact.resident_id)
        .where(found.c.state == DeliveryState.PLANNED.value).order_by(Contact.address_index).limit(SAMPLES))
    return tuple(Sample(names.place(division), masked_name(keyring.decrypt(name, "name")), CHANNELS.get(channel, channel),
                        _address(keyring, channel, address)) for division, name, channel, address in rows)


def _address(keyring: Keyring, channel: str, sealed: bytes) -> str:
    return masked_phone(keyring.decrypt(sealed, purpose_of(channel))) if channel == "sms" else "已绑定"
