"""The logic of the rule language against an independent reading, and the laws it must keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.targeting.conditions import to_json
from profiles.targeting.households import HouseholdFacts, MemberFacts, OwnFacts
from profiles.targeting.parsing import parse
from profiles.targeting.verdicts import Answer, judge
from profiles.targeting.wording import sentence
from tests.profiles.targeting.strategies import (
    COUNTY,
    HOUSEHOLD_VALUES,
    MEMBER_VALUES,
    OWN_OF_HOUSEHOLD,
    OWN_OF_MEMBER,
    TODAY,
    conditions,
    households,
)

MONITORED = {"脱贫不稳定户", "边缘易致贫户", "突发严重困难户"}
ALIASES = {
    "监测对象": MONITORED, "监测户": MONITORED, "特困人员": {"特困供养户"}, "C级": {"C"}, "男性": {"男"},
    "通路": {"硬化", "砂石"}, "有": {"一级", "二级", "三级", "四级"}, "1级": {"一级"},
}
COLUMNS = {
    "household.group": "group", "household.land": "land", "household.income_per_head": "income_per_head",
    "household.house_grade": "house_grade", "household.relocated": "relocated", "division": "division",
    "member.gender": "gender", "member.relation": "relation", "member.disability": "disability",
    "member.study": "study", "member.migrant": "migrant",
}  # fmt: skip


def answer(raw: Any, household: HouseholdFacts) -> Answer:
    return judge(parse(raw, COUNTY), household, TODAY).answer


def plainly(raw: Any, household: HouseholdFacts, member: MemberFacts | None = None) -> bool:
    """Ordinary two-valued reading of a condition for a household of which everything is known."""
    (key, *_) = [key for key in raw if key in ("all", "any", "not", "someone", "everyone", "fact")]
    if key == "all":
        return all(plainly(part, household, member) for part in raw["all"])
    if key == "any":
        return any(plainly(part, household, member) for part in raw["any"])
    if key == "not":
        return not plainly(raw["not"], household, member)
    if key == "someone":
        return any(plainly(raw["someone"], household, person) for person in household.members)
    if key == "everyone":
        return all(plainly(raw["everyone"], household, person) for person in household.members)
    return plain_leaf(raw, household, member)


def plain_leaf(raw: Any, household: HouseholdFacts, member: MemberFacts | None) -> bool:
    name = raw["fact"]
    if name == "household.has_preschool_child":
        return bool(raw["is"] == any(plain_age(person, TODAY) in range(6) for person in household.members))
    if name == "household.elderly_alone":
        is_old = any(plain_age(person, TODAY) >= 60 for person in household.members)
        return bool(raw["is"] == (plain_value("household.size", household, None) == 1 and is_old))
    if name == "household.has_labour":
        able = [p for p in household.members if 16 <= plain_age(p, TODAY) <= 59 and p.disability not in ("一级", "二级")]
        return bool(raw["is"] == bool(able))
    if name == "household.dry":
        return bool(raw["is"] == (household.own["household.cellars"] == 0 and household.own["household.insured"] == 0))
    if name == "member.age" and member is not None:
        age = plain_age(member, date.fromisoformat(raw["on"]) if "on" in raw else TODAY)
        return age >= 0 and plain_number(raw, age)
    value = plain_value(name, household, member)
    if "within" in raw:
        return str(value).startswith(raw["within"].removesuffix("000") if len(raw["within"]) == 12 else raw["within"])
    if isinstance(value, frozenset):
        return any(plain_in(raw, one) for one in value)
    if isinstance(value, str | bool):
        return plain_in(raw, value)
    return plain_number(raw, value)


def plain_age(member: MemberFacts, day: date) -> int:
    birth = member.birth_date
    assert birth is not None
    turned = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (0 if turned else 1)


def plain_value(name: str, household: HouseholdFacts, member: MemberFacts | None) -> Any:
    if name == "household.kind":
        return household.kinds
    if name == "member.skill" and member is not None:
        return member.skills or frozenset({"无"})
    if name == "household.size":
        return len(household.members) if household.size is None else household.size
    for prefix, listed in (("crop.", household.crops), ("livestock.", household.livestock)):
        if name.startswith(prefix):
            return (listed or {}).get(name.removeprefix(prefix), 0)
    own = (household if member is None else member).own
    if name in own:
        return bool(own[name]) if name in ("household.insured", "member.deaf") else own[name]
    return getattr(member if name.startswith("member.") else household, COLUMNS[name])


def plain_in(raw: Any, value: Any) -> bool:
    wanted = raw["in"] if "in" in raw else [raw["is"]]
    return any(value == word or value in ALIASES.get(word, ()) for word in wanted)


def plain_number(raw: Any, value: float) -> bool:
    if "between" in raw:
        low, high = raw["between"]
        return bool(low <= value <= high)
    if "at_least" in raw:
        return bool(value >= plain_bound(raw["at_least"]))
    if "at_most" in raw:
        return bool(value <= plain_bound(raw["at_most"]))
    return plain_in(raw, value)


def plain_bound(bound: Any) -> float:
    if not isinstance(bound, list):
        return float(bound)
    return float([step["value"] for step in bound if step["since"] <= TODAY.isoformat()][-1])


def is_settled(raw: Any) -> bool:
    """Whether every dated threshold in the condition is in force already."""
    if isinstance(raw, dict):
        bounds = [raw[key] for key in ("at_least", "at_most") if isinstance(raw.get(key), list)]
        if any(bound[0]["since"] > TODAY.isoformat() for bound in bounds):
            return False
        return all(is_settled(part) for part in raw.values())
    return all(is_settled(part) for part in raw) if isinstance(raw, list) else True


def completed(household: HouseholdFacts, seed: int) -> HouseholdFacts:
    """The same household in one of its possible worlds: every gap filled by lot, the roster complete."""
    lot = Random(seed)
    others = [MemberFacts() for _ in range(lot.randrange(3))] if not household.roster_complete else []
    people = tuple(_filled(person, MEMBER_VALUES, lot) for person in (*household.members, *others))
    people = tuple(replace(person, own=_filled_own(person.own, OWN_OF_MEMBER, lot)) for person in people)
    full: HouseholdFacts = _filled(household, HOUSEHOLD_VALUES, lot)
    return replace(full, members=people, roster_complete=True, own=_filled_own(household.own, OWN_OF_HOUSEHOLD, lot))


def _filled_own(own: OwnFacts, values: Mapping[str, Sequence[float | str]], lot: Random) -> OwnFacts:
    return {**{name: lot.choice(few) for name, few in values.items()}, **own}


def _filled(value: Any, values: Mapping[str, Sequence[Any]], lot: Random) -> Any:
    """`value` with each unknown field drawn from `values`; fields that stand in no table are left alone."""
    return replace(value, **{name: lot.choice(few) for name, few in values.items() if getattr(value, name) is None})


@given(conditions().filter(is_settled), households(gaps=False).filter(lambda household: household.members))
@settings(max_examples=600, deadline=None)
def test_with_everything_known_a_verdict_is_the_plain_reading(raw: Any, household: HouseholdFacts) -> None:
    expected = Answer.YES if plainly(raw, household) else Answer.NO
    assert answer(raw, household) is expected


@given(conditions().filter(is_settled), households(), st.integers(0, 10_000))
@settings(max_examples=600, deadline=None)
def test_what_is_sure_stays_so_in_every_possible_world(raw: Any, household: HouseholdFacts, seed: int) -> None:
    verdict, world = answer(raw, household), completed(household, seed)
    if verdict is not Answer.UNKNOWN and world.members:
        assert verdict is (Answer.YES if plainly(raw, world) else Answer.NO)


@given(conditions(), households(), st.integers(0, 10_000))
@settings(max_examples=200, deadline=None)
def test_filling_one_gap_never_turns_yes_into_no_or_back(raw: Any, household: HouseholdFacts, seed: int) -> None:
    before, world = answer(raw, household), completed(household, seed)
    for name in HOUSEHOLD_VALUES:
        after = answer(raw, replace(household, **{name: getattr(world, name)}))
        assert before in (Answer.UNKNOWN, after)
    for name in OWN_OF_HOUSEHOLD:
        after = answer(raw, replace(household, own={**household.own, name: world.own[name]}))
        assert before in (Answer.UNKNOWN, after)


@given(conditions(), households())
@settings(max_examples=200, deadline=None)
def test_a_double_negation_changes_nothing(raw: Any, household: HouseholdFacts) -> None:
    if answer(raw, household) is not Answer.UNKNOWN:
        assert answer({"not": raw}, household) is not answer(raw, household)
    assert answer({"not": {"not": raw}}, household) is answer(raw, household)


@given(st.lists(conditions(), min_size=1, max_size=3), households())
@settings(max_examples=200, deadline=None)
def test_de_morgan_holds(raws: list[Any], household: HouseholdFacts) -> None:
    denied = [{"not": raw} for raw in raws]
    assert answer({"not": {"all": raws}}, household) is answer({"any": denied}, household)
    assert answer({"not": {"any": raws}}, household) is answer({"all": denied}, household)


@given(conditions(), households())
@settings(max_examples=300, deadline=None)
def test_something_is_asked_exactly_when_a_fact_is_missing(raw: Any, household: HouseholdFacts) -> None:
    verdict = judge(parse(raw, COUNTY), household, TODAY)
    if verdict.answer is not Answer.UNKNOWN:
        assert verdict.ask == ()
    elif is_settled(raw):
        assert verdict.ask
    assert len({asked.fact.name for asked in verdict.ask}) == len(verdict.ask)
    assert all(reason.words for reason in verdict.because)


@given(conditions())
@settings(max_examples=300, deadline=None)
def test_a_condition_survives_the_way_to_json_and_back(raw: Any) -> None:
    condition = parse(raw, COUNTY)
    assert parse(to_json(condition), COUNTY) == condition
    assert sentence(condition, str)
