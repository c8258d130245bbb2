"""What portraits never learn from: 救助, 残疾, 疾病, 信访 and what stands for them."""

from __future__ import annotations

_WORDS = (
    "救助", "低保", "最低生活保障", "特困", "五保", "困难", "临时救济", "孤儿", "残疾", "伤残", "残联", "残障", "护理补贴", "医保", "医疗", "疾病", "大病", "慢病",
    "慢性病", "患者", "病人", "病残", "健康", "卫生", "疫苗", "疫情", "传染", "体检", "住院", "门诊", "康复", "精神障碍", "信访", "上访", "举报", "投诉",
    "求决", "戒毒", "社区矫正", "监测对象", "脱贫", "易返贫", "边缘易致贫",
)
"""Hardship, disability, illness and petitions in the words notices use; also what only their holders would open."""


def is_sensitive(*words: str) -> bool:
    """Whether a topic, kind or title touches what must leave no trace in a portrait."""
    return any(sign in word for word in words for sign in _WORDS)
