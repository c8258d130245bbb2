"""Which body came first under a signature, for all processes together: a plain callback's signature says nothing of its body."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from datetime import datetime

from sqlalchemy import bindparam, select

from channels.wechat.models import SignedCallback
from kernel.database import Database, table_of
from kernel.inserting import inserting_often

MOST_SEEN = 20_000

_SIGNED = table_of(SignedCallback).c
_FIRST = select(_SIGNED.body).where(_SIGNED.signed == bindparam("signed"))
_NOTING = inserting_often(SignedCallback, lambda insert: insert.on_conflict_do_nothing(index_elements=["signed"]).returning(_SIGNED.body))


class Signatures:
    """Remembers digests only; safe for many threads and processes."""

    def __init__(self, database: Database | None = None) -> None:
        """Without a database this process knows only what came to itself."""
        self._database = database
        self._seen: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def first(self, signed: str, body: bytes, at: datetime) -> bytes:
        """The digest of the body that came first under a signature: of this one, unless there was another."""
        with self._lock:
            first = self._seen.get(signed)
        if first is None:
            first = self._kept(signed, body, at)
            with self._lock:
                first = self._seen.setdefault(signed, first)
                while len(self._seen) > MOST_SEEN:
                    self._seen.popitem(last=False)
        return first

    def _kept(self, signed: str, body: bytes, at: datetime) -> bytes:
        if self._database is None:
            return body
        name = hashlib.sha256(signed.encode("utf-8", "replace")).digest()
        with self._database.writing() as session:
            connection = session.connection()
            noted = connection.execute(_NOTING(connection), {"signed": name, "body": body, "at": at}).scalar()
            return bytes(noted if noted is not None else connection.execute(_FIRST, {"signed": name}).scalar_one())
