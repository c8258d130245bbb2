"""Households whose data are incomplete: how many a notice leaves open, and carrying out what its sender decided for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.orm import Session

from notices.views import NoticeView
from profiles import reach
from profiles.divisions import present_codes
from profiles.models import Household
from profiles.present_places import presently
from profiles.reach import Counts
from profiles.targeting.clauses import possibly, surely
from profiles.targeting.conditions import Condition
from push import postings, visits
from push.failures import Refused
from push.planning import end_of
from push.postings import PostWhy
from push.states import Possibly
from push.visits import Why

LONGEST_REASON = 200
NOT_SAID = "发送时没有说怎么办"


@dataclass(frozen=True)
class Decision:
    """What is done for the households whose data are incomplete, and why; `is_said` is False where nobody said it."""

    what: Possibly
    reason: str
    is_said: bool = True


def decision(what: str, reason: str) -> Decision:
    """The sender's decision; nothing said is to leave them, and that nothing was said is the reason on record."""
    if what and what not in list(Possibly):
        raise Refused(f"资料不全的户怎么办，“{what}”看不懂。请选 leave（暂不处理）、village（在村里公告）或 visit（入户核实）。")
    reason = " ".join(reason.split())
    if len(reason) > LONGEST_REASON:
        raise Refused(f"原因太长（{len(reason)} 字），请控制在 {LONGEST_REASON} 字以内。")
    if not what:
        return Decision(Possibly.LEAVE, reason or NOT_SAID, is_said=bool(reason))
    return Decision(Possibly(what), reason)


def counted(session: Session, condition: Condition | None, divisions: tuple[str, ...], today: date) -> Counts:
    """Households that surely and possibly qualify."""
    return reach.count(session, condition, divisions, today)


def refuse_undecided(view: NoticeView, decided: Decision, counts: Counts) -> None:
    """Refused where a decision cannot stand: left alone for no reason, or to be posted without words that were approved."""
    if not counts.undecided:
        return
    if decided.what is Possibly.LEAVE and decided.is_said and not decided.reason:
        raise Refused(f"有 {counts.undecided} 户资料不全，选了“暂不处理”，请写明原因（命令行加 --reason）。")
    if decided.what is Possibly.VILLAGE and "neutral" not in view.surfaces:
        raise Refused(f"信息 {view.reference} 审核时还没有“村里的公告”这一版，不能在村里公告。请选入户核实，或重新送审后再发。")


@dataclass(frozen=True)
class CarriedOut:
    """What came of the decision: households on the home-visit list, villages that have something to post."""

    visits: int = 0
    postings: int = 0


def carry_out(session: Session, dispatch_id: int, view: NoticeView, condition: Condition | None, decided: Decision,
              now: datetime, today: date) -> CarriedOut:
    """Write the home-visit list, or ask the villages in which such households live to post the neutral sheet."""
    if condition is None or decided.what is Possibly.LEAVE:
        return CarriedOut()
    unclear = _unclear(session, condition, view.divisions, today)
    if decided.what is Possibly.VISIT:
        return CarriedOut(visits=visits.ask_for(session, dispatch_id, select(Household.id).where(unclear), Why.POSSIBLY, now))
    villages = list(session.scalars(select(Household.division).where(unclear).distinct()))
    if not villages:
        return CarriedOut()
    return CarriedOut(postings=postings.post_in(
        session, notice_id=view.id, reference=view.reference, divisions=villages, why=PostWhy.VILLAGE, now=now,
        take_down_at=over_at(view), dispatch_id=dispatch_id, digest=view.digest))


def over_at(view: NoticeView) -> datetime | None:
    """When a sheet of a notice is over."""
    return None if view.last_day is None else end_of(view.last_day)


def _unclear(session: Session, condition: Condition, divisions: tuple[str, ...], today: date) -> ColumnElement[bool]:
    # Places written under an old code are looked for under today's, as the count did.
    condition, places = presently(session, condition) or condition, present_codes(session, divisions)
    return and_(possibly(condition, places, today), not_(surely(condition, places, today)))
