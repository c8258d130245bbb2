"""By which contact a household is written to, and why: the ranking of `audience` in words, for one household."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring, Unreadable
from kernel.days import day
from profiles import consent
from profiles.contacts import purpose_of
from profiles.models import Contact, Refusal, Resident, Standing, WishKind
from profiles.privacy import masked_name, masked_phone
from push.models import Delivery, Dispatch
from push.planning import ADULT, YOUNGEST_ADDRESSEE, born_by
from push.states import REACHED
from push.trace import channel_words

LATE = date(9999, 12, 31)
DOORS = {"sms": "短信", "wechat": "微信", "web": "网站", "hotline": "热线", "office": "办公室", "village": "村里"}
# In the order in which `audience` weighs them.
BETTER = ("收信人是户主或成年人", "是本人选定的联系方式", "走的是这条信息排在前面的通道", "经本人核实过", "收信人是户主，或没有外出务工",
          "收信人年纪更长", "登记得更早")


@dataclass(frozen=True)
class Way:
    """One contact of a household; the address is masked. `barred` says why it could not be used, empty when it could."""

    contact_id: int
    whose: str
    channel: str
    number: str
    marks: tuple[str, ...]
    barred: str
    is_chosen: bool
    rank: tuple[Any, ...] = ()

    @property
    def channel_words(self) -> str:
        """Its channel in the office's word."""
        return channel_words(self.channel)

    def as_json(self) -> dict[str, Any]:
        """One plain object."""
        return {"whose": self.whose, "channel": self.channel, "number": self.number, "marks": list(self.marks),
                "barred": self.barred, "chosen": self.is_chosen}


def ways(session: Session, keyring: Keyring, dispatch: Dispatch, household_id: int, sent: Sequence[Delivery], today: date,
         resident_id: int | None = None) -> list[Way]:
    """Every contact of a household (or of the one resident written to), the best by today's register first."""
    query = select(Contact, Resident).join(Resident, Resident.id == Contact.resident_id).where(Resident.household_id == household_id)
    if dispatch.to == "residents" and resident_id is not None:
        query = query.where(Resident.id == resident_id)
    used = {one.contact_id for one in sent if one.contact_id is not None}
    found = [Way(contact.id, masked_name(keyring.decrypt(member.name, "name")), contact.channel, _masked(keyring, contact),
                 _marks(contact, member), _barred(session, dispatch, contact, member, today), contact.id in used,
                 _rank(dispatch, contact, member, today)) for contact, member in session.execute(query)]
    return sorted(found, key=lambda way: (bool(way.barred), way.rank))


def why_chosen(found: Sequence[Way], chosen: Way) -> str:
    """Why one went before the others, in one sentence."""
    others = [way for way in found if way.contact_id != chosen.contact_id and not way.barred]
    if not others:
        return "这户只有这一个能用的联系方式。"
    if chosen.barred or chosen.rank > others[0].rank:
        return "按今天的登记会先用另一个联系方式：登记后来改过，或前一通道没有送到，或按收信习惯改了通道。"
    place = next(place for place, (mine, other) in enumerate(zip(chosen.rank, others[0].rank, strict=True)) if mine != other)
    return f"先用这个，因为{BETTER[place]}。"


def wishes(session: Session, dispatch: Dispatch, household_id: int, today: date) -> list[str]:
    """What the members refused or wished that touches this message, each with its day, and whether it holds."""
    members = select(Resident.id).where(Resident.household_id == household_id)
    indexes = select(Contact.address_index).where(Contact.resident_id.in_(members))
    lines = session.scalars(select(Refusal).where(
        Refusal.topic.in_(("", dispatch.topic)), Refusal.channel.in_(("", *dispatch.channels)),
        Refusal.address_index.in_(indexes) | Refusal.resident_id.in_(members)).order_by(Refusal.id))
    return [_wish(line, dispatch, today) for line in lines]


def _wish(line: Refusal, dispatch: Dispatch, today: date) -> str:
    scope = f"{channel_words(line.channel) if line.channel else '各通道'}、{line.topic or '各主题'}"
    kind = {WishKind.REFUSED: "不再接收", WishKind.WANTED: "仍要接收", WishKind.DAYTIME: "只在白天接收"}[WishKind(line.kind)]
    end = f"，{day(line.withdrawn_at, today)}已撤回" if line.withdrawn_at is not None else ""
    exempt = "；这条信息按规定照发" if dispatch.is_exempt and line.kind == WishKind.REFUSED else ""
    return f"{day(line.at, today)}经{DOORS.get(line.door, line.door)}说过{kind}（{scope}）{end}{exempt}"


def _masked(keyring: Keyring, contact: Contact) -> str:
    if contact.channel not in ("sms", "landline"):
        return ""
    try:
        return masked_phone(keyring.decrypt(contact.address, purpose_of(contact.channel)))
    except Unreadable:
        return "（密钥缺失，读不出）"


def _marks(contact: Contact, member: Resident) -> tuple[str, ...]:
    said = ((member.is_head, "户主"), (bool(member.migrant), "在外务工"), (contact.preferred, "本人选定"),
            (contact.verified, "已核实"), (contact.shared, "代收号码"))
    return tuple(words for holds, words in said if holds)


def _barred(session: Session, dispatch: Dispatch, contact: Contact, member: Resident, today: date) -> str:
    if contact.retired_at is not None:
        return f"{day(contact.retired_at, today)}停用：{contact.retired_reason or '原因没有记'}"
    if member.standing != Standing.PRESENT:
        return "收信人去世或已迁出"
    if member.birth_date is not None and member.birth_date > born_by(today, YOUNGEST_ADDRESSEE):
        return f"收信人不满 {YOUNGEST_ADDRESSEE} 岁"
    if contact.channel not in dispatch.channels:
        return "这条信息不走这个通道"
    if dispatch.about_households and contact.shared:
        return "代收号码，不发涉及家庭情况的信息"
    if not dispatch.is_exempt and consent.is_refused(session, contact.address_index, contact.channel, dispatch.topic, member.id):
        return "本人不愿接收"
    return ""


def _rank(dispatch: Dispatch, contact: Contact, member: Resident, today: date) -> tuple[Any, ...]:
    """As `audience` ranks them: the smaller goes first."""
    grown = member.is_head or (member.birth_date is not None and member.birth_date <= born_by(today, ADULT))
    who = 0 if grown else 1 if member.birth_date is None else 2
    place = dispatch.channels.index(contact.channel) if contact.channel in dispatch.channels else len(dispatch.channels)
    return (who, not contact.preferred, place, not contact.verified, 0 if member.is_head else 2 if member.migrant else 1,
            member.birth_date or LATE, contact.id)


def shared_with(session: Session, dispatch_id: int, one: Delivery) -> bool:
    """Whether the number of a delivery that was left out as shared got the message by another household's delivery."""
    if one.address_index is None:
        return False
    return session.scalar(select(Delivery.id).where(
        Delivery.dispatch_id == dispatch_id, Delivery.address_index == one.address_index, Delivery.id != one.id,
        Delivery.state.in_(REACHED)).limit(1)) is not None
