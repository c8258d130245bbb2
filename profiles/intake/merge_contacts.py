"""Telephones into the register: new ones, replaced ones, and numbers that stand for too many households (代收)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from kernel.database import Moment
from profiles.contacts import LANDLINE, SMS
from profiles.intake.staged import LATER_ROWS, MEMBERS, PHONES
from profiles.intake.warnings import Warnings
from profiles.models import Contact, Household, Resident
from profiles.privacy import masked_phone

MOST_HOUSEHOLDS_A_NUMBER = 3
_AT_ONCE = 500
REPLACED = "登记表中已换成别的号码"
_T = cast(Table, Contact.__table__)
_C, _M, _P = _T.c, MEMBERS.c, PHONES.c
_IMPORTED = and_(_C.source == "import", _C.verified.is_(False), _C.channel.in_((SMS, LANDLINE)))


def merge_contacts(session: Session, now: datetime, *, known: bool) -> None:
    """Add the numbers of the file; where it names any for a person, those imported before and not named are retired.

    A number retired for another reason (it does not exist, its owner refused it) stays retired. `known` says whether
    any household of the file was in the register before.
    """
    _drop_repeated(session)
    if known:
        _replace(session, now)
    _insert_for_known(session, now)
    _insert_for_new(session, now)
    if session.get_bind().dialect.name == "postgresql":
        # What was just added is not in its statistics: without them, what follows ran two minutes instead of one second.
        session.execute(text("ANALYZE contacts"))


def _drop_repeated(session: Session) -> None:
    """Of a number that several rows of one person name, keep the first; one row names each number once."""
    if session.scalar(select(_P.row).where(_P.place >= LATER_ROWS).limit(1)) is None:
        return
    earlier = PHONES.alias("earlier")
    session.execute(delete(PHONES).where(exists(select(1).select_from(earlier).where(
        earlier.c.row == _P.row, earlier.c.channel == _P.channel, earlier.c.address_index == _P.address_index,
        earlier.c.place < _P.place).correlate(PHONES))))


def _replace(session: Session, now: datetime) -> None:
    staged = and_(_P.row == _M.row, _P.channel == _C.channel, _P.address_index == _C.address_index)
    named = exists(select(1).select_from(PHONES).where(staged).correlate(MEMBERS, _T))
    theirs = and_(_C.resident_id == _M.resident_id, _M.phones.is_not(None), _IMPORTED)
    replaced = and_(theirs, _C.retired_at.is_(None), ~named)
    restored = and_(theirs, _C.retired_reason == REPLACED, named)
    fresh = exists(select(1).select_from(PHONES).where(_P.row == _M.row, ~_known()).correlate(MEMBERS))
    touched = exists(select(1).select_from(_T).where(or_(replaced, restored)).correlate(MEMBERS))
    session.execute(update(MEMBERS).where(_M.resident_id.is_not(None), _M.changed.is_(False), or_(touched, fresh))
                    .values(changed=True))
    session.execute(update(_T).where(replaced).values(retired_at=now, retired_reason=REPLACED))
    session.execute(update(_T).where(restored).values(retired_at=None, retired_reason=None))


def _known() -> ColumnElement[bool]:
    return exists(select(1).select_from(_T).where(
        _C.resident_id == _M.resident_id, _C.channel == _P.channel, _C.address_index == _P.address_index)
        .correlate(MEMBERS, PHONES))


def _insert_for_known(session: Session, now: datetime) -> None:
    query = _new_contacts(_M.resident_id, now).where(_M.resident_id.is_not(None), ~_known())
    session.execute(insert(_T).from_select(_NEW, query, include_defaults=False))


def _insert_for_new(session: Session, now: datetime) -> None:
    query = _new_contacts(Resident.id, now).join(Resident, Resident.reference == _M.reference).where(
        _M.resident_id.is_(None))
    session.execute(insert(_T).from_select(_NEW, query, include_defaults=False))


_NEW = ["resident_id", "channel", "address", "address_index", "verified", "preferred", "shared", "source", "created_at"]


def _new_contacts(resident: Any, now: datetime) -> Select[Any]:
    """The staged numbers in the shape of contacts."""
    return (select(resident, _P.channel, _P.address, _P.address_index, false(), false(), false(), literal("import"),
                   literal(now, Moment))
            .join_from(PHONES, MEMBERS, _M.row == _P.row).order_by(_P.row, _P.place))


def mark_shared(session: Session) -> None:
    """Mark the numbers of this file that stand for more than three living households; unmark those that no longer do."""
    # Retired ones are left to the second look: so this one is answered from the index alone.
    often = (
        select(_C.address_index)
        .where(_C.channel == SMS, _C.address_index.in_(select(_P.address_index)))
        .group_by(_C.address_index).having(func.count() > MOST_HOUSEHOLDS_A_NUMBER)
    )
    marked = select(_C.address_index).where(_C.shared.is_(True), _C.channel == SMS).distinct()
    before = set(session.scalars(marked))
    candidates = sorted(before.union(session.scalars(often)))
    crowded: set[bytes] = set()
    for start in range(0, len(candidates), _AT_ONCE):
        crowded.update(session.scalars(_crowded(candidates[start:start + _AT_ONCE])))
    _mark(session, sorted(before - crowded), false())
    _mark(session, sorted(crowded), true())


def judge_numbers(session: Session, resident_ids: Sequence[int]) -> None:
    """Mark and unmark the numbers of these residents after they have moved or left."""
    theirs = select(_C.address_index).where(_C.resident_id.in_(list(resident_ids)), _C.channel == SMS).distinct()
    numbers = list(session.scalars(theirs))
    crowded: set[bytes] = set()
    for start in range(0, len(numbers), _AT_ONCE):
        crowded.update(session.scalars(_crowded(numbers[start:start + _AT_ONCE])))
    _mark(session, sorted(set(numbers) - crowded), false())
    _mark(session, sorted(crowded), true())


def _crowded(numbers: Sequence[bytes]) -> Select[tuple[bytes]]:
    return (
        select(_C.address_index).join_from(_T, Resident, Resident.id == _C.resident_id)
        .join(Household, Household.id == Resident.household_id)
        .where(_C.channel == SMS, _C.retired_at.is_(None), Household.left_at.is_(None), _C.address_index.in_(numbers))
        .group_by(_C.address_index).having(func.count(func.distinct(Resident.household_id)) > MOST_HOUSEHOLDS_A_NUMBER)
    )


def _mark(session: Session, numbers: Sequence[bytes], shared: ColumnElement[bool]) -> None:
    for start in range(0, len(numbers), _AT_ONCE):
        chunk = _C.address_index.in_(numbers[start:start + _AT_ONCE])
        session.execute(update(_T).where(_C.channel == SMS, chunk, _C.shared.is_distinct_from(shared)).values(shared=shared))


def warn_of_shared(session: Session, keyring: Keyring, warnings: Warnings) -> None:
    """Name, masked, the numbers of this file that were found to stand for too many households."""
    query = (
        select(func.min(_P.row), func.min(_C.id), func.count(func.distinct(Resident.household_id)))
        .join_from(PHONES, _T, and_(_C.address_index == _P.address_index, _C.channel == _P.channel))
        .join(Resident, Resident.id == _C.resident_id)
        .where(_C.shared.is_(True), _C.retired_at.is_(None)).group_by(_P.address_index).order_by(func.min(_P.row))
    )
    for row, contact, households in session.execute(query).all():
        sealed = session.scalar(select(_C.address).where(_C.id == contact))
        number = masked_phone(keyring.decrypt(sealed, "phone")) if sealed else "****"
        warnings.add(row, f"电话 {number} 登记在 {households} 户名下，按代收号码处理：不发农户个人信息，也不能用来绑定")
