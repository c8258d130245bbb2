"""Asking for the county's public words, and no longer asking: /subscribe and /stop."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from channels.messages import Incoming, IncomingKind, Reply
from channels.telegram.models import Subscriber
from kernel.crypto import Keyring
from kernel.database import Database

PURPOSE = "chat"
# What /subscribe and /stop are read as, and what people type instead.
ASKS, ENDS = frozenset({"订阅", "我要订阅"}), frozenset({"退订", "取消订阅"})
WELCOME = Reply("已订阅。县里公开发布的信息会发到这里，人人看到的都一样，不含个人情况。不想再收，请发 /stop。")
FAREWELL = Reply("已退订，以后不再发到这里。要再收，请发 /subscribe。您随时可以在这里提问。")


class Subscribers:
    """The rows of one bot."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """Each call is one short transaction."""
        self._database = database
        self._keyring = keyring

    def note(self, incoming: Incoming, now: datetime) -> Reply | None:
        """Write down that a chat asks or no longer asks; gives what is answered, None when it was about something else."""
        if incoming.kind is IncomingKind.UNFOLLOW:
            self.end(incoming.address, "left", now)
            return None
        if incoming.kind is not IncomingKind.TEXT:
            return None
        if incoming.text in ASKS:
            self._ask(incoming.address, now)
            return WELCOME
        if incoming.text in ENDS:
            self.end(incoming.address, "asked", now)
            return FAREWELL
        return None

    def end(self, address: str, why: str, now: datetime) -> None:
        """Nothing more is sent to a chat."""
        with self._database.writing() as session:
            session.execute(update(Subscriber).where(
                Subscriber.address_index.in_(self._keyring.indexes(address, PURPOSE)), Subscriber.ended_at.is_(None),
            ).values(ended_at=now, ended_why=why).execution_options(synchronize_session=False))

    def count(self) -> int:
        """How many ask now."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(Subscriber).where(Subscriber.ended_at.is_(None))) or 0

    def _ask(self, address: str, now: datetime) -> None:
        known = Subscriber.address_index.in_(self._keyring.indexes(address, PURPOSE))
        again = update(Subscriber).where(known, Subscriber.ended_at.is_not(None)).values(
            since=now, ended_at=None, ended_why="").execution_options(synchronize_session=False)
        try:
            with self._database.writing() as session:
                if session.connection().execute(again).rowcount or session.scalar(select(Subscriber.id).where(known)):
                    return
                session.add(Subscriber(address=self._keyring.encrypt(address, PURPOSE), since=now,
                                       address_index=self._keyring.index(address, PURPOSE)))
        except IntegrityError:
            return  # the same chat asked twice at the same moment
