"""What a sender decides before a release, as the form brings it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kernel.clock import in_china
from push.states import Possibly
from web.staff.frame import Fault
from web.staff.reckoning import Reckoned

LONGEST_REASON = 200


@dataclass(frozen=True)
class Asked:
    """The sender's decisions: the households with incomplete data and why, when, and the ceiling raised and why."""

    possibly: str = ""
    reason: str = ""
    when: str = "now"
    at: str = ""
    ceiling: str = ""
    ceiling_reason: str = ""

    def moment(self) -> datetime | None:
        """When to send; None is now. Raises ValueError for what is no moment."""
        return in_china(datetime.fromisoformat(self.at)) if self.when == "later" else None

    def yuan(self) -> float | None:
        """The ceiling raised to; None is not raised. Raises ValueError for what is no amount."""
        return float(self.ceiling) if self.ceiling else None

    @staticmethod
    def read(form: Mapping[str, str]) -> Asked:
        """What was typed and ticked."""
        given = {name: form.get(name, "").strip() for name in ("possibly", "reason", "at", "ceiling", "ceiling_reason")}
        return Asked(when=form.get("when", "now"), **given)


def faults_in(asked: Asked, reckoned: Reckoned | None, now: datetime, ceiling: float) -> list[Fault]:
    """What is to be mended; `ceiling` is the setting in yuan, 0 for none."""
    found = []
    has_undecided = reckoned is not None and reckoned.undecided > 0
    if has_undecided and asked.possibly not in set(Possibly):
        found.append(Fault("possibly", "请决定资料不全的户怎么办。"))
    if has_undecided and asked.possibly == Possibly.LEAVE and not asked.reason:
        found.append(Fault("reason", "选了“暂不处理”，请写明原因。"))
    for name, words in (("reason", asked.reason), ("ceiling_reason", asked.ceiling_reason)):
        if len(words) > LONGEST_REASON:
            found.append(Fault(name, f"原因有 {len(words)} 字，最多 {LONGEST_REASON} 字。"))
    try:
        moment = asked.moment()
        if moment is not None and moment <= now:
            found.append(Fault("at", "定时要在现在以后。"))
    except ValueError:
        found.append(Fault("at", "请选定时发送的日期和钟点。"))
    if asked.at and asked.when != "later":
        # A time was typed and the button for it forgotten: nothing may leave at once on that.
        found.append(Fault("when", "填了定时的时间，却没有选“定时”。要定时请选“定时”；要现在发，请把时间清空。"))
    return found + _faults_of_ceiling(asked, ceiling)


def _faults_of_ceiling(asked: Asked, ceiling: float) -> list[Fault]:
    try:
        raised = asked.yuan()
    except ValueError:
        return [Fault("ceiling", f"“{asked.ceiling}”不是钱数。请只写数字，例如 1500。")]
    if raised is not None and not 0 < raised < 1e9:
        return [Fault("ceiling", "请写大于 0 的元数，例如 1500。")]
    if raised is not None and ceiling and raised > ceiling and not asked.ceiling_reason:
        return [Fault("ceiling_reason", "放宽费用上限，请写明原因。")]
    return []
