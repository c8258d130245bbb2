"""Whatever stands in bytes is named by its room, so that turning the keys forgets nothing."""

from __future__ import annotations

from kernel.sealing import Sealed, binary_columns, name_of, named, table_of
from profiles import answers
from profiles.changes import doubles, reporting
from profiles.imports import jobs
from tests.schema import load_models
from web.sealed import SEALED


def test_every_column_of_bytes_is_named_by_its_room() -> None:
    load_models()
    assert binary_columns() - named(SEALED) == set()
    assert named(SEALED) - binary_columns() == set()


def test_a_sealed_column_and_its_index_stand_in_one_table() -> None:
    for one in SEALED:
        if isinstance(one, Sealed):
            for other in (one.index, one.by):
                assert other is None or table_of(other) is table_of(one.column), name_of(one.column)


def test_the_purposes_named_are_those_the_rooms_seal_with() -> None:
    named_purposes = {name_of(one.column): one.purpose for one in SEALED if isinstance(one, Sealed)}
    assert named_purposes["resident_answers.value"] == answers.PURPOSE
    assert named_purposes["change_reports.content"] == reporting.PURPOSE
    assert named_purposes["resident_doubles.reason"] == doubles.PURPOSE
    assert named_purposes["import_jobs.content"] == jobs.CONTENT
    assert named_purposes["import_jobs.report"] == named_purposes["import_jobs.headings"] == jobs.TOLD
