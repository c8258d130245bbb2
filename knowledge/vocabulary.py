"""Brings dialect and everyday words for the same thing to the one word offices use.

Both sides of a comparison go through the same table, so a word need only be brought to its fellows, not be right.
Dialect words of the north-west and south-west as 汉语方言大词典 (1999) records them; office words as forms have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from knowledge.sounds import heard

SAME_WORDS: dict[str, str] = {
    "怎么": "咋个 咋样 咋么 咋 怎样 怎么样 如何 啷个 囊个 郎个 怎么才能 怎样才能",
    "什么": "啥子 啥 哪样 甚么 么子",
    "什么时候": "啥时候 啥时 几时 何时 多会儿 多咱 什么时间 哪个时候 几月 几月份 哪个月 哪月 啥时节",
    "哪里": "哪儿 哪搭 啊搭 阿搭 哪个地方 什么地方 啥地方 哪块 哪点 何处",
    "多少": "几多 好多",
    "多少钱": "多钱 好多钱 几块钱 几个钱 几毛钱 几块 几毛 多少块 什么价 啥价 什么价钱 啥价钱 什么价格",
    "多长时间": "多久 多长",
    "为什么": "为啥 为何 什么原因",
    "怎么回事": "咋回事",
    "怎么办": "咋办 咋弄 怎么弄 怎么办理 如何办理 怎样办理 咋办理 咋整 怎么整 怎么处理 "
    "如何处理 咋处理 怎么解决 如何解决 咋解决 怎么搞 咋搞",
    "几天": "多少天 几日 多少日",
    "几次": "多少次 几回 多少回",
    "几个月": "多少个月",
    "几年": "多少年",
    "几岁": "多少岁 多大岁数 多大年龄 多大年纪",
    "几分": "多少分",
    "几针": "多少针",
    "不能": "不得行 不行",
    "可以": "能够 得行 能不能 可不可以 可以不可以 能否 可否 是否可以 是不是可以 "
    "行不行 成不成 得不得行 让不让 准不准 允不允许 允许不允许",
    "没有": "没得 冇得 莫得 莫有",
    "孩子": "娃娃 娃儿 娃 小孩子 小孩 细娃",
    "妻子": "媳妇 婆姨 老婆 堂客",
    "丈夫": "老公",
    "老年人": "老人家 老人",
    "我们": "咱们 咱家 俺们 俺家 我屋里",
    "丢失": "丢了 弄丢 掉了 遗失 不见了 找不着 找不见 找不到 弄没 丢掉 搞丢",
    "补办": "补领 重新办 重办 再办",
    "材料": "资料 证件 手续",
    "申请": "申领 申报",
    "费用": "工本费 手续费 收费 花费 价钱 价格",
    "补贴": "补助 补助金 补贴款 津贴",
    "报销": "报账",
    "务工": "打工",
    "找工作": "找不到工作 找不着工作",
    "找不到人": "找不着人 找不见人",
    "工资": "工钱 薪水",
    "医保": "医疗保险 新农合 合作医疗 农合 合疗 城乡居民医疗保险 城乡居民医保 居民医保",
    "职工医保": "单位医保 职工医疗保险 城镇职工医保 城镇职工医疗保险",
    "养老保险": "养老险",
    "居民养老保险": "老农保 新农保 农保 农村养老保险 城乡居民养老保险 城乡居民基本养老保险",
    "失业金": "失业保险金",
    "养老金": "养老钱 养老费",
    "低保": "最低生活保障 低保金",
    "宅基地": "庄基地 庄基 屋基",
    "身份证": "居民身份证",
    "残疾证": "残疾人证",
    "户口本": "户口簿",
    "驾驶证": "驾照 驾驶执照",
    "不动产证": "房产证 房本 不动产权证 不动产权证书 产权证",
    "电动车": "电瓶车 电动自行车",
    "社保卡": "社会保障卡",
    "缴费": "交钱 交费 缴钱 缴纳",
    "看病": "就医 看医生 就诊",
    "去世": "过世 逝世 不在了",
    "上户口": "落户 报户口 入户",
    "领结婚证": "扯结婚证 打结婚证 扯证",
    "年检": "年审 审车 验车",
    "摩托车": "摩托",
    "土豆": "洋芋 马铃薯 山药蛋",
    "小麦": "麦子",
    "大豆": "黄豆",
    "橘子": "桔子",
    "房贷": "按揭 按揭贷款 住房贷款",
    "教师资格证": "教资 教师证",
    "红薯": "红苕 地瓜",
    "银行": "",
}  # fmt: skip
"""Words by what stands for them; one for which nothing stands is kept whole: 银行不行 has no 行不行 in it."""


LONG = 4
"""Characters from which on a word is known by its sound where one of them is misspelt, as dictation writes 合作一疗."""


@cache
def _table() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {other: word for word, others in SAME_WORDS.items() for other in (word, *others.split())}
    return _any_of(words), words


@cache
def _long_words() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {heard(word): word for word in _table()[1] if len(word) >= LONG and "哪" not in word}  # 那个地方 is a place
    return _any_of(words), words


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def standard(text: str) -> str:
    """The text with dialect and everyday words replaced by the office's, also where a long one is misspelt by its sound."""
    pattern, words = _table()
    return pattern.sub(lambda found: words[found.group()], _spelt(text))


def _spelt(text: str) -> str:
    """The text with the long words spelt right of which one character was written for another that sounds alike."""
    pattern, words = _long_words()
    for found in pattern.finditer(heard(text)):
        said, meant = text[found.start():found.end()], words[found.group()]
        if sum(one != other for one, other in zip(said, meant, strict=True)) == 1:
            text = text[:found.start()] + meant + text[found.end():]
    return text
