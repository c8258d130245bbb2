"""What two questions that look alike may still differ in: polarity, what is asked about, and one swapped slot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntFlag, auto


class Focus(IntFlag):
    """What a question wants to hear; a question may want several."""

    COST = auto()
    DURATION = auto()
    TIME = auto()
    PLACE = auto()
    PERSON = auto()
    REASON = auto()
    WAY = auto()
    PERMISSION = auto()
    AGE = auto()
    PAPERS = auto()
    CONDITION = auto()
    COUNT = auto()
    SHARE = auto()
    EFFECT = auto()
    BENEFIT = auto()
    DIFFERENCE = auto()
    SCORE = auto()


_FOCUS_WORDS: dict[Focus, str] = {
    Focus.COST: r"多少钱|几块|几多|价格|费用|[收付交]费|手续费|花钱|标准|[补交花领发收给赔拿罚]多少(?![天年月次])|金额|"
                r"几[百千万毛]|额度|贵不贵|要钱|免费",
    Focus.DURATION: r"多长时间|几天|几个(?:工作日|月|星期|小时|钟头)|期限|有效期|几年",
    Focus.TIME: r"什么时[候间]|几号|哪[天年]|几点|(?<!多长)时间|日期|截止|最[晚早]",
    Focus.PLACE: r"哪里|哪儿|在哪|去哪|地址|地方|哪个(?:窗口|医院|银行)|往哪|(?:什么|哪个?)科(?!目)",
    Focus.PERSON: r"找谁|谁|哪个部门|什么部门|电话|找哪个",
    Focus.REASON: r"为什么|怎么回事|原因|引起",
    Focus.WAY: r"怎么(?!回事|引起)|流程|手续|步骤|办理$",
    Focus.PERMISSION: r"可以|能.*(?:吗|么|不$)|是否|会不会|有没有|[要用]不[要用]",
    Focus.AGE: r"几岁|多大|年龄|周岁|岁",
    Focus.PAPERS: r"材料|带什么|要什么|哪些东西|什么东西",
    Focus.CONDITION: r"条件|资格|什么人|哪些人|要求|符合|满足",
    Focus.COUNT: r"几[次针颗道门项]|次数|针数|几个人|多少[颗道门项个]",
    Focus.SHARE: r"比例|百分之|几成|利率|利息",
    Focus.EFFECT: r"影响|后果|后遗症|副作用|危害|坏处|毛病",
    Focus.BENEFIT: r"好处|作用|功效|优点|有什么用",
    Focus.DIFFERENCE: r"区别|不同|差别|一样吗|哪个好",
    Focus.SCORE: r"几分(?!钟)|分数",
}
_NOT_LEAVE = int(~(Focus.PERMISSION | Focus.CONDITION | Focus.EFFECT | Focus.BENEFIT | Focus.DIFFERENCE))
"""Who asks for anything of this does not ask for leave as well: 几天可以领."""
_FOCUS = [(focus, re.compile(words)) for focus, words in _FOCUS_WORDS.items()]
_CHOICE = re.compile(r"(.)不\1|能不能|可不可以|是不是|有没有|不$")
_DENIAL = re.compile(
    r"不(?!同|锈|良|孕|育|动产|足|全|适|少|好意思|知道|管|过|久|仅|但|见)|没(?!事)|未|非(?!常)|别(?!人|的)|勿|拒|停|禁|无(?!论)"
)
_SLOT = re.compile(r"[0-9]+|[a-z]+|[甲乙丙丁]|[一二三四五六七八九十]+(?=[级类档期岁代号个亩头])")


@dataclass(frozen=True, slots=True)
class Stance:
    """What a text asks about, how often it denies, and the numbers and codes it names."""

    focus: int
    """Bits of Focus."""
    denials: int
    slots: frozenset[str]


def stance(text: str) -> Stance:
    """The stance of a plain text."""
    focus = 0
    for kind, words in _FOCUS:
        if words.search(text):
            focus |= kind.value
    if focus & _NOT_LEAVE:
        focus &= ~Focus.PERMISSION.value
    return Stance(focus, len(_DENIAL.findall(_CHOICE.sub("", text))), frozenset(_SLOT.findall(text)))


def denies_otherwise(one: Stance, other: Stance) -> bool:
    """One text denies what the other affirms."""
    return one.denials % 2 != other.denials % 2


def asks_otherwise(one: Stance, other: Stance) -> bool:
    """Both say what they want to hear, and it is nothing in common."""
    return bool(one.focus and other.focus and not one.focus & other.focus)


def shared_focus(one: Stance, other: Stance) -> float:
    """The share of what either asks about that both ask about."""
    either = (one.focus | other.focus).bit_count()
    return (one.focus & other.focus).bit_count() / either if either else 0.0


def names_otherwise(one: Stance, other: Stance) -> bool:
    """Both name numbers or codes, and not the same ones."""
    return bool(one.slots and other.slots and one.slots != other.slots)
