"""The named families of the demo, whose telephones /phones shows.

王家 qualifies for the corn notice, 李家 does not, of 陈家 nobody knows; an elder living alone, a family away
at work and a family with cattle stand beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from web.demo.identities import id_number
from web.demo.register import Household, Member

YAOHE = "640425100200"
HONGHE = "640425103208"
XINJI = "640425200200"
GUCHENG = "640425102200"


@dataclass(frozen=True)
class PhoneFamily:
    """A family a newcomer meets on /phones: who it is, in one Chinese sentence."""

    reference: str
    head: str
    phone: str
    village: str
    story: str


def _member(name: str, relation: str, gender: str, born: date, serial: int, **cells: str) -> Member:
    return Member(name, relation, gender, born, id_number(born, serial), **cells)


def named_families() -> tuple[Household, ...]:
    """The six named households, the first of the register."""
    return (_wang(), _li(), _chen(), _zhao(), _sun(), _ma())


def _wang() -> Household:
    members = (
        _member("王建福", "户主", "男", date(1974, 3, 12), 17, phone="19906400101", skill="养殖"),
        _member("马秀莲", "配偶", "女", date(1976, 8, 5), 26, phone="19906400111"),
        _member("王小龙", "子", "男", date(2009, 6, 21), 35, study="中职"),
        _member("王晓梅", "女", "女", date(2013, 11, 3), 44, study="初中"),
    )
    return Household(
        "PY000001", YAOHE, "一组", "脱贫户", "玉米:6;马铃薯:2", "鸡:12", "9.5", "14200", "B", "否", members
    )


def _li() -> Household:
    members = (
        _member("李国成", "户主", "男", date(1969, 1, 28), 53, phone="19906400102"),
        _member("张桂芳", "配偶", "女", date(1970, 10, 16), 62),
    )
    return Household(
        "PY000002", YAOHE, "二组", "一般农户", "小麦:4;胡麻:2", "无", "7", "18600", "A", "否", members
    )


def _chen() -> Household:
    members = (
        _member("陈永军", "户主", "男", date(1982, 5, 9), 71, phone="19906400103", migrant="", skill=""),
        _member("杨彩霞", "配偶", "女", date(1984, 12, 1), 88, study="", migrant="", skill=""),
        _member("陈子涵", "女", "女", date(2016, 4, 18), 96, study="小学"),
    )
    return Household("PY000003", YAOHE, "三组", "一般农户", "", "", "", "", "", "否", members)


def _zhao() -> Household:
    members = (_member("赵桂兰", "户主", "女", date(1943, 9, 30), 104, phone="19906400104"),)
    return Household("PY000004", HONGHE, "一组", "低保户", "无", "鸡:3", "3.2", "6900", "C", "否", members)


def _sun() -> Household:
    members = (
        _member(
            "孙志强", "户主", "男", date(1985, 2, 14), 113, phone="19906400105", migrant="是", skill="电工"
        ),
        _member(
            "刘红霞", "配偶", "女", date(1987, 7, 7), 122, phone="19906400115", migrant="是", skill="缝纫"
        ),
        _member("孙浩然", "子", "男", date(2011, 3, 25), 131, study="高中"),
        _member("何淑芳", "父母", "女", date(1958, 6, 11), 140),
    )
    return Household(
        "PY000005", XINJI, "四组", "脱贫户", "马铃薯:1.5", "无", "6", "16800", "A", "是", members
    )


def _ma() -> Household:
    members = (
        _member("马志林", "户主", "男", date(1978, 12, 20), 159, phone="19906400106", skill="养殖"),
        _member("海玉梅", "配偶", "女", date(1980, 4, 2), 168),
        _member("马俊", "子", "男", date(2003, 8, 15), 177, phone="19906400116", migrant="是"),
        _member("马思琪", "女", "女", date(2007, 1, 19), 186, study="高职"),
    )
    return Household(
        "PY000006",
        GUCHENG,
        "二组",
        "一般农户",
        "玉米:10;苜蓿:6",
        "肉牛:8;羊:15",
        "18.5",
        "21500",
        "A",
        "否",
        members,
    )


PHONE_FAMILIES = (
    PhoneFamily("PY000001", "王建福", "19906400101", YAOHE, "姚河村王家，种玉米6亩，儿子念职校"),
    PhoneFamily("PY000002", "李国成", "19906400102", YAOHE, "姚河村李家，种小麦胡麻，没种玉米"),
    PhoneFamily("PY000003", "陈永军", "19906400103", YAOHE, "姚河村陈家，种了啥、收入多少还没登上"),
    PhoneFamily("PY000004", "赵桂兰", "19906400104", HONGHE, "红河村赵奶奶，83岁，一个人住"),
    PhoneFamily("PY000005", "孙志强", "19906400105", XINJI, "新集村孙家，夫妻在外打工，老人带娃"),
    PhoneFamily("PY000006", "马志林", "19906400106", GUCHENG, "古城村马家，养牛8头"),
)
