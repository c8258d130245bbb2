"""What the staff do where the night gathered wrongly: put two gaps together that ask one thing, take a wording out that asks another."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from knowledge.failures import EntryRefused
from knowledge.gap_models import Gap, GapCount, GapState, GapWording
from knowledge.gap_reading import OPEN

HOMES = (*OPEN, GapState.NOT_OURS)
"""Where a gap may go: to one that waits, or to one of which it is settled that it is not ours."""


def join(session: Session, gap_id: int, home_id: int, actor: Actor, now: datetime) -> None:
    """Put a gap together with another (归并): its wordings and counts go there, and what is like them from now on too."""
    held = _held(session, gap_id, home_id)
    gap, home = held.get(gap_id), held.get(home_id)
    if gap is None or gap.state not in OPEN:
        raise EntryRefused("这个问题已经处理过了，可能别人先办了。请回列表看现在的状态。")
    if home is None or home.id == gap.id or home.joined_to is not None or home.state not in HOMES:
        raise EntryRefused("不能归并到那个问题：它已经补上了、并到别处了，或者就是这一个。请另选一个。")
    session.execute(update(GapWording).where(GapWording.gap_id == gap_id)
                    .values(gap_id=home_id, kin=func.coalesce(GapWording.kin, gap_id)))
    session.execute(update(GapCount).where(GapCount.gap_id == gap_id).values(gap_id=home_id))
    session.execute(update(Gap).where(Gap.joined_to == gap_id).values(joined_to=home_id))
    if gap.state == GapState.WRITING and home.state == GapState.OPEN:
        home.state, home.entry_id, home.assigned_to = gap.state, gap.entry_id, gap.assigned_to
    home.last_at, home.checked_at = max(home.last_at, gap.last_at), None
    # Closed, but not among what was filled: nobody settled it.
    gap.state, gap.joined_to, gap.settled_at, gap.entry_id = GapState.CLOSED, home_id, None, None
    record(session, now, actor, "归并待补充问题", f"gap:{gap_id}", {"into": home_id})


def take_out(session: Session, gap_id: int, wording_ids: Collection[int], actor: Actor, now: datetime) -> int:
    """Take wordings out of a gap into one of their own (拆出); its number. What is like them goes there from now on."""
    gap = _held(session, gap_id).get(gap_id)
    if gap is None or gap.state not in OPEN:
        raise EntryRefused("这个问题已经处理过了，可能别人先办了。请回列表看现在的状态。")
    wordings = session.scalars(select(GapWording).where(GapWording.gap_id == gap_id)
                               .order_by(GapWording.asked.desc(), GapWording.id)).all()
    chosen = [one for one in wordings if one.id in wording_ids]
    rest = [one for one in wordings if one.id not in wording_ids]
    if not chosen:
        raise EntryRefused("没有选要拆出去的问法。请至少选一种。")
    if not rest:
        raise EntryRefused("全拆出去，这里就空了。请至少留一种问法。")
    own = Gap(state=GapState.OPEN, title=chosen[0].text, opened_at=gap.opened_at, last_at=max(one.last_at for one in chosen))
    session.add(own)
    session.flush()
    for one in chosen:
        one.gap_id, one.kin = own.id, None
    session.execute(update(GapCount).where(GapCount.wording_id.in_([one.id for one in chosen])).values(gap_id=own.id))
    gap.last_at, gap.checked_at = max(one.last_at for one in rest), None
    if gap.title not in [one.text for one in rest]:
        gap.title = rest[0].text
    record(session, now, actor, "拆出待补充问题", f"gap:{gap_id}", {"out": own.id, "wordings": len(chosen)})
    return own.id


def _held(session: Session, *numbers: int) -> dict[int, Gap]:
    """The gaps as they are now, held till the end of the transaction, in one order.

    Of two who put the same two together the other way round, at the same moment, one must be refused: else both gaps were gone.
    """
    return {one.id: one for one in session.scalars(select(Gap).where(Gap.id.in_(numbers)).order_by(Gap.id)
                                                   .with_for_update().execution_options(populate_existing=True))}
