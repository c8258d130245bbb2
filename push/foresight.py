"""Before a dispatch: what releasing it now would do, by planning it in earnest and taking everything back.

The very statements of the release are run, so that nobody is shown a figure the release does not keep; where that would
hold up SQLite's one writer, beside the real tables (`push.rehearsal`).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.database import Database
from notices.views import NoticeView
from profiles.consent import daytime_clause, refused_clause
from profiles.facts import REGISTER, Catalogue
from profiles.models import Contact
from push import admission, ordering, recipients
from push.admission import Admitted, OpenChannels
from push.ceiling import yuan
from push.models import Delivery, Dispatch
from push.planning import waits_until
from push.recipients import Recipient
from push.rehearsal import rehearsal
from push.settings import PushSettings
from push.states import DeliveryState
from push.timetable import Pace, Timetable, timetable


@dataclass(frozen=True)
class Way:
    """One channel: messages, how many leave today and later, the paid parts, and what its vendor lets through."""

    channel: str
    messages: int
    today: int
    later: int
    parts: int
    begins_at: datetime | None
    ends_at: datetime | None
    per_second: float
    per_day: int


@dataclass(frozen=True)
class Foreseen:
    """What a release would do.

    `unit` is households or residents; `reached` how many of them get something, `skipped` by reason (`states.Reason`)
    how many rows of the audience get nothing. `cost` in yuan, `cost_at_most` if everything went over SMS in the end.
    `exempt`: reached in spite of a refusal, because it is owed by law. `digest` names the words that were planned with.
    """

    digest: str
    unit: str
    reached: int
    messages: int
    ways: tuple[Way, ...]
    skipped: Mapping[str, int]
    parts_each: int
    parts: int
    cost: float
    cost_at_most: float
    release_at: datetime
    is_held_back: bool
    recipients: tuple[Recipient, ...]
    exempt: int = 0

    @property
    def unsent(self) -> int:
        """How many of the audience would get nothing."""
        return sum(self.skipped.values())

    @property
    def ends_at(self) -> datetime | None:
        """When the last message of all leaves."""
        return max((way.ends_at for way in self.ways if way.ends_at is not None), default=None)


def foresee(database: Database, channels: OpenChannels, view: NoticeView, now: datetime, settings: PushSettings,
            at: datetime | None = None, catalogue: Catalogue = REGISTER) -> Foreseen:
    """What releasing a notice now (or at a moment) would do; nothing is kept. Raises Refused with the cure when it may not."""
    admitted = admission.admit(view, channels, now, catalogue=catalogue)
    release_at = ordering.release_moment(view, now, at, settings)
    with database.reading() as session:
        earlier = admission.refuse_repetition(session, view, lock=False)
    counts_others = bool(settings.daily_cap or settings.weekly_cap or any(one.per_day for one in admitted.limits.values()))
    with rehearsal(database, release_at, earlier, counts_others=counts_others) as session:
        # A number no dispatch has: those that are kept go on without gaps.
        dispatch = ordering.new_dispatch(session, admitted, "", now, release_at, number=-secrets.randbelow(2**31) - 1)
        written = ordering.draw_up(session, dispatch, admitted, now, earlier, settings)
        return _read(session, dispatch, admitted, written.skipped, channels, now, settings)


def _read(session: Session, dispatch: Dispatch, admitted: Admitted, skipped: Mapping[str, int], channels: OpenChannels,
          now: datetime, settings: PushSettings) -> Foreseen:
    due = _due(session, dispatch, settings)
    ways = tuple(_way(name, due.get(name, []), dispatch, admitted, channels, in_china(now).date(), settings)
                 for name in admitted.channels)
    messages, parts = sum(way.messages for way in ways), sum(way.parts for way in ways)
    at_most = admitted.sms_parts * messages if "sms" in admitted.channels else parts
    return Foreseen(
        digest=dispatch.digest, unit=admitted.view.to, reached=_reached(session, dispatch, messages), messages=messages,
        ways=ways, skipped=skipped, parts_each=admitted.sms_parts, parts=parts, cost=yuan(parts, settings),
        cost_at_most=yuan(at_most, settings), release_at=dispatch.release_at, is_held_back=dispatch.release_at > now,
        recipients=recipients.recipients(session, dispatch.id, admitted.channels), exempt=_exempt(session, dispatch))


def _way(name: str, due: list[tuple[datetime, int]], dispatch: Dispatch, admitted: Admitted, channels: OpenChannels,
         today: date, settings: PushSettings) -> Way:
    limits = channels.senders[name].limits
    told: Timetable = timetable(due, Pace(limits.per_second, limits.per_day, settings.quiet, dispatch.deadline,
                                          urgent=admitted.view.is_emergency))
    messages = sum(count for _, count in due)
    return Way(name, messages, told.on(today), messages - told.on(today), messages * admitted.sms_parts if name == "sms" else 0,
               told.begins_at, told.ends_at, limits.per_second, limits.per_day)


def _due(session: Session, dispatch: Dispatch, settings: PushSettings) -> dict[str, list[tuple[datetime, int]]]:
    """By channel, when how many are due; who wants messages by day only is due in the morning."""
    due: dict[str, dict[datetime, int]] = {}
    for channel, at, count in session.execute(
            select(Delivery.channel, Delivery.due_at, func.count())
            .where(Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.PLANNED)
            .group_by(Delivery.channel, Delivery.due_at)):
        moments = due.setdefault(channel, {})
        moment = max(at or dispatch.release_at, dispatch.release_at)
        moments[moment] = moments.get(moment, 0) + count
    begins = waits_until(dispatch.release_at, settings.daytime, dispatch.deadline, urgent=dispatch.priority >= ordering.EMERGENCY)
    if begins is not None:
        for channel, count in _by_day(session, dispatch):
            due[channel][dispatch.release_at] -= count
            due[channel][begins] = due[channel].get(begins, 0) + count
    return {channel: list(moments.items()) for channel, moments in due.items()}


def _by_day(session: Session, dispatch: Dispatch) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Delivery.channel, func.count()).join(Contact, Contact.id == Delivery.contact_id)
        .where(Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.PLANNED, Delivery.due_at.is_(None),
               daytime_clause(Contact)).group_by(Delivery.channel))
    return [(channel, count) for channel, count in rows]


def _reached(session: Session, dispatch: Dispatch, messages: int) -> int:
    """How many households (or residents) get something; one may get more than one message where every channel is used."""
    if dispatch.priority < ordering.EMERGENCY:
        return messages
    who = Delivery.resident_id if dispatch.to == "residents" else Delivery.household_id
    return session.scalar(select(func.count(who.distinct())).where(
        Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.PLANNED)) or 0


def _exempt(session: Session, dispatch: Dispatch) -> int:
    """How many are reached in spite of a refusal, because the notice is owed by law."""
    if not dispatch.is_exempt:
        return 0
    return session.scalar(select(func.count()).select_from(Delivery).join(Contact, Contact.id == Delivery.contact_id).where(
        Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.PLANNED,
        refused_clause(Contact, dispatch.topic))) or 0
