"""What became of an answer after it left: what the vendor reports, and whether whoever it waits for speaks again.

Suppliers of text messages sign nothing, so a report counts only with the very name and number of a message of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from channels.messages import Receipt, ReceiptKind
from kernel.crypto import Keyring
from kernel.database import Database, table_of
from kernel.logs import mask
from knowledge.case_models import Letter, LetterState
from knowledge.letters import ADDRESS_PURPOSES, LONGEST_WHY
from knowledge.models import Consultation, ConsultationState

PHONE = ADDRESS_PURPOSES["phone"]
# By then somebody called, or the asker came by the number.
WAKES_WITHIN = timedelta(days=30)
# What is said in answer to the asker's words goes before the letter.
AFTER_THE_TALK = timedelta(seconds=3)
# Whose telephone is known is called; everybody else finds the answer waiting.
CALLED = frozenset({"sms", "phone"})

# What a report may still change: a report may come before our own note that it was sent.
OPEN = (LetterState.SENDING, LetterState.SENT, LetterState.UNKNOWN)

# Made once: every message that comes in asks whether anything waits, and of hardly anybody something does.
_LETTERS, _CASES = table_of(Letter).c, table_of(Consultation).c
_WAITING = (
    select(_LETTERS.id).join(table_of(Consultation), _CASES.id == _LETTERS.consultation_id)
    .where(_CASES.channel == bindparam("channel"), _CASES.address_index.in_(bindparam("indexes", expanding=True)),
           _LETTERS.state == LetterState.KEPT.value).limit(1)
)


def reference_of(keyring: Keyring, name: str | None, phone: str) -> str | None:
    """The vendor's name for a message, or ours, and the number it went to as one keyed digest; None without a name."""
    return keyring.index(f"{name} {phone}", PHONE).hex() if name else None


def reported(database: Database, keyring: Keyring, receipts: Sequence[Receipt], now: datetime) -> int:
    """Take reports on text messages in; gives how many spoke of an answer. What failed goes to the list of calls, or waits."""
    spoken: dict[str, Receipt] = {}
    for one in receipts:
        if one.channel == "sms" and one.address:
            spoken |= {index.hex(): one for name in (one.attempt, one.vendor_reference) if name
                       for index in keyring.indexes(f"{name} {one.address}", PHONE)}
    if not spoken:
        return 0
    is_meant = or_(Letter.reference.in_(spoken), Letter.name.in_(spoken))
    with database.reading() as session:
        if session.scalar(select(Letter.id).where(is_meant).limit(1)) is None:
            return 0
    with database.writing() as session:
        rows = session.execute(
            select(Letter, Consultation.channel).join(Consultation, Consultation.id == Letter.consultation_id)
            .where(is_meant, Letter.state.in_(OPEN)).with_for_update(of=Letter)).all()
        for letter, asked_by in rows:
            _told(letter, asked_by, spoken.get(str(letter.name)) or spoken[str(letter.reference)], now)
    return len(rows)


def wake_in(session: Session, keyring: Keyring, channel: str, address: str, told: Sequence[str], now: datetime) -> int:
    """A follower speaks again, so that the platform lets us write: what waited for them goes out; gives how much.

    What they were just `told` in the talk, asking for it by its number, counts as read.
    """
    indexes = keyring.indexes(address, ADDRESS_PURPOSES[channel])
    if session.connection().execute(_WAITING, {"channel": channel, "indexes": indexes}).first() is None:
        return 0
    rows = session.execute(
        select(Letter, Consultation.answer).join(Consultation, Consultation.id == Letter.consultation_id)
        .where(Consultation.channel == channel, Consultation.address_index.in_(indexes),
               Consultation.state.in_((ConsultationState.ANSWERED, ConsultationState.CLOSED)),
               Letter.state == LetterState.KEPT, Letter.settled_at > now - WAKES_WITHIN)).all()
    for letter, answer in rows:
        if any(answer in words for words in told):
            letter.state, letter.settled_at = LetterState.READ, now
        else:
            letter.state, letter.channel, letter.tries, letter.due_at = LetterState.WAITING, channel, 0, now + AFTER_THE_TALK
    return len(rows)


def _told(letter: Letter, asked_by: str, receipt: Receipt, now: datetime) -> None:
    letter.settled_at, letter.due_at = now, None
    if receipt.kind is ReceiptKind.DELIVERED:
        letter.state, letter.why = LetterState.DELIVERED, ""
        return
    letter.state = LetterState.TO_CALL if asked_by in CALLED else LetterState.KEPT
    letter.why = mask(f"短信没送到：{receipt.words or receipt.code or '平台没说原因'}")[:LONGEST_WHY]
