"""Why somebody did or did not get a message: the audience, the contact, the wishes, every call, in words and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.crypto import Keyring
from kernel.days import day, moment
from notices.models import Revision
from profiles.divisions import present_codes
from profiles.facts import REGISTER, Catalogue
from profiles.history import Event, history_of
from profiles.models import Household, Resident
from profiles.present_places import presently
from profiles.register import facts_of
from profiles.targeting.operands import trimmed_code
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import Answer, judge
from push import trace
from push.failures import Refused
from push.models import Delivery, Dispatch
from push.states import DeliveryState, DispatchState, Reason, reason_words
from push.trace import Step, Traced, channel_words
from push.visits import Visit, VisitState, Why
from push.ways import Way, shared_with, ways, why_chosen, wishes

KEPT_BACK = "另有一项不在您查看范围内的登记"


class Result(StrEnum):
    """What became of the message for this person."""

    REACHED = "reached"
    SUBMITTED = "submitted"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SKIPPED = "skipped"
    OUTSIDE = "outside"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"reached": "已送达", "submitted": "已提交，等回执", "waiting": "还没有发出", "unknown": "待核实", "failed": "没有送到",
                "skipped": "没有发", "outside": "不在名单里"}[self]


# The best that became of any delivery counts.
_RESULTS = ((DeliveryState.DELIVERED, Result.REACHED), (DeliveryState.ACCEPTED, Result.SUBMITTED),
            (DeliveryState.UNKNOWN, Result.UNKNOWN), (DeliveryState.SENDING, Result.WAITING), (DeliveryState.PLANNED, Result.WAITING),
            (DeliveryState.FAILED, Result.FAILED), (DeliveryState.SKIPPED, Result.SKIPPED))


@dataclass(frozen=True)
class Because:
    """One reason; a sensitive one is read only by those who may."""

    words: str
    is_sensitive: bool


@dataclass(frozen=True)
class Whether:
    """Whether a household belongs to the audience by today's register; `since` is what changed after the planning.

    `left`: since which day it is on the register no longer, where that was before the planning already.
    """

    answer: str
    lives_there: bool
    because: tuple[Because, ...] = ()
    ask: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    left: str = ""

    @property
    def words(self) -> str:
        """In one sentence."""
        if self.left:
            return f"这户{self.left}起不在册。"
        if not self.lives_there:
            return "按今天的登记，不住在推送范围内。"
        return {"yes": "按今天的登记，符合推送范围。", "no": "按今天的登记，不符合推送范围。", "unknown": "资料不全，说不准是否符合。",
                "everybody": "推送范围是当地全部农户，不看条件。", "corrected": "更正只发给收到过原信息的人。",
                "lost": "信息的条件已经读不出来。"}[self.answer]

    def as_json(self) -> dict[str, Any]:
        """One plain object."""
        return {"verdict": self.answer, "lives_there": self.lives_there, "because": [one.words for one in self.because],
                "ask": list(self.ask), "changed_since": list(self.since), "words": self.words}


@dataclass(frozen=True)
class Explanation:
    """Everything that is known of one person and one dispatch; numbers are masked."""

    dispatch: int
    reference: str
    title: str
    resident: str
    household: str
    household_id: int
    resident_id: int | None
    division: str
    result: Result
    words: str
    audience: Whether
    ways: tuple[Way, ...]
    why_chosen: str
    wishes: tuple[str, ...]
    traced: tuple[Traced, ...] = field(repr=False)
    corrections: tuple[Step, ...] = ()
    visit: str = ""

    def as_json(self) -> dict[str, Any]:
        """One plain object; nothing of it shows a number in clear."""
        return {
            "dispatch": self.dispatch, "notice": self.reference, "title": self.title, "resident": self.resident,
            "household": self.household, "result": self.result.value, "words": self.words, "audience": self.audience.as_json(),
            "contacts": [way.as_json() for way in self.ways], "chosen_because": self.why_chosen, "refusals": list(self.wishes),
            "deliveries": [
                {"id": one.delivery.id, "channel": one.delivery.channel, "state": one.state.value,
                 "reason": str(one.delivery.reason), "reason_words": one.reason_words, "tries": one.delivery.tries,
                 "origin": str(one.delivery.origin), "steps": [step.as_json() for step in one.steps]} for one in self.traced],
            "corrections": [step.as_json() for step in self.corrections], "visit": self.visit}


def explain(session: Session, keyring: Keyring, dispatch_id: int, reference: str, now: datetime,
            catalogue: Catalogue = REGISTER) -> Explanation:
    """Explain a dispatch to one resident, named by their own reference or (for the whole household) by its; Refused for a stranger."""
    dispatch = session.get(Dispatch, dispatch_id)
    if dispatch is None:
        raise Refused(f"没有编号为 {dispatch_id} 的推送任务。请在“定向推送”里核对编号。")
    person = session.scalar(select(Resident).where(Resident.reference == reference.strip()))
    home = session.get(Household, person.household_id) if person is not None else session.scalar(
        select(Household).where(Household.reference == reference.strip()))
    if home is None:
        raise Refused(f"没有编号为“{reference}”的居民或户。请核对编号；居民编号在农户信息里这一户的页面上。")
    return of_household(session, keyring, dispatch, home, person, now, catalogue)


def of_household(session: Session, keyring: Keyring, dispatch: Dispatch, home: Household, person: Resident | None,
                 now: datetime, catalogue: Catalogue = REGISTER) -> Explanation:
    """The same for rows at hand."""
    today, resident_id = in_china(now).date(), person.id if person is not None else None
    traced = trace.of_household(session, dispatch, home.id, resident_id)
    audience = _audience(session, dispatch, home, now, catalogue)
    sent = [one.delivery for one in traced]
    found = ways(session, keyring, dispatch, home.id, sent, today, resident_id)
    chosen = next((way for way in found if way.is_chosen), None)
    result = next((result for state, result in _RESULTS if any(one.state is state for one in traced)), Result.OUTSIDE)
    return Explanation(
        dispatch=dispatch.id, reference=dispatch.notice_reference, title=dispatch.title, household=home.reference,
        resident=person.reference if person is not None else "", household_id=home.id, resident_id=resident_id,
        division=home.division, result=result, words=_words(session, dispatch, result, traced, audience, chosen, today),
        audience=audience, ways=tuple(found), why_chosen=why_chosen(found, chosen) if chosen is not None else _no_way(sent, found),
        wishes=tuple(wishes(session, dispatch, home.id, today)), traced=tuple(traced),
        corrections=tuple(_corrections(session, dispatch, home.id)), visit=_visit(session, dispatch.id, home.id, today))


def _audience(session: Session, dispatch: Dispatch, home: Household, now: datetime, catalogue: Catalogue) -> Whether:
    today = in_china(now).date()
    since = tuple(_since(session, dispatch, home, today))
    codes = [trimmed_code(code) for code in present_codes(session, dispatch.divisions)]
    lives_there = not codes or any(home.division.startswith(code) for code in codes)
    if home.left_at is not None and home.left_at <= dispatch.created_at:
        return Whether("no", False, since=since, left=day(home.left_at, today))
    if dispatch.corrects is not None:
        return Whether("corrected", True, since=since)
    content = session.scalar(select(Revision.content).where(Revision.notice_id == dispatch.notice_id, Revision.digest == dispatch.digest)
                             .order_by(Revision.number.desc()).limit(1))
    if content is None:
        return Whether("lost", lives_there, since=since)
    written = content.get("condition")
    if not written:
        return Whether("everybody", lives_there, since=since)
    verdict = judge(presently(session, parse(written, catalogue)), facts_of(session, home.id), today)
    because = tuple(dict.fromkeys(Because(reason.words, reason.is_sensitive) for reason in verdict.because))
    ask = tuple(dict.fromkeys(one.question for one in verdict.ask)) if verdict.answer is Answer.UNKNOWN else ()
    return Whether(verdict.answer.value, lives_there, because, ask, since)


def _since(session: Session, dispatch: Dispatch, home: Household, today: date) -> list[str]:
    """What happened to the household after the dispatch was planned: the list of then may differ from today's."""
    told = [f"{day(one.at, today)}{Event(one.event).words}" for one in history_of(session, home.id) if one.at > dispatch.created_at]
    if home.left_at is not None and home.left_at > dispatch.created_at:
        told.append(f"{day(home.left_at, today)}起不在册")
    if home.updated_at > dispatch.created_at:
        told.append(f"{day(home.updated_at, today)}改过登记资料（名单是{day(dispatch.created_at, today)}排的）")
    return list(dict.fromkeys(told))


