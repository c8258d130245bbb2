"""Lists of any length as one parameter of a statement that is compiled once, on either database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, ColumnElement, Dialect, LargeBinary, any_, bindparam, func, select
from sqlalchemy.types import TypeDecorator

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
