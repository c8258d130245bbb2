"""One chunk of a turning of the keys: which rows come next, what they become, and how that is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Row,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from kernel.crypto import HEAD_BYTES, Keyring, Unreadable
from kernel.sealing import Companion, Copied, Register, Sealed, core, table_of

COPIES_AT_ONCE = 2000
_LOOKED_UP_AT_ONCE = 500

Place = list[Any]


@dataclass(frozen=True)
class Change:
    """One row: its primary key, the value it was read with and the value it gets, the same of its blind index.

    `says` is what its `by` column says.
    """

    key: tuple[Any, ...]
    was: bytes | None = field(repr=False)
    becomes: bytes | None = field(repr=False)
    index_was: bytes | None = None
    index_becomes: bytes | None = None
    says: str | None = None


@dataclass(frozen=True)
class Chunk:
    """The next rows to change, the place after them, and how many no key opens by key id."""

    rows: tuple[Change, ...]
    place: Place | None
    is_last: bool
    unreadable: dict[str, int] = field(default_factory=dict)


def stale_rows(session: Session, keyring: Keyring, one: Sealed, place: Place | None) -> Chunk:
    """Rows after `place` that are not under the first key and suite, opened and sealed anew; nothing is written yet."""
    column, keys = core(one.column), list(table_of(one.column).primary_key)
    wanted = [column, *keys]
    extra = [core(more) for more in (one.index, one.by) if more is not None]
    rows = session.execute(
        select(*wanted, *extra).where(_after(keys, place), column.is_not(None),
                                      func.substr(column, 1, HEAD_BYTES, type_=LargeBinary) != keyring.head)
        .order_by(*keys).limit(one.at_once)).all()
    changes, unreadable = [], dict[str, int]()
    for row in rows:
        change = _resealed(keyring, one, row, tuple(row[1:1 + len(keys)]))
        if change is None:
            key_id = bytes(row[0])[1:HEAD_BYTES].hex()
            unreadable[key_id] = unreadable.get(key_id, 0) + 1
        else:
            changes.append(change)
    last = _kept(rows[-1][1:1 + len(keys)]) if rows else None
    return Chunk(tuple(changes), last, len(rows) < one.at_once, unreadable)


def copies(session: Session, one: Copied, place: Place | None) -> Chunk:
    """Rows after `place` whose copy differs from the source's index now; an index whose source is gone goes too."""
    column, source = core(one.column), core(one.source)
    keys = list(table_of(one.column).primary_key)
    found_at = next(iter(table_of(one.source).primary_key))
    rows = session.execute(
        select(column, *keys, source).select_from(table_of(one.column))
        .outerjoin(table_of(one.source), found_at == core(one.by))
        .where(_after(keys, place), column.is_not(None)).order_by(*keys).limit(COPIES_AT_ONCE)).all()
    changes = [Change(tuple(row[1:1 + len(keys)]), row[0], row[-1]) for row in rows if row[-1] != row[0]]
    return Chunk(tuple(changes), _kept(rows[-1][1:1 + len(keys)]) if rows else None, len(rows) < COPIES_AT_ONCE)


def write(session: Session, register: Register, one: Sealed | Copied, rows: Sequence[Change]) -> int:
    """Write a chunk and give how many rows it changed: a row that is not as it was read stays as it is."""
    if not rows:
        return 0
    if isinstance(one, Sealed) and one.together and one.index is not None:
        written = _write_together(session, one, rows)
    else:
        written = _write_each(session, one, rows)
    for other in register:
        if isinstance(other, Companion) and other.of is one.column:
            _write_companion(session, other, {row.index_was: row.index_becomes for row in rows if row.index_was is not None})
    return written


def fold(session: Session, one: Sealed | Copied, row: Change) -> None:
    """Where a unique index would see an address twice once it is under the new key, take the younger record away."""
    if not isinstance(one, Sealed) or one.index is None:
        return
    table, index = table_of(one.column), core(one.index)
    key, twin = next(iter(table.primary_key)), table_of(one.column).alias("twin")
    alike = [part for unique in table.indexes if unique.unique and index.name in unique.columns
             for part in unique.columns if part is not index]
    for mine, its in ((row.index_becomes, row.index_was), (row.index_was, row.index_becomes)):
        elder = select(twin.c[key.name]).where(twin.c[index.name] == its, twin.c[key.name] < key,
                                               *(twin.c[part.name] == part for part in alike))
        session.execute(delete(table).where(index == mine, elder.exists()))


