"""Working on a table: claimed, read, tried or taken in, settled; whoever is killed half-way has written nothing.

The import itself is one transaction. Its moment is kept with the row, so that a worker who takes up the table of a killed
one finds out whether that transaction had been committed, and tells what came of it instead of doing it twice.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from kernel.clock import Clock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.changes.afterwards import after_import
from profiles.facts import Catalogue
from profiles.imports import claims, jobs
from profiles.imports.claims import Claimed
from profiles.imports.headings import settled
from profiles.imports.models import Asked, JobState
from profiles.intake.failures import FileRefused
from profiles.intake.households import import_households
from profiles.intake.progress import READING, Progress
from profiles.models import ImportRun
from profiles.reports import ImportReport

LEASE = timedelta(seconds=60)
SWAP_LEASE = timedelta(minutes=10)
"""On SQLite nobody else can write while a table is put in its place, not even the holder's lease: it is taken long before."""
BEAT_SECONDS = 1.0
LOOK_SECONDS = 0.5

log = structlog.get_logger(__name__)


class _Stopped(Exception):
    """The process is to end: the table goes back into the queue."""


class Importer:
    """Works on tables that were brought; `find_catalogue` gives the facts a table may hold."""

    def __init__(self, database: Database, keyring: Keyring, clock: Clock, find_catalogue: Callable[[], Catalogue],
                 stop: threading.Event | None = None, lease: timedelta = LEASE) -> None:
        """`stop` breaks off what is under way; `lease` is how long a silent worker keeps its table."""
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._find_catalogue = find_catalogue
        self._stop = stop or threading.Event()
        self._lease = lease
        self._name = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"

    def look(self) -> bool:
        """Work on the oldest table that is due, if there is one and no other is being worked on."""
        with self._database.reading() as session:
            due = claims.next_due(session, self._clock.now())
        return due is not None and self.work_on(due)

    def work_on(self, job_id: int) -> bool:
        """Work on one table; False when it is in other hands or another is being worked on."""
        with self._database.writing() as session:
            claimed = claims.claim(session, job_id, self._name, self._clock.now(), self._lease)
        if claimed is None:
            return False
        with _Heart(self._database, self._clock, claimed, self._lease, self._stop) as heart:
            values = self._outcome(claimed, heart.tell)
        with self._database.writing() as session:
            is_mine = claims.settle(session, claimed, values)
        if is_mine and values["state"] is JobState.DONE:
            with self._database.writing() as session:
                after_import(session, self._clock.now())
        return True

    def _outcome(self, claimed: Claimed, tell: Callable[[Progress], None]) -> dict[str, Any]:
        """The values with which the table is let go; never raises, for the row must hear of everything."""
        now = self._clock.now()
        try:
            content = jobs.opened_content(self._keyring, claimed.content)
            return self._settled_headings(claimed, content) or self._taken(claimed, content, tell)
        except FileRefused as refused:
            return {"state": JobState.REFUSED, "words": refused.words[:600], "content": None, "ended_at": now,
                    "kept_until": now + jobs.KEPT_WAITING}
        except _Stopped:
            return {"state": JobState.WAITING, "tries": 0}
        except SQLAlchemyError as broken:
            log.warning("an import was broken off and waits again", job=claimed.id, kind=type(broken).__name__)
            return {"state": JobState.WAITING}
        except Exception as error:
            # The trace may show rows of the table: only its place goes into the log.
            log.error("an import failed", job=claimed.id, kind=type(error).__name__, place=_place(error))
            return {"state": JobState.FAILED, "ended_at": now, "words": "系统在办这份表时出了错，什么也没有写入。请再试一次；"
                    "还是不行，请把文件分成几份导入，并告诉系统管理员。"}

    def _settled_headings(self, claimed: Claimed, content: bytes) -> dict[str, Any] | None:
        """What to ask the clerk of the headings, or None when it is settled what they mean."""
        if claimed.mapping is not None:
            return None
        with self._database.reading() as session:
            found = settled(session, claimed, content, self._find_catalogue())
        if found.questions is None:
            with self._database.writing() as session:
                claims.keep_mapping(session, claimed, found.mapping)
            return None
        return {"state": JobState.HEADINGS, "headings": jobs.sealed_values(self._keyring, found.questions)}

    def _taken(self, claimed: Claimed, content: bytes, tell: Callable[[Progress], None]) -> dict[str, Any]:
        is_import = claimed.asked is Asked.IMPORT
        with self._database.reading() as session:
            known = session.scalar(_run_of(claimed)) if is_import and claimed.is_resumed else None
            mapping = claimed.mapping if claimed.mapping is not None else claims.mapping_of(session, claimed)
        report = import_households(
            self._database, self._keyring, content, claimed.file_name, now=claimed.begun_at, actor=claimed.actor,
            dry_run=not is_import or known is not None, mapping=mapping or None, complete_for=claimed.complete_for or None,
            catalogue=self._find_catalogue(), progress=tell)
        if known is not None:
            report = _as_it_was(report, known)
        now = self._clock.now()
        values: dict[str, Any] = {"report": jobs.sealed_report(self._keyring, report), "ended_at": now,
                                  "stage": "", "done": report.read, "total": report.read}
        if not is_import:
            return {**values, "state": JobState.TRIED}
        return {**values, "state": JobState.DONE, "content": None, "kept_until": now + jobs.KEPT_DONE}


