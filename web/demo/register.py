"""What a household register looks like on an office's table: people, households and their rows.

Headers and cell spellings are those offices write; an empty cell is unknown and 无 is known none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

HEADERS = (
    "户编号", "村代码", "村民小组", "户主姓名", "姓名", "与户主关系", "证件号码", "联系电话",
    "出生日期", "性别", "户类型", "作物", "牲畜", "承包地亩数", "人均年收入", "危房等级",
    "易地搬迁", "残疾等级", "在读阶段", "务工", "技能",
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """One person of a household; gender is 男 or 女, the other texts are cells of the table."""

    name: str
    relation: str
    gender: str
    born: date
    id_number: str
    phone: str = ""
    disability: str = "无"
    study: str = "无"
    migrant: str = "否"
    skill: str = "无"


@dataclass(frozen=True)
class Household:
    """One household as the table tells it; the first member is its head."""

    reference: str
    village: str
    group: str
    kinds: str
    crops: str
    livestock: str
    land: str
    income: str
    house_grade: str
    relocated: str
    members: tuple[Member, ...]

    @property
    def head(self) -> Member:
        """The 户主, who stands in the first row."""
        return self.members[0]


def rows_of(household: Household) -> Iterator[dict[str, str]]:
    """The rows of a household, one a member; household cells repeat in each, as on an office's sheet."""
    for member in household.members:
        cells = (
            household.reference, household.village, household.group, household.head.name,
            member.name, member.relation, member.id_number, member.phone,
            member.born.isoformat(), member.gender, household.kinds, household.crops, household.livestock,
            household.land, household.income, household.house_grade, household.relocated,
            member.disability, member.study, member.migrant, member.skill,
        )  # fmt: skip
        yield dict(zip(HEADERS, cells, strict=True))
