"""What the last questions found is kept as long as it is true, and not a moment longer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from knowledge import answers
from knowledge.answers import Library
from knowledge.encoders import LexicalOnly
from knowledge.filing import import_entries
from knowledge.matching import Floats
from knowledge.remembered import LONGEST, Remembered, RememberingEncoder

DAY = date(2026, 11, 23)


class Counting:
    """An encoder that counts the texts it was given."""

    name, dimensions = "counting", 2

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.texts.extend(texts)
        return np.array([[1.0, float(len(text))] for text in texts], np.float32)

    def ask(self, question: str) -> Floats:
        return self.encode([question])[0]


def line(entry_id: str, question: str, answer: str = "到村委会办。", **more: object) -> bytes:
    return json.dumps({"id": entry_id, "question": question, "answer": answer, **more}, ensure_ascii=False).encode() + b"\n"


def test_a_value_is_worked_out_once_until_what_it_rests_on_changes() -> None:
    kept, worked_out = Remembered[int](), list[int]()

    def work_out() -> int:
        worked_out.append(len(worked_out))
        return worked_out[-1]

    assert [kept.value(1, "医保", work_out), kept.value(1, "医保", work_out), kept.value(2, "医保", work_out)] == [0, 0, 1]


def test_what_was_worked_out_while_something_changed_is_not_kept() -> None:
    kept = Remembered[str]()
    assert kept.value(1, "医保", lambda: kept.value(2, "养老", lambda: "新") and "旧") == "旧"
    assert kept.value(2, "医保", lambda: "新") == "新"


def test_the_value_not_asked_for_longest_goes_first() -> None:
    kept = Remembered[str](2)
    for key in ("医保", "养老", "医保", "低保"):
        kept.value(1, key, lambda key=key: key)  # type: ignore[misc]
    assert len(kept) == 2
    assert kept.value(1, "医保", lambda: "又算了一遍") == "医保"
    assert kept.value(1, "养老", lambda: "又算了一遍") == "又算了一遍"


def test_a_question_is_encoded_once_and_a_story_each_time() -> None:
    encoder = Counting()
    remembering, story = RememberingEncoder(encoder), "我家" * LONGEST
    for text in ("医保怎么交", "医保怎么交", story, story):
        assert remembering.ask(text).tolist() == encoder.ask(text).tolist()
    assert encoder.texts.count("医保怎么交") == 3
    assert encoder.texts.count(story) == 4


def test_an_answer_asked_for_again_changes_with_its_entry_and_falls_silent_with_it(
        database: Database, clock: SetClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LOOK_EVERY_SECONDS", 0.0)
    import_entries(database, line("a", "医保怎么交") + line("b", "养老金怎么领"), clock.now(), SYSTEM)
    library = Library(database, tmp_path, LexicalOnly())
    first = library.ask("医保怎么交", None, DAY)
    assert library.ask("医保怎么交", None, DAY) is first
    clock.advance(timedelta(seconds=1))
    import_entries(database, line("a", "医保怎么交", "手机上交。"), clock.now(), SYSTEM)
    assert library.ask("医保怎么交", None, DAY).entries[0].answer == "手机上交。"
    clock.advance(timedelta(seconds=1))
    import_entries(database, line("a", "医保怎么交", state="retired"), clock.now(), SYSTEM)
    assert "a" not in {one.id for one in library.ask("医保怎么交", None, DAY).entries}


def test_an_answer_asked_for_again_is_another_one_on_a_day_or_at_a_place_where_it_does_not_hold(
        database: Database, clock: SetClock, tmp_path: Path) -> None:
    import_entries(database, line("a", "医保怎么交", divisions=["640425100"], valid_until="2026-11-30"), clock.now(), SYSTEM)
    library = Library(database, tmp_path, LexicalOnly())
    assert [one.id for one in library.ask("医保怎么交", "640425100200", DAY).entries] == ["a"]
    assert library.ask("医保怎么交", "640425200200", DAY).entries == ()
    assert library.ask("医保怎么交", "640425100200", date(2026, 12, 1)).entries == ()