def run_imports(importer: Importer, stop: threading.Event) -> None:
    """Work on tables until `stop` is set."""
    while not stop.is_set():
        try:
            worked = importer.look()
        except SQLAlchemyError as error:
            log.warning("the queue of imports could not be looked at, trying again", kind=type(error).__name__)
            worked = False
        if not worked:
            stop.wait(LOOK_SECONDS)


@contextmanager
def importing(importer: Importer, stop: threading.Event) -> Iterator[None]:
    """Work on tables beside whatever the block does; setting `stop` ends it, and the block's end waits for that."""
    hands = threading.Thread(target=run_imports, args=(importer, stop), name="imports")
    hands.start()
    try:
        yield
    finally:
        stop.set()
        hands.join()


class _Heart:
    """Holds the table while it is worked on, and writes down how far it came: from a thread of its own.

    The import's own thread may hold SQLite's write lock; it only leaves word here and never waits.
    """

    def __init__(self, database: Database, clock: Clock, claimed: Claimed, lease: timedelta, stop: threading.Event) -> None:
        self._database = database
        self._clock = clock
        self._claimed = claimed
        self._lease = lease
        self._stop = stop
        self._latest = Progress("", 0, 0)
        self._is_locking = database.engine.dialect.name == "sqlite"
        self._is_read = False
        self._turn = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="imports-lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, progress: Progress) -> None:
        """Leave word of the progress; breaks the import off when the process is to end."""
        if self._stop.is_set():
            raise _Stopped
        self._latest = progress
        if self._is_locking and not self._is_read and (progress.stage != READING or progress.done >= progress.total):
            self._is_read = True
            self._renew()

    def _beat(self) -> None:
        while not self._over.wait(min(BEAT_SECONDS, self._lease.total_seconds() / 4)):
            self._renew()

    def _renew(self) -> None:
        # One at a time, or a beat that waited for the lock would put its shorter lease over the longer one.
        with self._turn:
            self._hold()

    def _hold(self) -> None:
        told = self._latest
        lease = max(self._lease, SWAP_LEASE) if self._is_read else self._lease
        try:
            with self._database.writing() as session:
                claims.renew(session, self._claimed, self._clock.now() + lease, told.stage, told.done, told.total)
        except SQLAlchemyError as error:
            log.warning("the lease of an import could not be renewed, trying again", kind=type(error).__name__)


def _run_of(claimed: Claimed) -> Select[ImportRun]:
    """The import of this very job that a killed worker may have finished."""
    return select(ImportRun).where(ImportRun.digest == claimed.digest, ImportRun.at == claimed.begun_at,
                                   ImportRun.actor == claimed.actor.name).limit(1)


def _as_it_was(report: ImportReport, run: ImportRun) -> ImportReport:
    """The report of an import that had gone in, from what it wrote down; the rejected rows are those of the file."""
    return replace(report, created=run.counts["created"], updated=run.counts["updated"], warnings=tuple(run.warnings), changes=None)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace is not None else ""
