"""The closed list of topics (主题) that notices carry and residents may refuse, and which of them are owed by law."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What a notice is about; the opt-out register is scoped by it."""

    CROPS = "种植"
    LIVESTOCK = "养殖"
    WORK = "就业"
    TRAINING = "培训"
    MEDICAL = "医保"
    PENSION = "养老"
    EDUCATION = "教育"
    HOUSING = "住房"
    TRANSPORT = "交通"
    FUNDS = "项目资金"
    VILLAGE = "村务"
    EMERGENCY = "应急"
    OTHER = "其他"

    @property
    def is_statutory(self) -> bool:
        """Whether its notices are owed by law or guard the resident's own entitlement: an opt-out does not stop them."""
        return self in (Topic.MEDICAL, Topic.PENSION, Topic.EMERGENCY)


ALIASES = {
    "农业": Topic.CROPS, "农业补贴": Topic.CROPS, "惠农补贴": Topic.CROPS, "种植业": Topic.CROPS, "农技": Topic.CROPS,
    "粮食": Topic.CROPS, "补贴": Topic.FUNDS, "资金": Topic.FUNDS, "项目": Topic.FUNDS, "惠民资金": Topic.FUNDS,
    "畜牧": Topic.LIVESTOCK, "养殖业": Topic.LIVESTOCK, "畜牧业": Topic.LIVESTOCK, "务工": Topic.WORK,
    "就业创业": Topic.WORK, "招聘": Topic.WORK, "技能培训": Topic.TRAINING, "医疗": Topic.MEDICAL,
    "医疗保险": Topic.MEDICAL, "医疗保障": Topic.MEDICAL, "健康": Topic.MEDICAL, "社保": Topic.PENSION,
    "养老保险": Topic.PENSION, "助学": Topic.EDUCATION, "上学": Topic.EDUCATION, "危房改造": Topic.HOUSING,
    "道路": Topic.TRANSPORT, "修路": Topic.TRANSPORT, "交通出行": Topic.TRANSPORT, "村级事务": Topic.VILLAGE,
    "公示": Topic.VILLAGE, "应急管理": Topic.EMERGENCY, "灾害": Topic.EMERGENCY, "天气": Topic.EMERGENCY,
    "综合": Topic.OTHER,
}
"""Words offices write for a topic of the list."""


def topic_named(word: str) -> Topic | None:
    """The topic a word means, or None when the list does not know it."""
    return next((topic for topic in Topic if topic.value == word), ALIASES.get(word))


def is_exempt(topic: str, kind: str) -> bool:
    """Whether a notice reaches also who opted out: statutory topics and emergencies."""
    known = topic_named(topic)
    return kind == "emergency" or (known is not None and known.is_statutory)


def is_urgent(kind: str) -> bool:
    """Whether quiet hours do not hold it back: emergencies only."""
    return kind == "emergency"
