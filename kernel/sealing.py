"""What stands sealed in the database: each room names its columns here, so that a new key reaches every one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table
from sqlalchemy.orm import InstrumentedAttribute

from kernel.database import Base

AnyColumn = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Sealed:
    """An encrypted column, its purpose, and the column with the blind index of the same text.

    Where the purpose hangs on another column (`by`: a channel), `purpose` maps that column's values; a value it does not
    name is under `otherwise`. `together`: rows with the same index change in one transaction, because they are compared.
    `at_once`: rows a transaction; few where a value is a whole file.
    """

    column: AnyColumn
    purpose: str | Mapping[str, str]
    index: AnyColumn | None = None
    by: AnyColumn | None = None
    together: bool = False
    at_once: int = 500

    def purpose_for(self, value: str | None) -> str:
        """The purpose of a row whose `by` column says `value`; KeyError where no purpose is named for it."""
        return self.purpose if isinstance(self.purpose, str) else self.purpose[str(value)]


@dataclass(frozen=True)
class Companion:
    """An indexed column that holds the same blind index as a sealed one and is compared with it: both change at once."""

    column: AnyColumn
    of: AnyColumn


@dataclass(frozen=True)
class Copied:
    """A column that repeats another table's blind index: `by` names that table's row. Changed set by set."""

    column: AnyColumn
    source: AnyColumn
    by: AnyColumn


@dataclass(frozen=True)
class Fleeting:
    """Bytes that no key need reach: they end within a day, or are no secret; `why` says which."""

    column: AnyColumn
    why: str


@dataclass(frozen=True)
class Orphaned:
    """Blind indexes whose text is kept nowhere: no turning reaches them, only the key they were made under knows them.

    `such` says which rows of the column are of that kind and still of use; `at` is when a row was written.
    """

    column: AnyColumn
    such: Callable[[], ColumnElement[bool]]
    at: AnyColumn


Kept = Sealed | Companion | Copied | Fleeting | Orphaned
Register = tuple[Kept, ...]


def name_of(column: AnyColumn) -> str:
    """`table.column`."""
    return f"{table_of(column).name}.{core(column).name}"


def table_of(column: AnyColumn) -> Table:
    """The table a column stands in."""
    table = core(column).table
    assert isinstance(table, Table)
    return table


def core(column: AnyColumn) -> Column[Any]:
    """The table's own column behind a mapped one."""
    found = column.property.columns[0]
    assert isinstance(found, Column)
    return found


def named(register: Iterable[Kept]) -> set[str]:
    """Every column the rooms named."""
    names: set[str] = set()
    for one in register:
        names.add(name_of(one.column))
        if isinstance(one, Sealed) and one.index is not None:
            names.add(name_of(one.index))
    return names


def binary_columns() -> set[str]:
    """Every column of bytes in the schema: each has to be named by its room."""
    return {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns
            if column.type.python_type is bytes}
