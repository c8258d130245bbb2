"""The catalogue of facts (农户信息项): each fact once, with its label, kind, level, source and question.

Facts, kinds of household and their aliases are data. A county adds its own by extending the catalogue value;
nothing here is changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from profiles.failures import CatalogueRefused


class Kind(StrEnum):
    """What sort of value a fact has, and so which operators may stand beside it."""

    NUMBER = "number"
    INTEGER = "integer"
    AGE = "age"
    CHOICE = "choice"
    OPEN_CHOICE = "open_choice"
    BOOLEAN = "boolean"
    DIVISION = "division"
    DERIVED = "derived"

    @property
    def is_numeric(self) -> bool:
        return self in (Kind.NUMBER, Kind.INTEGER, Kind.AGE)

    @property
    def is_choice(self) -> bool:
        return self in (Kind.CHOICE, Kind.OPEN_CHOICE)


class Level(StrEnum):
    """Whether a fact belongs to the household or to one of its members."""

    HOUSEHOLD = "household"
    MEMBER = "member"


NONE = "无"
"""Written in a cell, it means *known to have none*; an empty cell means *unknown*."""


@dataclass(frozen=True)
class Fact:
    """One fact that may be known of a household or of a member.

    `saying` opens its phrases ("种玉米" in "种玉米不少于 3 亩"); `links` join it to a choice, affirmed and denied;
    `affirmed` and `denied` are whole phrases for true and false, for some and none. `aliases` name sets of stored
    values. `definition` is the JSON condition a derived fact stands for. A `sensitive` fact is never named to a resident.
    `is_own`: the county's own fact, kept in `profiles.values`; `headings` are the columns of a household table it is read from.
    """

    name: str
    label: str
    kind: Kind
    level: Level = Level.HOUSEHOLD
    unit: str = ""
    source: str = "农户信息表"
    max_age_days: int | None = None
    question: str = ""
    sensitive: bool = False
    is_many: bool = False
    choices: tuple[str, ...] = ()
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    former_words: tuple[tuple[str, str], ...] = ()
    definition: str = ""
    saying: str = ""
    links: tuple[str, str] = ("为", "不是")
    affirmed: str = ""
    denied: str = ""
    is_own: bool = False
    headings: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.name)

    @cached_property
    def _meanings(self) -> Mapping[str, tuple[str, ...]]:
        return MappingProxyType({**{choice: (choice,) for choice in self.choices}, **dict(self.aliases)})

    def stored(self, word: str) -> tuple[str, ...]:
        """The stored values that a word of a condition means; empty when a closed list does not know the word."""
        meaning = self._meanings.get(word)
        if meaning is not None:
            return meaning
        return (word,) if self.kind is Kind.OPEN_CHOICE else ()

    @property
    def words(self) -> str:
        """What opens a phrase about this fact."""
        return self.saying or self.label


@dataclass(frozen=True)
class Family:
    """An open set of facts under one prefix, such as `crop.` for every crop that grows somewhere."""

    prefix: str
    pattern: Fact
    verb: str
    units: tuple[tuple[str, str], ...] = ()

    def member(self, name: str) -> Fact:
        """The fact of this family called `name`, for example 玉米: its label is the name itself."""
        unit = next((unit for part, unit in self.units if part in name), self.pattern.unit)
        return replace(
            self.pattern,
            name=self.prefix + name,
            label=name,
            unit=unit,
            question=self.pattern.question.format(name=name, unit=unit),
            saying=self.verb + name,
            affirmed=self.verb + name,
            denied=f"不{self.verb}{name}",
        )


UNITS = frozenset({"亩", "头", "只", "箱"})
LONGEST_NAME = 20


@dataclass(frozen=True)
class Catalogue:
    """All facts a condition may name: single ones and open families."""

    facts: tuple[Fact, ...]
    families: tuple[Family, ...] = ()
    _by_name: Mapping[str, Fact] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", MappingProxyType({fact.name: fact for fact in self.facts}))

    def fact(self, name: str) -> Fact | None:
        """The fact of that name, or None when neither the list nor an open family knows it."""
        known = self._by_name.get(name)
        if known is not None:
            return known
        for family in self.families:
            own_name = name.removeprefix(family.prefix)
            if own_name != name and _can_be_a_name(own_name):
                return family.member(own_name)
        return None

    def resembling(self, name: str) -> str | None:
        """The name of a known fact that looks like `name`, to be offered as a cure."""
        names = [fact.name for fact in self.facts] + [family.prefix for family in self.families]
        return next(iter(get_close_matches(name, names, n=1, cutoff=0.6)), None)

    def extended(self, facts: Iterable[Fact]) -> Catalogue:
        """A catalogue with a county's own facts; CatalogueRefused when one would redefine a fact."""
        added = tuple(facts)
        taken = set(self._by_name)
        for fact in added:
            if fact.name in taken or any(fact.name.startswith(family.prefix) for family in self.families):
                raise CatalogueRefused(fact.name, "这个信息项已经有了", "换一个名称，或删去重复的一项")
            taken.add(fact.name)
        return Catalogue(self.facts + added, self.families)

    def with_choices(self, name: str, choices: Iterable[str], aliases: Iterable[tuple[str, tuple[str, ...]]]) -> Catalogue:
        """A catalogue in which the fact of that name knows more values and more words for them."""
        widened = tuple(
            replace(fact, choices=(*fact.choices, *choices), aliases=(*fact.aliases, *aliases)) if fact.name == name else fact
            for fact in self.facts
        )
        return Catalogue(widened, self.families)

    @property
    def own(self) -> tuple[Fact, ...]:
        """The county's own facts that are stored, in the order of its file."""
        return tuple(fact for fact in self.facts if fact.is_own and fact.kind is not Kind.DERIVED)


