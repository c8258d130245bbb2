"""What waits for one member of the staff: by room for the rail, line by line for the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from channels.sms.approvals import PURPOSES
from kernel.audit import Actor
from kernel.clock import today
from kernel.working_days import after_working_days
from knowledge import calls, overdue
from knowledge.consultations import OPEN, concerns
from knowledge.models import Consultation
from notices import reading
from notices.models import Notice, State
from notices.reading import DeskItem
from notices.transitions import Act
from profiles import data_requests
from profiles.changes import doubles, reporting
from profiles.imports import jobs
from push.models import Delivery, Dispatch
from push.states import DeliveryState, DispatchState
from web import wording
from web.house import house
from web.staff import entry_waits, gap_list, village_waits
from web.staff.menu import (
    AGENTS,
    CHANGE_REPORTERS,
    HEADS,
    KNOWLEDGE_APPROVERS,
    KNOWLEDGE_WRITERS,
    NOTICE_READERS,
    REGISTER_WRITERS,
    holds,
    holds_itself,
)
from web.staff.models import Role

STAGES = (
    (State.FIRST_REVIEW, "条信息等您初审"), (State.SECOND_REVIEW, "条信息等您复审"), (State.SIGNING, "条信息等您签发"),
)
MOST_OFFERED = 100
RETURNED_SHOWN = timedelta(days=7)


@dataclass(frozen=True)
class Wait:
    """One line of the desk: how many, of what, where to go, and whether the time for it is past."""

    count: int
    words: str
    detail: str
    address: str
    act: str
    is_late: bool = False


@dataclass(frozen=True)
class Sendable:
    """A notice that may be pushed."""

    reference: str
    title: str
    deadline: date | None


def by_room(session: Session, actor: Actor) -> Mapping[str, int]:
    """How much waits for the actor in each room, by the room's endpoint."""
    counts: dict[str, int] = {}
    if holds(actor, *NOTICE_READERS):
        counts["staff.notices"] = len(reading.desk(session, actor))
    if (village := village_waits.count(session, actor, house().clock.now())):
        counts["staff.village"] = village
    if holds_itself(actor, *AGENTS):
        counts["staff.consultations"] = consultations(session, actor, today(house().clock))[0]
    if holds_itself(actor, *REGISTER_WRITERS):
        counts["staff.households"] = reporting.count_waiting(session, actor) + data_requests.count_waiting(
            session, actor.jurisdiction) + len(jobs.unanswered(session, actor.name))
    return counts


def lines(session: Session, actor: Actor, day: date) -> list[Wait]:
    """Everything that waits for the actor, what is late first."""
    found = [*_notices(reading.desk(session, actor)), *_pushes(session, actor), *_questions(session, actor, day),
             *_entries(session, actor, day),
             *_register(session, actor), *_templates(actor), *_villages(session, actor)]
    return sorted(found, key=lambda wait: not wait.is_late)


def consultations(session: Session, actor: Actor, day: date) -> tuple[int, int]:
    """How many consultations of the actor's area wait, and how many of those are overdue."""
    chosen = select(func.count()).where(Consultation.state.in_(OPEN), concerns(actor.jurisdiction))
    return session.scalar(chosen) or 0, session.scalar(chosen.where(Consultation.due_on < day)) or 0


def unsent(session: Session, actor: Actor) -> list[Sendable]:
    """Notices that may be sent, want a channel and have no dispatch yet; those that are due soonest stand first.

    A dispatch that was cancelled before its release is none.
    """
    sent = select(Dispatch.id).where(
        Dispatch.notice_reference == Notice.reference,
        or_(Dispatch.state != DispatchState.STOPPED, Dispatch.released_at.is_not(None))).exists()
    rows = session.scalars(select(Notice).where(
        Notice.state.in_([State.APPROVED, State.PUBLISHED]), Notice.withdrawn_at.is_(None), ~sent,
        or_(Notice.valid_until.is_(None), Notice.valid_until >= today(house().clock)))
        .order_by(Notice.approved_at.desc()).limit(MOST_OFFERED)).all()
    views = [reading.working(session, row.reference) for row in rows]
    day = today(house().clock)
    found = [Sendable(view.reference, view.title, view.deadline) for view in views
             if view is not None and {"sms", "wechat"} & set(view.channels)
             and (view.last_day is None or view.last_day >= day)
             and all(actor.may_act_in(code) for code in view.divisions)]
    return sorted(found, key=lambda one: one.deadline or date.max)


