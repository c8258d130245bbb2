"""One identity number in two households: both stand until a clerk decides, and the clerk is told where."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from profiles.intake.staged import HOMES, MEMBERS
from profiles.intake.staging import Stage
from profiles.intake.warnings import Warnings
from profiles.models import Household, Resident

_S, _M = HOMES.c, MEMBERS.c


def warn_of_doubles(stage: Stage, warnings: Warnings) -> None:
    """Compare the staged persons with each other and warn at the later row of each pair; before the lock is taken."""
    repeated = (select(_M.id_index).where(_M.id_index.is_not(None)).group_by(_M.id_index)
                .having(func.count() > 1))
    query = (select(_M.id_index, _M.row, _S.reference).join_from(MEMBERS, HOMES, _S.row == _M.home)
             .where(_M.id_index.in_(repeated)).order_by(_M.row))
    groups: defaultdict[bytes, list[tuple[int, str]]] = defaultdict(list)
    for found in stage.execute(query):
        groups[found.id_index].append((found.row, found.reference))
    for group in groups.values():
        first_row, first_home = group[0]
        for row, _ in group[1:]:
            warnings.add(row, f"证件号码与第 {first_row} 行另一户（{first_home}）的成员相同，两处都已保留，请核对后处理")


def warn_of_known(session: Session, warnings: Warnings) -> None:
    """Compare the staged persons with those in the register who were not found to be the same, but for pairs within the file."""
    within = aliased(MEMBERS), aliased(HOMES)
    told = exists(select(1).select_from(within[0].join(within[1], within[1].c.row == within[0].c.home)).where(
        within[0].c.id_index == _M.id_index, within[0].c.row != _M.row, within[1].c.reference == Household.reference)
        .correlate(MEMBERS, Household))
    query = (
        select(_M.row, Household.reference)
        .join_from(MEMBERS, HOMES, _S.row == _M.home)
        .join(Resident, Resident.id_index == _M.id_index)
        .join(Household, Household.id == Resident.household_id)
        .where(Household.reference != _S.reference, Household.left_at.is_(None),
               _M.resident_id.is_distinct_from(Resident.id), ~told)
        .order_by(_M.row)
    )
    for row, reference in session.execute(query):
        warnings.add(row, f"证件号码与系统里另一户（{reference}）的成员相同，两处都已保留，请核对后处理")
