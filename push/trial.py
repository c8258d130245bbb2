"""试发: the very message of a notice, marked as a trial, to the office's own telephones and to nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.contract import Talker
from channels.failures import Outcome, OutcomeKind
from channels.messages import Content, Message
from channels.sms.marking import NoBlank, marked
from channels.sms.talking import SmsTalker
from kernel import audit
from kernel.audit import Actor, AuditEntry
from kernel.database import Database
from kernel.http import Network
from notices.views import NoticeView
from profiles.contacts import masked_phone
from profiles.facts import REGISTER, Catalogue
from push import admission
from push.admission import OpenChannels
from push.failures import Refused
from push.settings import PushSettings

BEGAN, ENDED = "push.try", "push.tried"
# A second press of the button is no second trial.
APART = timedelta(seconds=60)


class TalkingChannels(OpenChannels, Protocol):
    """The open channels with those who say single messages."""

    @property
    def talkers(self) -> Mapping[str, Talker]:
        """The talker of each open channel."""
        ...


@dataclass(frozen=True)
class Tried:
    """What became of the message to one telephone of the office (masked), in the vendor's words."""

    phone: str
    kind: OutcomeKind
    code: str = ""
    words: str = ""

    @property
    def said(self) -> str:
        """The office's word for it, with the vendor's where something is wrong."""
        if self.kind is OutcomeKind.ACCEPTED:
            return self.kind.words
        vendor = " ".join(part for part in (self.code, self.words) if part)
        return f"{self.kind.words}（{vendor}）" if vendor else self.kind.words


@dataclass(frozen=True)
class Trial:
    """One trial: when, by whom, of which words, over what, how it read, and its outcomes (none: it broke off)."""

    at: datetime
    by: str
    digest: str
    gateway: str
    text: str
    outcomes: tuple[Tried, ...]

    @property
    def is_good(self) -> bool:
        """Whether every telephone's message was taken."""
        return bool(self.outcomes) and all(one.kind is OutcomeKind.ACCEPTED for one in self.outcomes)


def try_out(database: Database, channels: TalkingChannels, network: Network, *, reference: str, actor: Actor, now: datetime,
            settings: PushSettings, catalogue: Catalogue = REGISTER) -> Trial:
    """Send the notice's text message, marked, to OFFICE_PHONES now; no dispatch, no delivery, but on record.

    Raises Refused with the cure. Only text messages are tried: no WeChat account of the office's is known.
    """
    if not settings.trial_phones:
        raise Refused("没有登记试发用的办公手机。请系统管理员设置 OFFICE_PHONES（几个号码用逗号隔开）。")
    with database.reading() as session:
        view = admission.read_notice(session, reference, now)
        admission.refuse_stranger(actor, view)
        content = _content(view, channels, now, catalogue)
    talker = _speaker(channels.talkers["sms"], content)
    gateway = str(getattr(talker, "gateway", "sms"))
    _begin(database, view, actor, now, settings, gateway)
    outcomes = asyncio.run(_say(network, talker, settings.trial_phones, content))
    trial = Trial(now, actor.name, view.digest, gateway, content.text, tuple(
        Tried(masked_phone(phone), one.kind, one.code[:60], one.words[:200])
        for phone, one in zip(settings.trial_phones, outcomes, strict=True)))
    with database.writing() as session:
        audit.record(session, now, actor, ENDED, f"notice:{reference}", _kept(trial))
    return trial


def last_trial(session: Session, reference: str) -> Trial | None:
    """The latest trial of a notice, whichever words it tried."""
    entry = session.scalar(select(AuditEntry).where(
        AuditEntry.subject == f"notice:{reference}", AuditEntry.act == ENDED).order_by(AuditEntry.id.desc()).limit(1))
    return None if entry is None else _restored(entry)


def _content(view: NoticeView, channels: TalkingChannels, now: datetime, catalogue: Catalogue) -> Content:
    content = admission.admit(view, channels, now, catalogue=catalogue).contents.get("sms")
    register, talker = channels.sms_register, channels.talkers.get("sms")
    if content is None:
        raise Refused(f"信息 {view.reference} 不走短信，没有可以试发的。微信卡片请看页面上的样子。")
    if register is None or talker is None:
        raise Refused(channels.closed.get("sms", "短信通道没有开通，不能试发。"))
    try:
        return marked(content, register, whole_text=_takes_whole_texts(_speaker(talker, content)))
    except NoBlank:
        raise Refused("短信模板里没有空格，标不上“测试”二字，不能试发。请在短信平台登记带空格的模板。") from None


def _speaker(talker: Talker, content: Content) -> Talker:
    """The gateway that says words of this purpose, where several may."""
    return talker.speaker(content.purpose) if isinstance(talker, SmsTalker) else talker


def _takes_whole_texts(talker: Any) -> bool:
    """Whether what is said goes out as it stands, by the limits its sender declares."""
    return bool(getattr(getattr(talker, "limits", None), "whole_text", False))


def _begin(database: Database, view: NoticeView, actor: Actor, now: datetime, settings: PushSettings, gateway: str) -> None:
    """Write down that it begins, before anything leaves; Refused right after another one."""
    subject = f"notice:{view.reference}"
    with database.writing() as session:
        admission.read_notice(session, view.reference, now, lock=True)
        last = session.scalar(select(AuditEntry.at).where(
            AuditEntry.subject == subject, AuditEntry.act == BEGAN, AuditEntry.at > now - APART)
            .order_by(AuditEntry.id.desc()).limit(1))
        if last is not None:
            raise Refused(f"{last:%H:%M} 刚试发过。请看手机；要再试，等一分钟。")
        audit.record(session, now, actor, BEGAN, subject, {
            "digest": view.digest, "gateway": gateway, "phones": [masked_phone(phone) for phone in settings.trial_phones]})


async def _say(network: Network, talker: Talker, phones: Sequence[str], content: Content) -> list[Outcome]:
    async with network.open(len(phones)) as client:
        return list(await asyncio.gather(*(talker.say(client, Message(number, phone, content))
                                           for number, phone in enumerate(phones))))


def _kept(trial: Trial) -> dict[str, Any]:
    return {"digest": trial.digest, "gateway": trial.gateway, "text": trial.text, "outcomes": [
        {"phone": one.phone, "kind": one.kind.value, "code": one.code, "words": one.words} for one in trial.outcomes]}


def _restored(entry: AuditEntry) -> Trial:
    told = entry.details
    return Trial(entry.at, entry.actor, told["digest"], told["gateway"], told["text"], tuple(
        Tried(one["phone"], OutcomeKind(one["kind"]), one["code"], one["words"]) for one in told["outcomes"]))
