"""Administrative divisions down to villages: their table, their levels and the names people call them by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Double, MetaData, Select, String, Table, func, insert, select, update
from sqlalchemy.orm import Session

from kernel import audit
from kernel.audit import Actor
from kernel.database import Database
from profiles.history import Codes, DivisionChange
from profiles.intake.failures import FileRefused
from profiles.intake.staging import Stage
from profiles.intake.text_tables import read_table
from profiles.models import Division, ImportRun
from profiles.positions import PlaceUnclear, read_place
from profiles.reports import ImportReport, RejectedRow

COUNTY, TOWNSHIP, VILLAGE = 6, 9, 12
_PARENT_LENGTH = {COUNTY: 4, TOWNSHIP: COUNTY, VILLAGE: TOWNSHIP}
_LONGEST_NAME = 60


class Level(StrEnum):
    """The three levels a code can have here."""

    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"

    @property
    def words(self) -> str:
        return {"county": "县", "township": "乡镇", "village": "村"}[self.value]


_LEVELS = {COUNTY: Level.COUNTY, TOWNSHIP: Level.TOWNSHIP, VILLAGE: Level.VILLAGE}


def level(code: str) -> Level:
    """The level of a code of 6, 9 or 12 digits; ValueError for any other."""
    try:
        return _LEVELS[len(code)]
    except KeyError:
        raise ValueError(f"{code!r} is not a division code of 6, 9 or 12 digits") from None


def short_name(name: str) -> str:
    """The name people say: 姚河村村民委员会 and 姚河村委会 are 姚河村, 郑河街社区居委会 is 郑河街社区."""
    for ending, called in (("村民委员会", "村"), ("村委会", "村"), ("居民委员会", "社区"), ("居委会", "社区")):
        stem = name.removesuffix(ending)
        if stem and stem != name:
            return stem if stem.endswith(called) else stem + called
    return name


def name_of(session: Session, code: str) -> str:
    """The name people say for a division, or the code itself when it is unknown."""
    name = session.scalar(select(Division.name).where(Division.code == code))
    return short_name(name) if name else code


def place(session: Session, code: str) -> str:
    """Where it is, from the township down: 白阳镇 姚河村; a county or township is its own name."""
    return Names(session).place(code)


def children(session: Session, code: str) -> list[Division]:
    """The divisions directly below one, by code; one that has become another is no longer among them."""
    codes = Codes.read(session)
    below = session.scalars(select(Division).where(Division.parent == code).order_by(Division.code))
    return [division for division in below if codes.present(division.code) == division.code]


def standing(session: Session, within: str = "") -> list[tuple[str, str]]:
    """Code and full name of the divisions of an area that stand today, by code; one that has become another is left out."""
    codes = Codes.read(session)
    rows = session.execute(select(Division.code, Division.name).where(
        Division.code.startswith(within, autoescape=True)).order_by(Division.code))
    return [(code, name) for code, name in rows if codes.present(code) == code]


def former_around(session: Session, division: str) -> frozenset[str]:
    """Every code that a division or one it lies in had before: what was written for those holds for it."""
    codes = Codes.read(session)
    around = {division[:length] for length in (COUNTY, TOWNSHIP, VILLAGE) if len(division) >= length}
    return frozenset(former for code in around for former in codes.former(code))


def present_code(session: Session, code: str) -> str:
    """The code that stands for this one today; one that was split stays itself until people decide."""
    return Codes.read(session).present(code)


def present_codes(session: Session, codes: Iterable[str]) -> list[str]:
    """These codes and every other under which their people may be registered by now."""
    changes = Codes.read(session)
    return list(dict.fromkeys(reached for code in codes for reached in changes.reached(code)))


def former_codes(session: Session, code: str) -> tuple[str, ...]:
    """Every code that this one had before: what was written for those holds here."""
    return Codes.read(session).former(code)


def formerly(codes: Iterable[str]) -> Select[tuple[str]]:
    """Every code that any of these had before, for a clause: one step after the other, however long the chain."""
    first = select(DivisionChange.old.label("code")).where(DivisionChange.new.in_(list(codes))).cte("former_codes", recursive=True)
    every = first.union(select(DivisionChange.old).join(first, DivisionChange.new == first.c.code))
    return select(every.c.code)


def parent_code(code: str) -> str:
    """The code of the level above."""
    return code[:_PARENT_LENGTH[len(code)]]


class Names:
    """Names looked up once each, for wording many rows; lives as long as the session it reads by."""

    def __init__(self, session: Session) -> None:
        """Start with nothing looked up."""
        self._session = session
        self._known: dict[str, str] = {}

    def name(self, code: str) -> str:
        """The name people say, or the code when it is unknown."""
        if code not in self._known:
            self._known[code] = name_of(self._session, code)
        return self._known[code]

    def place(self, code: str) -> str:
        """Township and village, as in 白阳镇 姚河村."""
        own = self.name(code)
        return f"{self.name(code[:TOWNSHIP])} {own}" if len(code) == VILLAGE else own


@dataclass(frozen=True)
class _Line:
    """One good-looking row of the file."""

    row: int
    name: str
    parent: str
    place: tuple[float, float] | None = None


_STAGED = Table("intake_divisions", MetaData(), Column("code", String(12), primary_key=True), Column("name", String(60)),
                Column("parent", String(12)), Column("latitude", Double), Column("longitude", Double), prefixes=["TEMPORARY"])
_HEADINGS = {"code": "code", "代码": "code", "区划代码": "code", "name": "name", "名称": "name", "区划名称": "name",
             "parent": "parent", "上级": "parent", "上级代码": "parent", "lat": "lat", "latitude": "lat", "纬度": "lat",
             "lon": "lon", "lng": "lon", "longitude": "lon", "经度": "lon"}


def import_divisions(database: Database, data: bytes, now: datetime, actor: Actor) -> ImportReport:
    """Take in a CSV of `code,name,parent[,lat,lon]` with codes of 6, 9 and 12 digits; the same file twice changes nothing.

    A parent must stand in the file or the database, unless it lies above the county. Bad rows are named in the
    report; good ones go in, at one stroke. `lat` and `lon` are degrees of WGS 84: empty ones leave what is known, and
    impossible ones are left out with a warning. Raises FileRefused when the file is no such table.
    """
    lines, rejections, warnings, read = _read(data)
    with database.reading() as session:
        rejections += _drop_orphans(session, lines)
        changed, new = _compare(session, lines)
    with Stage.open(database, [_STAGED]) as stage:
        stage.load(_STAGED, [(code, lines[code].name, lines[code].parent, *(lines[code].place or (None, None)))
                             for code in (*new, *changed)])
        stage.settle([_STAGED])
        report = ImportReport(read, len(new), len(changed), len({one.row for one in rejections}),
                              rejections=tuple(sorted(rejections, key=lambda one: one.row)), warnings=tuple(warnings))
        with stage.swapping(keep=True) as session:
            _swap(session)
            counts = {name: report.as_json()[name] for name in ("read", "created", "updated", "rejected")}
            digest = hashlib.sha256(data).hexdigest()
            session.add(ImportRun(at=now, actor=actor.name, kind="divisions", file_name="", digest=digest, counts=counts,
                                  warnings=[]))
            audit.record(session, now, actor, "divisions.import", f"file:{digest[:16]}", counts)
    return report


def _swap(session: Session) -> None:
    staged = _STAGED.c
    known = select(Division.code).where(Division.code == staged.code).exists()
    session.execute(update(Division).where(Division.code == staged.code)
                    .values(name=staged.name, parent=staged.parent,
                            latitude=func.coalesce(staged.latitude, Division.latitude),
                            longitude=func.coalesce(staged.longitude, Division.longitude))
                    .execution_options(synchronize_session=False))
    session.execute(insert(Division).from_select(
        ["code", "name", "parent", "latitude", "longitude"], select(_STAGED).where(~known)))


def _read(data: bytes) -> tuple[dict[str, _Line], list[RejectedRow], list[str], int]:
    records = read_table(data)
    heading = next((cells for cells in records), [])
    at = {_HEADINGS[name]: place for place, cell in enumerate(heading)
          if (name := cell.strip().lower()) in _HEADINGS}
    missing = [name for name in ("code", "name") if name not in at]
    if missing:
        raise FileRefused(f"第 1 行缺少列：{'、'.join(missing)}。表头应为 code,name,parent（代码、名称、上级代码）")
    lines: dict[str, _Line] = {}
    rejections: list[RejectedRow] = []
    warnings: list[str] = []
    read = 0
    for row, cells in enumerate(records, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        read += 1
        code, name, parent, *place = (cells[at[field]].strip() if field in at and at[field] < len(cells) else ""
                                      for field in ("code", "name", "parent", "lat", "lon"))
        fault = _fault(row, code, name, parent, lines)
        if fault is not None:
            rejections.append(fault)
        elif code not in lines:
            lines[code] = _Line(row, name, parent or code[:_PARENT_LENGTH[len(code)]], _placed(row, place, warnings))
    return lines, rejections, warnings, read


def _placed(row: int, given: list[str], warnings: list[str]) -> tuple[float, float] | None:
    """Where it lies; what cannot be is left out, for a name is worth more than its degrees."""
    try:
        return read_place(*given)
    except PlaceUnclear as unclear:
        warnings.append(f"第 {row} 行：{unclear}，这一行的经纬度没有记。")
        return None


def _fault(row: int, code: str, name: str, parent: str, lines: dict[str, _Line]) -> RejectedRow | None:
    if not (code.isascii() and code.isdigit() and len(code) in _LEVELS):
        return RejectedRow(row, "code", code, "代码不是 6 位（县）、9 位（乡镇）或 12 位（村）数字", "请改成统计用区划代码")
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        return RejectedRow(row, "name", name, "名称是空的或太长", f"请填 1 到 {_LONGEST_NAME} 个字的名称")
    expected = code[:_PARENT_LENGTH[len(code)]]
    if parent and parent != expected:
        return RejectedRow(row, "parent", parent, "上级代码与代码的前几位不一致", f"上级代码应为 {expected}")
    earlier = lines.get(code)
    if earlier is not None and earlier.name != name:
        return RejectedRow(row, "code", code, f"与第 {earlier.row} 行代码相同而名称不同", "请只留一行")
    return None


def _drop_orphans(session: Session, lines: dict[str, _Line]) -> list[RejectedRow]:
    """Take out the lines whose parent is nowhere; a township that goes takes its villages with it."""
    dropped = []
    for length in (TOWNSHIP, VILLAGE):
        wanted = {line.parent for code, line in lines.items() if len(code) == length and line.parent not in lines}
        known = known_codes(session, wanted)
        for code in [code for code, line in lines.items() if len(code) == length]:
            line = lines[code]
            if line.parent not in lines and line.parent not in known:
                dropped.append(RejectedRow(line.row, "parent", line.parent, "上级在文件和系统里都没有",
                                           f"请补上代码为 {line.parent} 的一行"))
                del lines[code]
    return dropped


def known_codes(session: Session, codes: set[str]) -> set[str]:
    """Those of the codes that the table of divisions has."""
    ordered = sorted(codes)
    found: set[str] = set()
    for start in range(0, len(ordered), 500):
        found.update(session.scalars(select(Division.code).where(Division.code.in_(ordered[start:start + 500]))))
    return found


def _compare(session: Session, lines: dict[str, _Line]) -> tuple[list[str], list[str]]:
    """The codes whose name, parent or place changed, and the new ones."""
    stored: dict[str, bool] = {}
    query = select(Division.code, Division.name, Division.parent, Division.latitude, Division.longitude)
    for code, name, parent, *place in session.execute(query.execution_options(yield_per=10_000)):
        line = lines.get(code)
        if line is not None:
            stored[code] = (name, parent) != (line.name, line.parent) or line.place not in (None, tuple(place))
    return [code for code, differs in stored.items() if differs], [code for code in lines if code not in stored]
