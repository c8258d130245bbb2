"""What may stand to the right of an operator: numbers, words, codes, days and dated thresholds."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

from profiles.facts import Fact, Kind
from profiles.failures import ConditionRefused
from profiles.targeting.conditions import Bound, Dated, OneOf, Range, Scalar, Step, Test, Within

MOST_VALUES = 500
MOST_VALUES_IN_ALL = 2_000
MOST_STEPS = 50
LONGEST_WORD = 50
LONGEST_CLAUSE = 100
LARGEST_NUMBER = 1e12
OLDEST_AGE = 150
FIRST_YEAR, LAST_YEAR = 1900, 2200
_CODE_LENGTHS = (2, 4, 6, 9, 12)


class Budget:
    """How many values of lists one condition has used so far; databases take only so many parameters."""

    def __init__(self) -> None:
        self._used = 0

    def spend(self, count: int, path: str) -> None:
        """Refuse a list that is too long, alone or together with the others."""
        self._used += count
        if count > MOST_VALUES or self._used > MOST_VALUES_IN_ALL:
            reason = f"列出的值太多（一处最多 {MOST_VALUES} 个，合计最多 {MOST_VALUES_IN_ALL} 个）"
            raise ConditionRefused(path, reason, "请换一个信息项，或分成几条信息发送")


def shown(value: object) -> str:
    """A value of the faulty condition, short and printable enough to stand in an error."""
    text = value if isinstance(value, str) else type(value).__name__ if isinstance(value, dict | list) else repr(value)
    clean = "".join(letter if letter.isprintable() else "�" for letter in text[:21])
    return clean if len(text) <= 20 else clean[:20] + "…"


def test(fact: Fact, operator: str, raw: object, path: str, budget: Budget) -> Test:
    """The test that `operator` and its operand mean for a fact that is no boolean."""
    match operator:
        case "is":
            return OneOf((_scalar(fact, raw, path),))
        case "in":
            return OneOf(_scalars(fact, raw, path, budget))
        case "within":
            return Within(_code(raw, path))
        case "at_least":
            return Range(low=_bound(fact, raw, path))
        case "at_most":
            return Range(high=_bound(fact, raw, path))
    return _between(fact, raw, path)


def truth(raw: object, path: str) -> bool:
    """True or false, and nothing that merely resembles them."""
    if isinstance(raw, bool):
        return raw
    raise ConditionRefused(path, f"“{shown(raw)}”不是 true 或 false", "请写 true（是）或 false（否），不加引号")


def day(raw: object, path: str) -> date:
    """A day written as 2026-12-31."""
    try:
        parsed = date.fromisoformat(raw) if isinstance(raw, str) and len(raw) == 10 else None
    except ValueError:
        parsed = None
    if parsed is None or not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        raise ConditionRefused(path, f"“{shown(raw)}”不是日期", '请写成 "2026-12-31" 这样')
    return parsed


def trimmed_code(code: str) -> str:
    """A division code without the zeros by which statistics tables fill the codes of higher levels."""
    for length, filling in ((12, "000"), (9, "000"), (6, "00"), (4, "00")):
        if len(code) == length and code.endswith(filling):
            code = code.removesuffix(filling)
    return code


def _scalars(fact: Fact, raw: object, path: str, budget: Budget) -> tuple[Scalar, ...]:
    if not isinstance(raw, list):
        raise ConditionRefused(path, "in 后面要写一组值", '请写成 ["甲", "乙"] 这样；只有一个值时用 is')
    if not raw:
        raise ConditionRefused(path, "这一组里没有值", "请至少写一个值")
    budget.spend(len(raw), path)
    return tuple(dict.fromkeys(_scalar(fact, value, path) for value in raw))


def _scalar(fact: Fact, raw: object, path: str) -> Scalar:
    if fact.kind.is_numeric:
        return _number(fact, raw, path)
    if fact.kind is Kind.DIVISION:
        return _village(raw, path)
    return _word(fact, raw, path)


def _word(fact: Fact, raw: object, path: str) -> str:
    text = _text(fact.label, raw, path)
    if fact.stored(text):
        return text
    former = dict(fact.former_words).get(text)
    cure = f"这是以前的说法，现在请写“{former}”" if former else f"可用的有：{'、'.join(fact.choices)}"
    if fact.aliases and not former:
        cure += f"；也可写{'、'.join(alias for alias, _ in fact.aliases)}"
    raise ConditionRefused(path, f"未知的{fact.label}“{shown(text)}”", cure)


def _text(label: str, raw: object, path: str) -> str:
    if not isinstance(raw, str):
        raise ConditionRefused(path, f"{label}要写文字，这里是“{shown(raw)}”", '请用引号，例如 "一级"')
    text = raw.strip()
    if not 0 < len(text) <= LONGEST_WORD or not text.isprintable():
        raise ConditionRefused(path, f"“{shown(raw)}”不能作{label}", f"请写 1 到 {LONGEST_WORD} 个字，不要有换行等特殊符号")
    return text


def _number(fact: Fact, raw: object, path: str) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ConditionRefused(path, f"{fact.label}要写数字，这里是“{shown(raw)}”", "请写数字，不加引号和单位，例如 3")
    if isinstance(raw, float) and not math.isfinite(raw):
        raise ConditionRefused(path, f"“{raw}”不是可用的数字", "请写普通数字，例如 3 或 0.5")
    if abs(raw) > LARGEST_NUMBER:
        raise ConditionRefused(path, "数字太大", "请核对有没有多写零")
    if fact.kind in (Kind.INTEGER, Kind.AGE) and raw != int(raw):
        raise ConditionRefused(path, f"{fact.label}要写整数，这里是“{shown(raw)}”", "请去掉小数")
    if raw < 0 or (fact.kind is Kind.AGE and raw > OLDEST_AGE):
        raise ConditionRefused(path, f"{fact.label}不会是“{shown(raw)}”", "请核对数字")
    return float(raw)


def _between(fact: Fact, raw: object, path: str) -> Range:
    if not isinstance(raw, list) or len(raw) != 2:
        raise ConditionRefused(path, "between 后面要写两个数", "请写成 [16, 59] 这样，两头都包括在内")
    low, high = _number(fact, raw[0], path), _number(fact, raw[1], path)
    if low > high:
        raise ConditionRefused(path, f"前一个数 {shown(raw[0])} 大于后一个数 {shown(raw[1])}", "请把小的写在前面")
    return Range(low, high)


def _bound(fact: Fact, raw: object, path: str) -> Bound:
    if not isinstance(raw, list):
        return _number(fact, raw, path)
    if not 0 < len(raw) <= MOST_STEPS:
        raise ConditionRefused(path, f"分期的标准要写 1 到 {MOST_STEPS} 期", '例如 [{"since": "2026-01-01", "value": 8000}]')
    steps = tuple(_step(fact, step, f"{path}[{number}]") for number, step in enumerate(raw))
    for number, (earlier, later) in enumerate(pairwise(steps), start=1):
        if later.since <= earlier.since:
            raise ConditionRefused(f"{path}[{number}].since", "分期的标准没有按日期先后写", "请从早到晚排列，日期不要重复")
    return Dated(steps)


def _step(fact: Fact, raw: object, path: str) -> Step:
    cure = '请写成 {"since": "2026-01-01", "value": 8000, "clause": "文号和条款"} 这样'
    if not isinstance(raw, dict) or "since" not in raw or "value" not in raw:
        raise ConditionRefused(path, "每一期要有开始日期 since 和数值 value", cure)
    for key in raw:
        if key not in ("since", "value", "clause"):
            raise ConditionRefused(f"{path}.{shown(key)}", f"不认识的写法“{shown(key)}”", cure)
    clause = raw.get("clause", "")
    if not isinstance(clause, str) or len(clause) > LONGEST_CLAUSE or not clause.isprintable():
        raise ConditionRefused(f"{path}.clause", "依据写得不对", f"请写 {LONGEST_CLAUSE} 个字以内的文号和条款")
    return Step(day(raw["since"], f"{path}.since"), _number(fact, raw["value"], f"{path}.value"), clause)


def _code(raw: object, path: str) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    if not (text.isascii() and text.isdigit() and len(text) in _CODE_LENGTHS):
        cure = '请写带引号的 6 位（县）、9 位（乡镇）或 12 位（村）代码，例如 "640425100"'
        raise ConditionRefused(path, f"“{shown(raw)}”不是区划代码", cure)
    return trimmed_code(text)


def _village(raw: object, path: str) -> str:
    code = _code(raw, path)
    if len(code) != 12:
        raise ConditionRefused(path, f"“{shown(raw)}”不是村代码", '乡镇和县请用 "within"（在……范围内）')
    return code
