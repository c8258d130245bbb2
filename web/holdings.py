"""Every room's holdings of a person in one list; a copy, and an erasure, go through all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import holdings as bot
from bot import late
from channels import holdings as channels
from kernel import holdings
from kernel.audit import Actor, record
from kernel.database import Base
from kernel.holdings import Ended, Fate, Subject
from knowledge import holdings as knowledge
from profiles import access
from profiles import holdings as profiles
from profiles.access import Look, Whom
from profiles.models import Household, Resident
from profiles.privacy import masked_words
from profiles.subjects import subject_of
from push import holdings as push
from web import mentions
from web.house import House
from web.mentions import Mention
from web.sealed import SEALED

HOLDINGS = (*bot.HOLDINGS, *channels.HOLDINGS, *knowledge.HOLDINGS, *push.HOLDINGS, *profiles.HOLDINGS)

NOT_PERSONAL: Mapping[str, str] = {
    "abolished_documents": "numbers of documents that are no longer in force",
    "alembic_version": "the number of the schema",
    "answered_events": "known by the message's number alone; replies end within two days",
    "attempts": "calls to a vendor: times and counts",
    "asked_days": "how much was asked on a day, and how it went",
    "audit_entries": "acts of the staff; the subject is a reference, never a name or number",
    "batches": "ranges of deliveries",
    "broadcast_posts": "a broadcast's copies by a subscriber's number alone, which goes with the subscriber",
    "broadcasts": "public words of the office, and figures",
    "codes": "signs on boards",
    "consultation_letters": "how an answer fared; whom it went to stands with the consultation alone",
    "consultation_steps": "acts of the staff on a consultation, which is known by its number",
    "dispatch_counts": "how many messages stand where",
    "dispatch_marks": "when a dispatch was counted",
    "dispatches": "a notice and whom it is for, as a condition",
    "division_changes": "village codes",
    "divisions": "places",
    "entries": "answers of the office",
    "gap_counts": "how often a question was asked in vain",
    "gap_nights": "figures of a night",
    "gap_wordings": "asked by nobody in particular: names and numbers are hidden before they are kept",
    "gaps": "what nobody could answer, and who of the staff sees to it",
    "gateways_aside": "which supplier is set up wrongly, and since when",
    "gateway_pauses": "how long a vendor asked for quiet",
    "import_jobs": "whole household tables, sealed, that end within days",
    "import_mappings": "headings of tables",
    "import_runs": "what came of a file; its warnings name rows, and numbers masked",
    "key_turn_steps": "how far a turning of the keys has come",
    "knocks": "who guessed numbers within an hour, by a keyed digest that ends on the next day",
    "key_turns": "turnings of the keys",
    "late_answers": "words on their way, sealed and known by the message's number alone; they end when they are said, with an "
                    "erasure, or within two days",
    "notice_divisions": "where a notice applies",
    "notice_reviews": "acts of the staff",
    "notice_revisions": "what the office says",
    "notices": "what the office says",
    "phrasings": "how the same is asked",
    "entry_versions": "entries as they were written and reviewed",
    "portrait_trainings": "how good a training was",
    "portrait_village_interests": "a village of at least twenty people",
    "postings": "what hangs on which board",
    "pulses": "when a process last did its round",
    "questions": "asked by nobody in particular: names and numbers are hidden before they are kept",
    "retention_runs": "how much ended",
    "scan_counts": "how often a code was opened on a day",
    "sms_templates": "wordings filed with the vendors of text messages",
    "staff_accounts": "the staff, by their office's own rules",
    "staff_roles": "the staff",
    "staff_tokens": "programs of the staff",
    "wechat_scene_codes": "signs on boards, as the platform draws them",
    "wechat_signed_callbacks": "digests of signatures and of what they signed, for a day",
    "wechat_tokens": "the account's own token",
}
"""Tables that hold nothing about a resident, each with the reason."""


@dataclass(frozen=True)
class Erasure:
    """What an erasure did, or would do; `mentions` are words of the staff in which the name stands all the same."""

    subject: Subject
    ended: tuple[Ended, ...]
    mentions: tuple[Mention, ...] = ()

    @property
    def kept(self) -> tuple[Ended, ...]:
        """What stays, with the reason."""
        return tuple(one for one in self.ended if one.fate is not Fate.DELETED)


def copy_of(house: House, session: Session, subject: Subject) -> dict[str, object]:
    """A copy of everything held of a person, with the day it was made."""
    return {
        "说明": "这是直达系统里保存的您的个人信息，由系统自动列出。与家人共用的号码上的留言和对话不在内。",
        "生成时间": house.clock.now().strftime("%Y-%m-%d %H:%M"), "编号": subject.reference,
        "内容": holdings.copy(session, house.keyring, SEALED, HOLDINGS, subject),
    }


def whom(subject: Subject) -> Whom:
    """A person as the record of looks names one."""
    return Whom(subject.group_id, subject.id, subject.reference, subject.division)


def export(house: House, reference: str, actor: Actor, reason: str) -> dict[str, object] | None:
    """A copy for an office that was asked for it; the look is written down."""
    with house.database.writing() as session:
        subject = subject_of(session, house.keyring, reference)
        if subject is None:
            return None
        told = copy_of(house, session, subject)
        access.looked(session, house.clock.now(), actor, Look.EXPORTED, whom(subject), reason=reason)
        return told


def erase(house: House, reference: str, actor: Actor, reason: str, *, from_register: bool, dry_run: bool) -> Erasure | None:
    """Erase a resident's data in one transaction, or only say what that would do; None for an unknown reference."""
    now = house.clock.now()
    with house.database.writing() as session:
        subject = subject_of(session, house.keyring, reference)
        if subject is None:
            return None
        name = mentions.name_of(session, house.keyring, subject)
        ended = (*holdings.erase(session, house.keyring, SEALED, HOLDINGS, subject, now, lambda text: name.hidden_in(masked_words(text)),
                                  from_register=from_register),
                 *_unsaid(session, house, subject),
                 *mentions.hide(session, house.keyring, subject, name, from_register=from_register))
        left = mentions.left(session, house.keyring, subject, name)
        if dry_run:
            session.rollback()
            return Erasure(subject, ended, left)
        reason = name.hidden_in(reason)
        _mark(session, subject, now, from_register=from_register)
        record(session, now, actor, "删除个人信息", f"resident:{reference}", {
            "理由": reason, "连同名册": from_register, **{one.kind: one.count for one in ended if one.fate is not Fate.KEPT}})
        access.looked(session, now, actor, Look.ERASED, whom(subject), reason=reason)
        if from_register:
            session.flush()
            _part(session, subject)
        return Erasure(subject, ended, left)


