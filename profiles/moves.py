"""What the office does with households: moving, splitting, merging them, and saying who died or moved away.

Every act asks for the actor's area, is audited, leaves a line in the history, and takes the contacts along with the
people. Whether a message may go is asked of the register again when it goes, so that it stops from that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from profiles.divisions import VILLAGE, present_code
from profiles.failures import MoveRefused
from profiles.history import LONGEST_REASON, Event, tell
from profiles.intake.merge_contacts import judge_numbers
from profiles.models import Division, Household, Resident, Standing
from profiles.values import FactDate, ResidentAnswer

LONGEST_REFERENCE = 40
_EVENTS = {Standing.PRESENT: Event.PRESENT, Standing.DIED: Event.DIED, Standing.MOVED: Event.AWAY}


def move_household(session: Session, household_id: int, division: str, now: datetime, actor: Actor, reason: str,
                   *, group: str | None = None) -> None:
    """A household lives in another village from now on; `group` is its village group there, None unknown."""
    household = _household(session, household_id, actor)
    code = _village(session, division, actor)
    _asked(reason)
    if code == household.division:
        raise MoveRefused("这户已经登记在这个村。请选迁往的村")
    before, household.division, household.group_name = household.division, code, (group or "").strip() or None
    household.left_at, household.updated_at = None, now
    tell(session, Event.MOVED, household.id, now=now, actor=actor, reason=reason, before=before, after=code)
    _recorded(session, now, actor, "profiles.household.move", household, {"from": before, "to": code})
    session.flush()


def split_household(session: Session, household_id: int, resident_ids: Sequence[int], reference: str, now: datetime, actor: Actor,
                    reason: str, *, head: int | None = None, division: str | None = None) -> int:
    """Some members become a household of their own under a new reference; returns its id.

    Nothing is known of the new household but its members and where it lives; `head` is one of them.
    """
    household = _household(session, household_id, actor)
    chosen = _members(session, household, resident_ids)
    _asked(reason)
    wanted = reference.strip()
    if not 0 < len(wanted) <= LONGEST_REFERENCE or not wanted.isprintable() or " " in wanted:
        raise MoveRefused(f"新户的户编号要填，不超过 {LONGEST_REFERENCE} 个字，中间没有空格。请改正")
    if session.scalar(select(Household.id).where(Household.reference == wanted)) is not None:
        raise MoveRefused(f"户编号“{wanted}”已经有了。请换一个编号；要转到那一户，请用“成员转到另一户”")
    staying = session.scalar(select(func.count()).select_from(Resident).where(
        Resident.household_id == household.id, Resident.standing == Standing.PRESENT, Resident.id.not_in([one.id for one in chosen])))
    if not staying:
        raise MoveRefused("不能把全部成员都分出去。整户搬走请用“整户迁移”")
    if head is not None and head not in {one.id for one in chosen}:
        raise MoveRefused("新户的户主应在分出去的成员里。请重新选")
    code = household.division if division is None else _village(session, division, actor)
    new = Household(reference=wanted, division=code, group_name=household.group_name if code == household.division else None,
                    source="office", stated_at=now, updated_at=now, size=len(chosen))
    session.add(new)
    session.flush()
    _take_over(session, chosen, household, new, now, actor, reason, head)
    for told_in in (household, new):
        tell(session, Event.SPLIT, told_in.id, now=now, actor=actor, reason=reason, before=household.reference, after=wanted)
    _recorded(session, now, actor, "profiles.household.split", household, {"to": wanted, "members": len(chosen)})
    return new.id


def move_members(session: Session, resident_ids: Sequence[int], household_id: int, now: datetime, actor: Actor, reason: str) -> None:
    """Members of one household belong to another that exists already."""
    target = _household(session, household_id, actor)
    source_id = session.scalar(select(Resident.household_id).where(Resident.id.in_(list(resident_ids))).limit(1))
    if source_id is None:
        raise MoveRefused("没有选成员。请至少选一位")
    source = _household(session, source_id, actor)
    _asked(reason)
    if source.id == target.id:
        raise MoveRefused("这几位本来就在这一户。请选另一户")
    chosen = _members(session, source, resident_ids)
    _take_over(session, chosen, source, target, now, actor, reason, None)
    _recorded(session, now, actor, "profiles.members.move", source, {"to": target.reference, "members": len(chosen)})


def merge_households(session: Session, household_id: int, into_id: int, now: datetime, actor: Actor, reason: str) -> None:
    """One household goes up in another: its members go over, it has left; what was known of it alone is not taken along."""
    household, into = _household(session, household_id, actor), _household(session, into_id, actor)
    _asked(reason)
    if household.id == into.id:
        raise MoveRefused("这是同一户。请填另一户的户编号")
    if into.left_at is not None:
        raise MoveRefused(f"户 {into.reference} 已经离开，不能并入。请核对户编号")
    everybody = list(session.scalars(select(Resident).where(Resident.household_id == household.id).order_by(Resident.id)))
    if everybody:
        _take_over(session, everybody, household, into, now, actor, reason, None)
    if not household.roster_complete:
        into.roster_gaps, into.roster_complete = into.roster_gaps + household.roster_gaps, False
    household.left_at, household.updated_at, household.size = now, now, None
    for told_in in (household, into):
        tell(session, Event.MERGED, told_in.id, now=now, actor=actor, reason=reason, before=household.reference, after=into.reference)
    _recorded(session, now, actor, "profiles.household.merge", household, {"to": into.reference, "members": len(everybody)})
    session.flush()


def set_standing(session: Session, resident_id: int, standing: Standing, now: datetime, actor: Actor, reason: str) -> bool:
    """Say that a member is here, died or moved away; False when that was on record already. No message from this moment."""
    resident = session.get(Resident, resident_id)
    if resident is None:
        raise MoveRefused("没有这位成员。请刷新页面再试")
    household = _household(session, resident.household_id, actor)
    _asked(reason)
    before = Standing(resident.standing)
    if before is standing:
        return False
    resident.standing, resident.absent_since, resident.updated_at = standing, None, now
    tell(session, _EVENTS[standing], household.id, now=now, actor=actor, reason=reason, resident_id=resident.id,
         before=before.value, after=standing.value)
    _recorded(session, now, actor, "profiles.member.standing", household,
              {"resident": resident.reference, "from": before.value, "to": standing.value})
    session.flush()
    judge_numbers(session, [resident.id])
    return True


def _take_over(session: Session, chosen: Sequence[Resident], source: Household, target: Household, now: datetime, actor: Actor,
               reason: str, head: int | None) -> None:
    """Members, and what is dated and said of them, belong to the other household; who heads it is said anew."""
    ids = [one.id for one in chosen]
    for one in chosen:
        one.household_id, one.updated_at = target.id, now
        one.is_head = one.id == head
        # The relation was to the other household's head.
        one.relation = "户主" if one.id == head else None
        for told_in in (source, target):
            tell(session, Event.JOINED, told_in.id, now=now, actor=actor, reason=reason, resident_id=one.id,
                 before=source.reference, after=target.reference)
    if head is not None:
        first = next(one for one in chosen if one.id == head)
        target.head_name, target.head_name_index = first.name, first.name_index
    session.flush()
    session.execute(update(FactDate).where(FactDate.resident_id.in_(ids)).values(household_id=target.id))
    session.execute(update(ResidentAnswer).where(ResidentAnswer.about.in_(ids)).values(household_id=target.id))
    if source.head_name_index in {one.name_index for one in chosen}:
        source.head_name = source.head_name_index = None
    for household in (source, target):
        household.size = _counted(session, household)
        household.updated_at = now
        session.merge(FactDate(household_id=household.id, resident_id=0, fact="household.size", source="office", at=now))
    session.flush()
    judge_numbers(session, ids)


def _counted(session: Session, household: Household) -> int | None:
    """How many are here now, where all its members are known."""
    if not household.roster_complete:
        return None
    return session.scalar(select(func.count()).select_from(Resident).where(
        Resident.household_id == household.id, Resident.standing == Standing.PRESENT)) or None


def _household(session: Session, household_id: int, actor: Actor) -> Household:
    household = session.get(Household, household_id)
    if household is None:
        raise MoveRefused("没有这一户。请核对户编号")
    if not actor.may_act_in(household.division):
        raise MoveRefused(f"户 {household.reference} 不在您的管理范围内。请上级办理")
    return household


def _members(session: Session, household: Household, resident_ids: Sequence[int]) -> list[Resident]:
    wanted = sorted(set(resident_ids))
    found = list(session.scalars(select(Resident).where(Resident.id.in_(wanted), Resident.household_id == household.id)
                                 .order_by(Resident.id)))
    if not found:
        raise MoveRefused("没有选成员。请至少选一位")
    if len(found) != len(wanted):
        raise MoveRefused("选的人里有的已经不在这一户。请刷新页面再试")
    return found


def _village(session: Session, division: str, actor: Actor) -> str:
    code = present_code(session, division.strip())
    if len(code) != VILLAGE or session.get(Division, code) is None:
        raise MoveRefused(f"没有代码为“{division}”的村。请填 12 位的村级代码")
    if not actor.may_act_in(code):
        raise MoveRefused("迁往的村不在您的管理范围内。请上级办理")
    return code


def _asked(reason: str) -> None:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise MoveRefused(f"请写明原因或依据，不超过 {LONGEST_REASON} 个字")


def _recorded(session: Session, now: datetime, actor: Actor, act: str, household: Household, details: dict[str, object]) -> None:
    audit.record(session, now, actor, act, f"household:{household.reference}", details)