def _notices(items: Sequence[DeskItem]) -> list[Wait]:
    """Reviews one stage a line; the editor's own drafts and what may be published."""
    found = []
    for state, words in STAGES:
        mine = [item for item in items if item.state is state and Act.APPROVE in item.acts]
        found += _wait(mine, words, "去审核", url_for("staff.notices", state=state.value))
    ready = [item for item in items if Act.PUBLISH in item.acts]
    drafts = [item for item in items if Act.SUBMIT in item.acts]
    found += _wait(ready, "条信息已签发，可以发布到网站", "去发布", url_for("staff.notices", state=State.APPROVED.value))
    found += _wait(drafts, "条草稿或退回的，还没有送审", "去修改", url_for("staff.notices", state=State.DRAFT.value))
    return found


def _wait(items: Sequence[DeskItem], words: str, act: str, address: str) -> list[Wait]:
    if not items:
        return []
    if len(items) == 1:
        address = url_for("staff.notice", reference=items[0].reference)
    return [Wait(len(items), words, _titles([item.title for item in items]), address, act)]


def _pushes(session: Session, actor: Actor) -> list[Wait]:
    if not holds_itself(actor, Role.SENDER):
        return []
    found = []
    ready = unsent(session, actor)
    if ready:
        address = url_for("staff.audience", reference=ready[0].reference) if len(ready) == 1 else url_for("staff.dispatches")
        found.append(Wait(len(ready), "条信息可以推送，还没有推送过", _titles([one.title for one in ready]), address, "去推送"))
    unknown = session.execute(
        select(Delivery.dispatch_id, func.count()).where(Delivery.state == DeliveryState.UNKNOWN)
        .group_by(Delivery.dispatch_id).order_by(Delivery.dispatch_id.desc())).all()
    if unknown:
        found.append(Wait(sum(count for _, count in unknown), "条消息待核实",
                          "平台没有答复是否发出，系统会先查询，不会重发。",
                          url_for("staff.dispatch", number=unknown[0][0]), "去看"))
    paused = session.scalars(select(Dispatch.id).where(Dispatch.state == DispatchState.PAUSED)).all()
    if paused:
        found.append(Wait(len(paused), "个推送任务暂停着", "请继续或停止。", url_for("staff.dispatch", number=paused[0]), "去看"))
    return found


def _questions(session: Session, actor: Actor, day: date) -> list[Wait]:
    found = _overdue(session, actor, day)
    if holds_itself(actor, *AGENTS):
        waits, late = consultations(session, actor, day)
        address = url_for("staff.consultations")
        if late:
            found.append(Wait(late, "条留言超期没有答复", "每条留言五个工作日内答复，延过期的到新的期限。",
                              url_for("staff.consultations", which="late"), "去答复", is_late=True))
        soon = _due_soon(session, actor, day)
        if soon:
            found.append(Wait(soon, "条留言快到期", "答不完的写明原因延期，归别的单位的转办。",
                              url_for("staff.consultations", which="soon"), "去答复"))
        if waits - late - soon:
            found.append(Wait(waits - late - soon, "条留言等答复", _due(session, day), address, "去答复"))
        calls_due = calls.count_to_call(session, actor.jurisdiction)
        if calls_due:
            found.append(Wait(calls_due, "条答复等着打电话告诉对方", "打完记一笔。", url_for("staff.call_backs"), "去打电话"))
    if holds_itself(actor, *KNOWLEDGE_WRITERS):
        gaps = gap_list.count(session, actor, day)
        if gaps:
            found.append(Wait(gaps, "个问题群众没问到", "补进相似问或新写一条，群众再问就能答。", url_for("staff.gaps"), "去补充"))
    return found


def _overdue(session: Session, actor: Actor, day: date) -> list[Wait]:
    """What desks of the area left unanswered beyond its deadline, for the heads."""
    late = overdue.count(session, actor.jurisdiction, day) if holds_itself(actor, *HEADS) else 0
    return [Wait(late, "条留言超期，请督办", "承办的坐席过了期限还没答复。", url_for("staff.case_ledger") + "#late", "去督办",
                 is_late=True)] if late else []


def _due_soon(session: Session, actor: Actor, day: date) -> int:
    last = after_working_days(day, house().settings.consultations.consultation_remind_days)
    return session.scalar(select(func.count()).where(
        Consultation.state.in_(OPEN), concerns(actor.jurisdiction), Consultation.due_on.between(day, last))) or 0


