"""What is held of one person: each room lists its tables, so that a copy can be given and an erasure forgets nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.crypto import Keyring, Unreadable
from kernel.database import Base
from kernel.sealing import AnyColumn, Register, Sealed, core, name_of, table_of


@dataclass(frozen=True)
class Subject:
    """A person by what the tables know them by; `indexes` are the blind indexes of addresses nobody else has."""

    id: int
    group_id: int
    reference: str
    division: str
    is_head: bool
    is_last: bool
    contact_ids: tuple[int, ...] = ()
    indexes: tuple[bytes, ...] = field(default=(), repr=False)


class Fate(StrEnum):
    """What an erasure does with rows: 删除, 去掉身份, 保留."""

    DELETED = "deleted"
    BLANKED = "blanked"
    KEPT = "kept"

    @property
    def words(self) -> str:
        """The office's words."""
        return {Fate.DELETED: "删除", Fate.BLANKED: "去掉身份后保留", Fate.KEPT: "保留"}[self]


Whose = Callable[[Subject], ColumnElement[bool]]


@dataclass(frozen=True)
class Holding:
    """Rows of one table that are about a person.

    `shown` are the columns of a copy by their words (empty: the copy leaves the table out, for what it says stands
    elsewhere); `joins` are tables those columns come from. `blank` are the values that take the person out, `masks` the
    texts, sealed or in clear, of which names and numbers are hidden. `is_register`: the office's statutory record, which
    an erasure leaves unless it is told to go through it; `goes_with_last`: what the person shares with others and takes
    along only as the last of them. `why` says what is kept, by which rule and how long.
    """

    kind: str
    model: type[Base]
    whose: Whose
    fate: Fate
    shown: Mapping[str, AnyColumn] = field(default_factory=dict)
    words: Mapping[str, Callable[[Any], str]] = field(default_factory=dict)
    joins: tuple[tuple[type[Base], ColumnElement[bool]], ...] = ()
    blank: Mapping[AnyColumn, object] = field(default_factory=dict)
    masks: tuple[AnyColumn, ...] = ()
    is_register: bool = False
    goes_with_last: bool = False
    why: str = ""
    before: Callable[[Session, Subject, datetime], None] | None = None


@dataclass(frozen=True)
class Ended:
    """What became of one kind: how many rows, deleted, blanked or kept, and why kept."""

    kind: str
    fate: Fate
    count: int
    why: str

    def as_json(self) -> dict[str, object]:
        """The same with the words a person reads."""
        return {"内容": self.kind, "处理": self.fate.words, "条数": self.count, "说明": self.why}


def copy(session: Session, keyring: Keyring, register: Register, holdings: Sequence[Holding], subject: Subject
         ) -> dict[str, list[dict[str, object]]]:
    """Everything held of a person, kind by kind, each row with words for its columns; empty kinds are left out."""
    sealed = {name_of(one.column): one for one in register if isinstance(one, Sealed)}
    told: dict[str, list[dict[str, object]]] = {}
    for holding in holdings:
        if holding.shown:
            rows = _rows(session, keyring, sealed, holding, subject)
            if rows:
                told.setdefault(holding.kind, []).extend(rows)
    return told


def erase(session: Session, keyring: Keyring, register: Register, holdings: Sequence[Holding], subject: Subject,
          now: datetime, hide: Callable[[str], str], *, from_register: bool) -> list[Ended]:
    """Erase what may go, blank what the law keeps without the person, count what stays; a second time finds nothing."""
    sealed = {name_of(one.column): one for one in register if isinstance(one, Sealed)}
    ended = []
    for holding in holdings:
        if holding.before is not None:
            holding.before(session, subject, now)
        fate = _fate(holding, subject, from_register=from_register)
        count = _end(session, keyring, sealed, holding, fate, subject, hide)
        if count:
            ended.append(Ended(holding.kind, fate, count, holding.why if fate is not Fate.DELETED else ""))
    return ended


def _fate(holding: Holding, subject: Subject, *, from_register: bool) -> Fate:
    if holding.goes_with_last:
        return Fate.DELETED if from_register and subject.is_last else Fate.KEPT
    return holding.fate if from_register or not holding.is_register else Fate.KEPT


def _end(session: Session, keyring: Keyring, sealed: Mapping[str, Sealed], holding: Holding, fate: Fate, subject: Subject,
         hide: Callable[[str], str]) -> int:
    mine = holding.whose(subject)
    table = holding.model.__table__
    if fate is Fate.KEPT:
        return session.scalar(select(func.count()).select_from(table).where(mine)) or 0
    if fate is Fate.DELETED:
        return _changed(session, delete(table).where(mine))  # type: ignore[arg-type]
    for column in holding.masks:
        _mask(session, keyring, column, sealed.get(name_of(column)), mine, hide)
    values = {core(column): value for column, value in holding.blank.items()}
    stands = or_(*(column.is_not(None) if value is None else column != value for column, value in values.items()))
    return _changed(session, update(table).where(mine, stands).values(values))  # type: ignore[arg-type]


def _changed(session: Session, statement: Any) -> int:
    return int(session.connection().execute(statement).rowcount)


def _mask(session: Session, keyring: Keyring, masked: AnyColumn, one: Sealed | None, mine: ColumnElement[bool],
          hide: Callable[[str], str]) -> None:
    column, table = core(masked), table_of(masked)
    key = next(iter(table.primary_key))
    for number, value in session.execute(select(key, column).where(mine, column.is_not(None))).all():
        try:
            hidden = hide(value) if one is None else keyring.encrypt(
                hide(keyring.decrypt(value, one.purpose_for(None))), one.purpose_for(None))
        except Unreadable:
            continue  # nobody can read it: there is nothing to hide
        session.execute(update(table).where(key == number).values({column: hidden}))


def _rows(session: Session, keyring: Keyring, sealed: Mapping[str, Sealed], holding: Holding, subject: Subject
          ) -> list[dict[str, object]]:
    columns = list(holding.shown.values())
    by = [sealed[name_of(one)].by for one in columns if name_of(one) in sealed]
    query = select(*columns, *(one for one in by if one is not None)).select_from(holding.model).where(holding.whose(subject))
    for model, on in holding.joins:
        query = query.outerjoin(model, on)
    told = []
    for row in session.execute(query.order_by(*holding.model.__table__.primary_key)).all():
        says, line = iter(row[len(columns):]), dict[str, object]()
        for (label, column), value in zip(holding.shown.items(), row[:len(columns)], strict=True):
            one = sealed.get(name_of(column))
            under = next(says) if one is not None and one.by is not None else None
            if value not in (None, "", []):
                line[label] = _told(keyring, one, value, under, holding.words.get(label))
        told.append(line)
    return told


def _told(keyring: Keyring, one: Sealed | None, value: Any, under: str | None, words: Callable[[Any], str] | None) -> object:
    if one is not None:
        try:
            value = keyring.decrypt(value, one.purpose_for(under))
        except Unreadable:
            return "（密钥缺失，读不出）"
    if words is not None:
        return words(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "是" if value else "否"
    return int(value) if isinstance(value, float) and value.is_integer() else value
