"""What a dispatch costs, and the ceiling above which it spends nothing that a person has not allowed.

Whatever is planned is reckoned under the dispatch's lock in the transaction that plans it: however many processes plan at
once, no message leaves whose price was not within the ceiling when it was written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from channels.messages import Purpose
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import DeliveryState, Reason

LONGEST_REASON = 200
OVER = "超过费用上限"
RAISE_IT = ("请缩短短信、缩小范围后重新送审；确实要发，请写明原因，放宽这一次的上限"
            "（命令行：--ceiling 元数 --ceiling-reason 原因）。")
# Where nobody is there to raise it: at the hour of a schedule.
ALLOW_IT = "到点时要发的户比定时的时候多了。要发，请在推送任务里放宽费用上限，写明原因，随后就发；不多花，请停止这次推送。"


@dataclass(frozen=True)
class Ceiling:
    """How many yuan a dispatch may cost (0 = any); above the setting only with a reason, which is kept."""

    yuan: float
    reason: str = ""

    @staticmethod
    def agreed(settings: PushSettings, raised: float | None, reason: str) -> Ceiling:
        """The setting, or what the sender raised it to for this dispatch."""
        reason = " ".join(reason.split())
        if raised is None or (settings.cost_ceiling and raised <= settings.cost_ceiling):
            return Ceiling(settings.cost_ceiling if raised is None else raised)
        if raised <= 0:
            raise Refused("本次费用上限要写大于 0 的元数，例如 1500。")
        if settings.cost_ceiling and not reason:
            raise Refused(f"本次费用上限 {raised:g} 元，高于规定的 {settings.cost_ceiling:g} 元，请写明原因（命令行加 --ceiling-reason）。")
        return Ceiling(raised, _short(reason))

    @staticmethod
    def raised(dispatch: Dispatch, to: float, reason: str) -> Ceiling:
        """What a dispatch that is under way may cost from now on; Refused where that is no more than before, or nobody says why."""
        reason, before = " ".join(reason.split()), dispatch.cost_ceiling / 100
        if not is_bound(dispatch):
            raise Refused(f"推送任务 {dispatch.id} 没有费用上限，不用放宽。")
        if fen(to) <= dispatch.cost_ceiling:
            raise Refused(f"推送任务 {dispatch.id} 的费用上限现在是 {before:.10g} 元。请写一个更大的元数。")
        if not reason:
            raise Refused("放宽费用上限，请写明原因（命令行加 --ceiling-reason）。")
        return Ceiling(to, _short(reason))

    def refuse(self, cost: float, cure: str = RAISE_IT) -> None:
        """Refused, with the figure, the ceiling and the cure, when a cost lies above it."""
        if self.yuan and cost > self.yuan:
            raise Refused(f"这次推送约 {cost:.2f} 元，{OVER} {self.yuan:g} 元。{cure}")


def _short(reason: str) -> str:
    if len(reason) > LONGEST_REASON:
        raise Refused(f"放宽费用上限的原因有 {len(reason)} 字，最多 {LONGEST_REASON} 字。")
    return reason


def yuan(parts: int, settings: PushSettings) -> float:
    """What so many paid parts cost."""
    return round(parts * settings.sms_price / 100, 2)


def fen(amount: float) -> int:
    """Yuan as they are kept."""
    return round(amount * 100)


def is_bound(dispatch: Dispatch) -> bool:
    """Whether a dispatch has a ceiling: nobody haggles over the price of an emergency, or of putting right what was wrong."""
    return bool(dispatch.cost_ceiling) and dispatch.purpose != Purpose.EMERGENCY and dispatch.corrects is None


def reckon(session: Session, dispatch: Dispatch, settings: PushSettings) -> float:
    """Write down at which price each message is paid, and what all that was planned costs; gives that in yuan."""
    dispatch.content = {channel: {**content, "price": int(content.get("parts", 0)) * settings.sms_price}
                        for channel, content in dispatch.content.items()}
    planned = _by_channel(session, Delivery.dispatch_id == dispatch.id, Delivery.state != DeliveryState.SKIPPED)
    cost = sum(count * _price(dispatch, channel) for channel, count in planned.items()) / 100
    dispatch.cost = fen(cost)
    return round(cost, 2)


def take(dispatch: Dispatch, channel: str, wanted: int) -> int:
    """Add so many more messages to the cost of a locked dispatch, or as many as its ceiling allows; gives how many."""
    price = _price(dispatch, channel)
    if not price:
        return wanted
    # The cost is kept in whole fen: that of so many messages, rounded, is exact again as a number of messages.
    before = round(dispatch.cost / price)
    room = max(0, int(dispatch.cost_ceiling / price + 1e-6) - before) if is_bound(dispatch) else wanted
    taken = min(wanted, room)
    dispatch.cost = round((before + taken) * price)
    return taken


def keep_within(session: Session, dispatch: Dispatch, fresh: ColumnElement[bool]) -> None:
    """Add what was just planned to the cost of a locked dispatch; what would go over its ceiling is kept back, the last first."""
    planned = fresh & (Delivery.state == DeliveryState.PLANNED)
    for channel, count in sorted(_by_channel(session, planned).items()):
        taken = take(dispatch, channel, count)
        if taken < count:
            over = (select(Delivery.id).where(planned, Delivery.channel == channel).order_by(Delivery.id)
                    .offset(taken).limit(count).subquery())
            session.execute(update(Delivery).where(planned, Delivery.id.in_(select(over.c.id)))
                            .values(state=DeliveryState.SKIPPED, reason=Reason.OVER_CEILING)
                            .execution_options(synchronize_session=False))


def is_kept_back(dispatch_id: int) -> ColumnElement[bool]:
    """Deliveries of a dispatch that wait for somebody to allow more."""
    return (Delivery.dispatch_id == dispatch_id) & (Delivery.reason == Reason.OVER_CEILING)


@dataclass(frozen=True)
class Spending:
    """What a dispatch may cost, what all that was planned costs, and what it takes to send what is kept back as well, in yuan;
    how many those are.
    """

    ceiling: float
    cost: float
    cost_of_all: float
    kept_back: int


def spending(session: Session, dispatch: Dispatch) -> Spending | None:
    """How a dispatch stands to its ceiling; None where it has none."""
    if not is_bound(dispatch):
        return None
    waiting = _by_channel(session, is_kept_back(dispatch.id))
    # A whole fen more is surely enough.
    of_all = ceil(dispatch.cost + sum(count * _price(dispatch, channel) for channel, count in waiting.items()))
    return Spending(dispatch.cost_ceiling / 100, dispatch.cost / 100, of_all / 100, sum(waiting.values()))


def _price(dispatch: Dispatch, channel: str) -> float:
    """What one message costs, in fen; nothing of a dispatch that was released before its price was written down."""
    return float(dispatch.content.get(channel, {}).get("price", 0))


def _by_channel(session: Session, *which: ColumnElement[bool]) -> dict[str, int]:
    rows = session.execute(select(Delivery.channel, func.count()).where(*which).group_by(Delivery.channel))
    return {str(channel): int(count) for channel, count in rows}
