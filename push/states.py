"""The closed sets of this room: where a dispatch, a batch, a call and a delivery stand, and why one ended."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class DispatchState(StrEnum):
    """Where a dispatch stands."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"planned": "待发", "running": "发送中", "paused": "已暂停", "stopped": "已停止", "finished": "已完成"}[self]

    @property
    def is_open(self) -> bool:
        """Whether deliveries of it may still leave."""
        return self in (DispatchState.PLANNED, DispatchState.RUNNING)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will leave any more."""
        return self in (DispatchState.STOPPED, DispatchState.FINISHED)


def state_words(state: str, released_at: datetime | None) -> str:
    """The office's word for a dispatch: what was stopped before its release was cancelled."""
    return "已取消" if state == DispatchState.STOPPED and released_at is None else DispatchState(state).words


class DeliveryState(StrEnum):
    """Where one delivery stands: 待发, 发送中, 已提交, 已送达, 失败, 待核实, 未发送."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"

    @property
    def words(self) -> str:
        """The office's word."""
        return {
            "planned": "待发", "sending": "发送中", "accepted": "已提交", "delivered": "已送达",
            "failed": "失败", "unknown": "待核实", "skipped": "未发送",
        }[self]

    @property
    def is_final(self) -> bool:
        """Whether nothing more is expected of us; an accepted one may still hear its receipt."""
        return self in (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.SKIPPED)

    @property
    def may_have_reached(self) -> bool:
        """Whether the message may stand on a telephone: a correction is owed, and it must not go again."""
        return self in (DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNKNOWN)


REACHED = tuple(state for state in DeliveryState if state.may_have_reached)


class BatchState(StrEnum):
    """Whether a batch still has something to send."""

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"


class AttemptState(StrEnum):
    """What is known of one request: under way, answered, answer lost, or surely never sent."""

    OPEN = "open"
    ANSWERED = "answered"
    LOST = "lost"
    UNSENT = "unsent"


class Possibly(StrEnum):
    """The sender's decision on households whose data are incomplete."""

    LEAVE = "leave"
    VILLAGE = "village"
    VISIT = "visit"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"leave": "暂不处理", "village": "在村里公告", "visit": "入户核实"}[self]


class Origin(StrEnum):
    """How a delivery came about; empty is the plan itself and what followed a failure."""

    PLANNED = ""
    JOINED = "joined"
    REMINDED = "reminded"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"": "", "joined": "补发", "reminded": "必达催办"}[self]


class Reason(StrEnum):
    """Why a household got no message, or why its message failed."""

    NO_CONTACT = "no_contact"
    REFUSED = "refused"
    SHARED = "shared"
    OVER_CEILING = "over_ceiling"
    COLLECTED = "collected"
    ALREADY_SENT = "already_sent"
    ADDRESS_RETIRED = "address_retired"
    LEFT = "left"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    VENDOR_REFUSED = "vendor_refused"
    RECIPIENT_GONE = "recipient_gone"
    NOT_DELIVERED = "not_delivered"
    TOO_LATE = "too_late"
    UNREADABLE = "unreadable"

    @property
    def words(self) -> str:
        """The office's words."""
        return _REASONS[self]


_REASONS = {
    Reason.NO_CONTACT: "没有联系方式",
    Reason.REFUSED: "本人不愿接收",
    Reason.SHARED: "同一号码已发给另一户",
    Reason.OVER_CEILING: "超过费用上限，先没有发",
    Reason.COLLECTED: "代收号码，不发涉及家庭情况的信息",
    Reason.ALREADY_SENT: "已收到过相同内容",
    Reason.ADDRESS_RETIRED: "联系方式已停用",
    Reason.LEFT: "去世或已迁出",
    Reason.STOPPED: "推送已停止",
    Reason.CANCELLED: "推送在放行前已取消",
    Reason.VENDOR_REFUSED: "平台拒绝发送",
    Reason.RECIPIENT_GONE: "号码停用或已取消关注",
    Reason.NOT_DELIVERED: "状态报告：未送达",
    Reason.TOO_LATE: "已过期限，不再发送",
    Reason.UNREADABLE: "联系方式无法解密",
}


def reason_words(code: str) -> str:
    """The office's words for a stored reason; an unknown code stands for itself."""
    return Reason(code).words if code in Reason.__members__.values() else code
