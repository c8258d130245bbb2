"""What a file would change in the register, value by value for the first households and in numbers for all of them.

Asked only in a trial: the values between finding the households again and writing them, the rest from what was written
down as having happened before all of it is undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, and_, exists, func, select
from sqlalchemy.orm import Session

from profiles.history import RegisterEvent
from profiles.intake.staged import CROP, ENTRIES, HOMES, KIND, LIVESTOCK, MEMBERS
from profiles.models import Household, HouseholdCrop, HouseholdKind, HouseholdLivestock, Resident

MOST_COMPARED = 8
MOST_NAMED = 8
_H, _R = cast(Table, Household.__table__), cast(Table, Resident.__table__)
_S, _M, _E = HOMES.c, MEMBERS.c, ENTRIES.c
_PLAIN = (("group_name", "村民小组"), ("size", "家庭人口"), ("land", "承包地亩数"),
          ("income_per_head", "人均年收入"), ("house_grade", "危房等级"), ("relocated", "易地搬迁"))
_OF_MEMBERS = (("relation", "与户主关系"), ("birth_date", "出生日期"), ("gender", "性别"), ("disability", "残疾等级"),
               ("study", "在读阶段"), ("migrant", "务工"), ("standing", "人员状态"))
_LISTS: tuple[tuple[int, str, str, Any, str, str | None], ...] = (
    (KIND, "kinds_known", "户类型", HouseholdKind, "kind", None), (CROP, "crops_known", "作物", HouseholdCrop, "name", "mu"),
    (LIVESTOCK, "livestock_known", "牲畜", HouseholdLivestock, "name", "head"),
)


def first_compared(session: Session) -> list[dict[str, Any]]:
    """The first known households of the file that differ: `household`, and per value `label`, `before`, `after`.

    To be asked before anything is written. Names and numbers of persons are not among the values.
    """
    changed_member = exists(select(1).where(_M.home == _S.row, _M.changed.is_(True)))
    rows = session.execute(
        select(HOMES, *(_H.c[name].label(f"was_{name}") for name in (*dict(_PLAIN), "head_name_index")))
        .join_from(HOMES, _H, _H.c.id == _S.household_id)
        .where(_S.is_new.is_(False), _S.changed.is_(True) | changed_member).order_by(_S.row).limit(MOST_COMPARED))
    told = [{"household": row.reference, "values": [*_plain(dict(row._mapping)), *_listed(session, row), *_people(session, row.row)]}
            for row in rows.all()]
    return [one for one in told if one["values"]]


def in_numbers(session: Session, now: datetime) -> dict[str, Any]:
    """What happens to known households and members, by event: `count` and the `first` by their households' references.

    `staying_households` are those of the file's villages that the file does not name and that stay as they are.
    """
    here = and_(RegisterEvent.at == now, RegisterEvent.source == "import")
    counted = session.execute(select(RegisterEvent.event, func.count()).where(here).group_by(RegisterEvent.event)).all()
    events = {str(event): {"count": count, "first": _first(session, here, event)} for event, count in counted}
    villages = select(_S.division).where(_S.good > 0).distinct()
    # NOT IN is hashed by both databases; NOT EXISTS would go through the table again for each household.
    named = select(_S.household_id).where(_S.household_id.is_not(None))
    staying = session.scalar(select(func.count()).select_from(_H).where(
        _H.c.division.in_(villages), _H.c.left_at.is_(None), _H.c.id.not_in(named)))
    return {"events": events, "staying_households": int(staying or 0)}


def _first(session: Session, here: Any, event: str) -> list[dict[str, str]]:
    rows = session.execute(
        select(Household.reference, RegisterEvent.before, RegisterEvent.after)
        .join_from(RegisterEvent, Household, Household.id == RegisterEvent.household_id)
        .where(here, RegisterEvent.event == event).order_by(RegisterEvent.id).limit(MOST_NAMED))
    return [{"household": row.reference, "before": row.before or "", "after": row.after or ""} for row in rows]


def _plain(row: dict[str, Any]) -> list[dict[str, str]]:
    found = [_value(label, row[f"was_{name}"], row[name]) for name, label in _PLAIN
             if row[name] is not None and row[name] != row[f"was_{name}"]]
    if row["head_name_index"] is not None and row["head_name_index"] != row["was_head_name_index"]:
        found.append({"label": "户主", "before": "原来的户主", "after": "换了人"})
    return found


def _listed(session: Session, row: Any) -> list[dict[str, str]]:
    found = []
    for sort, flag, label, table, name, amount in _LISTS:
        if row._mapping[flag] is None:
            continue
        columns = [getattr(table, name), *([getattr(table, amount)] if amount else [])]
        before = session.execute(select(*columns).where(table.household_id == row.household_id).order_by(columns[0])).all()
        wanted = [_E.name, *([_E.amount] if amount else [])]
        after = session.execute(select(*wanted).where(_E.home == row.row, _E.sort == sort).order_by(_E.name)).all()
        if _items(before) != _items(after):
            found.append({"label": label, "before": _items(before), "after": _items(after)})
    return found


def _people(session: Session, home: int) -> list[dict[str, str]]:
    """Members are told apart by their relation: no name is in the report."""
    found = []
    rows = session.execute(
        select(MEMBERS, *(_R.c[name].label(f"was_{name}") for name, _ in _OF_MEMBERS)).join_from(MEMBERS, _R, _R.c.id == _M.resident_id)
        .where(_M.home == home, _M.changed.is_(True)).order_by(_M.row)).all()
    for row in (one._mapping for one in rows):
        whose = f"第 {row['row']} 行的人"
        found += [_value(f"{whose}：{label}", row[f"was_{name}"], row[name]) for name, label in _OF_MEMBERS
                  if row[name] is not None and row[name] != row[f"was_{name}"]]
    fresh = session.scalar(select(func.count()).select_from(MEMBERS).where(_M.home == home, _M.resident_id.is_(None))) or 0
    return [*found, *([{"label": "新添的人", "before": "", "after": f"{fresh} 人"}] if fresh else [])]


def _value(label: str, before: Any, after: Any) -> dict[str, str]:
    return {"label": label, "before": _words(before), "after": _words(after)}


def _words(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "没有登记", True: "是", False: "否"}[value]
    return f"{value:g}" if isinstance(value, float) else _STANDINGS.get(str(value), str(value))


_STANDINGS = {"present": "健在", "died": "去世", "moved": "迁出"}


def _items(rows: Sequence[Any]) -> str:
    return "，".join(f"{row[0]} {row[1]:g}" if len(row) > 1 else row[0] for row in rows) or "无"
