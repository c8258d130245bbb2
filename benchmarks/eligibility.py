"""What one household may claim among 500 live notices, from the database read to the one question that decides most.

    python -m benchmarks.eligibility

Each household is judged in a session of its own, as a resident's message is. `cpu` is this process's processor time, on
which neighbours of the machine weigh little; the wall clock of the same runs stands beside it, with the fastest of them,
since the machine is never quite alone.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from benchmarks import households
from kernel.clock import CHINA
from kernel.database import Base, Database
from notices import lifecycle
from notices.drafts import save_draft
from notices.eligibility import policies_for
from notices.models import Notice
from notices.offers import Offers
from notices.writing import read
from profiles.facts import REGISTER
from profiles.models import Division, Household
from profiles.register import facts_of
from tests.notices.offices import COUNTY, EDITOR, FIRST, SECOND, SIGNER, writing
from tests.schema import load_models
from tests.servers import start_postgres

NOTICES = 500
HOUSEHOLDS = 3_000
JUDGED = 60
ROUNDS = 5
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
TODAY = date(2026, 11, 23)


def conditions(number: int, seed: int = 500) -> Iterator[Any]:
    """Conditions of one to five facts as offices write them: kinds, fields, animals, ages, disability, a dated line."""
    lot = Random(seed)
    line = [{"since": "2025-01-01", "value": 7800}, {"since": "2026-01-01", "value": 8200, "clause": "民政标准第三条"}]
    for _ in range(number):
        parts = lot.sample([
            {"fact": "household.kind", "in": lot.sample(["脱贫户", "监测对象", "低保户", "特困人员"], 2)},
            {"fact": f"crop.{lot.choice(['玉米', '马铃薯', '小麦', '荞麦'])}", "at_least": lot.choice([1, 3, 5])},
            {"fact": f"livestock.{lot.choice(['肉牛', '羊'])}", "at_least": lot.choice([1, 3, 10])},
            {"fact": "household.income_per_head", "at_most": line},
            {"fact": "household.house_grade", "in": ["C", "D"]},
            {"not": {"fact": "household.relocated", "is": True}},
            {"any": [{"fact": "household.land", "at_least": 5}, {"fact": "household.size", "at_least": 5}]},
            {"someone": {"all": [{"fact": "member.age", "between": [16, 59]}, {"fact": "member.migrant", "is": False}]}},
            {"someone": {"fact": "member.age", "at_least": lot.choice([60, 70, 80]), "on": "2026-12-31"}},
            {"someone": {"fact": "member.disability", "is": "有"}},
            {"everyone": {"fact": "member.age", "at_least": 60}},
            {"fact": "household.has_preschool_child", "is": True},
        ], lot.choice([1, 2, 2, 3, 3, 4, 5]))
        yield parts[0] if len(parts) == 1 else {lot.choice(["all", "all", "all", "any"]): parts}


def measure(judged: int = JUDGED, rounds: int = ROUNDS) -> dict[str, Any]:
    """Both databases, each in a folder of its own that goes away afterwards."""
    figures: dict[str, Any] = {"live notices": NOTICES, "households judged": judged}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        server = stack.enter_context(start_postgres(folder / "postgres"))
        for kind, url in (("sqlite", f"sqlite:///{folder / 'zhida.db'}"), ("postgresql", f"{server}/postgres")):
            database = Database(url)
            fill(database)
            figures[kind] = judge(database, judged, rounds)
            database.close()
    return figures


def fill(database: Database) -> None:
    """Households, and 500 notices that were written, reviewed and published."""
    load_models()
    households.fill(database, HOUSEHOLDS)
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        session.add_all([Division(code=COUNTY, name="彭阳县", parent=None)])
        session.flush()
        for number, condition in enumerate(conditions(NOTICES)):
            reference = f"BENCH-{number:03}"
            body = f"第 {number} 号事项。" + "申报人带上身份证和户口本，到所在村委会登记。" * 20
            save_draft(session, read(writing(reference=reference, condition=condition, body=body), REGISTER).draft, EDITOR, NOW)
            lifecycle.submit(session, reference, EDITOR, NOW)
            for reviewer in (FIRST, SECOND, SIGNER):
                lifecycle.approve(session, reference, reviewer, NOW)
            lifecycle.publish(session, reference, EDITOR, NOW)


def judge(database: Database, judged: int, rounds: int) -> dict[str, Any]:
    """Milliseconds a household, the offers read anew and kept; rounds are the same households again."""
    with database.reading() as session:
        chosen = session.scalars(select(Household.id).where(Household.division.startswith(COUNTY)).limit(judged)).all()
        live = session.query(Notice).count()
    cold = _one(database, chosen[0], Offers())
    offers = Offers()
    _one(database, chosen[0], offers)
    runs = [[_one(database, number, offers) for number in chosen] for _ in range(rounds)]
    flat = [one for run in runs for one in run]
    best = [min(run[place][0] for run in runs) for place in range(len(chosen))]
    return {
        "published": live,
        "wall ms, median of all": round(statistics.median(one[0] for one in flat), 2),
        "wall ms, slowest household at its best": round(max(best), 2),
        "wall ms, median household at its best": round(statistics.median(best), 2),
        "wall ms, fastest": round(min(one[0] for one in flat), 2),
        "cpu ms, median of all": round(statistics.median(one[1] for one in flat), 2),
        "noise: medians of the rounds, wall ms": [round(statistics.median(one[0] for one in run), 2) for run in runs],
        "offers read for the first time, wall ms": round(cold[0], 1),
        "yes and unknown, median": [round(statistics.median(one[place] for one in flat)) for place in (2, 3)],
    }


def _one(database: Database, household_id: int, offers: Offers) -> tuple[float, float, int, int]:
    began, worked = time.perf_counter(), time.process_time()
    with database.reading() as session:
        found = policies_for(session, facts_of(session, household_id), TODAY, offers)
    ended = time.perf_counter(), time.process_time()
    return (ended[0] - began) * 1000, (ended[1] - worked) * 1000, len(found.yes), len(found.unknown)


if __name__ == "__main__":
    print(json.dumps(measure(), ensure_ascii=False, indent=2))
