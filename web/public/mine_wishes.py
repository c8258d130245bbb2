"""What one wants to hear of, topic by topic and channel by channel: ticks on a page, lines in the one register."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from notices.topics import Topic
from profiles import consent, contacts
from profiles.models import WishKind
from profiles.sessions import Me
from web.house import house
from web.public.mine_session import Reply, bound

WAYS = {"sms": "短信", "wechat": "微信"}
DOOR = "web"
OPTIONAL = tuple(topic for topic in Topic if not topic.is_statutory)
OWED = tuple(topic.value for topic in Topic if topic.is_statutory)


@dataclass(frozen=True)
class Line:
    """One topic, and over which channels it comes."""

    topic: str
    comes: tuple[tuple[str, str, bool], ...]


def context(session: Session, me: Me) -> Mapping[str, Any]:
    """What comes and what does not, by the lines in force for the person and their own proved addresses."""
    standing = consent.standing(session, _addresses(session, me), me.resident_id)
    lines = [Line(topic.value, tuple((way, name, not consent.bars(standing, way, topic.value)) for way, name in WAYS.items()))
             for topic in OPTIONAL]
    refused = [one for one in standing if one.kind == WishKind.REFUSED]
    return {"lines": lines, "owed": OWED, "by_day": any(one.kind == WishKind.DAYTIME for one in standing),
            "has_refused": bool(refused)}


@bound
def keep(me: Me) -> Reply:
    """Write down what changed against the ticks that were sent."""
    ticked = {value for value in request.form.getlist("want") if value.partition(":")[0] in WAYS}
    now, changed = house().clock.now(), 0
    with house().database.writing() as session:
        addresses = _addresses(session, me)
        for topic in OPTIONAL:
            for way in WAYS:
                comes = not consent.bars(consent.standing(session, addresses, me.resident_id), way, topic.value)
                wanted = f"{way}:{topic.value}" in ticked
                if wanted == comes:
                    continue
                act = consent.want if wanted else consent.refuse
                for address in (consent.PERSON, *addresses) if wanted else (consent.PERSON,):
                    act(session, address, way, topic.value, DOOR, now, me.resident_id)
                changed += 1
        changed += _by_day(session, me, addresses, wanted=request.form.get("by_day") == "1")
    return Reply(done="记下了。关系您自己的通知和紧急通知还会发。" if changed else "没有改动，和原来一样。")


@bound
def none(me: Me) -> Reply:
    """Refuse everything that may be refused, over every channel."""
    with house().database.writing() as session:
        consent.refuse(session, consent.PERSON, consent.EVERY, consent.EVERY, DOOR, house().clock.now(), me.resident_id)
    return Reply(done="以后不再给您发一般提醒。医保、养老和紧急通知还会发。想再收，在这里按“都收”。")


@bound
def everything(me: Me) -> Reply:
    """Let everything through again."""
    with house().database.writing() as session:
        consent.withdraw_refusal(session, consent.PERSON, house().clock.now(), resident_id=me.resident_id,
                                 addresses=_addresses(session, me))
    return Reply(done="恢复了，和您有关的消息都会发给您。")


def _by_day(session: Session, me: Me, addresses: list[bytes], *, wanted: bool) -> int:
    now = house().clock.now()
    if wanted:
        stands = any(one.kind == WishKind.DAYTIME for one in consent.standing(session, addresses, me.resident_id))
        return 0 if stands else int(consent.only_by_day(session, consent.PERSON, DOOR, now, me.resident_id))
    return sum(consent.at_any_hour(session, address, now, me.resident_id) for address in (consent.PERSON, *addresses))


def _addresses(session: Session, me: Me) -> list[bytes]:
    """Addresses that are this person's alone: proved, and nobody else's."""
    own = [one for one in contacts.contacts_of(session, me.resident_id) if one.verified and not one.shared]
    return [one.address_index for one in own if contacts.is_only_of(session, one)]
