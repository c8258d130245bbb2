"""Where a draft applies: codes that exist, in the area of the one who writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor
from notices.failures import Fault
from profiles.models import Division
from profiles.unknown_places import unknown_places


class Places:
    """The codes that exist; with an empty table nothing can be said and nothing is refused."""

    def __init__(self, session: Session) -> None:
        """Looks a code up once."""
        self._session = session
        self._known: dict[str, bool] = {}
        self._is_empty = session.scalar(select(Division.code).limit(1)) is None

    def faults(self, codes: Iterable[str], actor: Actor) -> list[Fault]:
        """One fault for each code that is unknown or outside the actor's area."""
        return [fault for code in codes for fault in self._faults(code, actor)]

    def _faults(self, code: str, actor: Actor) -> list[Fault]:
        if not self._knows(code):
            return [Fault("divisions", f"没有区划 {code}", "请核对代码，或先导入行政区划", code)]
        if not actor.may_act_in(code):
            return [Fault("divisions", f"{code} 不在 {actor.name} 的管理范围内", "请改为您管理的乡镇或村，或请上级单位录入", code)]
        return []

    def _knows(self, code: str) -> bool:
        if code not in self._known:
            found = self._session.scalar(select(Division.code).where(Division.code.startswith(code)).limit(1))
            self._known[code] = self._is_empty or found is not None
        return self._known[code]


def condition_faults(session: Session, condition: Any) -> list[Fault]:
    """One fault for each place of a condition that nobody knows: the notice would silently miss whom it is for."""
    return [Fault(f"condition.{one.path}", f"没有区划 {one.code}", "请核对代码，或先导入行政区划", one.code)
            for one in unknown_places(session, condition)]


def around(code: str) -> tuple[str, ...]:
    """A division and every one it lies in: 64, 6404, 640425, 640425100, 640425100201."""
    return tuple(dict.fromkeys(code[:length] for length in (2, 4, 6, 9, 12) if len(code) >= length))
