"""Writers of one SQLite file, in several processes, take turns; some wait for the disk."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kernel.database import Database
from kernel.turns import PATIENCE_SECONDS, Turns

BUSY = """
import sys, time
from pathlib import Path
from kernel.turns import Turns
turns, diary = Turns(Path(sys.argv[1])), open(sys.argv[2], "ab", buffering=0)
for _ in range(2000):
    assert turns.take()
    diary.write(b".")
    time.sleep(0.003)
    turns.give_up()
"""


def test_who_waits_goes_before_who_has_just_written(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    diary.touch()
    other = subprocess.Popen([sys.executable, "-c", BUSY, tmp_path / "turns", diary])
    try:
        while diary.stat().st_size < 3:
            assert other.poll() is None
        turns, passed = Turns(tmp_path / "turns"), []
        for _ in range(5):
            before = diary.stat().st_size
            assert turns.take()
            passed.append(diary.stat().st_size - before)
            turns.give_up()
        turns.close()
    finally:
        other.kill()
        other.wait(10)
    assert max(passed) < 20  # not the hundreds that the other still has to write


def test_a_turn_ends_with_its_process(tmp_path: Path) -> None:
    program = "import sys, os; from pathlib import Path; from kernel.turns import Turns\n" \
              "assert Turns(Path(sys.argv[1])).take(); os._exit(1)"
    assert subprocess.run([sys.executable, "-c", program, tmp_path / "turns"], check=False).returncode == 1
    turns = Turns(tmp_path / "turns")
    assert turns.take()
    assert (tmp_path / "turns").stat().st_mode & 0o777 == 0o600
    turns.close()


def test_threads_that_write_at_once_all_get_their_turn(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    with database.writing() as session:
        session.execute(text("CREATE TABLE marks (thread INTEGER)"))

    def write(number: int) -> None:
        for _ in range(20):
            with database.writing() as session:
                session.execute(text("INSERT INTO marks VALUES (:number)"), {"number": number})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM marks")).scalar_one() == 160
    database.close()


def test_a_session_that_has_committed_keeps_nobody_waiting(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    with database.writing() as session:
        session.execute(text("CREATE TABLE marks (thread INTEGER)"))
        session.commit()
        began = time.monotonic()
        with database.writing() as other:
            other.execute(text("INSERT INTO marks VALUES (1)"))
        assert time.monotonic() - began < PATIENCE_SECONDS
        session.execute(text("INSERT INTO marks VALUES (2)"))
    database.close()


def test_only_a_durable_write_waits_for_the_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    full, normal = 2, 1
    for durable in (False, True, True, False):
        with database.writing(durable=durable) as session:
            assert session.execute(text("PRAGMA synchronous")).scalar_one() == (full if durable else normal)
        with database.reading() as session:
            session.execute(text("SELECT 1"))
    database.close()


def test_a_failed_write_gives_its_turn_back(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    for _ in range(3):
        with pytest.raises(OperationalError, match="nowhere"), database.writing() as session:
            session.execute(text("SELECT * FROM nowhere"))
    with database.writing() as session:
        session.execute(text("CREATE TABLE marks (thread INTEGER)"))
    database.close()


def test_a_connection_that_is_thrown_away_takes_no_turn_with_it(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'zhida.db'}")
    with database.engine.execution_options(zhida_writing=True).connect() as connection:
        connection.detach()
        connection.execute(text("CREATE TABLE said (word TEXT)"))
        connection.commit()
    began = time.monotonic()
    with database.writing() as session:
        session.execute(text("INSERT INTO said VALUES ('a')"))
    assert time.monotonic() - began < PATIENCE_SECONDS
    database.close()
