"""Whatever stands in bytes is named by its room, so that turning the keys forgets nothing."""

from __future__ import annotations

from kernel.sealing import Sealed, binary_columns, name_of, named, table_of
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
