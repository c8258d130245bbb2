"""The life of a delivery and of a dispatch, step by step, each with its time and the vendor's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from channels.messages import ReceiptKind
from channels.sms.approvals import VENDORS
from kernel.audit import SYSTEM, AuditEntry
from kernel.days import moment
from push.models import Attempt, Delivery, Dispatch, ReceiptEntry
from push.states import AttemptState, DeliveryState, DispatchState, Origin, Reason, reason_words, state_words

CHANNELS = {"sms": "短信", "wechat": "微信", "telegram": "Telegram", "board": "村务公开栏", "": "没有通道"}
HALF, MOST = 0.5, 0.95


class What(StrEnum):
    """What happened."""

    PLANNED = "planned"
    RELEASED = "released"
    DEFERRED = "deferred"
    SKIPPED = "skipped"
    CALLED = "called"
    ANSWERED = "answered"
    LOST = "lost"
    RECEIPT = "receipt"
    SETTLED = "settled"
    FALLBACK = "fallback"
    CORRECTION = "correction"
    PAUSED = "paused"
    RESUMED = "resumed"
    JOINED = "joined"
    FINISHED = "finished"
    MEASURED = "measured"

    @property
    def words(self) -> str:
        """The office's word."""
        return {
            "planned": "列入推送", "released": "放行", "deferred": "顺延", "skipped": "未发送", "called": "交给平台", "answered": "平台回答",
            "lost": "没有回答", "receipt": "回执", "settled": "结果", "fallback": "改走下一通道", "correction": "更正", "paused": "暂停", "resumed": "继续",
            "joined": "补发", "finished": "结束", "measured": "进度",
        }[self]


@dataclass(frozen=True)
class Step:
    """One thing that happened; `said` is the vendor's code and words, `gateway` who carried it."""

    at: datetime | None
    what: What
    words: str
    said: str = ""
    gateway: str = ""

    def as_json(self) -> dict[str, Any]:
        """One plain object."""
        more = {name: value for name, value in (("gateway", self.gateway), ("said", self.said)) if value}
        return {"at": None if self.at is None else self.at.isoformat(timespec="seconds"), "what": self.what.value,
                "words": self.words, **more}


@dataclass(frozen=True)
class Traced:
    """One delivery with everything that happened to it, the first first."""

    delivery: Delivery
    steps: tuple[Step, ...]

    @property
    def state(self) -> DeliveryState:
        """Where it stands."""
        return DeliveryState(self.delivery.state)

    @property
    def channel_words(self) -> str:
        """Its channel in the office's word."""
        return channel_words(self.delivery.channel)

    @property
    def reason_words(self) -> str:
        """Why it was not sent or did not arrive; empty when it was and did."""
        return reason_words(self.delivery.reason)


def channel_words(channel: str) -> str:
    """The office's word for a channel."""
    return CHANNELS.get(channel, channel)


def gateway_words(gateway: str) -> str:
    """Who carried a message, by the name a clerk knows; a channel that is its own vendor by its own word."""
    return VENDORS.get(gateway) or channel_words(gateway)


def of_household(session: Session, dispatch: Dispatch, household_id: int, resident_id: int | None = None) -> list[Traced]:
    """What became of a dispatch's deliveries to a household (or to one resident, where each is written to)."""
    query = select(Delivery).where(Delivery.household_id == household_id, Delivery.dispatch_id == dispatch.id)
    if resident_id is not None and dispatch.to == "residents":
        query = query.where(Delivery.resident_id == resident_id)
    found = session.scalars(query.order_by(Delivery.id)).all()
    numbers = [one.id for one in found]
    receipts: dict[int, list[ReceiptEntry]] = {}
    for entry in session.scalars(select(ReceiptEntry).where(ReceiptEntry.delivery_id.in_(numbers)).order_by(ReceiptEntry.id)):
        receipts.setdefault(entry.delivery_id or 0, []).append(entry)
    after = {one.replaces: one for one in found if one.replaces is not None}
    return [Traced(one, tuple(_ordered([
        *_beginning(dispatch, one, found), *_calls(session, one), *(_receipt(entry) for entry in receipts.get(one.id, ())),
        *_end(one, receipts.get(one.id, ()), after.get(one.id))]))) for one in found]


