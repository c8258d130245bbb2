"""What followers have opened: consents that one message uses up, and the windows in which 客服消息 may be sent.

developers.weixin.qq.com: 订阅通知 (one consent, one message), 客服消息 (48 h and 5 after words, 1 min and 3 after an act).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from channels.messages import Consent, Incoming, IncomingKind
from channels.wechat.models import Opening
from channels.wechat.settings import WechatSettings
from kernel.crypto import Keyring
from kernel.database import Database, table_of
from kernel.inserting import inserting_often

# As contacts are sealed and indexed, so that the two can be compared.
PURPOSE = "openid"
_WORDS = frozenset({IncomingKind.TEXT, IncomingKind.VOICE, IncomingKind.IMAGE, IncomingKind.LOCATION})
_ACTS = frozenset({IncomingKind.FOLLOW, IncomingKind.SCAN, IncomingKind.CLICK})
CLOCKS_DIFFER = timedelta(minutes=5)


class Kind(StrEnum):
    """By what something was opened."""

    CONSENT = "consent"
    TALK = "talk"
    ACT = "act"


@dataclass(frozen=True)
class Ticket:
    """The right to one message, taken; give it back when the message surely did not leave."""

    opening_id: int
    kind: Kind


_OPENINGS = table_of(Opening).c


def _widening(left: ColumnElement[int]) -> Update:
    return (
        update(table_of(Opening)).where(_OPENINGS.address_index.in_(bindparam("indexes", expanding=True)), _OPENINGS.kind == bindparam("of"),
                                        _OPENINGS.template_id == bindparam("template"), _OPENINGS.opened_at < bindparam("at"))
        .values(left=left, opened_at=bindparam("at"), closes_at=bindparam("until"))
    )


# Made once: every message that comes in runs them.
_RENEWING, _ADDING = _widening(bindparam("messages")), _widening(_OPENINGS.left + bindparam("messages"))
_OPENED = select(_OPENINGS.id).where(
    _OPENINGS.address_index.in_(bindparam("indexes", expanding=True)), _OPENINGS.kind == bindparam("of"),
    _OPENINGS.template_id == bindparam("template"))
_OPENING = inserting_often(Opening, lambda insert: insert.on_conflict_do_nothing(index_elements=["address_index", "kind", "template_id"]))


class Openings:
    """The rows of one account, written when something is heard and taken from when something is said."""

    def __init__(self, database: Database, keyring: Keyring, settings: WechatSettings) -> None:
        """Each call is one short transaction."""
        self._database = database
        self._keyring = keyring
        self._settings = settings

    def note(self, incoming: Incoming, now: datetime) -> None:
        """A follower said or did something: a window opens; who leaves closes everything."""
        with self._database.writing() as session:
            self.note_in(session, incoming, now)

    def note_in(self, session: Session, incoming: Incoming, now: datetime) -> None:
        """The same within a transaction of somebody else's."""
        if incoming.kind is IncomingKind.UNFOLLOW:
            session.execute(delete(Opening).where(Opening.address_index.in_(self._indexes(incoming.address))))
            return
        at = _moment(incoming.at, now)
        if incoming.kind in _WORDS:
            self._open(session, incoming.address, Kind.TALK, "", at, self._settings.wechat_talk_messages,
                       at + timedelta(hours=self._settings.wechat_talk_hours))
        elif incoming.kind in _ACTS:
            self._open(session, incoming.address, Kind.ACT, "", at, self._settings.wechat_act_messages,
                       at + timedelta(seconds=self._settings.wechat_act_seconds))

    def take(self, consents: Sequence[Consent]) -> None:
        """Write consents down: a yes is one message more, a no ends what was left."""
        for one in consents:
            if one.is_given:
                with self._database.writing() as session:
                    self._open(session, one.address, Kind.CONSENT, one.template, one.at, 1, None)
            else:
                self._none_left(one.address, (Kind.CONSENT,), one.template)

    def spend_consent(self, address: str, template_id: str) -> Ticket | None:
        """Use one consent up; None when there is none."""
        return self._spend(address, Kind.CONSENT, Opening.template_id == template_id)

    def spend_window(self, address: str, now: datetime) -> Ticket | None:
        """Use one message of an open window up, of the one that closes first; None when none is open."""
        is_open = Opening.closes_at > now
        return self._spend(address, Kind.ACT, is_open) or self._spend(address, Kind.TALK, is_open)

    def has_known_window(self, address: str) -> bool:
        """Whether anything was ever heard of a follower here; of one who was not, only the platform knows."""
        with self._database.reading() as session:
            return session.scalar(select(Opening.id).where(
                Opening.address_index.in_(self._indexes(address)), Opening.kind != Kind.CONSENT).limit(1)) is not None

    def give_back(self, ticket: Ticket) -> None:
        """The message surely did not leave."""
        with self._database.writing() as session:
            session.execute(update(Opening).where(Opening.id == ticket.opening_id).values(left=Opening.left + 1)
                            .execution_options(synchronize_session=False))

    def close_windows(self, address: str) -> None:
        """The platform says that nothing more may be sent (45015, 45047): it counts, we only guess."""
        self._none_left(address, (Kind.TALK, Kind.ACT), "")

    def close_consents(self, address: str, template_id: str) -> None:
        """The platform says that the follower does not want any (43101)."""
        self._none_left(address, (Kind.CONSENT,), template_id)

    def _open(self, session: Session, address: str, kind: Kind, template_id: str, at: datetime, messages: int,
              closes_at: datetime | None) -> None:
        widening = _ADDING if kind is Kind.CONSENT else _RENEWING
        given = {"indexes": self._indexes(address), "of": kind.value, "template": template_id, "messages": messages, "at": at,
                 "until": closes_at}
        connection = session.connection()
        if connection.execute(widening, given).rowcount or self._found(session, address, kind, template_id) is not None:
            return  # else the same event once more, or an older one come late
        row = {"address": self._keyring.encrypt(address, PURPOSE), "address_index": self._keyring.index(address, PURPOSE),
               "kind": kind.value, "template_id": template_id, "left": messages, "opened_at": at, "closes_at": closes_at}
        if connection.execute(_OPENING(connection), row).rowcount != 1:
            # Another process heard something of the same follower at the same moment.
            connection.execute(widening, given)

    def _spend(self, address: str, kind: Kind, such: ColumnElement[bool]) -> Ticket | None:
        with self._database.writing() as session:
            number = session.scalar(select(Opening.id).where(
                Opening.address_index.in_(self._indexes(address)), Opening.kind == kind, Opening.left > 0, such).limit(1))
            if number is None:
                return None
            taking = update(Opening).where(Opening.id == number, Opening.left > 0).values(
                left=Opening.left - 1).execution_options(synchronize_session=False)
            return Ticket(number, kind) if session.connection().execute(taking).rowcount == 1 else None

    def _none_left(self, address: str, kinds: Sequence[Kind], template_id: str) -> None:
        with self._database.writing() as session:
            session.execute(update(Opening).where(
                Opening.address_index.in_(self._indexes(address)), Opening.kind.in_(kinds), Opening.template_id == template_id,
            ).values(left=0).execution_options(synchronize_session=False))

    def _found(self, session: Session, address: str, kind: Kind, template_id: str) -> int | None:
        number: int | None = session.connection().execute(
            _OPENED, {"indexes": self._indexes(address), "of": kind.value, "template": template_id}).scalar()
        return number

    def _indexes(self, address: str) -> tuple[bytes, ...]:
        return self._keyring.indexes(address, PURPOSE)


def has_consent(address_index: Any, template_id: str) -> ColumnElement[bool]:
    """In SQL: whether a follower, by the blind index of the openid, has a consent left for a template."""
    return exists(select(Opening.id).where(
        Opening.address_index == address_index, Opening.kind == Kind.CONSENT, Opening.template_id == template_id,
        Opening.left > 0))


def has_window(address_index: Any, at: datetime) -> ColumnElement[bool]:
    """In SQL: whether a follower's window will be open at a moment, with a message left."""
    return exists(select(Opening.id).where(
        Opening.address_index == address_index, Opening.kind.in_((Kind.TALK, Kind.ACT)), Opening.left > 0,
        Opening.closes_at > at))


def may_write(address_index: Any, template_id: str, at: datetime) -> ColumnElement[bool]:
    """In SQL: whether an account without template messages may write to a follower at a moment, by consent or window."""
    return or_(has_consent(address_index, template_id), has_window(address_index, at))


def _moment(at: datetime | None, now: datetime) -> datetime:
    """When it happened, by the platform's clock; never in the future of ours, for a window counts from it."""
    return now if at is None or at > now + CLOCKS_DIFFER else at
