"""Random conditions (as decoded JSON) and random households with gaps, drawn from the same small worlds.

Values are few on purpose, so that conditions and households meet often enough for every branch to be taken.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from profiles.facts import HOUSEHOLD_KINDS, REGISTER, Fact, Kind, Level
from profiles.targeting.households import HouseholdFacts, MemberFacts

TODAY = date(2026, 11, 23)

VILLAGES = ("640425100209", "640425100210", "640425101201", "640426100201")
WITHIN = ("640425", "640425100", "640425101", "640425100209", "6404", "640425100000")
KIND_WORDS = (*HOUSEHOLD_KINDS, "监测对象", "监测户", "特困人员")
GROUPS = ("一组", "二组", "three's")
CROPS = ("玉米", "马铃薯", "O'葱%_")
ANIMALS = ("肉牛", "蜂")
AMOUNTS = (0, 0.5, 1, 2.9999999999999996, 3, 3.1, 0.1 + 0.2, 10)
INCOMES = (0, 3999.99, 4000, 8000, 1e6)
SIZES = (0, 1, 2, 3, 4)
GRADES = ("A", "B", "C", "D", "无")
DISABILITIES = ("一级", "二级", "四级", "无")
STUDIES = ("小学", "高中", "无")
RELATIONS = ("户主", "配偶", "子")
SKILLS = ("厨师", "电工", '"引号"', "反\\斜")
AGES = (0, 5, 6, 15, 16, 59, 60, 61, 80)
DAYS = (date(2024, 2, 29), date(2026, 2, 28), date(2026, 8, 31), date(2027, 1, 1), date(2026, 11, 23))
GRADES_OF_ROAD = ("硬化", "砂石", "O'路%_", "无")
OWN_NUMBERS = (0.0, 0.5, 1.0, 2.0, 0.1 + 0.2)
# A county that keeps facts of its own, of every kind and level; one name and one word try to break out of SQL and JSON.
COUNTY = REGISTER.extended([
    Fact("household.greenhouse", "大棚", Kind.NUMBER, unit="亩", is_own=True),
    Fact("household.cellars", "水窖", Kind.INTEGER, unit="口", is_own=True),
    Fact("household.road", "入户路", Kind.CHOICE, choices=GRADES_OF_ROAD, aliases=(("通路", ("硬化", "砂石")),), is_own=True),
    Fact("household.cooperative", "合作社", Kind.OPEN_CHOICE, is_own=True),
    Fact("household.insured", "参加农险", Kind.BOOLEAN, is_own=True, affirmed="参加了农险", denied="没有参加农险"),
    Fact("household.dry", "缺水户", Kind.DERIVED, affirmed="是缺水户", denied="不是缺水户",
         definition='{"all": [{"fact": "household.cellars", "at_most": 0}, {"fact": "household.insured", "is": false}]}'),
    Fact("member.身高", "身高", Kind.NUMBER, Level.MEMBER, unit="厘米", is_own=True),
    Fact("member.party", "政治面貌", Kind.CHOICE, Level.MEMBER, choices=("党员", "团员", "无"), is_own=True),
    Fact("member.deaf", "听力不好", Kind.BOOLEAN, Level.MEMBER, is_own=True, affirmed="听力不好", denied="听力好"),
])
COOPERATIVES = ("'; DROP TABLE households; --", "瑞丰", "无")
OWN_OF_HOUSEHOLD: dict[str, tuple[float | str, ...]] = {
    "household.greenhouse": OWN_NUMBERS, "household.cellars": (0.0, 1.0, 2.0), "household.road": GRADES_OF_ROAD,
    "household.cooperative": COOPERATIVES, "household.insured": (0.0, 1.0),
}
OWN_OF_MEMBER: dict[str, tuple[float | str, ...]] = {
    "member.身高": (150.0, 160.5, 171.0), "member.party": ("党员", "团员", "无"), "member.deaf": (0.0, 1.0),
}
# What an unknown field may turn out to be.
MEMBER_VALUES: dict[str, tuple[Any, ...]] = {
    "birth_date": tuple(day.replace(year=day.year - age, day=min(day.day, 28)) for day in DAYS for age in AGES),
    "gender": ("男", "女"),
    "relation": RELATIONS,
    "disability": DISABILITIES,
    "study": STUDIES,
    "migrant": (True, False),
    "skills": (frozenset(), frozenset(SKILLS[:1]), frozenset(SKILLS[1:3])),
}
HOUSEHOLD_VALUES: dict[str, tuple[Any, ...]] = {
    "kinds": (*(frozenset({kind}) for kind in HOUSEHOLD_KINDS), frozenset({"脱贫户", "低保户"})),
    "group": GROUPS,
    "land": AMOUNTS,
    "income_per_head": INCOMES,
    "house_grade": GRADES,
    "relocated": (True, False),
    "crops": ({}, {"玉米": 3.0}, {"玉米": 0.5, "马铃薯": 10.0}),
    "livestock": ({}, {"肉牛": 1.0}, {"蜂": 10.0}),
}


def _near_birthdays() -> st.SearchStrategy[date]:
    """Births around the borders of the ages above, leap days included."""
    borders = st.sampled_from(MEMBER_VALUES["birth_date"])
    near = st.builds(lambda day, off: day + timedelta(days=off), borders, st.integers(-2, 2))
    return st.one_of(near, st.sampled_from([date(1964, 2, 29), date(2008, 2, 29), date(1966, 11, 23)]))


def _gap(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values, values)


def _own(values: dict[str, tuple[float | str, ...]], *, gaps: bool) -> st.SearchStrategy[dict[str, float | str]]:
    drawn = {name: st.sampled_from(few) for name, few in values.items()}
    return st.fixed_dictionaries({}, optional=drawn) if gaps else st.fixed_dictionaries(drawn)


def members(*, gaps: bool = True) -> st.SearchStrategy[MemberFacts]:
    """A member; without `gaps` everything is known."""
    maybe = _gap if gaps else (lambda values: values)
    return st.builds(
        MemberFacts,
        birth_date=maybe(_near_birthdays()),
        gender=maybe(st.sampled_from(["男", "女"])),
        relation=maybe(st.sampled_from(RELATIONS)),
        disability=maybe(st.sampled_from(DISABILITIES)),
        study=maybe(st.sampled_from(STUDIES)),
        migrant=maybe(st.booleans()),
        skills=maybe(st.frozensets(st.sampled_from(SKILLS), max_size=2)),
        own=_own(OWN_OF_MEMBER, gaps=gaps),
    )


def households(*, gaps: bool = True) -> st.SearchStrategy[HouseholdFacts]:
    """A household with a village; without `gaps` everything else is known too and the roster is complete."""
    maybe = _gap if gaps else (lambda values: values)
    return st.builds(
        HouseholdFacts,
        division=st.sampled_from(VILLAGES),
        kinds=maybe(st.frozensets(st.sampled_from(HOUSEHOLD_KINDS), min_size=1, max_size=2)),
        group=maybe(st.sampled_from(GROUPS)),
        size=st.one_of(st.none(), st.sampled_from(SIZES)),
        land=maybe(st.sampled_from(AMOUNTS)),
        income_per_head=maybe(st.sampled_from(INCOMES)),
        house_grade=maybe(st.sampled_from(GRADES)),
        relocated=maybe(st.booleans()),
        crops=maybe(st.dictionaries(st.sampled_from(CROPS), st.sampled_from(AMOUNTS), max_size=2)),
        livestock=maybe(st.dictionaries(st.sampled_from(ANIMALS), st.sampled_from(AMOUNTS), max_size=2)),
        members=st.lists(members(gaps=gaps), max_size=3).map(tuple),
        roster_complete=st.booleans() if gaps else st.just(True),
        own=_own(OWN_OF_HOUSEHOLD, gaps=gaps),
    )


def _numeric(fact: str, numbers: tuple[float, ...]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(numbers)
    steps = st.builds(
        lambda days, values: [
            {"since": day.isoformat(), "value": value} for day, value in zip(sorted(days), values, strict=False)
        ],
        st.lists(st.sampled_from(DAYS), min_size=1, max_size=2, unique=True),
        st.lists(one, min_size=2, max_size=2),
    )
    return st.one_of(
        st.builds(lambda n: {"fact": fact, "is": n}, one),
        st.builds(lambda n: {"fact": fact, "in": n}, st.lists(one, min_size=1, max_size=3)),
        st.builds(lambda n: {"fact": fact, "at_least": n}, st.one_of(one, one, steps)),
        st.builds(lambda n: {"fact": fact, "at_most": n}, st.one_of(one, one, steps)),
        st.builds(lambda n: {"fact": fact, "between": sorted(n)}, st.lists(one, min_size=2, max_size=2)),
    )


def _chosen(fact: str, words: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.builds(lambda word: {"fact": fact, "is": word}, st.sampled_from(words)),
        st.builds(lambda few: {"fact": fact, "in": few}, st.lists(st.sampled_from(words), min_size=1, max_size=3)),
    )


def _true_or_false(fact: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda value: {"fact": fact, "is": value}, st.booleans())


def _dated(leaf: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    days = st.sampled_from([day.isoformat() for day in DAYS])
    return st.one_of(leaf, st.builds(lambda inner, day: {**inner, "on": day}, leaf, days))


MEMBER_LEAVES = st.one_of(
    _dated(_numeric("member.age", AGES)),
    _chosen("member.gender", ("男", "女", "男性")),
    _chosen("member.relation", RELATIONS),
    _chosen("member.disability", (*DISABILITIES, "有", "1级")),
    _chosen("member.study", STUDIES),
    _true_or_false("member.migrant"),
    _chosen("member.skill", (*SKILLS, "无")),
    _numeric("member.身高", (150, 160, 160.5, 171)),
    _chosen("member.party", ("党员", "团员", "无")),
    _true_or_false("member.deaf"),
)
HOUSEHOLD_LEAVES = st.one_of(
    st.builds(lambda code: {"fact": "division", "within": code}, st.sampled_from(WITHIN)),
    _chosen("division", VILLAGES),
    _chosen("household.kind", KIND_WORDS),
    _chosen("household.group", GROUPS),
    _numeric("household.size", SIZES),
    _numeric("household.land", AMOUNTS),
    _numeric("household.income_per_head", INCOMES),
    _chosen("household.house_grade", (*GRADES, "C级")),
    _true_or_false("household.relocated"),
    _true_or_false("household.has_preschool_child"),
    _true_or_false("household.elderly_alone"),
    _true_or_false("household.has_labour"),
    _numeric("household.greenhouse", OWN_NUMBERS),
    _numeric("household.cellars", (0, 1, 2)),
    _chosen("household.road", (*GRADES_OF_ROAD, "通路")),
    _chosen("household.cooperative", COOPERATIVES),
    _true_or_false("household.insured"),
    _true_or_false("household.dry"),
    *(_numeric(f"crop.{crop}", AMOUNTS) for crop in CROPS),
    *(_numeric(f"livestock.{animal}", AMOUNTS) for animal in ANIMALS),
)


def _grouped(leaves: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda part: {"not": part}, inner),
        ),
        max_leaves=most,
    )


def _quantified() -> st.SearchStrategy[Any]:
    inner = _grouped(MEMBER_LEAVES, 4)
    return st.one_of(st.builds(lambda part: {"someone": part}, inner), st.builds(lambda part: {"everyone": part}, inner))


def conditions() -> st.SearchStrategy[Any]:
    """Decoded JSON of a valid condition: every operator, every group, every fact."""
    return _grouped(st.one_of(HOUSEHOLD_LEAVES, _quantified()), 6)
