"""去标识化 before anything is published or sent: finds identity numbers, telephones of people, and bank cards in a text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from notices import identities
from notices.numerals import Number, flatten, numbers

SERVICE_NUMBERS = frozenset({
    "110", "119", "120", "122", "12110", "12119", "12122", "12306", "12309", "12310", "12315", "12316", "12317", "12318",
    "12320", "12321", "12326", "12328", "12329", "12331", "12333", "12337", "12338", "12339", "12345", "12348", "12349",
    "12350", "12351", "12355", "12356", "12358", "12360", "12361", "12363", "12365", "12366", "12367", "12368", "12369",
    "12377", "12378", "12379", "12380", "12381", "12385", "12386", "12388", "12389", "12393", "12395", "10000", "10010",
    "10086", "10099", "11183", "11185", "95598", "95588", "95599", "95533", "95566", "95595", "95580", "96777",
})
"""Public short numbers: anybody may be told to ring them."""


class FoundKind(StrEnum):
    """What sort of number was found."""

    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    MOBILE = "mobile"
    LANDLINE = "landline"

    @property
    def words(self) -> str:
        """The office's word."""
        return {"id_number": "身份证号", "bank_card": "银行卡号", "mobile": "手机号", "landline": "电话号码"}[self]

    @property
    def cure(self) -> str:
        """What to do about it."""
        if self in (FoundKind.ID_NUMBER, FoundKind.BANK_CARD):
            return "请整段删去，公开内容里不能出现"
        return "请删去；确是办公电话的，填到“电话”（phone）或“文中其他办公电话”（other_phones）里"


@dataclass(frozen=True)
class Found:
    """One number that must not go out: where it stands and a masked excerpt, never the number itself."""

    kind: FoundKind
    place: str
    excerpt: str
    cure: str

    @property
    def words(self) -> str:
        """One sentence: place, what, cure."""
        return f"{self.place}有{self.kind.words}（{self.excerpt}）。{self.cure}。"


@dataclass(frozen=True)
class _Hit:
    kind: FoundKind
    start: int
    end: int
    digits: str


def scan(text: str, own_phones: Collection[str] = ()) -> tuple[Found, ...]:
    """Every number in a text that may not be published; `own_phones` as `phones_in` gives them."""
    return tuple(_found(hit, text) for hit in _hits(text) if not _is_own(hit, own_phones))


def scan_fields(fields: Mapping[str, str], own_phones: Collection[str] = ()) -> tuple[Found, ...]:
    """What `scan` finds in each of several texts, the place opening with the text's label."""
    return tuple(replace(found, place=f"{label}{found.place}")
                 for label, text in fields.items() for found in scan(text, own_phones))


def phones_in(texts: Iterable[str]) -> frozenset[str]:
    """The telephone numbers that texts state, in digits alone, with and without area code."""
    stated: set[str] = set()
    for text in texts:
        for hit in _hits(text):
            stated.add(hit.digits)
            if hit.kind is FoundKind.LANDLINE and hit.digits.startswith("0"):
                stated.add(identities.without_area(hit.digits))
        stated.update(group for group in re.findall(r"\d+", flatten(text)) if len(group) >= 5)
    return frozenset(stated)


def _is_own(hit: _Hit, own_phones: Collection[str]) -> bool:
    return hit.kind in (FoundKind.MOBILE, FoundKind.LANDLINE) and (
        hit.digits in own_phones or hit.digits in SERVICE_NUMBERS)


def _hits(text: str) -> list[_Hit]:
    """What stands in a text, the longest first where readings overlap, in order of place."""
    candidates = [hit for number in numbers(text) for hit in _readings(number, text)] + list(_local_numbers(text))
    kept: list[_Hit] = []
    rank = list(FoundKind)
    for hit in sorted(candidates, key=lambda one: (rank.index(one.kind) // 2, one.start - one.end, rank.index(one.kind))):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda one: one.start)


def _readings(number: Number, text: str) -> Iterator[_Hit]:
    digits, shape = number.digits, number.shape
    if _is_identity(number, text):
        yield _Hit(FoundKind.ID_NUMBER, number.start, number.end, digits)
    elif len(shape) == 1 and len(digits) > 18:
        yield from _inside(number)
    if number.ends_in_x:
        return
    if identities.is_bank_card(digits, shape) and (digits.startswith("62") or not _is_labelled(text, number.start)):
        yield _Hit(FoundKind.BANK_CARD, number.start, number.end, digits)
    own_mobile = identities.mobile(digits, shape)
    if own_mobile:
        yield _Hit(FoundKind.MOBILE, number.start, number.end, own_mobile)
    own_landline = identities.landline(digits, shape)
    if own_landline:
        yield _Hit(FoundKind.LANDLINE, number.start, number.end, own_landline)


_ID_SHAPES = frozenset({(15,), (18,), (17,), (6, 8, 4), (6, 8, 3), (6, 6, 3), (6, 4, 4, 4)})
_ID_WORD = re.compile(r"身份证|证件号|公民身份|身份号")


def _is_identity(number: Number, text: str) -> bool:
    digits = number.digits
    if identities.is_id_18(digits):
        return True
    if len(digits) not in (15, 18):
        return False
    # A mistyped identity number is still somebody's: beside the word, the check digit is not asked for.
    is_named = _ID_WORD.search(text, max(0, number.start - 12), number.start) is not None
    if is_named and number.shape in _ID_SHAPES:
        return True
    return identities.is_id_15(digits) and number.shape in ((15,), (6, 6, 3))


def _inside(number: Number) -> Iterator[_Hit]:
    """Identity numbers inside a longer unbroken run, where a neighbour was glued on."""
    for offset in range(len(number.digits) - 17):
        window = number.digits[offset:offset + 18]
        if identities.is_id_18(window):
            yield _Hit(FoundKind.ID_NUMBER, number.start + offset, number.start + offset + 18, window)


_LABEL = re.compile(r"(?:编号|代码|文号|单号|编码|合同号|项目号|批次号|序号)[^\d\n]{0,4}$")


def _is_labelled(text: str, start: int) -> bool:
    """Whether the words before a number say that it is a file's or project's."""
    return _LABEL.search(text[max(0, start - 12):start]) is not None


_LOCAL = re.compile(r"(?:电话|座机|热线|传真|联系)[^\d\n]{0,4}(?P<row>\d[\d\-－]{4,9}(?:[、，,/；; 或和及]+\d[\d\-－]{4,9})*)")


def _local_numbers(text: str) -> Iterator[_Hit]:
    """Numbers of 5 to 8 digits without area code, known as telephones by the word before them."""
    flat = flatten(text)
    for named in _LOCAL.finditer(flat):
        for one in re.finditer(r"\d[\d\-－]*\d", named.group("row")):
            digits = "".join(letter for letter in one.group() if letter.isdigit())
            start = named.start("row") + one.start()
            if 5 <= len(digits) <= 8:
                yield _Hit(FoundKind.LANDLINE, start, start + len(one.group()), digits)


def _found(hit: _Hit, text: str) -> Found:
    line = text.count("\n", 0, hit.start) + 1
    column = hit.start - (text.rfind("\n", 0, hit.start) + 1) + 1
    return Found(hit.kind, f"第 {line} 行第 {column} 个字", _masked(hit.digits), hit.kind.cure)


def _masked(digits: str) -> str:
    if len(digits) < 9:
        return digits[:2] + "****"
    return f"{digits[:3]}****{digits[-2:]}"