def _words(session: Session, dispatch: Dispatch, result: Result, traced: Sequence[Traced], audience: Whether,
           chosen: Way | None, today: date) -> str:
    if result is Result.OUTSIDE:
        return _outside(audience)
    last = next(one for state, found in _RESULTS if found is result for one in reversed(traced) if one.state is state)
    to = f"{chosen.whose}（{chosen.channel_words}{chosen.number and ' '}{chosen.number}）" if chosen is not None else last.channel_words
    at = f"{moment(last.delivery.settled_at, today)} ".lstrip()
    match result:
        case Result.REACHED:
            return f"{at}已送达：{to}。"
        case Result.SUBMITTED:
            return f"{at}平台已收下：{to}；还没有回执。"
        case Result.UNKNOWN:
            return f"已交给平台：{to}；没有得到回答，正在查询，查清之前不重发。"
        case Result.WAITING:
            return f"还没有发出：{to}，{_waits_for(dispatch, last.delivery, today)}。"
        case Result.FAILED:
            said = f"，平台说：{last.delivery.vendor_words}" if last.delivery.vendor_words else ""
            kept_back = next((one for one in traced if one.delivery.reason == Reason.OVER_CEILING), None)
            more = f"{kept_back.channel_words}{_waits_for_money(dispatch)}。" if kept_back is not None else ""
            return f"没有送到：{last.reason_words}{said}。{more}"
    return _skipped(session, dispatch, last.delivery)


