"""One's own ways to be reached: seen masked, the preferred one chosen, one added by a code, one taken out of use."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from profiles import binding, contacts
from profiles.binding import Answer
from profiles.privacy import masked_phone
from profiles.sessions import Me
from web.house import house
from web.public import mine_session
from web.public.mine_binding import FAULTS, PROOF_COOKIE, remembered
from web.public.mine_session import Reply, bound

NAMES = {contacts.SMS: "手机", contacts.LANDLINE: "座机", contacts.WECHAT: "微信"}
REASONS = ("号码不用了", "不是我的号码", "不想用它收消息")


@dataclass(frozen=True)
class Way:
    """One way to reach the resident."""

    id: int
    name: str
    words: str
    is_preferred: bool
    is_proved: bool
    is_collecting: bool
    is_this: bool


def context(session: Session, me: Me) -> Mapping[str, Any]:
    """The resident's live contacts, and whether a code for a new number is waited for."""
    ways = [Way(one.id, NAMES.get(one.channel, one.channel), _words(one.channel, one.address), one.preferred, one.verified,
                one.shared, one.id == me.contact_id) for one in contacts.contacts_of(session, me.resident_id)]
    token = mine_session.unsealed(request.cookies.get(PROOF_COOKIE, ""))
    waiting = binding.waiting(session, _asker(token), house().clock.now()) if token else None
    return {"ways": ways, "reasons": REASONS, "is_open": house().code_post.is_open,
            "is_waiting": waiting is not None and waiting.resident_id == me.resident_id}


@bound
def prefer(me: Me) -> Reply:
    """Choose the contact that is used first."""
    with house().database.writing() as session:
        chosen = contacts.prefer(session, me.resident_id, request.form.get("contact", 0, type=int))
        if chosen:
            _tell(session, me, "resident.preferred")
    return Reply(done="以后先用它给您发消息。") if chosen else Reply(("没有选。请点一个，再按“先用这个”。",))


@bound
def retire(me: Me) -> Reply | Response:
    """Take a contact out of use, with the reason."""
    number, reason = request.form.get("contact", 0, type=int), request.form.get("reason", "")
    if reason not in REASONS:
        return Reply(("没有选为什么不用。请选一项，再按一次。",))
    with house().database.writing() as session:
        own = {one.id for one in contacts.contacts_of(session, me.resident_id)}
        gone = contacts.retire(session, [number], f"本人：{reason}", house().clock.now()) if number in own else 0
        if gone:
            _tell(session, me, "resident.contact_retired")
    if not gone:
        return Reply(("这个联系方式已经不用了。",))
    if number == me.contact_id:
        return mine_session.leave(Response(status=303, headers={"Location": "/me"}))
    return Reply(done="这个联系方式不再用了，以后不往上面发。")


@bound
def add(me: Me) -> Reply | Response:
    """Ask for a code to a new number."""
    token = mine_session.unsealed(request.cookies.get(PROOF_COOKIE, "")) or secrets.token_urlsafe(24)
    with house().database.writing() as session:
        asked = binding.ask(session, house().keyring, _asker(token), request.form.get("phone", ""), "web",
                            house().clock.now(), adding=me.resident_id)
    if asked.answer is not Answer.SENT:
        return Reply((FAULTS[asked.answer],))
    if asked.code:
        house().code_post.post(asked.phone, asked.code)
    return remembered(Response(status=303, headers={"Location": "/me#contacts"}), token)


@bound
def confirm(me: Me) -> Reply:
    """Try the code of a new number."""
    token, now = mine_session.unsealed(request.cookies.get(PROOF_COOKIE, "")), house().clock.now()
    with house().database.writing() as session:
        answer = binding.prove(session, house().keyring, _asker(token), request.form.get("code", "")[:20], now)
        proved = binding.proved(session, _asker(token), now) if answer is Answer.RIGHT else None
        is_own = proved is not None and proved.resident_id == me.resident_id
        added = binding.add(session, house().keyring, proved, now) if proved is not None and is_own else None
    return Reply(done="新号码加上了。") if added else Reply((FAULTS.get(answer, FAULTS[Answer.OVER]),))


def _words(channel: str, address: bytes) -> str:
    if channel == contacts.WECHAT:
        return "已绑定"
    return masked_phone(house().keyring.decrypt(address, contacts.purpose_of(channel)))


def _asker(token: str) -> bytes:
    return binding.asker(house().keyring, "web", token)


def _tell(session: Session, me: Me, act: str) -> None:
    audit.record(session, house().clock.now(), Actor("本人"), act, f"resident:{me.reference}", {"door": "web"})
