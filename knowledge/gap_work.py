"""What the staff do about a gap: add a phrasing to the entry that should have answered, write a new one, say that it is not ours."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from knowledge import versions
from knowledge.failures import EntryRefused
from knowledge.filing import Filed, file_entries
from knowledge.gap_models import Gap, GapState, GapWording
from knowledge.gap_reading import HIDDEN, OPEN
from knowledge.lines import EntryLine
from knowledge.models import Entry, EntryState

MOST_SIMILAR = 200


def extend(session: Session, gap_id: int, wording_ids: Collection[int], entry_id: str, actor: Actor, now: datetime) -> int:
    """Add wordings of a gap to an entry's draft, which waits for its review; how many were not there yet.

    Somebody else's unfinished draft is gone on with, never replaced by what was reviewed before it.
    """
    gap = _open(session, gap_id)
    chosen = session.scalars(select(GapWording).where(GapWording.gap_id == gap_id, GapWording.id.in_(wording_ids))).all()
    if not chosen:
        raise EntryRefused("没有选要补进去的问法。请至少选一种。")
    if any(mark in one.text for one in chosen for mark in HIDDEN):
        raise EntryRefused("这种问法里隐去了姓名或号码，不能原样补进去。请打开条目，把意思写成一句相似问。")
    entry = session.get(Entry, entry_id)
    if entry is None or entry.notice_reference is not None or entry.state == EntryState.RETIRED:
        raise EntryRefused("这一条现在不能补：它停用了，或者是随信息发布的。请选“新写一条”。")
    line = _standing(session, entry)
    fresh = [one.text for one in chosen if one.text not in (line.question, *line.similar)]
    if len(line.similar) + len(fresh) > MOST_SIMILAR:
        raise EntryRefused(f"这一条的相似问已有 {len(line.similar)} 个，最多 {MOST_SIMILAR} 个。请先在条目里删去重复的。")
    if fresh:
        longer = line.model_copy(update={"similar": [*line.similar, *fresh]})
        file_entries(session, [Filed(longer)], EntryState.DRAFT, actor, now)
    for one in chosen:
        one.added_to = entry_id
    gap.state, gap.entry_id, gap.assigned_to = GapState.WRITING, entry_id, actor.name
    record(session, now, actor, "补进相似问", f"entry:{entry_id}", {"gap": gap_id, "added": len(fresh)})
    return len(fresh)


def write(session: Session, gap_id: int, actor: Actor, now: datetime) -> None:
    """Take a gap on: a new entry is being written for it."""
    gap = _open(session, gap_id)
    gap.state, gap.entry_id, gap.assigned_to = GapState.WRITING, None, actor.name
    record(session, now, actor, "认领待补充问题", f"gap:{gap_id}")


def tie(session: Session, gap_id: int, entry_id: str, actor: Actor) -> None:
    """Say that an entry is being written for a gap; what a colleague writes for it already stays named, what is settled stays so."""
    gap = session.get(Gap, gap_id)
    if gap is None or gap.state not in OPEN or (gap.entry_id not in (None, entry_id) and gap.assigned_to != actor.name):
        return
    gap.state, gap.entry_id, gap.assigned_to = GapState.WRITING, entry_id, actor.name


def leave(session: Session, gap_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Settle a gap as not ours, with the reason."""
    gap = _open(session, gap_id)
    if not reason.strip():
        raise EntryRefused("请写明归谁管，或者为什么不归我们管。")
    gap.state, gap.reason, gap.settled_at, gap.settled_by = GapState.NOT_OURS, reason.strip()[:300], now, actor.name
    record(session, now, actor, "待补充问题不归我们管", f"gap:{gap_id}", {"reason": gap.reason})


def reopen(session: Session, gap_id: int, actor: Actor, now: datetime) -> None:
    """Put a gap back among those that wait: nobody writes for it any more, or it was settled wrongly."""
    gap = session.get(Gap, gap_id)
    if gap is None or gap.state == GapState.OPEN:
        raise EntryRefused("这个问题已经在待补充里了。")
    gap.state, gap.settled_at, gap.settled_by, gap.assigned_to, gap.entry_id = GapState.OPEN, None, "", "", None
    gap.reopened_at = None  # said only where somebody asked in vain again
    record(session, now, actor, "重新打开待补充问题", f"gap:{gap_id}")


def _open(session: Session, gap_id: int) -> Gap:
    gap = session.get(Gap, gap_id)
    if gap is None or gap.state not in OPEN:
        raise EntryRefused("这个问题已经处理过了，可能别人先办了。请回列表看现在的状态。")
    return gap


def _standing(session: Session, entry: Entry) -> EntryLine:
    unfinished = versions.unfinished(session, entry.id)
    if unfinished is not None:
        return versions.line_of_content(entry.id, unfinished.content)
    return versions.line_of(entry, versions.similar_of(session, [entry.id]).get(entry.id, ()))
