"""Invented households by the hundred thousand, made by the database itself, for the measurements."""

from __future__ import annotations

from sqlalchemy import text

from kernel.database import Base, Database
from tests.schema import load_models

_PRIMES = (7919, 104729, 15485863, 32452843, 49979687, 67867967, 86028121, 122949823, 141650939, 160481183, 179424673)
_BIRTH = {"sqlite": "date('1940-01-01', '+' || {days} || ' days')", "postgresql": "date '1940-01-01' + CAST({days} AS integer)"}
_SEALED = {"sqlite": "randomblob(40)", "postgresql": "decode(repeat('ab', 40), 'hex')"}
_NOW = "'2026-11-01 00:00:00'"


def _lot(number: str, which: int, sides: int) -> str:
    """A lot from 0 to sides - 1, the same for the same row; different primes make facts as good as independent."""
    return f"(CAST({number} AS BIGINT) * {_PRIMES[which]} % 1000003 % {sides})"


def _listed(table: str, amount: str, names: tuple[str, ...], known: str, share: int) -> str:
    """`share` percent of the households that know their list have each of the names."""
    rows = " UNION ALL ".join(f"SELECT '{name}' AS name, {number} AS which" for number, name in enumerate(names))
    return (
        f"INSERT INTO {table} (household_id, name, {amount}) SELECT id, name, 0.5 + {_lot('id + which', 2, 115)} / 10.0 "
        f"FROM households, ({rows}) AS names WHERE {known} AND {_lot('id * 7 + which * 31', 3, 100)} < {share}"
    )


def _statements(dialect: str) -> list[str]:
    person = "id * 8 + m"
    birth = _BIRTH[dialect].format(days=_lot(person, 1, 31000))
    kind = _lot("id", 0, 100)
    members = " UNION ALL ".join(f"SELECT {number} AS m" for number in range(1, 7))
    return [
        f"""INSERT INTO households (id, reference, division, land, income_per_head, house_grade, relocated, kinds_known,
              crops_known, livestock_known, roster_complete, roster_gaps, source, updated_at)
            WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :households)
            SELECT i, 'H' || i, CAST((640421 + {_lot("i", 0, 5)}) * 1000000 + (100 + {_lot("i", 1, 12)}) * 1000
                + 200 + {_lot("i", 2, 13)} AS VARCHAR(12)),
              CASE WHEN {_lot("i", 3, 100)} < 55 THEN 1 + {_lot("i", 4, 190)} / 10.0 END,
              CASE WHEN {_lot("i", 5, 100)} < 55 THEN 3000.0 + {_lot("i", 6, 27000)} END,
              CASE {_lot("i", 7, 8)} WHEN 0 THEN 'A' WHEN 1 THEN 'B' WHEN 2 THEN 'C' WHEN 3 THEN 'D' END,
              CASE WHEN {_lot("i", 8, 100)} < 80 THEN {_lot("i", 9, 100)} < 15 END,
              1 = 1, {_lot("i", 10, 100)} < 80, {_lot("i + 1", 0, 100)} < 70, {_lot("i + 1", 1, 100)} < 97, 0, 'import',
              {_NOW} FROM n""",
        f"""INSERT INTO household_kinds (household_id, kind) SELECT id, CASE WHEN {kind} < 22 THEN '脱贫户'
              WHEN {kind} < 24 THEN '脱贫不稳定户' WHEN {kind} < 26 THEN '边缘易致贫户' WHEN {kind} < 36 THEN '低保户'
              ELSE '一般农户' END FROM households""",
        _listed("household_crops", "mu", ("玉米", "马铃薯", "小麦", "荞麦"), "crops_known", 30),
        _listed("household_livestock", "head", ("肉牛", "羊"), "livestock_known", 25),
        f"""INSERT INTO residents (id, reference, household_id, name, name_index, birth_date, gender, migrant, standing,
              is_head, source, updated_at)
            SELECT {person}, 'R' || ({person}), id, {_SEALED[dialect]}, {_SEALED[dialect]},
              CASE WHEN {_lot(person, 4, 100)} < 98 THEN {birth} END,
              CASE WHEN {_lot(person, 5, 2)} = 0 THEN '男' ELSE '女' END,
              CASE WHEN {_lot(person, 6, 100)} < 60 THEN {_lot(person, 7, 2)} = 0 END,
              CASE WHEN {_lot(person, 8, 100)} < 98 THEN 'present' ELSE 'died' END, m = 1, 'import', {_NOW}
            FROM households, ({members}) AS members WHERE m <= 1 + {_lot("id", 9, 6)}""",
    ]


def fill(database: Database, households: int) -> None:
    """Make the register anew with so many households; three to four members each."""
    load_models()
    Base.metadata.drop_all(database.engine)
    Base.metadata.create_all(database.engine)
    dialect = database.engine.dialect.name
    with database.writing() as session:
        for statement in _statements(dialect):
            session.execute(text(statement), {"households": households} if ":households" in statement else {})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if dialect == "sqlite" else "VACUUM ANALYZE"))
