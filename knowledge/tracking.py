"""Where a consultation stands, for anybody who knows its number; and its answer, for who knows the secret beside it.

A number is short enough to be guessed, so what it shows is nobody's: office, deadline, the steps without their words. Of the
secret a few tries an hour are taken for each number, whoever tries and from wherever.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.clock import in_china
from kernel.crypto import Keyring, Unreadable
from kernel.ids import READABLE
from knowledge.case_models import Act, Step
from knowledge.consultations import OPEN, PURPOSE, SECRET_DIGITS, found
from knowledge.models import Consultation, ConsultationState

NUMBER = re.compile(rf"[{READABLE}]{{6}}")
MISSES = 5
MISSED_WITHIN = timedelta(hours=1)
# What a step tells anybody; acts that are not here are nobody's business but the asker's and the office's.
TOLD = {Act.PASSED_ON: "转给{office}", Act.GIVEN_BACK: "{office}退回，重新转办", Act.EXTENDED: "延期", Act.ANSWERED: "已答复",
        Act.REOPENED: "按要求重新办", Act.URGED: "已督办", Act.CLOSED: "办结"}


@dataclass(frozen=True)
class Public:
    """What anybody may see of a consultation: not what was asked, not from where, not what was answered."""

    number: str
    state: ConsultationState
    office: str
    taken_on: date
    due_on: date
    is_open: bool
    is_overdue: bool
    is_extended: bool
    by_secret: bool
    steps: tuple[tuple[date, str], ...]


class Opened(StrEnum):
    """Whether a secret opened an answer: it did, it is another one, or too many were tried."""

    YES = "yes"
    WRONG = "wrong"
    LOCKED = "locked"


def public(session: Session, number: str, today: date) -> Public | None:
    """A consultation for anybody who knows its number; None for a number that is none."""
    case = found(session, number)
    if case is None:
        return None
    rows = session.scalars(select(Step).where(Step.consultation_id == case.id).order_by(Step.id))
    told = [(in_china(case.taken_at).date(), "收到")]
    told += [(in_china(row.at).date(), TOLD[Act(row.act)].format(office=row.office or "承办单位")) for row in rows if row.act in TOLD]
    is_open = case.state in OPEN
    return Public(case.number, ConsultationState(case.state), case.office, in_china(case.taken_at).date(), case.due_on, is_open,
                  is_open and case.due_on < today, case.extended_from is not None, case.secret is not None, tuple(told))


def open_with(session: Session, keyring: Keyring, number: str, secret: str, now: datetime) -> Opened:
    """Try a secret; a wrong one is counted, and after five within an hour none is taken until the hour is over."""
    case = session.scalar(select(Consultation).where(Consultation.number == number.strip().upper()).with_for_update())
    if case is None:
        return Opened.WRONG
    if case.missed_at is not None and case.missed_at <= now - MISSED_WITHIN:
        case.misses = 0
    if case.misses >= MISSES:
        return Opened.LOCKED
    if _is_right(case, keyring, secret):
        case.misses = 0
        return Opened.YES
    case.misses, case.missed_at = case.misses + 1, now
    return Opened.WRONG


def is_number(text: str) -> bool:
    """Whether a text has the form of a consultation's number."""
    return NUMBER.fullmatch(text.strip().upper()) is not None


def _is_right(case: Consultation, keyring: Keyring, secret: str) -> bool:
    said = "".join(one for one in secret if one.isdigit())
    if case.secret is None or len(said) != SECRET_DIGITS:
        return False
    try:
        return hmac.compare_digest(keyring.decrypt(case.secret, PURPOSE).encode(), said.encode())
    except Unreadable:
        return False  # its key is gone: 12345 tells the answer
