"""What a cadre fills in for each kind of change, read as offices write such things, each fault with its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from profiles.changes.models import ChangeKind
from profiles.contacts import normal_phone
from profiles.intake import listings
from profiles.intake.cells import text_of
from profiles.intake.identity import IdNumber, read_id_number
from profiles.intake.listings import Listing

LONGEST_WORDS = 300
LONGEST_NAME = 20
RELATIONS = ("配偶", "子", "女", "儿媳", "女婿", "父母", "孙子女", "其他")
HOUSE_MOVED, HOUSE_SPLIT, HOUSE_MERGED = "moved", "split", "merged"
HOUSES = {HOUSE_MOVED: "整户搬到别的村", HOUSE_SPLIT: "分成了两户", HOUSE_MERGED: "和别的户合在一起"}


@dataclass(frozen=True)
class Filled:
    """A form as read: the fields that say something, and (field, sentence) for each that is wrong."""

    fields: Mapping[str, str]
    faults: tuple[tuple[str, str], ...] = field(default=())


def read(kind: ChangeKind, form: Mapping[str, str], today: date) -> Filled:
    """Read the form of one kind of change."""
    reading = _Reading(form, today)
    reading.words("words", required=kind is ChangeKind.OTHER)
    if kind.is_about_somebody:
        reading.chosen("about", "请选出是谁。")
    if kind in _READERS:
        _READERS[kind](reading)
    return Filled({name: value for name, value in reading.fields.items() if value}, tuple(reading.faults))


def listing_of(kind: str, text: str) -> Listing | None:
    """Crops or livestock as written, or None when they cannot be read."""
    plain = text_of(text)
    if plain in ("无", "没有", "没了"):
        return Listing(())
    found = listings.crops(plain) if kind == "crops" else listings.livestock(plain)
    return found if found is not None and found.whole else None


class _Reading:
    def __init__(self, form: Mapping[str, str], today: date) -> None:
        self._form = form
        self._today = today
        self.fields: dict[str, str] = {}
        self.faults: list[tuple[str, str]] = []

    def _text(self, name: str) -> str:
        return self._form.get(name, "").strip()

    def words(self, name: str, *, required: bool = False) -> None:
        text = self.fields[name] = self._text(name)
        if required and not text:
            self.faults.append((name, "请写一句发生了什么。"))
        if len(text) > LONGEST_WORDS:
            self.faults.append((name, f"写得太长：最多 {LONGEST_WORDS} 个字，现在 {len(text)} 个。"))

    def chosen(self, name: str, words: str) -> None:
        self.fields[name] = self._text(name)[:40]
        if not self.fields[name]:
            self.faults.append((name, words))

    def several(self, name: str, words: str) -> None:
        self.fields[name] = self._text(name)[:600]
        if not self.fields[name]:
            self.faults.append((name, words))

    def day(self, name: str) -> None:
        text = self._text(name)
        if not text:
            return
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.faults.append((name, "日期没看懂。请照 2026-11-23 的样子写，记不清就空着。"))
            return
        self.fields[name] = day.isoformat()
        if day > self._today or day.year < 1900:
            self.faults.append((name, "日期不对：不能是还没到的日子。请改一下，记不清就空着。"))

    def name(self) -> None:
        text = self.fields["name"] = "".join(self._text("name").split())
        if not text:
            self.faults.append(("name", "请写姓名。"))
        elif len(text) > LONGEST_NAME or any(letter.isdigit() for letter in text):
            self.faults.append(("name", "姓名里不能有数字，也不能太长。请核对。"))

    def phone(self, *, required: bool) -> None:
        text = self._text("phone")
        number = normal_phone(text)
        self.fields["phone"] = number or ""
        if (text and number is None) or (required and not text):
            self.faults.append(("phone", "手机号应是 11 位数字。请核对。"))

    def id_number(self) -> None:
        text = self._text("id_number")
        found = read_id_number(text) if text else None
        if isinstance(found, IdNumber):
            self.fields["id_number"] = found.number
        elif found is not None:
            self.faults.append(("id_number", "身份证号码不对：应是 18 位，最后一位是校验码。请对着证件再输一遍，不方便就空着。"))

    def among(self, name: str, allowed: Mapping[str, str] | tuple[str, ...], words: str = "") -> None:
        text = self._text(name)
        self.fields[name] = text if text in allowed else ""
        if words and not self.fields[name]:
            self.faults.append((name, words))

    def farming(self) -> None:
        for name, words in (("crops", "种植没看懂。请照“玉米5亩，马铃薯3亩”写，一样也没有就写“无”。"),
                            ("livestock", "养殖没看懂。请照“肉牛4头，羊20只”写，一样也没有就写“无”。")):
            self.fields[name] = self._text(name)[:200]
            if self.fields[name] and listing_of(name, self.fields[name]) is None:
                self.faults.append((name, words))
        if not self.fields["crops"] and not self.fields["livestock"]:
            self.faults.append(("crops", "种植和养殖至少写一样。没变的空着。"))


def _gone(reading: _Reading) -> None:
    reading.day("day")


def _new_member(reading: _Reading) -> None:
    reading.name()
    reading.among("relation", RELATIONS, "请选和户主的关系。")
    reading.among("gender", ("男", "女"))
    reading.day("birth")
    reading.id_number()
    reading.phone(required=False)


def _phone(reading: _Reading) -> None:
    reading.phone(required=True)
    reading.among("keep_old", ("1",))


def _house(reading: _Reading) -> None:
    reading.among("how", HOUSES, "请选是哪一种。")
    how = reading.fields["how"]
    if how == HOUSE_MOVED:
        reading.chosen("village", "请选搬到了哪个村。")
    elif how == HOUSE_SPLIT:
        reading.several("members", "请选出分出去的是哪几个人。")
    elif how and not reading.fields["words"]:
        reading.faults.append(("words", "请写清楚和哪一户合在一起。"))


_READERS: Mapping[ChangeKind, Callable[[_Reading], None]] = {
    ChangeKind.DIED: _gone, ChangeKind.MOVED_OUT: _gone, ChangeKind.CAME_BACK: _gone, ChangeKind.NEW_MEMBER: _new_member,
    ChangeKind.PHONE: _phone, ChangeKind.FARMING: _Reading.farming, ChangeKind.HOUSE: _house,
}
