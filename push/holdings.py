"""What this room holds of a person: the messages sent to them, and the vendors' receipts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from kernel.holdings import Fate, Holding, Subject
from push.models import Delivery, Dispatch, ReceiptEntry
from push.replies import Reply
from push.states import DeliveryState, Reason
from push.visits import Visit, VisitState


def _theirs(who: Subject) -> ColumnElement[bool]:
    return (Delivery.household_id == who.group_id) & or_(
        Delivery.resident_id == who.id, Delivery.contact_id.in_(who.contact_ids))


def _stop(session: Session, who: Subject, now: datetime) -> None:
    """What has not left yet will not leave."""
    session.execute(update(Delivery).where(_theirs(who), Delivery.state == DeliveryState.PLANNED).values(
        state=DeliveryState.SKIPPED, reason=Reason.ADDRESS_RETIRED, settled_at=now).execution_options(synchronize_session=False))


def _said_by(who: Subject) -> ColumnElement[bool]:
    return (Reply.household_id == who.group_id) & or_(Reply.resident_id == who.id, Reply.contact_id.in_(who.contact_ids))


HOLDINGS = (
    Holding("您对通知的回复", Reply, _said_by, Fate.DELETED, joins=((Dispatch, Dispatch.id == Reply.dispatch_id),),
            shown={"回复的通知": Dispatch.title, "时间": Reply.at, "方式": Reply.channel, "内容": Reply.text},
            words={"方式": lambda channel: {"sms": "短信", "wechat": "微信"}.get(channel, channel)}),
    Holding("短信平台回执", ReceiptEntry, lambda who: ReceiptEntry.delivery_id.in_(select(Delivery.id).where(_theirs(who))),
            Fate.BLANKED, blank={ReceiptEntry.address_index: None, ReceiptEntry.words: ""},
            why="只留这条消息是否送达，不留号码"),
    Holding(
        "发给您的消息", Delivery, _theirs, Fate.BLANKED, joins=((Dispatch, Dispatch.id == Delivery.dispatch_id),),
        shown={"标题": Dispatch.title, "时间": Dispatch.created_at, "方式": Delivery.channel, "结果": Delivery.state,
               "说明": Delivery.reason},
        words={"结果": lambda state: DeliveryState(state).words, "方式": lambda channel: {"sms": "短信", "wechat": "微信"}.get(
            channel, channel), "说明": lambda reason: Reason(reason).words if reason in set(Reason) else reason},
        blank={Delivery.contact_id: None, Delivery.address_index: None, Delivery.resident_id: None, Delivery.vendor_words: ""},
        before=_stop, why="推送台账按政务公开规定保存，只留某户某日是否收到，不留本人和号码"),
    Holding(
        "村干部入户", Visit, lambda who: Visit.household_id == who.group_id, Fate.DELETED, goes_with_last=True,
        joins=((Dispatch, Dispatch.id == Visit.dispatch_id),),
        shown={"标题": Dispatch.title, "列入时间": Visit.asked_at, "结果": Visit.state, "办理时间": Visit.ticked_at},
        words={"结果": lambda state: VisitState(state).words}, why="和全家共有，户里最后一人注销时一并删除"),
)
