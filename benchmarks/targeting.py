"""How fast a condition is counted over a province's worth of households, against SQL written by hand.

    python -m benchmarks.targeting --households 300000

Fills a scratch database of each kind, counts four conditions of mixed facts both ways and prints one JSON object.
Times are medians of alternating runs; only the ratios within one run mean anything. On SQLite they are processor
times, so that neighbours on the machine do not count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from benchmarks.households import fill
from kernel.database import Database
from profiles.facts import REGISTER
from profiles.reach import count
from profiles.targeting.conditions import Condition
from profiles.targeting.households import HouseholdFacts, MemberFacts
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import judge
from tests.servers import start_postgres

TODAY = date(2026, 11, 23)

KIND = """EXISTS (SELECT 1 FROM household_kinds k WHERE k.household_id = h.id
          AND k.kind IN ('脱贫户', '脱贫不稳定户', '边缘易致贫户', '突发严重困难户'))"""
CORN = "EXISTS (SELECT 1 FROM household_crops c WHERE c.household_id = h.id AND c.name = '玉米' AND c.mu >= 3)"
CATTLE = "EXISTS (SELECT 1 FROM household_livestock l WHERE l.household_id = h.id AND l.name = '肉牛' AND l.head >= 1)"
POTATO = "EXISTS (SELECT 1 FROM household_crops c WHERE c.household_id = h.id AND c.name = '马铃薯' AND c.mu >= 1)"
SIZE = "COALESCE(h.size, (SELECT count(*) FROM residents r WHERE r.household_id = h.id AND r.standing = 'present'))"


def member(test: str) -> str:
    """Some present member passes the test."""
    return f"EXISTS (SELECT 1 FROM residents r WHERE r.household_id = h.id AND r.standing = 'present' AND {test})"


WORKING = "r.birth_date <= '2010-11-23' AND r.birth_date > '1966-11-23'"
ANYBODY = member("1 = 1")
NOT_GROWN = member("r.birth_date > '2008-11-23'")
NOT_GROWN_OR_UNKNOWN = member("(r.birth_date IS NULL OR r.birth_date > '2008-11-23')")
# A condition, the same as SQL for *surely*, and for *possibly*.
CASES: tuple[tuple[dict[str, Any], str, str], ...] = (
    (
        {"all": [{"fact": "household.kind", "in": ["脱贫户", "监测对象"]}, {"fact": "crop.玉米", "at_least": 3},
                 {"not": {"fact": "household.relocated", "is": True}},
                 {"someone": {"all": [{"fact": "member.age", "between": [16, 59]},
                                      {"fact": "member.migrant", "is": False}]}}]},
        f"h.kinds_known AND {KIND} AND h.crops_known AND {CORN} AND h.relocated = false AND "
        + member(f"{WORKING} AND r.migrant = false"),
        f"(NOT h.kinds_known OR {KIND}) AND (NOT h.crops_known OR {CORN}) AND (h.relocated IS NULL OR h.relocated = false) "
        f"AND (NOT h.roster_complete OR "
        + member(f"(r.birth_date IS NULL OR ({WORKING})) AND (r.migrant IS NULL OR r.migrant = false)") + ")",
    ),
    (
        {"all": [{"fact": "division", "within": "640425"}, {"fact": "household.land", "at_least": 5},
                 {"fact": "household.income_per_head", "at_most": 12000},
                 {"someone": {"fact": "member.age", "at_least": 60}}]},
        "h.division BETWEEN '640425' AND '640425999999' AND h.land >= 5 AND h.income_per_head <= 12000 AND "
        + member("r.birth_date <= '1966-11-23'"),
        "h.division BETWEEN '640425' AND '640425999999' AND (h.land IS NULL OR h.land >= 5) AND (h.income_per_head IS NULL "
        "OR h.income_per_head <= 12000) AND (NOT h.roster_complete OR "
        + member("(r.birth_date IS NULL OR r.birth_date <= '1966-11-23')") + ")",
    ),
    (
        {"all": [{"any": [{"fact": "crop.玉米", "at_least": 3}, {"fact": "livestock.肉牛", "at_least": 1}]},
                 {"everyone": {"fact": "member.age", "at_least": 18}},
                 {"fact": "household.kind", "in": ["脱贫户", "监测对象"]},
                 {"fact": "household.house_grade", "in": ["C", "D"]}]},
        f"((h.crops_known AND {CORN}) OR (h.livestock_known AND {CATTLE})) AND h.roster_complete AND {ANYBODY} "
        f"AND NOT {NOT_GROWN_OR_UNKNOWN} "
        f"AND h.kinds_known AND {KIND} AND h.house_grade IN ('C', 'D')",
        f"((NOT h.crops_known OR {CORN}) OR (NOT h.livestock_known OR {CATTLE})) "
        f"AND NOT {NOT_GROWN} AND (NOT h.kinds_known OR {KIND}) "
        "AND (h.house_grade IS NULL OR h.house_grade IN ('C', 'D'))",
    ),
    (
        {"all": [{"fact": "household.size", "at_least": 4}, {"not": {"fact": "crop.马铃薯", "at_least": 1}},
                 {"fact": "household.relocated", "is": False}, {"fact": "household.land", "between": [3, 9]}]},
        f"(h.size IS NOT NULL OR h.roster_complete) AND {SIZE} >= 4 AND h.crops_known AND NOT {POTATO} "
        "AND h.relocated = false AND h.land BETWEEN 3 AND 9",
        f"((h.size IS NULL AND NOT h.roster_complete) OR {SIZE} >= 4) AND (NOT h.crops_known OR NOT {POTATO}) "
        "AND (h.relocated IS NULL OR h.relocated = false) AND (h.land IS NULL OR h.land BETWEEN 3 AND 9)",
    ),
)  # fmt: skip


def alternating(runs: int, clock: Callable[[], float], *acts: Callable[[], Any]) -> tuple[list[Any], list[float]]:
    """Results and median seconds of each act, taken in turns."""
    times: list[list[float]] = [[] for _ in acts]
    results: list[Any] = [None] * len(acts)
    for _ in range(runs):
        for number, act in enumerate(acts):
            start = clock()
            results[number] = act()
            times[number].append(clock() - start)
    return results, [statistics.median(few) for few in times]


def by_hand(session: Session, sure: str, possible: str) -> tuple[int, int, int]:
    """The three figures of a count by one written statement."""
    here = "h.left_at IS NULL"
    row = session.execute(text(
        f"SELECT (SELECT count(*) FROM households h WHERE {here} AND {sure}),"
        f" (SELECT count(*) FROM households h WHERE {here} AND {possible}),"
        f" (SELECT count(*) FROM residents x JOIN households h ON h.id = x.household_id"
        f"  WHERE x.standing = 'present' AND {here} AND {sure})"
    )).one()
    return int(row[0]), int(row[1]), int(row[2])


def verdict_milliseconds(notices: int = 500) -> float:
    """One household against so many conditions, in milliseconds."""
    lot = Random(1)
    raws = [{"all": [*lot.choice(CASES)[0]["all"], {"fact": "household.land", "at_least": lot.randrange(9)}]} for _ in range(notices)]
    conditions = [parse(raw, REGISTER) for raw in raws]
    members = (MemberFacts(birth_date=date(1980, 1, 1), migrant=False), MemberFacts(birth_date=date(2015, 1, 1)), MemberFacts())
    household = HouseholdFacts(
        division="640425100209", kinds=frozenset({"脱贫户"}), crops={"玉米": 5.0}, livestock={}, members=members,
        roster_complete=True,
    )  # fmt: skip
    _, (seconds,) = alternating(7, time.process_time, lambda: [judge(one, household, TODAY) for one in conditions])
    return seconds * 1000


def compared(database: Database, runs: int) -> list[dict[str, Any]]:
    """Each condition counted by our reading and by hand; SystemExit when the two disagree."""
    clock = time.process_time if database.is_sqlite else time.perf_counter
    figures = []
    with database.reading() as session:
        for raw, sure, possible in CASES:
            ours, theirs = partial(_ours, session, parse(raw, REGISTER)), partial(by_hand, session, sure, possible)
            results, seconds = alternating(runs, clock, ours, theirs)
            if results[0] != results[1]:
                raise SystemExit(f"the readings differ: {results} for {raw}")
            figures.append({
                "surely, possibly, residents": results[0], "ms": round(seconds[0] * 1000),
                "by hand ms": round(seconds[1] * 1000), "ratio": round(seconds[0] / seconds[1], 2),
            })
    return figures


def _ours(session: Session, condition: Condition | None) -> tuple[int, int, int]:
    counts = count(session, condition, (), TODAY)
    return counts.surely, counts.possibly, counts.residents


def measure(households: int = 300_000, runs: int = 5) -> dict[str, Any]:
    """Both databases, each in a folder of its own that goes away afterwards."""
    figures: dict[str, Any] = {"households": households, "500 verdicts, ms": round(verdict_milliseconds(), 1)}
    with TemporaryDirectory() as folder:
        figures["sqlite"] = _filled_and_compared(f"sqlite:///{folder}/households.db", households, runs)
    # The server may run as another user, who must be able to enter the folder.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with start_postgres(Path(folder)) as address:
            figures["postgresql"] = _filled_and_compared(f"{address}/postgres", households, runs)
    return figures


def _filled_and_compared(address: str, households: int, runs: int) -> list[dict[str, Any]]:
    database = Database(address)
    try:
        fill(database, households)
        return compared(database, runs)
    finally:
        database.close()


def main() -> None:
    """Measure and print one JSON object."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--households", type=int, default=300_000)
    options.add_argument("--runs", type=int, default=5)
    chosen = options.parse_args()
    print(json.dumps(measure(chosen.households, chosen.runs), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
