"""The columns of a household table, and every heading under which offices write them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Field(StrEnum):
    """What a column holds; the value is the heading of the standard table."""

    HOUSEHOLD = "户编号"
    VILLAGE = "村代码"
    GROUP = "村民小组"
    HEAD = "户主姓名"
    NAME = "姓名"
    RELATION = "与户主关系"
    ID_NUMBER = "证件号码"
    PHONE = "联系电话"
    BIRTH = "出生日期"
    GENDER = "性别"
    KINDS = "户类型"
    CROPS = "作物"
    LIVESTOCK = "牲畜"
    LAND = "承包地亩数"
    INCOME = "人均年收入"
    HOUSE_GRADE = "危房等级"
    RELOCATED = "易地搬迁"
    DISABILITY = "残疾等级"
    STUDY = "在读阶段"
    MIGRANT = "务工"
    SKILLS = "技能"
    SIZE = "家庭人口"
    STANDING = "人员状态"

    @property
    def may_repeat(self) -> bool:
        """Whether several columns of one table may hold it (a second telephone)."""
        return self is Field.PHONE


REQUIRED = (Field.HOUSEHOLD, Field.VILLAGE, Field.NAME)

HOUSEHOLD_FIELDS = (Field.VILLAGE, Field.GROUP, Field.HEAD, Field.KINDS, Field.CROPS, Field.LIVESTOCK, Field.LAND,
                    Field.INCOME, Field.HOUSE_GRADE, Field.RELOCATED, Field.SIZE)
"""What a household has once, however many rows repeat it."""

_WRITTEN = {
    Field.HOUSEHOLD: "户编号 户号 户编码 户代码 户ID 户序号 户籍编号 农户编号 农户编码 农户代码 农户号 农户ID 家庭编号 家庭编码 家庭代码 家庭号"
                     " 家庭ID 家庭户编号 家庭户号 户口编号 户口号 户口簿号 户口本号 户档案号 农户档案号 住户编号 household",
    Field.VILLAGE: "村代码 村编码 村编号 村码 行政村代码 行政村编码 行政村编号 行政村区划代码 村区划代码 村级代码 村级编码 村级区划代码"
                   " 村社区代码 村社区编码 村居代码 村居编码 村委会代码 村委会编码 村民委员会代码 所在村代码 所在村编码 所属村代码 所属村编码"
                   " 社区代码 区划代码 行政区划代码 行政区划编码 行政区划 区划编码 村行政区划代码 村居委会代码 村居委会编码 "
                   "所属行政村代码 所在行政村代码 所属行政村编码 所在行政村编码 村庄代码 统计用区划代码 村12位代码 village",
    Field.GROUP: "村民小组 小组 组 组别 村小组 村民组 自然村组 组名 组名称 小组名称 村民小组名称 所在组 所在小组 所属小组 "
                 "所属村民小组 所在村民小组 所属组 社 生产队 队 group",
    Field.HEAD: "户主姓名 户主 户主名称 户主名字 户主名 姓名户主 户主的姓名 家庭户主 家庭户主姓名 农户姓名 head",
    Field.NAME: "姓名 成员姓名 家庭成员 家庭成员姓名 成员 人员姓名 成员名称 家庭成员名称 家庭人员姓名 家庭人员 人口姓名 名字 本人姓名 居民姓名"
                " 村民姓名 群众姓名 name",
    Field.RELATION: "与户主关系 关系 户主关系 与户主的关系 和户主关系 同户主关系 与户主之关系 与户主关系称谓 家庭关系 成员关系 称谓 relation",
    Field.ID_NUMBER: "证件号码 证件号 身份证 身份证号 身份证号码 公民身份号码 公民身份证号码 公民身份证号 居民身份证号码 居民身份证号 居民身份号码"
                     " 有效证件号码 有效证件号 身份号码 身份证件号码 身份证件号 本人身份证号 本人身份证号码 成员身份证号 成员身份证号码"
                     " 成员证件号码 身份证编号 id_number idcard",
    Field.PHONE: "联系电话 电话 手机 手机号 手机号码 电话号码 联系方式 联系手机 联系号码 移动电话 本人电话 本人手机 本人手机号 "
                 "本人联系电话 联系电话号码"
                 " 联系人电话 家庭电话 家庭联系电话 备用电话 备用手机 备用手机号 备用联系电话 备用号码 其他电话 其他联系电话 "
                 "第二电话 联系手机号 联系手机号码 phone",
    Field.BIRTH: "出生日期 出生年月 出生年月日 出生时间 生日 出生 出生日期年月日 birth birthday",
    Field.GENDER: "性别 男女 gender sex",
    Field.KINDS: "户类型 农户类型 户别 户属性 农户属性 户类别 农户类别 家庭类型 家庭类别 农户户类型 户的类型 农户种类 帮扶类型"
                 " 对象类别 对象类型 困难类型 kinds",
    Field.CROPS: "作物 种植 种植情况 种植作物 农作物 农作物种植 农作物种植情况 作物种植 作物种植情况 种植业 种植品种 种植种类 种植面积 作物及面积"
                 " 种植作物及面积 种植品种及面积 种植业情况 种植结构 作物面积 主要作物 主要农作物 今年种植 crops",
    Field.LIVESTOCK: "牲畜 养殖 养殖情况 畜禽 畜禽养殖 畜禽养殖情况 养殖业 养殖品种 养殖种类 养殖数量 牲畜情况 牲畜数量 牲畜存栏 畜禽存栏 存栏"
                     " 存栏情况 养殖存栏 养殖品种及数量 养殖种类及数量 养殖业情况 家畜 家畜家禽 家禽家畜 牲畜养殖 牲畜养殖情况 牲畜家禽 livestock",
    Field.LAND: "承包地亩数 承包地 承包地面积 承包面积 承包土地 承包土地面积 承包耕地 承包耕地面积 耕地面积 耕地 耕地亩数 土地面积 土地亩数 土地"
                " 承包亩数 家庭承包地 家庭承包地面积 确权面积 确权地面积 土地确权面积 承包地确权面积 耕地承包面积 承包地亩 "
                "经营耕地面积 实有耕地面积 land",
    Field.INCOME: "人均年收入 人均收入 人均纯收入 年人均收入 年人均纯收入 家庭人均收入 家庭人均年收入 家庭人均纯收入 家庭年人均收入 家庭年人均纯收入"
                  " 人均年纯收入 人均可支配收入 家庭人均可支配收入 上年人均纯收入 上年度人均纯收入 年人均可支配收入 income",
    Field.HOUSE_GRADE: "危房等级 房屋等级 住房等级 房屋安全等级 住房安全等级 房屋鉴定等级 住房鉴定等级 危房鉴定等级 危房级别 房屋危险等级"
                       " 住房危险等级 住房安全鉴定等级 房屋安全鉴定等级 房屋级别 住房情况 房屋情况 house_grade",
    Field.RELOCATED: "易地搬迁 是否易地搬迁 易地搬迁户 是否易地搬迁户 易地扶贫搬迁 是否易地扶贫搬迁 易地扶贫搬迁户 是否易地扶贫搬迁户 搬迁户"
                     " 是否搬迁户 是否搬迁 搬迁 易地搬迁情况 relocated",
    Field.DISABILITY: "残疾等级 残疾 残疾级别 残疾情况 残疾程度 残疾证等级 残疾人等级 是否残疾 残疾状况 残疾类别及等级 残疾类型等级 disability",
    Field.STUDY: "在读阶段 在校情况 在校生情况 在校生状况 就读阶段 在读情况 就学情况 就读情况 上学情况 在学阶段 就学阶段 学习阶段 在校阶段"
                 " 在校状况 就学状况 在读年级 在读学段 就读学段 学段 在校生 是否在校 是否在读 study",
    Field.MIGRANT: "务工 是否务工 外出务工 是否外出务工 务工情况 外出务工情况 务工状况 务工状态 是否外出 外出情况 是否在外务工 就业务工 是否打工"
                   " 外出打工 migrant",
    Field.SKILLS: "技能 技能状况 技能情况 劳动技能 职业技能 技能特长 特长 掌握技能 劳动技能情况 专业技能 技术特长 手艺 技能状态 技能类型 skills",
    Field.SIZE: "家庭人口 家庭人口数 人口数 家庭人数 户人口 户人口数 家庭总人口 家庭成员数 人口 在册人口 户籍人口 家庭规模 size",
    Field.STANDING: "人员状态 成员状态 健在情况 是否健在 人口状态 在册状态 状态 人员变动 人口变动 变动情况 standing",
}

SYNONYMS: Mapping[str, Field] = MappingProxyType(
    {heading.lower(): field for field, headings in _WRITTEN.items() for heading in headings.split()})
"""Headings without blanks, brackets and units, in lower case, and the field each means."""

TO_MEND = "要改的地方"
"""The heading of the remarks in a table of rejected rows, which may come back with it."""

SILENT = frozenset(["序号", "序", "备注", "说明", "年龄", "编号", "no", "no.", TO_MEND])
"""Headings nobody expects to be read."""


MEANINGS: Mapping[Field, str] = MappingProxyType({
    Field.HOUSEHOLD: "同一户各行相同的编号", Field.VILLAGE: "12 位村级统计用区划代码", Field.GROUP: "户所在的村民小组",
    Field.HEAD: "这一户的户主是谁", Field.NAME: "这一行是谁，一人一行", Field.RELATION: "户主、配偶、子、女等",
    Field.ID_NUMBER: "18 位公民身份号码", Field.PHONE: "手机或带区号的座机，几个号码用顿号隔开", Field.BIRTH: "如 1977-12-28",
    Field.GENDER: "男或女", Field.KINDS: "如 脱贫户；低保户", Field.CROPS: "种什么、多少亩，如 玉米:5;马铃薯:3",
    Field.LIVESTOCK: "养什么、多少头（只、箱），如 肉牛:4", Field.LAND: "承包地有多少亩", Field.INCOME: "每人每年多少元",
    Field.HOUSE_GRADE: "A、B、C、D 或无", Field.RELOCATED: "是或否", Field.DISABILITY: "一级到四级，或无",
    Field.STUDY: "如 小学、初中、高中、无", Field.MIGRANT: "是否外出务工", Field.SKILLS: "如 电工、厨师，或无",
    Field.SIZE: "这一户有几口人", Field.STANDING: "健在、去世或迁出",
})
"""What belongs in each column, for whoever has to choose one."""


def field_named(name: str) -> Field | None:
    """A field by the standard heading or by its English name, as a mapping file may write it."""
    text = name.strip()
    for field in Field:
        if text == field.value or text.lower() == field.name.lower():
            return field
    return None