def _ordered(steps: Sequence[Step]) -> list[Step]:
    """By time; what has none yet stands last."""
    return sorted(steps, key=lambda step: (step.at is None, step.at.timestamp() if step.at is not None else 0.0))


def _beginning(dispatch: Dispatch, one: Delivery, others: Sequence[Delivery]) -> list[Step]:
    planned_at = one.added_at or dispatch.created_at
    words = f"走{channel_words(one.channel)}" if one.channel else "没有可用的联系方式"
    if one.replaces is not None:
        before = next((other for other in others if other.id == one.replaces), None)
        planned_at = before.settled_at or planned_at if before is not None else planned_at
        words = f"前一通道没有送到，改走{channel_words(one.channel)}"
    elif one.added_at is not None:
        words = f"{Origin(one.origin).words or '后来补上'}，{words}"
    steps = [Step(planned_at, What.PLANNED, words)]
    if one.replaces is None and dispatch.release_at > planned_at and one.channel and dispatch.released_at is not None:
        steps.append(Step(dispatch.release_at, What.RELEASED, "到了放行时间（定时，或夜间静默后）"))
    if one.state == DeliveryState.PLANNED and one.due_at is not None:
        steps.append(Step(one.due_at, What.DEFERRED, f"等到{moment(one.due_at)} 再发（上限、白天接收或平台限流）"))
    return steps


def _calls(session: Session, one: Delivery) -> list[Step]:
    """Every request that carried a delivery. The row names the last; those before are found by their range of ids."""
    if one.attempt_id is None:
        return []
    last = session.get(Attempt, one.attempt_id)
    earlier: Sequence[Attempt] = ()
    before = one.tries - (last is not None and last.state != AttemptState.UNSENT and not _is_given_back(last, one))
    if last is not None and before > 0:
        # As many as it was tried: a call whose range spans it while it waited for its hour came before those.
        earlier = session.scalars(
            select(Attempt).where(
                Attempt.dispatch_id == one.dispatch_id, Attempt.channel == one.channel, Attempt.first_id <= one.id,
                Attempt.last_id >= one.id, Attempt.id != last.id, Attempt.started_at <= last.started_at,
                Attempt.state != AttemptState.UNSENT)
            .order_by(Attempt.started_at.desc()).limit(before)).all()
    steps: list[Step] = []
    for attempt in (*reversed(earlier), *((last,) if last is not None else ())):
        steps.append(Step(attempt.started_at, What.CALLED, f"交给{gateway_words(attempt.gateway)}，本次共 {attempt.size} 条", "", attempt.gateway))
        answer = _answer(attempt, one if attempt is last else None)
        if answer is not None:
            steps.append(answer)
    return steps


def _answer(attempt: Attempt, final: Delivery | None) -> Step | None:
    """What the vendor answered; of the last call the delivery itself knows more than the call."""
    if final is not None and _is_given_back(attempt, final):
        return Step(attempt.started_at, What.LOST, "没有发出，已收回重排", "", attempt.gateway)
    said = _said(attempt.code, attempt.words)
    match AttemptState(attempt.state):
        case AttemptState.OPEN:
            return None
        case AttemptState.UNSENT:
            return Step(attempt.started_at, What.LOST, "没有发出，已收回重排", said, attempt.gateway)
        case AttemptState.LOST:
            asked = f"，已向平台查询 {attempt.asked} 次" if attempt.asked else ""
            waits = "等状态回执" if attempt.ask_at is None else f"{moment(attempt.ask_at)} 再查"
            return Step(attempt.answered_at, What.LOST, f"没有得到回答{asked}；{waits}，查清之前不重发", said, attempt.gateway)
    state = DeliveryState(final.state) if final is not None else DeliveryState.PLANNED
    if final is None or state is DeliveryState.PLANNED:
        return Step(attempt.answered_at, What.ANSWERED, "平台没有收下，稍后再发" if said else "平台回答了，稍后再发", said, attempt.gateway)
    if state in (DeliveryState.ACCEPTED, DeliveryState.DELIVERED) or final.reason == Reason.NOT_DELIVERED:
        return Step(attempt.answered_at, What.ANSWERED, "平台收下", "", attempt.gateway)
    return Step(attempt.answered_at, What.ANSWERED, reason_words(final.reason) or "平台回答",
                _said(final.vendor_code, final.vendor_words), attempt.gateway)


