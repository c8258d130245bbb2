"""Who had everything erased comes back with the next table: the register's line is the law's, telephones are the person's."""

from __future__ import annotations

from typing import cast

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from profiles.intake.staged import MEMBERS, PHONES
from profiles.intake.warnings import Warnings
from profiles.models import Resident

_R = cast(Table, Resident.__table__)
_M, _P = MEMBERS.c, PHONES.c


def withhold_erased(session: Session, warnings: Warnings) -> None:
    """Leave the telephones of erased residents out of this file's contacts, each with a warning and how to take them in.

    The person is who was found in the household, or whoever of another household has the same identity number.
    """
    if session.scalar(select(_R.c.id).where(_R.c.erased_at.is_not(None)).limit(1)) is None:
        return
    theirs: ColumnElement[bool] = or_(_R.c.id == _M.resident_id, and_(_M.id_index.is_not(None), _R.c.id_index == _M.id_index))
    rows = session.execute(
        select(_M.row, func.min(_R.c.reference)).join_from(MEMBERS, _R, theirs)
        .where(_R.c.erased_at.is_not(None), _M.row.in_(select(_P.row))).group_by(_M.row).order_by(_M.row)).all()
    for row, reference in rows:
        warnings.add(row, "这位成员要求删除过个人信息，表里的电话没有登记，名册其余内容照常。请核对并从表里删去电话；本人同意重新登记的，"
                     f"请系统管理员先运行 zhida residents readmit {reference} --reason 理由，再导入一次")
    for row, _ in rows:
        session.execute(delete(PHONES).where(_P.row == row))
