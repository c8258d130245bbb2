"""Portraits at work: what a bound resident opens is remembered, and their notices come in an order of their own.

Everything asks the settings first: with portraits off nothing is read, written or loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

import structlog
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from kernel.database import Database
from notices.hardships import hardships_in
from notices.views import NoticeView
from profiles import contacts
from profiles.facts import REGISTER, Catalogue
from profiles.failures import ConditionRefused
from profiles.models import Contact, Resident
from profiles.portraits.failures import PortraitRefused
from profiles.portraits.models import Deed
from profiles.portraits.notices import NoticeFeatures
from profiles.portraits.ordering import rank
from profiles.portraits.settings import PortraitSettings
from profiles.portraits.signals import Kept, Signal, remember
from profiles.portraits.storage import FILE_NAME, Portraits, load
from profiles.targeting.conditions import facts_named
from profiles.targeting.parsing import parse

# The notice last sent to a resident over a channel: the deliveries stand a storey above and are asked for through here.
LastSent = Callable[[Session, int, str, datetime], NoticeView | None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arranged:
    """All the views given, in order; `reasons` are those of each, `why` says whether and why the order is personal."""

    views: tuple[NoticeView, ...]
    reasons: tuple[tuple[str, ...], ...]
    why: str
    is_personal: bool


class Personal:
    """Remembers deeds and arranges notices; safe for many threads."""

    def __init__(self, database: Database, settings: PortraitSettings, folder: Path, catalogue: Catalogue = REGISTER,
                 last_sent: LastSent | None = None) -> None:
        """Everything is handed in; `folder` holds what training left."""
        self._database = database
        self._settings = settings
        self._path = folder
        self._catalogue = catalogue
        self._last_sent = last_sent
        self._lock = Lock()
        self._loaded: tuple[int, Portraits | None] = (0, None)

    @property
    def is_on(self) -> bool:
        """Whether anything at all is remembered or arranged."""
        return self._settings.is_on

    def remember(self, resident_id: int, view: NoticeView, deed: Deed, channel: str, now: datetime) -> Kept:
        """Remember a deed in a transaction of its own."""
        if not self.is_on:
            return Kept.OFF
        with self._database.writing() as session:
            return self.remember_in(session, resident_id, view, deed, channel, now)

    def remember_in(self, session: Session, resident_id: int, view: NoticeView, deed: Deed, channel: str,
                    now: datetime) -> Kept:
        """Remember a deed with a notice, unless the law or the resident forbids it."""
        if self.is_on and features(view, self._catalogue).stays_in_place:
            return Kept.SENSITIVE
        signal = Signal(resident_id, view.id, view.topic, deed, channel, (view.title, view.summary, view.kind))
        return remember(session, self._settings, signal, now)

    def remember_reply(self, session: Session, resident_id: int, channel: str, now: datetime) -> Kept | None:
        """Remember that words came back after a message; None where none was sent over the channel lately."""
        if not self.is_on or self._last_sent is None:
            return None
        view = self._last_sent(session, resident_id, channel, now)
        return None if view is None else self.remember_in(session, resident_id, view, Deed.REPLIED, channel, now)

    def arranged(self, session: Session, resident_id: int, views: Sequence[NoticeView], now: datetime) -> Arranged:
        """The views, given by date of publication, in the order of a resident; never one fewer."""
        resident = session.get(Resident, resident_id)
        if resident is None:
            return Arranged(tuple(views), tuple(() for _ in views), "按发布时间排", False)
        order = rank(session, self._settings, self._portraits() if self.is_on else None, resident,
                     [features(view, self._catalogue) for view in views], now)
        by_reference = {view.reference: view for view in views}
        return Arranged(tuple(by_reference[one.reference] for one in order.notices),
                        tuple(() if one.score is None else one.reasons for one in order.notices), order.why, order.is_personal)

    def _portraits(self) -> Portraits | None:
        """What the last training left, read again only when it is newer; a damaged file leaves the plain order."""
        path = self._path / FILE_NAME
        stamp = path.stat().st_mtime_ns if path.is_file() else 0
        with self._lock:
            if stamp != self._loaded[0]:
                try:
                    self._loaded = (stamp, load(self._path))
                except PortraitRefused as refusal:
                    log.warning("the portraits cannot be read", words=refusal.words)
                    self._loaded = (stamp, None)
            return self._loaded[1]


def features(view: NoticeView, catalogue: Catalogue = REGISTER) -> NoticeFeatures:
    """A notice as portraits see it; one whose text or condition touches what is sensitive is marked and left alone."""
    return NoticeFeatures(view.id, view.reference, view.title, view.topic, view.kind, view.office, _is_sensitive(view, catalogue))


def bound_at(session: Session, keyring: Keyring, channel: str, address: str) -> int | None:
    """The one resident who proved to be behind an address; a telephone that only stands in the register proves nobody."""
    if channel not in (contacts.WECHAT, contacts.SMS) or contacts.is_shared(session, keyring, channel, address):
        return None
    indexes = set(keyring.indexes(address, contacts.purpose_of(channel)))
    proved = [one.id for one in contacts.residents_at(session, keyring, channel, address)
              if any(_proves(contact, indexes) for contact in contacts.contacts_of(session, one.id))]
    return proved[0] if len(proved) == 1 else None


def _proves(contact: Contact, indexes: set[bytes]) -> bool:
    return contact.verified and contact.address_index in indexes


def _is_sensitive(view: NoticeView, catalogue: Catalogue) -> bool:
    if hardships_in(view.title) or hardships_in(view.summary):
        return True
    if view.condition is None:
        return False
    try:
        return any(fact.sensitive for fact in facts_named(parse(view.condition, catalogue)))
    except ConditionRefused:
        return True
