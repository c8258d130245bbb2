"""Cells with one of few meanings: yes and no, gender, grades, schooling, relation, 健在.

Every reader takes a text that is not empty and gives the value and whether it was understood.
"""

from __future__ import annotations

import re
from typing import Any

from profiles.facts import NONE
from profiles.intake.cells import is_none
from profiles.models import Standing

Read = tuple[Any, bool]
NOT_UNDERSTOOD: Read = (None, False)

_YES = frozenset(["是", "有", "1", "y", "yes", "t", "true", "√", "✓", "✔", "☑", "v", "对", "○", "属于", "已", "是的", "在"])
_NO = frozenset(["否", "无", "0", "n", "no", "f", "false", "×", "x", "✗", "✘", "☐", "不是", "没有", "不", "不属于", "未", "否的", "非"])
_MIGRANT_YES = re.compile(r"(?:正?在?(?:外出|在外|省外|省内|县外|县内|市外|市内|区外|跨省|乡外|本地|外地|本县|本省)(?:务工|打工|"
                          r"就业)?(?:中|人员)?|务工中?|打工|就业"
                          r"|在(?!家).{1,12}(?:务工|打工|上班|就业))")
_MIGRANT_NO = re.compile(r"(?:未|没有?|不|无|非)(?:在?外出?)?(?:务工|打工|就业)?(?:人员)?|在家(?:务农)?|务农|未外出|没外出|不外出")
_RELOCATED_YES = re.compile(r"(?:已|是)?(?:易地)?(?:扶贫)?搬迁户?|已搬迁|集中安置|分散安置")
_RELOCATED_NO = re.compile(r"(?:未|没有?|不|非)(?:是)?(?:易地)?(?:扶贫)?搬迁户?")

_NEVER = re.compile(r"(?!)")

_GENDERS = {"男": "男", "男性": "男", "m": "男", "male": "男", "1": "男", "女": "女", "女性": "女", "f": "女", "female": "女", "2": "女"}
_GRADE_DIGITS = {"一": "一", "1": "一", "壹": "一", "i": "一", "二": "二", "2": "二", "贰": "二", "ii": "二", "三": "三", "3": "三",
                 "叁": "三", "iii": "三", "四": "四", "4": "四", "肆": "四", "iv": "四"}
_GRADE = re.compile(r"(一|二|三|四|壹|贰|叁|肆|iii|ii|iv|i|[1-4])\s*级?")
_GRADE_INSIDE = re.compile(r"(一|二|三|四|壹|贰|叁|肆|[1-4])\s*级")
_NOT_DISABLED = frozenset(["否", "0", "非残疾", "非残疾人", "不残疾", "健康", "无残疾", "未残疾", "正常", "没有残疾"])
_NOT_AT_SCHOOL = frozenset(["否", "0", "不在读", "不在校", "未在读", "未在校", "非在校生", "非在校", "不在学", "未上学", "不上学", "已毕业", "毕业", "未就读", "无在读", "已辍学"])
_STAGE = re.compile(r"(学前班|学前教育|学前|幼儿园|小学|初中|普通高中|高中|职业高中|职高|中职|中专|技校|大专|高职|专科|本科|"
                    r"大学本科|大学|研究生|硕士|博士)"
                    r"(?:在读|在校|就读|生|阶段|在读生|在校生|[一二三四五六1-6]年级|[一二三1-3]年级学生)?")
_HEAD_WORDS = frozenset({"户主", "本人或户主", "户主本人", "户主(本人)", "本人(户主)", "户主或本人", "家主"})
SELF_WORDS = frozenset({"本人", "自己"})
_STANDINGS = {
    Standing.PRESENT: frozenset(["健在", "正常", "在", "在册", "在户", "在世", "是", "有", "未变动", "无变动", "无", "否",
                                 "无变化", "常住", "在家", "自然增加", "新增", "新生", "出生", "迁入", "婚入", "嫁入"]),
    Standing.DIED: frozenset(["去世", "死亡", "已故", "亡故", "已去世", "已死亡", "已亡故", "病故", "过世", "离世", "自然减少(死亡)", "死亡注销", "注销(死亡)"]),
    Standing.MOVED: frozenset(["迁出", "已迁出", "外迁", "迁走", "已迁走", "嫁出", "婚出", "出嫁", "户口迁出", "搬走", "分户", "分户迁出", "转出", "已转出"]),
}
_HOUSE = re.compile(r"([abcd])\s*(?:级)?(?:危房|房屋|住房|房)?|(?:危房|房屋|住房)?([abcd])\s*级?")


def migrant(text: str) -> Read:
    """Whether a member works away from home."""
    return _boolean(text, _MIGRANT_YES, _MIGRANT_NO)


def relocated(text: str) -> Read:
    """Whether the household was relocated."""
    return _boolean(text, _RELOCATED_YES, _RELOCATED_NO)


def yes_or_no(text: str) -> Read:
    """是 or 否 in any of their spellings."""
    return _boolean(text, _NEVER, _NEVER)


def _boolean(text: str, yes: re.Pattern[str], no: re.Pattern[str]) -> Read:
    word = text.lower().strip(" .。")
    word = word.removesuffix(".0")
    if word in _YES or yes.fullmatch(word):
        return True, True
    if word in _NO or is_none(text) or no.fullmatch(word):
        return False, True
    return NOT_UNDERSTOOD


def gender(text: str) -> Read:
    """男 or 女."""
    found = _GENDERS.get(text.lower().removesuffix(".0"))
    return (found, True) if found else NOT_UNDERSTOOD


def disability(text: str) -> Read:
    """一级 to 四级, or 无; the sort of disability around the grade is not kept."""
    word = text.lower().replace(" ", "").removesuffix(".0")
    if is_none(text) or word in _NOT_DISABLED:
        return NONE, True
    found = _GRADE.fullmatch(word)
    if found is None:
        inside = _GRADE_INSIDE.findall(word)
        grades = {_GRADE_DIGITS[one] for one in inside}
        return (f"{grades.pop()}级", True) if len(grades) == 1 else NOT_UNDERSTOOD
    return f"{_GRADE_DIGITS[found[1]]}级", True


def house_grade(text: str) -> Read:
    """A to D, or 无."""
    if is_none(text):
        return NONE, True
    found = _HOUSE.fullmatch(text.lower().replace(" ", ""))
    return ((found[1] or found[2]).upper(), True) if found else NOT_UNDERSTOOD


def study(text: str) -> Read:
    """The stage of schooling as written, without 在读 and the year; 无 for who is not at school."""
    if is_none(text) or text in _NOT_AT_SCHOOL:
        return NONE, True
    found = _STAGE.fullmatch(text.replace(" ", ""))
    return _short(found[1] if found else text, 20)


def relation(text: str) -> Read:
    """The relation to the head as written."""
    return _short(text, 20)


def is_head(text: str) -> bool:
    """Whether a relation says that this is the head."""
    return text in _HEAD_WORDS


def group(text: str) -> Read:
    """The village group as written."""
    return _short(text, 40)


def standing(text: str) -> Read:
    """健在, 去世 or 迁出."""
    for value, words in _STANDINGS.items():
        if text in words:
            return value.value, True
    return NOT_UNDERSTOOD


def _short(text: str, longest: int) -> Read:
    return (text, True) if len(text) <= longest else NOT_UNDERSTOOD