def _unsaid(session: Session, house: House, subject: Subject) -> tuple[Ended, ...]:
    """Answers on their way to the person: known by the message's number, they are found by opening them."""
    count = late.forget(session, house.keyring, subject.indexes)
    return (Ended("还没说出的答复", Fate.DELETED, count, ""),) if count else ()


def _part(session: Session, subject: Subject) -> None:
    """What the law keeps points at nobody any more: SQLite gives the number of a row that went to the next that comes."""
    gone = {"resident_id": subject.id} if session.get(Resident, subject.id) is None else {}
    if session.get(Household, subject.group_id) is None:
        gone["household_id"] = subject.group_id
    for table in Base.metadata.sorted_tables:
        for name, number in gone.items():
            column = table.columns.get(name)
            if column is not None and not column.foreign_keys and not column.primary_key:
                session.execute(update(table).where(column == number).values({column: -number}))


def readmit(house: House, reference: str, actor: Actor, reason: str) -> bool | None:
    """Let tables bring a person's telephones again who had everything erased; None for an unknown reference, False when
    nothing was erased.
    """
    now = house.clock.now()
    with house.database.writing() as session:
        person = session.scalar(select(Resident).where(Resident.reference == reference.strip()))
        if person is None or person.erased_at is None:
            return None if person is None else False
        record(session, now, actor, "恢复登记", f"resident:{reference.strip()}",
               {"理由": reason, "原清理日期": person.erased_at.date().isoformat()})
        person.erased_at = None
        return True


def _mark(session: Session, subject: Subject, now: datetime, *, from_register: bool) -> None:
    person = None if from_register else session.get(Resident, subject.id)
    if person is not None and person.erased_at is None:
        person.erased_at = now