def _is_given_back(attempt: Attempt, one: Delivery) -> bool:
    """Whether a sheaf was broken off before this message of it could leave: it is planned, and nobody said anything of it."""
    return attempt.calls > 1 and one.state == DeliveryState.PLANNED and not (one.vendor_code or one.vendor_words)


def _receipt(entry: ReceiptEntry) -> Step:
    words = "已到手机" if entry.kind == ReceiptKind.DELIVERED else "没有送到"
    return Step(entry.received_at, What.RECEIPT, words, _said(entry.code, entry.words))


def _end(one: Delivery, receipts: Sequence[ReceiptEntry], after: Delivery | None) -> list[Step]:
    steps = []
    state = DeliveryState(one.state)
    if state is DeliveryState.SKIPPED:
        steps.append(Step(one.settled_at or one.added_at, What.SKIPPED, reason_words(one.reason)))
    elif state is DeliveryState.DELIVERED and one.attempt_id and not any(entry.kind == ReceiptKind.DELIVERED for entry in receipts):
        # What arrived keeps no receipt beside it: when and in which words stands with the message.
        steps.append(Step(one.settled_at, What.RECEIPT, "已到手机", _said(one.vendor_code, one.vendor_words)))
    elif state is DeliveryState.FAILED and not receipts and one.settled_at is not None:
        steps.append(Step(one.settled_at, What.SETTLED, f"失败：{reason_words(one.reason)}", _said(one.vendor_code, one.vendor_words)))
    if after is not None:
        steps.append(Step(one.settled_at, What.FALLBACK, f"改走{channel_words(after.channel)}"))
    return steps


def _said(code: str, words: str) -> str:
    return "　".join(part for part in (code, words) if part)


def life(session: Session, dispatch: Dispatch) -> list[Step]:
    """When a dispatch was planned, released, first called, half and nearly done; and its receipts and corrections."""
    steps = [Step(dispatch.created_at, What.PLANNED, f"{dispatch.sent_by} 办理，名单已排定")]
    begun = dispatch.released_at or (dispatch.release_at if not dispatch.is_cancelled else None)
    if begun is not None:
        steps.append(Step(max(begun, dispatch.release_at), What.RELEASED, "到点开始发送"))
    steps.extend(_acts(session, dispatch.id))
    steps.extend(_progress(session, dispatch))
    if dispatch.finished_at is not None:
        steps.append(Step(dispatch.finished_at, What.FINISHED, f"{state_words(dispatch.state, dispatch.released_at)}{_ended_by(session, dispatch)}"))
    steps.extend(_receipts(session, dispatch.id))
    for other in session.scalars(select(Dispatch).where(Dispatch.corrects == dispatch.id)):
        steps.append(Step(other.created_at, What.CORRECTION, f"推送任务 {other.id} 更正"))
    return _ordered(steps)


def _acts(session: Session, dispatch_id: int) -> list[Step]:
    """When it was held up, went on and was added to, by the trail, which knows who."""
    said = {"push.pause": (What.PAUSED, "{who} 暂停"), "push.hold": (What.PAUSED, "自动暂停：{because}"), "push.keep_back": (What.PAUSED, "{because}"),
            "push.resume": (What.RESUMED, "{who} 继续，从停下的地方接着来"), "push.join": (What.JOINED, "补发 {joined} 条"),
            "push.allow": (What.RESUMED, "{who} 把费用上限放宽到 {ceiling:.10g} 元（{reason}），接着发 {planned} 条")}
    acts = session.scalars(select(AuditEntry).where(AuditEntry.subject == f"dispatch:{dispatch_id}", AuditEntry.act.in_(said)))
    return [Step(one.at, said[one.act][0], said[one.act][1].format_map({"who": one.actor, "because": "", "joined": 0, **one.details}))
            for one in acts if one.act != "push.join" or one.details.get("joined")]


