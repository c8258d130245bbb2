"""What one's household may apply for, and what has been sent to it and why: never a promise, never a hardship by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from bot.claiming import claims_of
from bot.phrases.claiming import how
from kernel.clock import in_china, today
from notices import reading
from notices.eligibility import KEPT_BACK
from notices.hardships import NEUTRAL, hardships_in
from notices.offers import Offers
from notices.views import NoticeView
from profiles import divisions
from profiles.facts import Catalogue
from profiles.failures import ConditionRefused
from profiles.register import facts_of
from profiles.sessions import Me
from profiles.targeting.households import HouseholdFacts
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import judge
from push.told import Told, told_to
from web.house import house

SHOWN = 12
WAYS = {"sms": "短信", "wechat": "微信"}
AT_THAT_TIME = "发的时候，按您家登记的情况"


@dataclass(frozen=True)
class Offer:
    """Something the household may apply for."""

    address: str
    title: str
    told: tuple[str, ...]
    words: str
    until: date | None
    bring: str
    where: str


@dataclass(frozen=True)
class Sent:
    """A notice that went to the household: to whom, how it stands, and why."""

    address: str
    title: str
    at: datetime
    way: str
    to: str
    stands: str
    why: str
    is_statutory: bool


def claims(session: Session, me: Me) -> Mapping[str, Any]:
    """What the household may apply for by the register and by its own word, and the one question still open."""
    found = claims_of(session, house().keyring, me.household_id, {}, (), today(house().clock), _offers())
    return {"offers": [Offer(f"/notices/{quote(one.reference)}", one.title, one.told, one.words, one.until, one.bring, one.where)
                       for one in found.offers[:SHOWN]],
            "is_told": found.is_told, "ask": found.ask, "question": found.question,
            "how": how(found.question, "写") if found.question else ""}


def sent(session: Session, me: Me) -> Mapping[str, Any]:
    """What was sent to the household lately, and why."""
    facts, day = facts_of(session, me.household_id), today(house().clock)
    found = told_to(session, house().keyring, me.household_id, me.resident_id, SHOWN)
    views = {one.reference: reading.current(session, one.reference, day) for one in found}
    place = divisions.place(session, me.division)
    return {"notices": [_sent(one, views[one.reference], facts, day, place, me) for one in found]}


def _offers() -> Offers:
    return house().offers


def _named(title: str) -> str:
    """A title that names a hardship would say that the household has it."""
    return NEUTRAL if hardships_in(title) else title


def _sent(told: Told, view: NoticeView | None, facts: HouseholdFacts, day: date, place: str, me: Me) -> Sent:
    to = "" if told.resident_id in (None, me.resident_id) else told.name
    is_statutory = told.is_statutory
    return Sent(f"/notices/{quote(told.reference)}" if view is not None and view.published_at else "", _named(told.title),
                in_china(told.at), WAYS.get(told.channel, told.channel), to, told.stands,
                _why(view, facts, day, place, house().catalogue), is_statutory)


def _why(view: NoticeView | None, facts: HouseholdFacts, day: date, place: str, catalogue: Catalogue) -> str:
    """By the village alone, or by what is registered as far as it may be named."""
    if view is None or view.condition is None:
        return f"您家在{place}，这里家家都发" if place else "您这里家家都发"
    try:
        because = judge(parse(view.condition, catalogue), facts, day).because
    except ConditionRefused:
        return AT_THAT_TIME
    held = [reason for reason in because if reason.holds]
    plain = tuple(dict.fromkeys(reason.words for reason in held if not reason.is_sensitive))
    kept_back = (KEPT_BACK,) if any(reason.is_sensitive for reason in held) else ()
    return "；".join((*plain, *kept_back)) or AT_THAT_TIME
