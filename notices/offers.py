"""The published offers as judging needs them, each read once and kept: a resident waits while hundreds are judged."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notices.models import Notice, Revision
from notices.reading import open_over
from notices.writing import Kind
from profiles.facts import REGISTER, Catalogue, Fact
from profiles.failures import ConditionRefused
from profiles.history import Codes
from profiles.present_places import renamed
from profiles.targeting import parsing
from profiles.targeting.conditions import Condition, open_facts
from profiles.targeting.quick import Parts, Quick

OFFERING = (Kind.POLICY, Kind.NOTICE, Kind.PROJECT, Kind.GUIDE)
"""Kinds that may offer something; all but a policy only when they name who it is for."""
MOST_KEPT = 5_000
_READ_AT_ONCE = 500
_Key = tuple[tuple[int, datetime | None], str]


@dataclass(frozen=True)
class Offer:
    """What one notice offers, to whom (None: everybody there), and what to do about it."""

    reference: str
    title: str
    condition: Condition | None
    quick: Quick | None = field(compare=False, repr=False)
    facts: tuple[Fact, ...]
    what_to_bring: str
    where: str
    deadline: date | None
    office: str
    phone: str


class Offers:
    """Offers under the digest of their words, which an approval binds, and the edition of the changes of village codes
    they were read under: what is kept never goes stale.

    Bounded, the longest unused go first; safe for many threads. Conditions are read by one catalogue.
    """

    def __init__(self, catalogue: Catalogue = REGISTER, most: int = MOST_KEPT) -> None:
        """Empty; nothing is read before it is asked for."""
        self.catalogue = catalogue
        self._most = most
        self._kept: OrderedDict[_Key, Offer | None] = OrderedDict()
        self._parts: Parts = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """How many notices are kept, those that offer nothing included."""
        return len(self._kept)

    def open_for(self, session: Session, division: str, today: date) -> list[Offer]:
        """What is published, covers a division and is open on a day."""
        rows = session.execute(
            select(Revision.id, Revision.digest).select_from(Notice).join(Revision, Revision.notice_id == Notice.id)
            .where(open_over(division, today), Revision.kind.in_(OFFERING))).all()
        edition = Codes.edition(session)
        with self._lock:
            found = {digest: self._kept[edition, digest] for _, digest in rows if (edition, digest) in self._kept}
            for digest in found:
                self._kept.move_to_end((edition, digest))
        missing = [number for number, digest in rows if digest not in found]
        if missing:
            read = self._read(session, missing, Codes.read(session))
            found |= read
            self._keep({(edition, digest): offer for digest, offer in read.items()})
        return [offer for _, digest in rows if (offer := found.get(digest)) is not None]

    def _read(self, session: Session, numbers: Sequence[int], codes: Codes) -> dict[str, Offer | None]:
        read: dict[str, Offer | None] = {}
        for start in range(0, len(numbers), _READ_AT_ONCE):
            rows = session.execute(select(Revision.digest, Revision.content, Revision.deadline).where(
                Revision.id.in_(numbers[start:start + _READ_AT_ONCE])))
            read |= {digest: self._offer(content, deadline, codes) for digest, content, deadline in rows}
        return read

    def _offer(self, content: Mapping[str, Any], deadline: date | None, codes: Codes) -> Offer | None:
        """The offer of a writing; None when it offers nothing to anybody in particular."""
        if content["condition"] is None and content["kind"] != Kind.POLICY:
            return None
        try:
            condition = parsing.parse(content["condition"], self.catalogue)
        except ConditionRefused:
            # The catalogue has changed since the notice was written; nobody can be told anything by this condition.
            return None
        if condition is not None:
            # Written under an old village code, it holds for whoever lives under today's.
            condition = renamed(condition, codes)
        quick = None if condition is None else Quick(condition, self._parts)
        return Offer(content["reference"], content["title"], condition, quick, open_facts(condition), content["what_to_bring"], content["where"],
                     deadline, content["office"], content["phone"])

    def _keep(self, read: Mapping[_Key, Offer | None]) -> None:
        with self._lock:
            self._kept.update(read)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
                self._parts = {}  # begun anew, lest parts of notices long gone pile up
