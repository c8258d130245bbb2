"""Two at one entry in the same moment, on PostgreSQL: what was not reviewed never answers, nor what rests on an abolished document."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.audit import Actor
from kernel.clock import CHINA
from kernel.database import Database
from knowledge import grounds
from knowledge.filing import Filed, file_draft, file_entries
from knowledge.lines import EntryLine
from knowledge.models import Entry, EntryState

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
WRITER, REVIEWER = (Actor(name, frozenset({"editor"}), "640425") for name in ("马编辑", "杨初审"))
LINE = EntryLine(id="lamp", question="路灯坏了找谁", answer="找村委会。", source="彭民发〔2026〕3号")


def write(session: Session, line: EntryLine = LINE) -> None:
    file_entries(session, [Filed(line)], EntryState.DRAFT, WRITER, NOW)


def while_it_is_reviewed(database: Database, act: Callable[[Session], object]) -> Entry:
    """The entry after somebody acted while its review was under way."""
    with database.writing() as session:
        write(session)

    def other() -> None:
        with database.writing() as session:
            act(session)

    beside = threading.Thread(target=other)
    with database.writing() as session:
        file_draft(session, "lamp", 1, REVIEWER, NOW)
        session.flush()
        beside.start()
        time.sleep(0.5)
    beside.join(20)
    with database.reading() as session:
        return session.get_one(Entry, "lamp")


def test_what_is_written_while_its_forerunner_is_reviewed_waits_for_its_own_review(postgres: Database) -> None:
    kept = while_it_is_reviewed(postgres, lambda session: write(session, LINE.model_copy(update={"answer": "没人管。"})))
    assert (kept.state, kept.answer) == (EntryState.REVIEWED, "找村委会。")


def test_what_is_reviewed_while_its_document_is_abolished_does_not_answer(postgres: Database) -> None:
    kept = while_it_is_reviewed(postgres, lambda session: grounds.abolish(session, LINE.source, "有新文件", REVIEWER, NOW))
    assert (kept.state, kept.retired_with) == (EntryState.RETIRED, LINE.source)
