"""One identity number in two households: both stand until a clerk decides, and the clerk is told where."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select

from profiles.intake.staged import HOMES, MEMBERS
from profiles.intake.staging import Stage
from profiles.intake.warnings import Warnings
from profiles.models import Household, Resident

_S, _M = HOMES.c, MEMBERS.c


def warn_of_doubles(stage: Stage, warnings: Warnings) -> None:
    """Compare the staged persons with each other and with the register; asked before the write lock is taken."""
    named = _within_the_file(stage, warnings)
    query = (
        select(_M.row, Household.reference)
        .join_from(MEMBERS, HOMES, _S.row == _M.home)
        .join(Resident, Resident.id_index == _M.id_index)
        .join(Household, Household.id == Resident.household_id)
        .where(Household.reference != _S.reference, Household.left_at.is_(None))
        .order_by(_M.row)
    )
    for found in stage.execute(query):
        if found.reference not in named[found.row]:
            warnings.add(found.row, f"证件号码与系统里另一户（{found.reference}）的成员相同，两处都已保留，请核对后处理")


def _within_the_file(stage: Stage, warnings: Warnings) -> defaultdict[int, frozenset[str]]:
    """Warn at the later row of each pair; gives the households already named beside every row concerned."""
    repeated = (select(_M.id_index).where(_M.id_index.is_not(None)).group_by(_M.id_index)
                .having(func.count() > 1))
    query = (select(_M.id_index, _M.row, _S.reference).join_from(MEMBERS, HOMES, _S.row == _M.home)
             .where(_M.id_index.in_(repeated)).order_by(_M.row))
    groups: defaultdict[bytes, list[tuple[int, str]]] = defaultdict(list)
    for found in stage.execute(query):
        groups[found.id_index].append((found.row, found.reference))
    named: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
    for group in groups.values():
        first_row, first_home = group[0]
        for row, _ in group[1:]:
            warnings.add(row, f"证件号码与第 {first_row} 行另一户（{first_home}）的成员相同，两处都已保留，请核对后处理")
        homes = frozenset(reference for _, reference in group)
        named.update((row, homes) for row, _ in group)
    return named