def _can_be_a_name(name: str) -> bool:
    if not 0 < len(name) <= LONGEST_NAME or name in UNITS:
        return False
    return name.isprintable() and " " not in name


HOUSEHOLD_KINDS = ("脱贫户", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户", "低保户", "特困供养户", "一般农户")
MONITORED_KINDS = ("脱贫不稳定户", "边缘易致贫户", "突发严重困难户")

_KIND_ALIASES = (
    ("监测对象", MONITORED_KINDS),
    ("监测户", MONITORED_KINDS),
    ("防止返贫致贫对象", MONITORED_KINDS),
    ("特困人员", ("特困供养户",)),
)
# Words of before 2021: taken when reading tables and searching, never in a condition.
_FORMER_KIND_WORDS = (("建档立卡贫困户", "脱贫户"), ("贫困户", "脱贫户"), ("建档立卡户", "脱贫户"))

DISABILITY_GRADES = ("一级", "二级", "三级", "四级")
_DISABILITY_ALIASES = (
    ("有", DISABILITY_GRADES),
    *((f"{digit}级", (grade,)) for digit, grade in zip("1234", DISABILITY_GRADES, strict=True)),
)
HOUSE_GRADES = ("A", "B", "C", "D")

_HOUSEHOLD_FACTS = (
    Fact(
        "division", "所在地", Kind.DIVISION, question="请问您家在哪个乡镇、哪个村？", source="农户信息表“村代码”"
    ),
    Fact(
        "household.kind", "户类型", Kind.CHOICE, is_many=True, sensitive=True, max_age_days=366,
        source="农户信息表“户类型”", choices=HOUSEHOLD_KINDS, aliases=_KIND_ALIASES,
        former_words=_FORMER_KIND_WORDS, links=("为", "不含"),
        question="您家的农户类别还没有登记，请问村里登记的是哪一类？不清楚可以请村干部代查。",
    ),
    Fact(
        "household.group", "村民小组", Kind.OPEN_CHOICE, source="农户信息表“村民小组”",
        question="请问您家属于哪个村民小组？",
    ),
    Fact(
        "household.size", "家庭人口", Kind.INTEGER, unit="人", max_age_days=366,
        source="农户信息表的家庭成员", question="请问您家现在有几口人？",
    ),
    Fact(
        "household.land", "承包地", Kind.NUMBER, unit="亩", max_age_days=1096,
        source="农户信息表“承包地亩数”", question="请问您家承包地一共有多少亩？",
    ),
    Fact(
        "household.income_per_head", "人均年收入", Kind.NUMBER, unit="元", max_age_days=366, sensitive=True,
        source="农户信息表“人均年收入”", question="请问您家去年平均每人收入大约多少元？",
    ),
    Fact(
        "household.house_grade", "房屋等级", Kind.CHOICE, max_age_days=1096, sensitive=True,
        source="农户信息表“危房等级”", choices=(*HOUSE_GRADES, NONE),
        aliases=tuple((f"{grade}级", (grade,)) for grade in HOUSE_GRADES),
        affirmed="有房屋等级鉴定", denied="没有房屋等级鉴定",
        question="请问您家住房鉴定的等级是 A、B、C、D 哪一级？",
    ),
    Fact(
        "household.relocated", "易地搬迁", Kind.BOOLEAN, sensitive=True, source="农户信息表“易地搬迁”",
        affirmed="是易地搬迁户", denied="不是易地搬迁户", question="请问您家是易地搬迁的吗？",
    ),
)

_MEMBER_FACTS = (
    Fact(
        "member.age", "年龄", Kind.AGE, Level.MEMBER, unit="岁", source="农户信息表“出生日期”",
        question="请问家里每个人的出生年月日是哪一天？",
    ),
    Fact(
        "member.gender", "性别", Kind.CHOICE, Level.MEMBER, source="农户信息表“性别”", choices=("男", "女"),
        aliases=(("男性", ("男",)), ("女性", ("女",))), question="请问家里每个人是男是女？",
    ),
    Fact(
        "member.relation", "与户主关系", Kind.OPEN_CHOICE, Level.MEMBER, source="农户信息表“与户主关系”",
        question="请问家里每个人与户主是什么关系？",
    ),
    Fact(
        "member.disability", "残疾等级", Kind.CHOICE, Level.MEMBER, max_age_days=1096, sensitive=True,
        source="农户信息表“残疾等级”", choices=(*DISABILITY_GRADES, NONE), aliases=_DISABILITY_ALIASES,
        affirmed="有残疾", denied="没有残疾", question="请问家里有人持残疾人证吗？是几级？",
    ),
    Fact(
        "member.study", "在读阶段", Kind.OPEN_CHOICE, Level.MEMBER, max_age_days=366,
        source="农户信息表“在读阶段”", affirmed="在上学", denied="不在上学",
        question="请问家里有人在上学吗？读到哪个阶段？",
    ),
    Fact(
        "member.migrant", "外出务工", Kind.BOOLEAN, Level.MEMBER, max_age_days=366, source="农户信息表“务工”",
        affirmed="外出务工", denied="没有外出务工", question="请问家里有人在外务工吗？是哪几位？",
    ),
    Fact(
        "member.skill", "技能", Kind.OPEN_CHOICE, Level.MEMBER, is_many=True, source="农户信息表“技能”",
        links=("包括", "不含"), affirmed="有技能", denied="没有技能", question="请问家里每个人有什么手艺或技能？",
    ),
)

_DERIVED_FACTS = (
    Fact(
        "household.has_preschool_child", "有学龄前儿童", Kind.DERIVED, source="由出生日期推算",
        affirmed="家里有学龄前儿童", denied="家里没有学龄前儿童",
        definition='{"someone": {"fact": "member.age", "between": [0, 5]}}',
    ),
    Fact(
        "household.elderly_alone", "独居老人", Kind.DERIVED, source="由家庭人口和出生日期推算",
        affirmed="是独居老人户", denied="不是独居老人户",
        definition='{"all": [{"fact": "household.size", "is": 1}, {"someone": {"fact": "member.age", "at_least": 60}}]}',
    ),
    Fact(
        "household.has_labour", "有劳动力", Kind.DERIVED, source="由年龄、残疾等级推算", sensitive=True,
        affirmed="家里有劳动力", denied="家里没有劳动力",
        definition='{"someone": {"all": [{"fact": "member.age", "between": [16, 59]},'
        ' {"not": {"fact": "member.disability", "in": ["一级", "二级"]}}]}}',
    ),
)

_CROPS = Family(
    "crop.",
    Fact(
        "crop.", "作物", Kind.NUMBER, unit="亩", max_age_days=366, source="农户信息表“作物”",
        question="请问您家今年种{name}吗？种了多少{unit}？",
    ),
    verb="种",
)
_LIVESTOCK = Family(
    "livestock.",
    Fact(
        "livestock.", "牲畜", Kind.NUMBER, unit="头", max_age_days=183, source="农户信息表“牲畜”",
        question="请问您家现在养{name}吗？养了多少{unit}？",
    ),
    verb="养",
    units=(("蜂", "箱"), ("羊", "只"), ("鸡", "只"), ("鸭", "只"), ("鹅", "只"), ("兔", "只"), ("鸽", "只")),
)

ROSTER = Fact(
    "household.roster", "家庭成员名单", Kind.DERIVED, source="农户信息表的家庭成员",
    question="请问您家还有没有登记上的家里人？",
)
"""Not a fact a condition may name: what is asked when the list of a household's members may have gaps."""

REGISTER = Catalogue(_HOUSEHOLD_FACTS + _MEMBER_FACTS + _DERIVED_FACTS, (_CROPS, _LIVESTOCK))
"""The facts that every county's household table carries."""
