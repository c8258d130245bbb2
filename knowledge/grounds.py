"""What entries rest on (依据): when a document is abolished or a notice is taken down, what cites it stops answering at once.

It can be taken back: what retired with a document, and with nothing else, answers again when it is reinstated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from knowledge.failures import EntryRefused
from knowledge.models import AbolishedDocument, Entry, EntryState
from knowledge.turns import take_turn

SHORTEST = 5
"""Signs of a document's name below which nothing is looked for: “通知” stands in every source."""
ABOLISHED, REINSTATED, FELL, RETURNED = "登记文件废止", "恢复文件有效", "依据失效停用条目", "依据恢复启用条目"
_BRACKETS = str.maketrans("[【(《<）】)>》]", "〔〔〔〔〔〕〕〕〕〕〕")
_BEFORE = "据照按见和及与、，,；;:： 〔"


@dataclass(frozen=True)
class Resting:
    """An entry by its question, for a list of what retires or returns; `why` says why one does not return."""

    id: str
    question: str
    why: str = ""


@dataclass(frozen=True)
class Returned:
    """What came of a reinstatement."""

    back: tuple[Resting, ...]
    stays: tuple[Resting, ...]


def spelt(name: str) -> str:
    """A document's name in the one spelling in which it is compared: widths, blanks and kinds of brackets say nothing."""
    folded = "".join(unicodedata.normalize("NFKC", name.translate(_BRACKETS)).split()).lower().translate(_BRACKETS)
    return folded.removeprefix("〔").removesuffix("〕") if folded.count("〔") == 1 and folded.endswith("〕") else folded


def cites(source: str, document: str) -> bool:
    """Whether a source names a document; “民发〔2026〕3号” does not stand in “彭民发〔2026〕3号”, nor “3号” in “13号”."""
    wanted, within = spelt(document), spelt(source)
    if not wanted or not within:
        return False
    if within == wanted:
        return True
    if len(wanted) < SHORTEST:
        return False
    for found in re.finditer(re.escape(wanted), within):
        before, after = within[:found.start()], within[found.end():]
        begins = not before or before[-1] in _BEFORE
        ends = not after or not (wanted[-1].isalnum() and wanted[-1].isascii() and after[0].isalnum() and after[0].isascii())
        if begins and ends:
            return True
    return False


def standing(session: Session) -> list[AbolishedDocument]:
    """The documents that are abolished now, the newest first."""
    return list(session.scalars(select(AbolishedDocument).where(AbolishedDocument.reinstated_at.is_(None))
                                .order_by(AbolishedDocument.id.desc())))


def abolished_in(session: Session, sources: Iterable[str]) -> dict[str, AbolishedDocument]:
    """Of some sources those that cite an abolished document, each with it."""
    gone = standing(session)
    chosen = {source: next((one for one in gone if cites(source, one.document)), None) for source in set(sources) if source}
    return {source: one for source, one in chosen.items() if one is not None}


def citing(session: Session, documents: Collection[str], *, with_notices: bool = True) -> list[Entry]:
    """The entries that answer and cite one of the documents."""
    answering = Entry.state == EntryState.REVIEWED
    kept = answering if with_notices else answering & Entry.notice_reference.is_(None)
    sources = session.scalars(select(Entry.source).where(kept, Entry.source != "").distinct()).all()
    wanted = [source for source in sources if any(cites(source, document) for document in documents)]
    return list(session.scalars(select(Entry).where(kept, Entry.source.in_(wanted)).order_by(Entry.id))) if wanted else []


def abolish(session: Session, document: str, reason: str, actor: Actor, now: datetime) -> tuple[Resting, ...]:
    """Put down that a document is abolished; what cites it retires in the same transaction. Returns what retired."""
    name, why = " ".join(document.split()), " ".join(reason.split())
    if len(spelt(name)) < SHORTEST:
        raise EntryRefused("没有写清是哪个文件。请写全文号或文件名，例如“彭民发〔2026〕3号”。")
    if len(name) > 200 or len(why) > 300:
        raise EntryRefused("文件名最多 200 字，原因最多 300 字。请缩短。")
    if not why:
        raise EntryRefused("没有写为什么废止。请写明，例如“被彭民发〔2026〕9号代替”。")
    take_turn(session)
    if any(spelt(one.document) == spelt(name) for one in standing(session)):
        raise EntryRefused(f"“{name}”已经登记过废止。请在下面的列表里看。")
    session.add(AbolishedDocument(document=name, reason=why, abolished_by=actor.name, abolished_at=now))
    fallen = fell(session, citing(session, [name]), name, f"依据“{name}”已废止：{why}", actor, now)
    record(session, now, actor, ABOLISHED, f"document:{name[:100]}", {"entries": len(fallen), "reason": why})
    return fallen


def reinstate(session: Session, number: int, actor: Actor, now: datetime) -> tuple[str, Returned]:
    """A document is in force again; returns its name, what answers again, and what does not with why."""
    take_turn(session)
    held = session.get(AbolishedDocument, number)
    if held is None or held.reinstated_at is not None:
        raise EntryRefused("这个文件现在不在废止之列，不用恢复。")
    held.reinstated_by, held.reinstated_at = actor.name, now
    session.flush()
    came = come_back(session, held.document, actor, now)
    record(session, now, actor, REINSTATED, f"document:{held.document[:100]}", {"entries": len(came.back)})
    return held.document, came


def fell(session: Session, entries: Sequence[Entry], cause: str, because: str, actor: Actor, now: datetime
         ) -> tuple[Resting, ...]:
    """Retire entries with what they rested on; `cause` is what brings them back when it holds again."""
    for entry in entries:
        entry.state, entry.updated_at = EntryState.RETIRED, now
        entry.retired_with, entry.retired_because, entry.retired_at = cause[:200], because[:300], now
        record(session, now, actor, FELL, f"entry:{entry.id}", {"with": cause})
    return tuple(Resting(entry.id, entry.question) for entry in entries)


def come_back(session: Session, cause: str, actor: Actor, now: datetime, named: Mapping[str, str] | None = None) -> Returned:
    """Let answer again what retired with this cause, unless its source is gone for another reason.

    `named`, when given, holds what the reinstated thing is called now: what cites none of it does not return.
    """
    resting = list(session.scalars(select(Entry).where(Entry.retired_with == cause[:200], Entry.state == EntryState.RETIRED)
                                   .order_by(Entry.id)))
    gone = abolished_in(session, [entry.source for entry in resting])
    back, stays = list[Resting](), list[Resting]()
    for entry in resting:
        other = gone.get(entry.source)
        if other is not None:
            entry.retired_with, entry.retired_because = other.document, f"依据“{other.document}”已废止：{other.reason}"[:300]
            stays.append(Resting(entry.id, entry.question, entry.retired_because))
        elif named is not None and not any(cites(entry.source, name) for name in named.values() if name):
            stays.append(Resting(entry.id, entry.question, "依据的名称或文号改了，请核对"))
        else:
            entry.state, entry.updated_at, entry.retired_with, entry.retired_because = EntryState.REVIEWED, now, "", ""
            entry.retired_at = None
            record(session, now, actor, RETURNED, f"entry:{entry.id}", {"with": cause})
            back.append(Resting(entry.id, entry.question))
    return Returned(tuple(back), tuple(stays))

