"""Imports that wait for their turn, and what an office once said its headings mean."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Asked(StrEnum):
    """What is to be done with a table: look how it would change the register, or take it in."""

    TRIAL = "trial"
    IMPORT = "import"


class JobState(StrEnum):
    """Where a table stands."""

    WAITING = "waiting"
    RUNNING = "running"
    HEADINGS = "headings"
    TRIED = "tried"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def words(self) -> str:
        """The office's word."""
        return {
            JobState.WAITING: "排队", JobState.RUNNING: "进行中", JobState.HEADINGS: "等您认列", JobState.TRIED: "等您决定",
            JobState.DONE: "已导入", JobState.REFUSED: "没有导入", JobState.FAILED: "中断了",
        }[self]

    @property
    def is_moving(self) -> bool:
        """Whether it goes on by itself."""
        return self in (JobState.WAITING, JobState.RUNNING)

    @property
    def wants_an_answer(self) -> bool:
        """Whether it waits for whoever brought it."""
        return self in (JobState.HEADINGS, JobState.TRIED)


class ImportJob(Base):
    """A household table on its way in: who brought it with which right, what was asked, and how far it came.

    `content`, `headings` and `report` are sealed; the content goes as soon as it is taken in or refused. `mapping` is None
    until it is settled what each heading means; `asks_headings` says whether somebody stands by to be asked. `begun_at` is
    given to the import as its moment and stays the same when a killed worker's job is taken up again, so that an import
    that had gone in before is known by it. `worker` holds the row until `lease_until`.
    """

    __tablename__ = "import_jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    owner: Mapped[str] = mapped_column(String(80), index=True)
    roles: Mapped[list[str]] = mapped_column(JSON)
    jurisdiction: Mapped[str] = mapped_column(String(12), default="")
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    mapping: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    asks_headings: Mapped[bool] = mapped_column(default=True)
    headings: Mapped[bytes | None] = mapped_column(LargeBinary)
    complete_for: Mapped[str] = mapped_column(String(12), default="")
    asked: Mapped[Asked] = mapped_column(String(10), default=Asked.TRIAL)
    state: Mapped[JobState] = mapped_column(String(10), default=JobState.WAITING, index=True)
    stage: Mapped[str] = mapped_column(String(20), default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    words: Mapped[str] = mapped_column(String(600), default="")
    report: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    kept_until: Mapped[datetime] = mapped_column(Moment, index=True)


class KeptMapping(Base):
    """What the headings of one heading row mean to one office (an area's code), by the digest of the row's plain words."""

    __tablename__ = "import_mappings"

    office: Mapped[str] = mapped_column(String(12), primary_key=True)
    headings: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
