"""What a dispatch would cost, and the ceiling above which nobody releases it by accident."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from push.failures import Refused
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from push.states import DeliveryState

LONGEST_REASON = 200
RAISE_IT = ("请缩短短信、缩小范围后重新送审；确实要发，请写明原因，放宽这一次的上限"
            "（命令行：--ceiling 元数 --ceiling-reason 原因）。")
# Where nobody is there to raise it: at the hour of a schedule, and when somebody joins late.
SEND_ANEW = "到点时要发的户比定时的时候多了。请停止这次推送，再重新发送，在那里写明原因、放宽上限；或者缩短短信、缩小范围后重新送审。"
TELL_AT_THE_DOOR = "新符合条件的户没有补发，请村里上门告知。"


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
        if len(reason) > LONGEST_REASON:
            raise Refused(f"放宽费用上限的原因有 {len(reason)} 字，最多 {LONGEST_REASON} 字。")
        return Ceiling(raised, reason)

    def refuse(self, cost: float, cure: str = RAISE_IT) -> None:
        """Refused, with the figure, the ceiling and the cure, when a cost lies above it."""
        if self.yuan and cost > self.yuan:
            raise Refused(f"这次推送约 {cost:.2f} 元，超过费用上限 {self.yuan:g} 元。{cure}")


def yuan(parts: int, settings: PushSettings) -> float:
    """What so many paid parts cost."""
    return round(parts * settings.sms_price / 100, 2)


def fen(amount: float) -> int:
    """Yuan as they are kept."""
    return round(amount * 100)


def cost_of(session: Session, dispatch: Dispatch, settings: PushSettings) -> float:
    """What the messages cost that a dispatch has planned."""
    planned = session.execute(
        select(Delivery.channel, func.count()).where(Delivery.dispatch_id == dispatch.id,
                                                     Delivery.state == DeliveryState.PLANNED).group_by(Delivery.channel))
    return yuan(sum(count * int(dispatch.content[channel].get("parts", 0)) for channel, count in planned), settings)
