"""One person's row: read, judged, and either a member or the list of what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import itemgetter
from typing import Any

from kernel.reports import RejectedRow
from profiles.contacts import LANDLINE, SMS, landline, normal_phone
from profiles.facts import Level
from profiles.intake import choices, dates, listings
from profiles.intake.cells import as_in_sheet, is_empty, is_none, text_of
from profiles.intake.choices import Read
from profiles.intake.fields import Field
from profiles.intake.headers import Header
from profiles.intake.identity import LOST_DIGITS, IdNumber, check_digit, read_id_number
from profiles.intake.own_facts import OwnValue, reader_of
from profiles.intake.warnings import Warnings

LONGEST_NAME = 60
_REMEMBERED = 20_000
# Beyond this a floating-point number has lost digits (Excel keeps fifteen).
_EXACT = 1e15
_PHONE_SEPARATORS = re.compile(r"[、/;,|\\&和或及]+|\s{2,}")
_CITIZEN = re.compile(r"\d{17}[\dXx]", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_NOTE = re.compile(r"\([^()\d]*\)|[^\d()+\-.\s#转A-Za-z]+[:]?")
_CHINESE_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff〇·\s]+")

_USUAL_NAME = re.compile(r"[\u4e00-\u9fff]{2,20}")
# Surely fewer days than the oldest believable age has: what is younger needs no reckoning.
_DAYS_BELIEVABLE = dates.OLDEST_BELIEVABLE * 365

_NOTHING: tuple[None, None] = (None, None)
Phones = tuple[tuple[str, str], ...]


Remarked = tuple[Any, str | None]
"""What a cell says, None when nothing, and what is odd about it in words."""


class Memo(dict[Any, tuple[Any, Any]]):
    """Remembers how each distinct cell of a column reads: a table repeats itself."""

    def __init__(self, read: Callable[[str], tuple[Any, Any]]) -> None:
        """`read` takes a text that is not empty; an empty cell is nothing, and nothing odd."""
        super().__init__()
        self._read = read

    def __missing__(self, cell: Any) -> tuple[Any, Any]:
        text = text_of(cell)
        result = _NOTHING if is_empty(text) else self._read(text)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cell] = result
        return result


class Together(dict[tuple[Any, ...], tuple[tuple[Any, ...], tuple[Field, ...]]]):
    """Several columns of few meanings read at once: the values of a row's cells, and the fields that are not understood.

    Of a hundred thousand rows nearly all repeat one of some hundred combinations.
    """

    def __init__(self, readers: Sequence[tuple[Field, Callable[[str], Read]]]) -> None:
        """The fields in the order of the cells, each with its reader."""
        super().__init__()
        self.fields = tuple(one for one, _ in readers)
        self._memos = tuple(Memo(_odd(read)) for _, read in readers)

    def __missing__(self, cells: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Field, ...]]:
        told = [memo[cell] for memo, cell in zip(self._memos, cells, strict=True)]
        found = tuple(value for value, _ in told), tuple(one for one, (_, odd) in zip(self.fields, told, strict=True) if odd)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cells] = found
        return found


@dataclass(slots=True)
class Member:
    """What one good row says of one person; None is unknown, an empty tuple is known none."""

    row: int
    name: str = field(repr=False)
    id_number: str | None = field(repr=False)
    birth: date | None
    relation: str | None
    is_head: bool | None
    gender: str | None
    disability: str | None
    study: str | None
    migrant: bool | None
    skills: tuple[str, ...] | None
    standing: str | None
    phones: Phones | None = field(repr=False)
    own: tuple[tuple[str, OwnValue], ...] = ()


class PeopleReader:
    """Reads the columns about the person; faults become rejections, oddities warnings."""

    def __init__(self, header: Header, today: date, warnings: Warnings) -> None:
        """Find the columns; an absent one reads as always empty, from the blank put at the end of each row."""
        self._headings = header.headings
        self._today = today
        self._warnings = warnings
        at = {one: header.columns[one][0] if one in header.columns else -1 for one in Field}
        self._name, self._id, self._birth, self._head = at[Field.NAME], at[Field.ID_NUMBER], at[Field.BIRTH], at[Field.HEAD]
        self._phones = header.columns.get(Field.PHONE, ())
        self._births = Memo(self._read_birth)
        self._oldest = today - timedelta(days=_DAYS_BELIEVABLE)
        self._own = tuple((one.fact.name, one.heading, one.at, Memo(reader_of(one.fact)))
                          for one in header.own if one.fact.level is Level.MEMBER)
        self._words = Together((
            (Field.GENDER, choices.gender), (Field.DISABILITY, choices.disability), (Field.STUDY, choices.study),
            (Field.MIGRANT, choices.migrant), (Field.SKILLS, _skills), (Field.STANDING, choices.standing),
            (Field.RELATION, choices.relation)))
        self._words_at = itemgetter(*(at[one] for one in self._words.fields))

    def read(self, row: int, cells: Sequence[Any]) -> tuple[Member | None, list[RejectedRow]]:
        """The member of a row, or None and every fault; `cells` end with a blank."""
        faults: list[RejectedRow] = []
        name = name_of_cell(cells[self._name])
        if not name:
            faults.append(self._fault(row, Field.NAME, cells[self._name], "姓名是空的", "请填写这位家庭成员的姓名"))
        identity = self._identity(row, cells[self._id], faults)
        phones = self._numbers(row, cells, faults)
        cell = cells[self._birth]
        birth = (dates.plain(cell, self._today) if isinstance(cell, str) else None) or self._births[cell][0]
        if birth is not None and birth.fault:
            faults.append(self._fault(row, Field.BIRTH, cells[self._birth], f"出生日期不对：{birth.fault}",
                                      "请写成 1977-12-28 这样真实的日期；不知道就留空"))
        if faults:
            return None, faults
        (gender, disability, study, migrant, skills, standing, relation), odd = self._words[self._words_at(cells)]
        for one in odd:
            self._not_understood(row, one)
        born = self._born(row, birth, identity)
        if identity is not None and gender is not None and identity.gender not in (None, gender):
            self._warnings.add(row, "性别与证件号码不一致，已按表中的性别记")
        return Member(
            row, name, identity.number if identity is not None else None, born, relation,
            self._is_head(relation, name, cells[self._head]), gender, disability, study, migrant, skills, standing, phones,
            self._own_values(row, cells) if self._own else (),
        ), faults

    def _own_values(self, row: int, cells: Sequence[Any]) -> tuple[tuple[str, OwnValue], ...]:
        told = []
        for name, heading, at, memo in self._own:
            value, remark = memo[cells[at]]
            if remark is not None:
                self._warnings.add(row, f"“{heading}”{remark}")
            if value is not None:
                told.append((name, value))
        return tuple(told)

    def fault(self, row: int, one: Field, cell: Any, reason: str, cure: str) -> RejectedRow:
        """A fault under the office's own heading, with the value as it stands."""
        return self._fault(row, one, cell, reason, cure)

    def _fault(self, row: int, one: Field, cell: Any, reason: str, cure: str) -> RejectedRow:
        return RejectedRow(row, self._headings.get(one, one.value), as_in_sheet(cell), reason, cure)

    def _not_understood(self, row: int, one: Field) -> None:
        self._warnings.add(row, f"“{self._headings[one]}”一栏看不懂，已按未填处理")

    def _read_birth(self, text: str) -> tuple[dates.Birth | None, bool]:
        return (None if is_none(text) else dates.birth(text, self._today)), False

    def _identity(self, row: int, cell: Any, faults: list[RejectedRow]) -> IdNumber | None:
        if isinstance(cell, str) and _CITIZEN.fullmatch(cell):
            if cell[17] == check_digit(cell[:17]):
                return IdNumber(cell)
            text = cell
        else:
            text = text_of(cell)
            if is_empty(text) or is_none(text):
                return None
        lost = isinstance(cell, float) and cell >= _EXACT
        found = LOST_DIGITS if lost else read_id_number(text)
        if isinstance(found, str):
            faults.append(self._fault(row, Field.ID_NUMBER, cell, f"证件号码不对：{found}",
                                      "请对照身份证改正；在表格里先把这一列设成“文本”再输入"))
            return None
        if found.is_other:
            self._warnings.add(row, "证件不是居民身份证，已按原样保存，请核对")
        return found

    def _numbers(self, row: int, cells: Sequence[Any], faults: list[RejectedRow]) -> Phones | None:
        """The telephones of a row; an empty cell is None (unknown), 无 is none."""
        found: dict[tuple[str, str], None] = {}
        told = False
        for at in self._phones:
            cell = cells[at]
            if cell == "":
                continue
            if isinstance(cell, str) and _MOBILE.fullmatch(cell):
                told = True
                found[SMS, cell] = None
                continue
            text = text_of(cell.replace("\n", "、") if isinstance(cell, str) else cell).strip("、")
            if is_empty(text):
                continue
            told = True
            phones = read_phones(text)
            if phones is None:
                faults.append(self._fault(row, Field.PHONE, cell, "电话号码不对：不是 11 位手机号，也不是带区号的座机",
                                          "请改正号码；几个号码之间用顿号隔开，没有电话就留空"))
                continue
            found.update(dict.fromkeys(phones))
        return tuple(found) if told else None

    def _born(self, row: int, birth: dates.Birth | None, identity: IdNumber | None) -> date | None:
        """The day of birth; a month or year alone is completed from an identity number that agrees with it."""
        stated = None
        if identity is not None and not identity.is_other and (birth is None or birth.compact != identity.day):
            stated = identity.born
            if stated is None or stated > self._today:
                self._warnings.add(row, "证件号码里的出生日期不可能，请核对")
                stated = None
            elif birth is not None and birth.precision == "day":
                self._warnings.add(row, "出生日期与证件号码不一致，已按表中的出生日期记")
        if birth is None:
            return None
        day = birth.day if birth.precision == "day" else self._completed(row, birth, stated)
        if day is not None and day < self._oldest and dates.age(day, self._today) > dates.OLDEST_BELIEVABLE:
            self._warnings.add(row, f"按出生日期算已超过 {dates.OLDEST_BELIEVABLE} 岁，请核对")
        return day

    def _completed(self, row: int, birth: dates.Birth, stated: date | None) -> date | None:
        if stated is not None and stated.year == birth.year and (
                birth.day is None or stated.month == birth.day.month or (birth.day.month, stated.month) == (1, 10)):
            # A sheet that keeps 1977.10 as a number shows 1977.1, hence October for January.
            return stated
        how = "，已按当月 1 日记" if birth.day is not None else "，已按未填处理"
        self._warnings.add(row, f"出生日期没有写到日{how}")
        return birth.day

    def _is_head(self, relation: str | None, name: str, head_cell: Any) -> bool | None:
        """Whether this is the head, as far as the row tells."""
        if relation is not None and relation not in choices.SELF_WORDS:
            return choices.is_head(relation)
        head = name_of_cell(head_cell)
        return name == head if head else None


