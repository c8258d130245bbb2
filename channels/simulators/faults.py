"""What can go wrong at a simulated vendor, switched on by tests and benchmarks, for some calls or a share of them."""

from __future__ import annotations

import random
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """How one call goes wrong; `is_taken` tells whether the vendor has taken the message all the same."""

    LOSE_ANSWER = "lose_answer"
    CUT = "cut"
    SLOW = "slow"
    LATE = "late"
    GARBLE = "garble"
    STATUS_AFTER = "status_after"
    DROP = "drop"
    STATUS = "status"
    ERRCODE = "errcode"

    @property
    def is_taken(self) -> bool:
        """Whether the message was taken before the call went wrong."""
        return self not in (Fault.DROP, Fault.STATUS, Fault.ERRCODE)


@dataclass
class Rule:
    """One fault: its value (status, code or seconds), for which vendor, which share of calls, how many times."""

    fault: Fault
    value: str = ""
    vendor: str = ""
    share: float = 1.0
    times: int | None = None


@dataclass
class ReceiptHabits:
    """How receipts come: in seconds after the answer, twice, never, mixed up, or before the answer."""

    delay: float = 0.0
    duplicate: float = 0.0
    lose: float = 0.0
    out_of_order: bool = False
    early: bool = False
    failing: float = 0.0
    codes: dict[str, str] = field(default_factory=dict)


class Faults:
    """The switches of one set of simulators; may be thrown from another thread."""

    def __init__(self, seed: int = 1) -> None:
        """Shares are drawn from a seeded source, so that a run can be repeated."""
        self.receipts = ReceiptHabits()
        self._rules: list[Rule] = []
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def add(self, fault: Fault | str, value: object = "", *, vendor: str = "", share: float = 1.0,
            times: int | None = None) -> None:
        """Switch a fault on: `add("status", 503, times=2)`, `add("lose_answer", share=0.1, vendor="aliyun")`."""
        with self._lock:
            self._rules.append(Rule(Fault(fault), str(value), vendor, share, times))

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._rules.clear()
            self.receipts = ReceiptHabits()

    def next(self, vendor: str) -> Rule | None:
        """The fault of the next call to a vendor, or None."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.vendor in ("", vendor) and rule.times != 0 and self._random.random() < rule.share:
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule
        return None

    def fails(self, address: str) -> bool:
        """Whether messages to an address never arrive: always the same addresses, a share of all."""
        habits = self.receipts
        if address in habits.codes:
            return True
        return habits.failing > 0 and zlib.crc32(address.encode()) % 10_000 < habits.failing * 10_000

    def chance(self, share: float) -> bool:
        """One draw."""
        return share > 0 and self._random.random() < share

    def shuffle(self, things: list[Any]) -> None:
        """Mix a list up."""
        self._random.shuffle(things)

    def set_from(self, data: Mapping[str, Any]) -> None:
        """Throw switches by JSON: {"clear": true, "rules": [{"fault", "value", "share", …}], "receipts": {…}}."""
        if data.get("clear"):
            self.clear()
        for rule in data.get("rules", ()):
            self.add(**rule)
        known = {one.name for one in fields(ReceiptHabits)}
        for name, value in data.get("receipts", {}).items():
            if name not in known:
                raise ValueError(f"no receipt switch named {name}")
            setattr(self.receipts, name, value)