def _waits_for(dispatch: Dispatch, one: Delivery, today: date) -> str:
    if dispatch.state == DispatchState.PAUSED:
        return "推送暂停着，等人点“继续”"
    due = one.due_at or (dispatch.release_at if dispatch.released_at is None else None)
    return f"等到{moment(due, today)}" if due is not None else "正在排队"


def _skipped(session: Session, dispatch: Dispatch, one: Delivery) -> str:
    words = f"没有发：{reason_words(one.reason)}"
    if one.reason == Reason.SHARED:
        got = "那一户已经收到" if shared_with(session, dispatch.id, one) else "那一户也还没有收到"
        return f"{words}（{got}）。"
    if one.reason == Reason.OVER_CEILING:
        return f"{channel_words(one.channel)}{_waits_for_money(dispatch)}。"
    return f"{words}。"


def _waits_for_money(dispatch: Dispatch) -> str:
    """Why a message is kept back, and whether it may still go."""
    words = f"没有发：发了会超过这次的费用上限（{dispatch.cost_ceiling / 100:.10g} 元）"
    return words if dispatch.state == DispatchState.STOPPED else f"{words}；有推送权限的人放宽以后接着发"


def _outside(audience: Whether) -> str:
    if audience.answer == "unknown" and audience.lives_there:
        return "不在名单里：资料不全，排名单时不能确定符合。"
    if audience.answer in ("yes", "everybody") and audience.lives_there:
        return "不在名单里：按今天的登记应当在，排名单时登记还不是这样。推送还开着的，会补发。"
    return f"不在名单里：{audience.words}"


def _no_way(sent: Sequence[Delivery], found: Sequence[Way]) -> str:
    if any(one.contact_id is None and one.channel for one in sent):
        return "当时用的联系方式已按规定删除。"
    return "没有登记联系方式。" if not found else "没有选用任何联系方式。"


def _corrections(session: Session, dispatch: Dispatch, household_id: int) -> list[Step]:
    rows = session.execute(
        select(Dispatch, Delivery).join(Delivery, Delivery.dispatch_id == Dispatch.id)
        .where(Dispatch.corrects == dispatch.id, Delivery.household_id == household_id).order_by(Delivery.id))
    return [Step(delivery.settled_at or other.created_at, trace.What.CORRECTION,
                 f"推送任务 {other.id} 更正：{DeliveryState(delivery.state).words}") for other, delivery in rows]


def _visit(session: Session, dispatch_id: int, household_id: int, today: date) -> str:
    """Whether somebody of the village is to go there, and went."""
    one = session.scalar(select(Visit).where(Visit.dispatch_id == dispatch_id, Visit.household_id == household_id))
    if one is None:
        return ""
    done = f"，{day(one.ticked_at, today)}" if one.ticked_at is not None else ""
    return f"{day(one.asked_at, today)}列入入户名单（{Why(one.why).words}）：{VisitState(one.state).words}{done}"
