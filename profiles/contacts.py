"""The ways to reach a resident: telephones read as offices write them, bindings, and retirement with a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from kernel.database import table_of
from profiles.models import Contact, Household, Resident, Standing
from profiles.privacy import masked_id_number, masked_name, masked_phone

__all__ = ["LANDLINE", "SMS", "TELEGRAM", "WECHAT", "bind", "contacts_of", "is_only_of", "is_shared", "landline", "masked_id_number",
           "masked_name", "masked_phone", "normal_phone", "prefer", "purpose_of", "residents_at", "retire"]

SMS, WECHAT, TELEGRAM, LANDLINE = "sms", "wechat", "telegram", "landline"
PURPOSES = {SMS: "phone", LANDLINE: "phone", WECHAT: "openid", TELEGRAM: "chat"}

_MOBILE = re.compile(r"(?:\+?86|0086)?0?(1[3-9]\d{9})")
# Area codes: 010, 02x, and four digits from 03xx to 09xx; then a number that begins with 2 to 9.
_LANDLINE = re.compile(r"(?:\+?86|0086)?(010|02\d|0[3-9]\d{2})([2-9]\d{6,7})(?:(?:转|x|#)(\d{1,6}))?")
_FILLING = re.compile(r"[\s\-‐‑‒–—−_.()·]+")
# What a workbook leaves behind when a number was stored as a number.
_FLOAT_TAIL = re.compile(r"\.0+$")


def normal_phone(text: str) -> str | None:
    """The 11 digits of one mainland mobile number however it is written, or None when it is not one.

    Full-width digits, blanks, dashes and a leading +86, 86 or 0086 are dropped.
    """
    found = _MOBILE.fullmatch(_bare(text))
    return found.group(1) if found else None


def landline(text: str) -> str | None:
    """A landline with its area code as `09547012345` (an extension after `#`), or None when it is not one."""
    found = _LANDLINE.fullmatch(_bare(text))
    if found is None:
        return None
    area, number, extension = found.groups()
    return area + number + (f"#{extension}" if extension else "")


def _bare(text: str) -> str:
    if text.isascii() and text.isdigit():
        return text
    return _FILLING.sub("", _FLOAT_TAIL.sub("", unicodedata.normalize("NFKC", text).strip()))


def purpose_of(channel: str) -> str:
    """The purpose under which a channel's addresses are encrypted and indexed."""
    return PURPOSES[channel]


# Made once: every message that comes in asks it.
_CONTACTS = table_of(Contact).c
_REACHED = select(_CONTACTS.resident_id).where(
    _CONTACTS.channel == bindparam("channel"), _CONTACTS.address_index.in_(bindparam("indexes", expanding=True)),
    _CONTACTS.retired_at.is_(None))


def residents_at(session: Session, keyring: Keyring, channel: str, address: str) -> list[Resident]:
    """Those present residents whom a live address reaches, oldest record first; several when a number is shared."""
    if channel not in PURPOSES:
        return []  # a channel without bindings, such as the chat on the web
    indexes = keyring.indexes(_normal(channel, address), purpose_of(channel))
    # Most who write to the account are in no register: they are told apart before anything wide is read.
    session.flush()
    reached = set(session.connection().execute(_REACHED, {"channel": channel, "indexes": indexes}).scalars())
    if not reached:
        return []
    query = (
        select(Resident).join(Household, Household.id == Resident.household_id)
        .where(Resident.id.in_(reached), Resident.standing == Standing.PRESENT, Household.left_at.is_(None))
        .order_by(Resident.id)
    )
    return list(session.scalars(query))


def contacts_of(session: Session, resident_id: int) -> list[Contact]:
    """A resident's live contacts: the preferred first, then verified, then by age."""
    query = (select(Contact).where(Contact.resident_id == resident_id, Contact.retired_at.is_(None))
             .order_by(Contact.preferred.desc(), Contact.verified.desc(), Contact.id))
    return list(session.scalars(query))


def is_shared(session: Session, keyring: Keyring, channel: str, address: str) -> bool:
    """Whether an address stands for more than three households (代收): nobody may be bound by it."""
    indexes = keyring.indexes(_normal(channel, address), purpose_of(channel))
    query = select(Contact.id).where(Contact.channel == channel, Contact.address_index.in_(indexes),
                                     Contact.shared.is_(True), Contact.retired_at.is_(None)).limit(1)
    return session.scalar(query) is not None


def bind(session: Session, keyring: Keyring, resident_id: int, channel: str, address: str, now: datetime) -> Contact:
    """Record that an address was proved to be a resident's; a retired one comes back to life.

    Raises ValueError for Telegram, which carries public text to whoever asked and is never tied to a resident
    (个人信息保护法 §36), and for a telephone that is none.
    """
    if channel == TELEGRAM:
        raise ValueError("Telegram 只发公开信息，不与村民绑定")
    normal, purpose = _normal(channel, address), purpose_of(channel)
    if not normal:
        raise ValueError("这不是可用的联系方式")
    query = select(Contact).where(Contact.resident_id == resident_id, Contact.channel == channel,
                                  Contact.address_index.in_(keyring.indexes(normal, purpose)))
    contact = session.scalars(query).first()
    if contact is None:
        contact = Contact(resident_id=resident_id, channel=channel, address=keyring.encrypt(normal, purpose),
                          address_index=keyring.index(normal, purpose), source="binding", created_at=now)
        session.add(contact)
    contact.verified, contact.retired_at, contact.retired_reason = True, None, None
    session.flush()
    return contact


def prefer(session: Session, resident_id: int, contact_id: int) -> bool:
    """Make one of a resident's live contacts the preferred one; False when it is none of theirs."""
    own = contacts_of(session, resident_id)
    if contact_id not in {one.id for one in own}:
        return False
    for one in own:
        one.preferred = one.id == contact_id
    session.flush()
    return True


def is_only_of(session: Session, contact: Contact) -> bool:
    """Whether a contact's address reaches nobody else who is present."""
    query = (select(Contact.id).join(Resident, Resident.id == Contact.resident_id)
             .where(Contact.channel == contact.channel, Contact.address_index == contact.address_index,
                    Contact.retired_at.is_(None), Contact.resident_id != contact.resident_id,
                    Resident.standing == Standing.PRESENT).limit(1))
    return session.scalar(query) is None


def retire(session: Session, contact_ids: Iterable[int], reason: str, now: datetime) -> int:
    """Take addresses out of use with the reason; gives how many were still in use."""
    ids = sorted(set(contact_ids))
    retired = 0
    for start in range(0, len(ids), 500):
        chunk = ids[start:start + 500]
        query = (update(Contact).where(Contact.id.in_(chunk), Contact.retired_at.is_(None))
                 .values(retired_at=now, retired_reason=reason[:80]).returning(Contact.id))
        retired += len(session.execute(query.execution_options(synchronize_session="fetch")).all())
    return retired


def _normal(channel: str, address: str) -> str:
    if channel == SMS:
        return normal_phone(address) or ""
    return (landline(address) or "") if channel == LANDLINE else address.strip()