def _entries(session: Session, actor: Actor, day: date) -> list[Wait]:
    """Knowledge entries to review, and my own that came back."""
    found = []
    if holds_itself(actor, *KNOWLEDGE_WRITERS):
        found += _waiting_entries(entry_waits.returned(session, actor), "条知识条目被退回", "去修改")
        days = house().settings.web.knowledge_expiry_days
        for state, condition, words in (("fallen", entry_waits.fallen(), "条知识条目随依据停用，要改写或留着"),
                                        ("unfounded", entry_waits.unfounded(), "条知识条目的依据有一处已撤下"),
                                        ("ending", entry_waits.ending(day, days), f"条知识条目已到期或 {days} 天内到期")):
            waiting = entry_waits.chosen(session, actor, house().county, condition)
            found += [Wait(len(waiting), words, _titles([one.question for one in waiting]),
                           url_for("staff.knowledge", state=state), "去核对")] if waiting else []
    if holds_itself(actor, *KNOWLEDGE_APPROVERS):
        found += _waiting_entries(entry_waits.to_review(session, actor, house().county), "条知识条目等您审定", "去审定")
    return found


def _waiting_entries(waiting: Sequence[entry_waits.Waiting], words: str, act: str) -> list[Wait]:
    if not waiting:
        return []
    address = url_for("staff.entry", entry_id=waiting[0].entry_id)
    if len(waiting) > 1 and act == "去审定":
        address = url_for("staff.knowledge", state="waiting")
    return [Wait(len(waiting), words, _titles([one.question for one in waiting]), address, act)]


def _register(session: Session, actor: Actor) -> list[Wait]:
    """Tables that wait for my yes, changes that cadres reported, people who stand in two households, reports that came back."""
    found = []
    if holds_itself(actor, *REGISTER_WRITERS):
        brought = jobs.unanswered(session, actor.name)
        if brought:
            address = url_for("staff.brought", token=brought[0].token) if len(brought) == 1 else url_for("staff.import_households")
            found.append(Wait(len(brought), "份农户表等您决定", _titles([job.file_name for job in brought]), address, "去看"))
        changes = reporting.count_waiting(session, actor)
        if changes:
            found.append(Wait(changes, "处农户变化等您确认", "村干部报上来的，确认后才改登记。", url_for("staff.changes"), "去确认"))
        found.extend(_data_requests(session, actor))
        pairs = doubles.count_undecided(session, actor)
        if pairs:
            found.append(Wait(pairs, "个证件号码登记在两户", "判定在哪一户，另一处记为迁出。", url_for("staff.doubles"), "去判定"))
    if holds_itself(actor, *CHANGE_REPORTERS):
        returned = reporting.count_returned(session, actor, house().clock.now() - RETURNED_SHOWN)
        if returned:
            found.append(Wait(returned, "处您报的变化被退回", "看看原因，改好再报。", url_for("staff.changes"), "去看"))
    return found


def _data_requests(session: Session, actor: Actor) -> list[Wait]:
    """What residents ask of their own data: the law gives it so many days."""
    count = data_requests.count_waiting(session, actor.jurisdiction)
    if not count:
        return []
    day, first = today(house().clock), data_requests.waiting(session, house().keyring, actor.jurisdiction, 1)[0].due_on
    detail = f"群众要更正或删除自己的信息，最早一件{wording.day(first, day)}前要办结。"
    return [Wait(count, "件个人信息申请", detail, url_for("staff.data_asked"), "去办", first < day)]


def _templates(actor: Actor) -> list[Wait]:
    """Templates for what cannot wait for a review: with no gateway approved, a correction could not go out."""
    approvals = house().channels.approvals
    if approvals is None or not holds_itself(actor, Role.SENDER, Role.ADMINISTRATOR):
        return []
    lacking = approvals.lacking()
    detail = f"更正、紧急模板要事先报备，缺：{'、'.join(PURPOSES[one] for one in lacking)}。"
    return [Wait(len(lacking), "类短信现在发不出去", detail, url_for("staff.templates"), "去看")] if lacking else []


def _villages(session: Session, actor: Actor) -> list[Wait]:
    return [Wait(one.count, one.words, one.detail, one.address, one.act, one.is_late)
            for one in village_waits.lines(session, actor, house().clock.now())]


def _due(session: Session, day: date) -> str:
    first = session.scalar(select(func.min(Consultation.due_on)).where(
        Consultation.state.in_(OPEN), Consultation.due_on >= day))
    return f"最近一条 {first.month}月{first.day}日前答复。" if first else ""


def _titles(titles: Sequence[str]) -> str:
    shown = "；".join(titles[:3])
    return f"{shown} 等 {len(titles)} 条" if len(titles) > 3 else shown

