"""Words that name a hardship, and words that promise: neither may stand in a message to a resident.

A page on the web may explain what 低保 is; a message to one household must not say that the household has it
(domain rules on personal information: sensitive facts are never named in an SMS or WeChat message).
"""

from __future__ import annotations

import re
import unicodedata

HARDSHIP_WORDS = (
    "低保", "最低生活保障", "特困", "五保", "脱贫", "贫困", "返贫", "致贫", "建档立卡", "监测对象", "监测户", "帮扶对象",
    "突发严重困难", "困难户", "困难家庭", "困难群众", "困难人员", "困难职工", "困难学生", "刚性支出", "边缘户", "低收入",
    "残疾", "残联", "重残", "失能", "孤儿", "困境儿童", "事实无人抚养", "留守儿童", "留守老人", "失独", "易地搬迁",
    "搬迁户", "危房户", "C级危房", "D级危房", "救助对象", "社会救助", "临时救助", "医疗救助", "重病", "患病", "精神障碍",
    "艾滋",
)
"""Kinds of household, health and misfortune, as offices write them; a county may lengthen the list."""

NEUTRAL = "您家有一项可办事项"
"""What a message says instead; the details stand on the page or are told at the village office."""

_PROMISE = re.compile(
    r"(?<!如果)(?<!如)(?<!若)(?<!凡)(?:您家|您|你家|你)(?:已经?|均|都)?"
    r"(?:符合|可以?领|能领|可以?享受|能享受|有资格|获得|获批|审核通过)"
    r"|(?:保证|一定)能?(?:领到|享受|通过)"
)
ELIGIBILITY = "按您家登记情况，可以申请；以{office}审核结果为准"
"""The one way eligibility is said to a resident."""


def hardships_in(text: str) -> tuple[str, ...]:
    """The hardship words a text names, also when spread with blanks or written in full width."""
    dense = _dense(text)
    return tuple(word for word in HARDSHIP_WORDS if word in dense)


def promises_in(text: str) -> tuple[str, ...]:
    """The words in which a text promises what only the office's check can decide."""
    return tuple(found.group() for found in _PROMISE.finditer(_dense(text)))


def _dense(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if not letter.isspace() and unicodedata.category(letter) != "Cf")
