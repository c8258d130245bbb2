"""Lists of any length, and rows of them, as parameters of a statement that is compiled once, on either database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, ColumnElement, Dialect, LargeBinary, any_, bindparam, column, func, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine

# A column that is in a list given by name.
Among = Callable[[Any, str], ColumnElement[bool]]


class WrittenList(TypeDecorator[Sequence[Any]]):
    """PostgreSQL's list of text, bytes or whole numbers, written as one text: the driver would look at each value in Python."""

    impl = ARRAY
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """Write a list the way PostgreSQL reads it."""
        return _literal


def as_array(column: Any, name: str) -> ColumnElement[bool]:
    """A column among a list, on PostgreSQL."""
    return cast(ColumnElement[bool], column == any_(bindparam(name, type_=WrittenList(column.type))))


def as_json(column: Any, name: str) -> ColumnElement[bool]:
    """A column among a list, on SQLite, which unpacks it itself; bytes are compared as hexadecimal."""
    value = func.json_each(bindparam(name)).table_valued("value").c.value
    return cast(ColumnElement[bool], (func.hex(column) if isinstance(column.type, LargeBinary) else column).in_(select(value)))


def listed(is_postgresql: bool, values: Sequence[Any]) -> object:
    """A list as the parameter that `as_array` or `as_json` takes."""
    if is_postgresql:
        return values
    return json.dumps([one.hex().upper() if isinstance(one, bytes) else one for one in values])


def columns_of_lists(**kinds: TypeEngine[Any]) -> tuple[ColumnElement[Any], ...]:
    """Columns of rows that come as a list a column, on PostgreSQL.

    Each list stands in a query of its own: a planner who can count its rows goes through a whole month for them where
    nobody has counted the new ones yet.
    """
    lists = (select(bindparam(name, type_=WrittenList(kind))).scalar_subquery() for name, kind in kinds.items())
    rows = func.unnest(*lists).table_valued(*(column(name, kind) for name, kind in kinds.items())).render_derived()
    return tuple(rows.c)


def columns_of_json(**kinds: TypeEngine[Any]) -> tuple[ColumnElement[Any], ...]:
    """The same columns of rows that come as one text, on SQLite: it works through them without the interpreter."""
    row = func.json_each(bindparam("rows")).table_valued("value").c.value
    return tuple(func.json_extract(row, f"$[{place}]", type_=kind) for place, kind in enumerate(kinds.values()))


def rows_listed(is_postgresql: bool, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> dict[str, object]:
    """Rows as the parameters that `columns_of_lists` or `columns_of_json` takes; `names` are the columns'."""
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if is_postgresql else {"rows": json.dumps(rows)}


def plan_once(session: Session) -> None:
    """Until the commit let PostgreSQL keep one plan a statement for all values: it would plan the update of a call's hundred messages
    anew each time, which takes as long as to write thirty of them.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")


def _literal(values: Any) -> str:
    """A list in braces (PostgreSQL, Array Input and Output Syntax)."""
    return f"{{{','.join([_written(one) for one in values])}}}"


def _written(one: object) -> str:
    """Text in quotes, bytes in hexadecimal."""
    if isinstance(one, str):
        escaped = one.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(one, bytes):
        return f'"\\\\x{one.hex()}"'
    return "NULL" if one is None else str(one)