def name_of_cell(cell: Any) -> str:
    """A name without blanks, also those set between the two characters of a short one; empty when there is none."""
    if isinstance(cell, str) and _USUAL_NAME.fullmatch(cell) and not is_empty(cell) and not is_none(cell):
        return cell
    text = text_of(cell)
    if not text or is_empty(text) or is_none(text):
        return ""
    if " " in text and _CHINESE_NAME.fullmatch(text):
        text = text.replace(" ", "")
    return text[:LONGEST_NAME]


def read_phones(text: str) -> Phones | None:
    """The numbers in a cell that is not empty; none for 无; None when one of them is no number."""
    if is_none(text):
        return ()
    whole = _phone(text)
    if whole is not None:
        return (whole,)
    found: dict[tuple[str, str], None] = {}
    for part in filter(None, (one.strip() for one in _PHONE_SEPARATORS.split(text))):
        numbers = _phones_of(_NOTE.sub(" ", part).strip(" ()-."))
        if numbers is None:
            return None
        found.update(dict.fromkeys(numbers))
    return tuple(found) or None


def _phones_of(part: str) -> Phones | None:
    """One number, or several with blanks between; nothing when only a note stood there."""
    if not part:
        return ()
    one = _phone(part)
    if one is not None:
        return (one,)
    digits = part.replace(" ", "").replace("-", "")
    if digits.isdigit() and len(digits) > 11 and len(digits) % 11 == 0:
        several = [_phone(digits[start:start + 11]) for start in range(0, len(digits), 11)]
    else:
        several = [_phone(number) for number in part.split()]
    numbers = tuple(number for number in several if number is not None)
    return numbers if len(numbers) == len(several) and len(numbers) > 1 else None


def _phone(text: str) -> tuple[str, str] | None:
    mobile = normal_phone(text)
    if mobile is not None:
        return SMS, mobile
    fixed = landline(text)
    return (LANDLINE, fixed) if fixed is not None else None


def _odd(read: Callable[[str], Read]) -> Callable[[str], tuple[Any, bool]]:
    def reading(text: str) -> tuple[Any, bool]:
        value, understood = read(text)
        return value, not understood

    return reading


def _skills(text: str) -> Read:
    words = () if is_none(text) or text == "否" else listings.skills(text)
    return words, words is not None
