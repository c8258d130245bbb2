"""How fast a household table goes in, against a bare read of the workbook plus a bare bulk insert, in one run.

`python -m benchmarks.intake [--rows 100000] [--rounds 3] [--postgres] [--json]`. Every measurement is a process of its
own, and the two sides take turns, so that a busy machine burdens both alike.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from kernel.clock import CHINA
from kernel.crypto import Keyring
from kernel.database import Base, Database

NOW = datetime(2026, 11, 23, 10, tzinfo=CHINA)
VILLAGES = [f"9999011{town:02d}{200 + village}" for town in range(4) for village in range(15)]
DIVISIONS = "code,name,parent\n999901,测试县,9999\n" + "".join(
    [f"9999011{town:02d},第{town}镇,999901\n" for town in range(4)] + [f"{code},{code[-5:]}村委会,{code[:9]}\n" for code in VILLAGES])
HEADER = ["户编号", "村代码", "户主姓名", "姓名", "与户主关系", "证件号码", "联系电话", "出生日期", "性别", "户类型", "作物",
          "牲畜", "承包地亩数", "人均年收入", "危房等级", "易地搬迁", "残疾等级", "在读阶段", "务工", "技能"]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
BAR_RATIO, BAR_PEAK_MB = 4.0, 400


def write_table(path: Path, rows: int) -> None:
    """A workbook of invented households, 20 columns, written as unevenly as offices write."""
    chance = random.Random(3)
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("农户信息")
    sheet.write_row(0, 0, HEADER)
    at = 1
    while at <= rows:
        for cells in _household(chance, f"H{at:08d}"):
            if at <= rows:
                sheet.write_row(at, 0, cells)
            at += 1
    book.close()


def _household(chance: random.Random, reference: str) -> list[list[Any]]:
    village, head = chance.choice(VILLAGES), None
    kinds = chance.choice(["一般农户"] * 5 + ["脱贫户", "低保户", "脱贫户；低保户"])
    crops = chance.sample(["玉米", "马铃薯", "小麦", "荞麦"], chance.randrange(4))
    sign, unit = chance.choice([(":", ""), ("：", "亩"), ("", "亩")])
    grown = "；".join(f"{name}{sign}{chance.randint(5, 120) / 10}{unit}" for name in crops) or "无"
    kept = ";".join(f"{name}:{chance.randint(1, 30)}" for name in chance.sample(["肉牛", "羊", "鸡"], chance.randrange(3)))
    land, income = chance.choice(["", chance.randint(10, 200) / 10]), chance.choice(["", chance.randint(3000, 30000)])
    rows = []
    for place in range(chance.choice([1, 2, 3, 4, 4, 5, 6])):
        name = chance.choice("王李张刘陈杨黄赵周吴") + "".join(chance.choices("伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超", k=2))
        head = head or name
        born, serial = (chance.randint(1940, 2020), chance.randint(1, 12), chance.randint(1, 28)), chance.randrange(1000)
        first = f"999999{born[0]}{born[1]:02d}{born[2]:02d}{serial:03d}"
        number = first + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]
        phone = chance.choice(["", f"1{chance.choice('3578')}{chance.randrange(10**9):09d}"])
        date = chance.choice([f"{born[0]}-{born[1]:02d}-{born[2]:02d}", f"{born[0]}/{born[1]:02d}/{born[2]:02d}",
                              f"{born[0]}年{born[1]}月{born[2]}日"])
        rows.append([
            reference, village if chance.random() < 0.5 else int(village), head, name, "户主" if place == 0 else chance.choice(["配偶", "子", "女"]),
            number, phone, date, "男" if serial % 2 else "女", kinds, grown, kept, land, income, chance.choice(["", "A", "C"]),
            chance.choice(["是", "否", ""]), chance.choice(["", "", "", "一级"]), chance.choice(["", "", "小学"]),
            chance.choice(["是", "否", ""]), chance.choice(["", "", "电工"])])
    return rows


def bare(path: Path, url: str, folder: Path) -> None:
    """What cannot be spared: read every cell, put every cell into a table."""
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]
    columns = ", ".join(f"c{number}" for number in range(len(HEADER)))
    if url.startswith("sqlite"):
        connection = sqlite3.connect(folder / "bare.db")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE bare ({columns})")
        connection.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(HEADER))})", rows)
        connection.commit()
        return
    with Database(url).engine.connect() as opened:
        driver: Any = opened.connection.dbapi_connection
        with driver.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bare")
            cursor.execute(f"CREATE TABLE bare ({columns.replace(',', ' text,')} text)")
            cursor.executemany(f"INSERT INTO bare VALUES ({', '.join(['%s'] * len(HEADER))})",
                               [[str(cell) for cell in row] for row in rows])
        driver.commit()


def import_table(path: Path, url: str, folder: Path) -> dict[str, float]:
    """The import as the command does it, into an empty register; the seconds of the import alone."""
    import profiles.models  # noqa: F401
    from kernel.audit import SYSTEM
    from profiles.divisions import import_divisions
    from profiles.intake.households import import_households

    database = Database(url if not url.startswith("sqlite") else f"sqlite:///{folder / 'zhida.db'}")
    Base.metadata.drop_all(database.engine)
    Base.metadata.create_all(database.engine)
    import_divisions(database, DIVISIONS.encode(), NOW, SYSTEM)
    data, keyring = path.read_bytes(), Keyring([secrets.token_bytes(32)])
    wall, cpu = time.perf_counter(), time.process_time()
    report = import_households(database, keyring, data, path.name, now=NOW, actor=SYSTEM)
    spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    database.close()
    if report.rejected:
        raise SystemExit("the table of the benchmark is not clean")
    return {**spent, "rows": report.created}


def once(side: str, path: Path, url: str) -> dict[str, float]:
    """One measurement, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        if side == "bare":
            bare(path, url, Path(folder))
            told: dict[str, float] = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        else:
            told = import_table(path, url, Path(folder))
    return {**told, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measure(rows: int = 100_000, rounds: int = 2, *, postgres: bool = False) -> dict[str, Any]:
    """Write the table and let both sides take turns; medians and their ratio."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        path, url = folder / "households.xlsx", "sqlite"
        write_table(path, rows)
        if postgres:
            from tests.servers import start_postgres

            folder.chmod(0o755)
            data = folder / "pytest-postgres"
            data.mkdir()
            url = stack.enter_context(start_postgres(data)) + "/postgres"
        return _in_turns(path, url, rounds)


def _in_turns(path: Path, url: str, rounds: int) -> dict[str, Any]:
    taken: dict[str, list[dict[str, float]]] = {"bare": [], "import": []}
    for _ in range(rounds):
        for side, results in taken.items():
            command = [sys.executable, "-m", "benchmarks.intake", "--once", side, "--file", str(path), "--url", url]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results.append(json.loads(done.stdout))
    middle = {side: {name: statistics.median(one[name] for one in results) for name in ("seconds", "cpu", "peak_mb")}
              for side, results in taken.items()}
    rows = taken["import"][0]["rows"]
    return {
        "rows": rows, "columns": len(HEADER), "database": url.split(":")[0].split("+")[0],
        "bare_seconds": round(middle["bare"]["seconds"], 2), "import_seconds": round(middle["import"]["seconds"], 2),
        "rows_per_second": round(rows / middle["import"]["seconds"]),
        "ratio": round(middle["import"]["seconds"] / middle["bare"]["seconds"], 2),
        "ratio_cpu": round(middle["import"]["cpu"] / middle["bare"]["cpu"], 2),
        "peak_mb": round(middle["import"]["peak_mb"]), "bar": {"ratio": BAR_RATIO, "peak_mb": BAR_PEAK_MB},
    }


def main() -> None:
    """Write the table, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", action="store_true", help="a private PostgreSQL instead of SQLite")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--once", choices=("bare", "import"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="sqlite", help=argparse.SUPPRESS)
    wishes = parser.parse_args()
    if wishes.once:
        print(json.dumps(once(wishes.once, wishes.file, wishes.url)))
        return
    result = measure(wishes.rows, wishes.rounds, postgres=wishes.postgres)
    if wishes.json:
        print(json.dumps(result))
        return
    print(f"{result['rows']:,.0f} rows × {result['columns']} columns, {result['database']}: {result['import_seconds']} s "
          f"({result['rows_per_second']:,} rows/s), {result['ratio']} × a bare read and insert ({result['bare_seconds']} s); "
          f"of processor time {result['ratio_cpu']} ×; peak {result['peak_mb']} MB")


if __name__ == "__main__":
    main()
