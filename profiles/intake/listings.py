"""Lists in one cell: crops with their mu, livestock with their head, kinds of household, skills."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from profiles.facts import HOUSEHOLD_KINDS, MONITORED_KINDS
from profiles.intake.numbers import CHINESE, HEAD, MU, amount, any_of, number, plain, without_thousands

LONGEST_NAME = 20
_SEPARATORS = re.compile(r"[;,、|。\n]+")
_LOOSE_SEPARATORS = re.compile(r"\s*(?:[/+&和及与]|\s)\s*")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|<[^<>]*>")
_WORDLESS_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*\d[^()\[\]【】]*)[)\]】]")
_OPENING = re.compile(r"^(?:种植|种了|种有|养殖|饲养|养了|养有|现有|存栏|其中)+:?")
_ORDINAL = re.compile(r"^\d{1,2}[.)](?=[^\d\s])")
_CLOSING = re.compile(r"(?:种植面积|种植|养殖|面积|存栏数|存栏|数量)$")
_UNIT_WORDS = frozenset({*MU, *HEAD, "万", "千", "亩数", "头数", "只数", "箱数"})
_NOTHING = frozenset({"0", "0亩", "0头", "0只", "0箱", "未种植", "没种", "不种", "未种", "不种植", "没有种植", "无种植", "未养殖", "没养",
                      "不养", "未养", "不养殖", "没有养殖", "无养殖", "撂荒", "无作物", "无牲畜", "无畜禽"})


@dataclass(frozen=True)
class Listing:
    """Names with amounts, sorted by name; `whole` when every item was understood, so that what is not named is 0."""

    items: tuple[tuple[str, float], ...]
    whole: bool = True


NOTHING = Listing(())


class _Units:
    """The patterns of items whose amounts are in the units of one table."""

    def __init__(self, units: dict[str, float]) -> None:
        unit = any_of(tuple(units))
        self._units = units
        # Nearly every item; a name that begins or ends in a word such as 种植 or 约 takes the longer way below.
        self._common = re.compile(
            rf"((?![种养饲现存其])[^\d:;,、|/\s()=.。\-*·<>【】{CHINESE}][^\d:;,、|/\s()=.。\-*·<>【】]*?(?<![植殖积栏量约近共计为有]))"
            rf":?(\d{{1,9}}(?:\.\d{{1,4}})?)({unit})?", re.ASCII)
        # After an amount with its unit another name may begin: 玉米5亩小麦3亩.
        self.boundary = re.compile(rf"(\d\s*(?:{unit}))(?=[^\d\s(（半])")
        self._name_digits = re.compile(r"(\D+?)\s*(?:约|大约|共)?\s*(\d.*)")
        self._name_words = re.compile(rf"(.+?)\s*((?:[{CHINESE}]+)\s*(?:{unit}).*)")
        self._amount_name = re.compile(rf"((?:\d+(?:\.\d+)?|[{CHINESE}]+)\s*(?:万|千)?\s*(?:{unit}))\s*的?(\D+)")

    def item(self, piece: str) -> tuple[str, float] | None:
        """One item: `玉米:5`, `玉米5亩`, `玉米(5亩)`, `5亩玉米`, `两头牛`; None without a name or without an amount."""
        common = self._common.fullmatch(piece)
        if common is not None:
            name, digits, unit = common.groups()
            if len(name) <= LONGEST_NAME and name not in _UNIT_WORDS and name.isprintable():
                return name, float(digits) if unit is None else round(float(digits) * self._units[unit], 4)
        bare = _ORDINAL.sub("", piece)
        name, colon, rest = bare.rpartition(":") if ":" in bare else bare.rpartition("=")
        if colon:
            return _named(name, self._amount(rest))
        opened = _BRACKETS.sub("", _WORDLESS_BRACKETS.sub(r"\1", bare)).strip()
        for pattern, name_at, amount_at in (
            (self._name_digits, 1, 2), (self._name_words, 1, 2), (self._amount_name, 2, 1),
        ):
            found = pattern.fullmatch(opened)
            item = _named(found[name_at], self._amount(found[amount_at])) if found is not None else None
            if item is not None:
                return item
        return None

    def _amount(self, text: str) -> float | None:
        bare = _BRACKETS.sub("", text).strip() or text.strip("()[]【】 ")
        value = number(bare)
        if value is None:
            value = amount(bare, self._units)
        if value is None and bare and all(letter in CHINESE for letter in bare):
            value = plain(bare)
        return value if value is not None and value >= 0 else None


_AREAS, _HEADS = _Units(MU), _Units(HEAD)


def crops(text: str) -> Listing | None:
    """A cell of crops in mu; None when nothing in it can be understood."""
    return _listing(text, _AREAS)


def livestock(text: str) -> Listing | None:
    """A cell of livestock in head; None when nothing in it can be understood."""
    return _listing(text, _HEADS)


def _listing(text: str, units: _Units) -> Listing | None:
    bare = without_thousands(text).strip(" ;,、.。")
    if bare in _NOTHING:
        return NOTHING
    found: dict[str, float] = {}
    whole = True
    for item in _items(bare, units):
        if item is None:
            whole = False
        elif item[1] > 0:
            found[item[0]] = round(found.get(item[0], 0.0) + item[1], 4)
    if not found and not whole:
        return None
    return Listing(tuple(sorted(found.items())), whole)


def _items(text: str, units: _Units) -> list[tuple[str, float] | None]:
    """The items of a list; within one, blanks, slashes and units separate only when it makes no sense as a whole."""
    items: list[tuple[str, float] | None] = []
    for piece in filter(None, (part.strip() for part in _SEPARATORS.split(text))):
        item = units.item(piece)
        if item is not None:
            items.append(item)
        else:
            items.extend(units.item(part) for part in _loosened(piece, units))
    return items


def _loosened(piece: str, units: _Units) -> list[str]:
    parts: list[str] = []
    for part in filter(None, _LOOSE_SEPARATORS.split(units.boundary.sub(r"\1 ", piece))):
        # "玉米 5亩 小麦 3亩": an amount belongs to the name before it.
        belongs = bool(parts) and part[0].isdigit() and not any(letter.isdigit() for letter in parts[-1])
        if belongs and not _ORDINAL.match(part):
            parts[-1] += part
        else:
            parts.append(part)
    return parts


def _named(name: str, value: float | None) -> tuple[str, float] | None:
    bare = _BRACKETS.sub("", name).strip(" :=-*·/|")
    bare = _CLOSING.sub("", _OPENING.sub("", bare)).strip(" :=-*·/|").replace(" ", "")
    if value is None or not 0 < len(bare) <= LONGEST_NAME or bare in _UNIT_WORDS or not bare.isprintable():
        return None
    return None if bare.isdigit() else (bare, value)


_KIND_WORDS = {
    "特困人员": "特困供养户", "特困户": "特困供养户", "特困": "特困供养户", "特困供养": "特困供养户", "特困人员供养户": "特困供养户",
    "特困救助供养户": "特困供养户", "分散供养特困户": "特困供养户", "五保户": "特困供养户", "五保": "特困供养户",
    "低保": "低保户", "农村低保": "低保户", "农村低保户": "低保户", "最低生活保障户": "低保户", "低保家庭": "低保户", "低保对象": "低保户",
    "脱贫": "脱贫户", "已脱贫户": "脱贫户", "建档立卡贫困户": "脱贫户", "建档立卡户": "脱贫户", "建档立卡脱贫户": "脱贫户",
    "贫困户": "脱贫户", "脱贫不稳定": "脱贫不稳定户", "脱贫不稳户": "脱贫不稳定户", "不稳定脱贫户": "脱贫不稳定户", "脱贫监测户": "脱贫不稳定户",
    "边缘易致贫": "边缘易致贫户", "边缘户": "边缘易致贫户", "突发严重困难": "突发严重困难户", "突发困难户": "突发严重困难户",
    "一般户": "一般农户", "普通户": "一般农户", "普通农户": "一般农户", "一般": "一般农户", "非贫困户": "一般农户", "非建档立卡户": "一般农户",
}
SEVERAL_IN_ONE = frozenset({"监测对象", "监测户", "防止返贫致贫对象", "防返贫监测对象", "防返贫监测户", "防止返贫监测对象", "三类户", "三类人员",
                            "“三类户”"})
"""Words for any of the three monitored kinds: they say something, but not which."""


@dataclass(frozen=True)
class Kinds:
    """The kinds of a household, sorted; `whole` when what is not named is not so; `strange` are unknown words."""

    names: tuple[str, ...]
    whole: bool = True
    strange: tuple[str, ...] = ()


def kinds(text: str, county: Mapping[str, str] = MappingProxyType({})) -> Kinds | None:
    """A cell of kinds; each stays as written but for short forms; None when it holds no word at all.

    `county` are further words and the kinds they mean.
    """
    names: set[str] = set()
    strange: set[str] = set()
    for bracketed, word in _kind_words(text):
        kind = county.get(word) or _KIND_WORDS.get(word, word)
        if kind in HOUSEHOLD_KINDS or word in county:
            names.add(kind)
        elif not bracketed and len(word) <= LONGEST_NAME:
            names.add(word)
            strange.add(word)
    if not names:
        return None
    vague = any(name in SEVERAL_IN_ONE for name in names) and not names & set(MONITORED_KINDS)
    return Kinds(tuple(sorted(names)), not vague, tuple(sorted(strange)))


def _kind_words(text: str) -> list[tuple[bool, str]]:
    inside = " ".join(match.group()[1:-1] for match in _BRACKETS.finditer(text))
    outside = _BRACKETS.sub(" ", text)
    return [(bracketed, word) for bracketed, part in ((False, outside), (True, inside))
            for word in re.split(r"[;,、|/+&\s和及]+", part) if word.strip(".。·-")]


_NO_SKILL = frozenset({"无技能", "无特长", "无手艺", "没有技能", "普通劳动力无技能"})


def skills(text: str) -> tuple[str, ...] | None:
    """A cell of skills, each as written; None when it holds no word at all."""
    if text in _NO_SKILL:
        return ()
    words = dict.fromkeys(word.strip() for word in re.split(r"[;,、|/+\n]+|\s+", text) if word.strip(" .。-"))
    return tuple(word for word in words if len(word) <= 40) or None
