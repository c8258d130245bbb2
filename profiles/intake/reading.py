"""Reads a whole sheet row by row: good rows wait encrypted, bad ones are named, households are put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Protocol

from kernel.reports import RejectedRow
from profiles.intake.cells import as_in_sheet, is_empty, text_of
from profiles.intake.choices import is_head
from profiles.intake.failures import FileRefused
from profiles.intake.fields import SILENT, Field
from profiles.intake.headers import Header, shown
from profiles.intake.homes import MOST_MEMBERS, Home, HomeReader, reference_of
from profiles.intake.mending import Mending
from profiles.intake.people import Member, PeopleReader, Remarked, name_of_cell
from profiles.intake.warnings import Warnings

LONGEST_REFERENCE = 40
MOST_REJECTIONS = 200_000
_FOOTNOTE = re.compile(r"(?:合\s*计|总\s*计|小\s*计|共\s*计|备\s*注|注|说\s*明|填表|制表|审核|复核|负责人|单位负责人|填报|经办|联系人|盖章|日期)")
_EMPTY_VILLAGE = "村代码是空的，同户别的行也没有写"
NO_SUCH_VILLAGE = "系统里没有这个村代码"
_VILLAGE_CURE = "请填 12 位的村级统计用区划代码；新设的村请先导入行政区划"


class Sink(Protocol):
    """Where good rows go."""

    def add(self, home: Home, member: Member) -> None:
        """A person met for the first time."""

    def supplement(self, home: Home, member: Member, met_row: int) -> None:
        """Another row of a person met before."""


class SheetReader:
    """Takes the rows of one sheet in order and keeps what they say of households, faults and oddities."""

    def __init__(self, header: Header, villages: Callable[[str], Remarked], today: date, warnings: Warnings,
                 sink: Sink, kinds: Mapping[str, str] = MappingProxyType({})) -> None:
        """`villages` tells whether a code exists; good members go to `sink`; `kinds` are the county's words for kinds."""
        self.homes: dict[str, Home] = {}
        self.rejections: list[RejectedRow] = []
        self.read = 0
        self.rejected = 0
        self.mending = Mending(header)
        self._header = header
        self._warnings = warnings
        self._sink = sink
        self._people = PeopleReader(header, today, warnings)
        self._households = HomeReader(header, villages, warnings, kinds)
        self.own_names = tuple(one.fact.name for one in self._households.own)
        self._reference_at, self._name_at = header.columns[Field.HOUSEHOLD][0], header.columns[Field.NAME][0]
        self._head_at = header.columns.get(Field.HEAD, (-1,))[0]
        self._relation_at = header.columns.get(Field.RELATION, (-1,))[0]
        self._width = max([at for places in header.columns.values() for at in places] + [one.at for one in header.own]) + 1
        self._heading_words = {*header.headings.values(), *(one.heading for one in header.own), *header.unread, *SILENT}
        self._above: tuple[str, str] | None = None
        self._carried_down = 0
        self._last_cell: Any = None
        self._last_home: Home | None = None
        self._deferred: list[tuple[int, list[Any], Home]] = []

    def take(self, row: int, cells: list[Any]) -> None:
        """One row of the sheet by its number; blank rows, repeated headings and footnotes are passed over."""
        if len(cells) < self._width:
            cells.extend([""] * (self._width - len(cells)))
        cells.append("")
        cell = cells[self._reference_at]
        if cell == self._last_cell and cells[self._name_at] and self._last_home is not None:
            self.read += 1
            self._take(row, cells, self._last_home)
            return
        reference = reference_of(cell)
        if is_empty(reference) or not cells[self._name_at]:
            if not any(cell not in ("", None) and text_of(cell) for cell in cells):
                return
            if self._is_footnote(row, cells):
                return
        if self._is_heading_again(cells):
            return
        self.read += 1
        home = self._home(row, reference, cells)
        self._last_cell, self._last_home = cell, home if not is_empty(reference) else None
        if home is not None:
            self._take(row, cells, home)

    def finish(self, divisions_of: Callable[[Sequence[str]], Mapping[str, str]]) -> None:
        """Decide the rows that left the village open; `divisions_of` tells where known households live."""
        waiting = [home.reference for _, _, home in self._deferred if home.village is None]
        known = divisions_of(sorted(set(waiting))) if waiting else {}
        for row, cells, home in self._deferred:
            if home.village is None and home.reference in known:
                home.values[0] = known[home.reference]
            fault = None if home.village is not None else self._village_fault(row, cells, _EMPTY_VILLAGE)
            self._settle(row, cells, home, fault)
        self._deferred.clear()
        self.rejections.sort(key=lambda one: one.row)
        if self._carried_down:
            self._warnings.add_general(f"有 {self._carried_down} 行没有写“{self._header.headings[Field.HOUSEHOLD]}”，"
                                       "已算作上面一行的同一户，请核对")

    def _take(self, row: int, cells: list[Any], home: Home) -> None:
        village, remark = self._households.villages[cells[self._households.village_at]]
        if village is None and remark is None and home.village is None:
            self._deferred.append((row, cells, home))
            return
        fault = self._village_fault(row, cells, remark) if village is None and remark is not None else None
        self._settle(row, cells, home, fault)

    def _settle(self, row: int, cells: list[Any], home: Home, village_fault: RejectedRow | None) -> None:
        member, faults = self._people.read(row, cells)
        if village_fault is not None:
            faults.insert(0, village_fault)
        if faults or member is None:
            home.rejected += 1
            self._reject(cells, home.reference, faults)
            return
        self._households.lay(home, row, cells)
        home.good += 1
        self._judge_head(home, member)
        met = home.same_person(member)
        if met is None:
            if len(home.people) >= MOST_MEMBERS:
                heading = self._header.headings[Field.HOUSEHOLD]
                raise FileRefused(f"到第 {row} 行，同一个“{heading}”已有 {MOST_MEMBERS} 多人，多半是列对错了。请核对表头或对照文件")
            home.people.append((row, member.name, member.id_number, member.birth))
            self._sink.add(home, member)
        else:
            self._warnings.add(row, f"与第 {met[0]} 行是同一户的同一个人，已合并")
            self._sink.supplement(home, member, met[0])

    def _judge_head(self, home: Home, member: Member) -> None:
        if not member.is_head:
            return
        if home.head_row == 0:
            home.head_row = member.row
        elif not any(row == home.head_row and name == member.name for row, name, _, _ in home.people):
            member.is_head = False
            self._warnings.add(member.row, f"同一户（{home.reference}）有两位户主，已按第 {home.head_row} 行的记")

    def _reject(self, cells: Sequence[Any], reference: str, faults: Sequence[RejectedRow]) -> None:
        self.rejected += 1
        self.mending.keep(cells, reference, faults)
        self.rejections.extend(faults)
        if len(self.rejections) > MOST_REJECTIONS:
            raise FileRefused(f"错误超过 {MOST_REJECTIONS:,} 处，多半是列对错了。请核对表头，改正后再导入")

    def _home(self, row: int, reference: str, cells: list[Any]) -> Home | None:
        """The household of a row; one without a number belongs to the row above unless it clearly does not."""
        head = name_of_cell(cells[self._head_at])
        if is_empty(reference):
            above = self._above
            another = above is None or (head and head != above[1]) or is_head(text_of(cells[self._relation_at]))
            if above is None or another:
                self._reject_reference(row, cells, "户编号是空的")
                return None
            self._carried_down += 1
            reference = above[0]
        elif len(reference) > LONGEST_REFERENCE:
            self._reject_reference(row, cells, f"户编号超过 {LONGEST_REFERENCE} 个字")
            return None
        else:
            self._above = (reference, head)
        home = self.homes.get(reference)
        if home is None:
            home = self.homes[reference] = Home(reference, row, self._households.width)
        return home

    def _reject_reference(self, row: int, cells: list[Any], reason: str) -> None:
        cell = cells[self._reference_at]
        self._reject(cells, "", [self._people.fault(row, Field.HOUSEHOLD, cell, reason, "请填写这户的编号，同一户各行相同")])

    def _village_fault(self, row: int, cells: list[Any], reason: str) -> RejectedRow:
        return self._people.fault(row, Field.VILLAGE, cells[self._households.village_at], reason, _VILLAGE_CURE)

    def _is_footnote(self, row: int, cells: list[Any]) -> bool:
        """A line such as 合计 or 填表人 below the table: few cells, no name, and a word that begins such lines."""
        told = [text for cell in cells if (text := as_in_sheet(cell))]
        named = name_of_cell(cells[self._name_at])
        if not told or _FOOTNOTE.match(told[0]) is None or named:
            return False
        self._warnings.add(row, "像是表尾的合计或说明，没有当作家庭成员")
        return True

    def _is_heading_again(self, cells: list[Any]) -> bool:
        """A heading row repeated at the top of a printed page."""
        return (cells[self._name_at] in self._heading_words and cells[self._reference_at] in self._heading_words
                and self._heading_words.issuperset(shown(cell) for cell in cells if isinstance(cell, str) and cell))