def _write_each(session: Session, one: Sealed | Copied, rows: Sequence[Change]) -> int:
    table, column = table_of(one.column), core(one.column)
    values: dict[Any, Any] = {column: bindparam("becomes")}
    if isinstance(one, Sealed) and one.index is not None:
        values[core(one.index)] = bindparam("index_becomes")
    statement = update(table).where(column == bindparam("was"), *(
        key == bindparam(f"key_{place}") for place, key in enumerate(table.primary_key))).values(values)
    bound = [{"was": row.was, "becomes": row.becomes, "index_becomes": row.index_becomes,
              **{f"key_{place}": part for place, part in enumerate(row.key)}} for row in rows]
    if len(values) == 1:
        for one_row in bound:
            del one_row["index_becomes"]
    return session.connection().execute(statement, bound).rowcount


def _write_together(session: Session, one: Sealed, rows: Sequence[Change]) -> int:
    """Change every row of the same blind index at once: they are compared with one another."""
    assert one.index is not None
    table, column, index = table_of(one.column), core(one.column), core(one.index)
    scope = [] if one.by is None else [core(one.by) == bindparam("says")]
    statement = update(table).where(index == bindparam("index_was"), *scope).values(
        {column: bindparam("becomes"), index: bindparam("index_becomes")})
    distinct = {(row.says, row.index_was): row for row in rows}
    return session.connection().execute(statement, [
        {"index_was": row.index_was, "becomes": row.becomes, "index_becomes": row.index_becomes,
         **({} if one.by is None else {"says": row.says})} for row in distinct.values()]).rowcount


def _write_companion(session: Session, other: Companion, became: Mapping[bytes, bytes | None]) -> None:
    table, column = table_of(other.column), core(other.column)
    old = _there(session, column, list(became))
    if not old:
        return
    if column.primary_key:
        # Its newer self is there already: what was said under the old key is over.
        new = _there(session, column, [became[one] for one in old])
        over = [one for one in old if became[one] in new]
        session.execute(delete(table).where(column.in_(over)))
        old -= set(over)
    if old:
        session.connection().execute(
            update(table).where(column == bindparam("index_was")).values({column: bindparam("index_becomes")}),
            [{"index_was": one, "index_becomes": became[one]} for one in old])


def _there(session: Session, column: Column[Any], wanted: Sequence[bytes | None]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(wanted), _LOOKED_UP_AT_ONCE):
        chosen = select(column).where(column.in_(wanted[start:start + _LOOKED_UP_AT_ONCE])).distinct()
        found.update(bytes(one) for one in session.scalars(chosen))
    return found


def _resealed(keyring: Keyring, one: Sealed, row: Row[Any], key: tuple[Any, ...]) -> Change | None:
    sealed = bytes(row[0])
    says = getattr(row, core(one.by).name) if one.by is not None else None
    purpose = one.purpose_for(says)
    try:
        text = keyring.decrypt(sealed, purpose)
    except Unreadable:
        return None
    index_was = getattr(row, core(one.index).name) if one.index is not None else None
    return Change(key, sealed, keyring.encrypt(text, purpose), None if index_was is None else bytes(index_was),
                  keyring.index(text, purpose) if one.index is not None else None, says)


def _after(keys: Sequence[Any], place: Place | None) -> ColumnElement[bool]:
    """Later than a place in the order of the primary key, spelt out for a key of several columns."""
    if place is None:
        return keys[0].is_not(None)  # type: ignore[no-any-return]
    parts = [bytes.fromhex(part) if key.type.python_type is bytes else part for key, part in zip(keys, place, strict=True)]
    return or_(*(and_(*(keys[before] == parts[before] for before in range(at)), keys[at] > parts[at])
                 for at in range(len(keys))))


def _kept(parts: Sequence[Any]) -> Place:
    """A primary key as JSON holds it."""
    return [part.hex() if isinstance(part, bytes) else part for part in parts]