def _ended_by(session: Session, dispatch: Dispatch) -> str:
    """Who stopped or cancelled it, by the trail; nothing of what ended by itself."""
    who = session.scalar(select(AuditEntry.actor).where(
        AuditEntry.subject == f"dispatch:{dispatch.id}", AuditEntry.act.in_(("push.stop", "push.cancel")),
        AuditEntry.actor != SYSTEM.name).limit(1))
    return f"，{who} 办理" if who else ""


def _progress(session: Session, dispatch: Dispatch) -> list[Step]:
    """First call, half, 95 % and last answer, by the sizes of the calls in the order of their answers."""
    own = Attempt.dispatch_id == dispatch.id
    first = session.scalar(select(func.min(Attempt.started_at)).where(own))
    if first is None:
        return []
    started = max(dispatch.release_at, dispatch.created_at)
    steps = [Step(first, What.MEASURED, f"第一批交给平台，放行后 {_length((first - started).total_seconds())}")]
    done = func.sum(Attempt.size).over(order_by=(Attempt.answered_at, Attempt.id))
    answered = select(Attempt.answered_at.label("at"), done.label("done")).where(
        own, Attempt.answered_at.is_not(None), Attempt.state.in_((AttemptState.ANSWERED, AttemptState.LOST))).subquery("answered")
    total = session.scalar(select(func.max(answered.c.done))) or 0
    # A half of what is only on its way, or of what was stopped, is no half.
    halves = ((HALF, "一半已交给平台"), (MOST, "95% 已交给平台")) if dispatch.state == DispatchState.FINISHED else ()
    for share, words in (*halves, (1.0, "最近一次平台回答")):
        at = session.scalar(select(func.min(answered.c.at)).where(answered.c.done >= total * share))
        if at is not None:
            steps.append(Step(at, What.MEASURED, f"{words}，放行后 {_length((at - started).total_seconds())}"))
    return steps


def _receipts(session: Session, dispatch_id: int) -> list[Step]:
    """The first and the last receipt: of what arrived the messages tell themselves, of the rest the receipts that are kept."""
    mine = Delivery.dispatch_id == dispatch_id
    low, high = (session.scalar(select(end(Delivery.id)).where(mine)) for end in (func.min, func.max))
    if low is None:
        return []
    arrived = select(func.min(Delivery.settled_at), func.max(Delivery.settled_at)).where(
        mine, Delivery.state == DeliveryState.DELIVERED, Delivery.attempt_id.is_not(None))
    of = aliased(Delivery)
    # Between the ends of the dispatch's deliveries.
    kept = (select(func.min(ReceiptEntry.received_at), func.max(ReceiptEntry.received_at))
            .join(of, of.id == ReceiptEntry.delivery_id)
            .where(ReceiptEntry.delivery_id.is_not(None), ReceiptEntry.delivery_id.between(low, high), of.dispatch_id == dispatch_id))
    ends = [moment for found in (arrived, kept) for moment in session.execute(found).one() if moment is not None]
    if not ends:
        return []
    first, last = min(ends), max(ends)
    return [Step(first, What.RECEIPT, "收到第一张回执"), *([Step(last, What.RECEIPT, "收到最近一张回执")] if last > first else [])]


def _length(seconds: float) -> str:
    """A length of time as people say it."""
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"{seconds:.1f} 秒"
    if seconds < 120:
        return f"{seconds:.0f} 秒"
    return f"{seconds / 60:.0f} 分钟" if seconds < 7200 else f"{seconds / 3600:.1f} 小时"
