"""The invented households of the demo county, drawn from one seed the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from web.demo.families import PHONE_FAMILIES, PhoneFamily, named_families
from web.demo.identities import Identities
from web.demo.register import HEADERS, Household, Member, rows_of

__all__ = ["HEADERS", "PHONE_FAMILIES", "PhoneFamily", "invented_households", "invented_rows"]

AS_OF = date(2026, 11, 1)

_GROUPS = ("一组", "二组", "三组", "四组", "五组", "六组")
_KINDS = {
    "一般农户": 66, "脱贫户": 20, "低保户": 5, "脱贫户；低保户": 3,
    "脱贫不稳定户": 2, "边缘易致贫户": 2, "突发严重困难户": 1,
}  # fmt: skip
_CROPS = {
    "玉米": (40, 2, 16), "马铃薯": (28, 1, 10), "小麦": (18, 2, 10), "胡麻": (12, 1, 6), "荞麦": (12, 1, 8),
    "苜蓿": (16, 2, 12), "中药材": (8, 1, 8), "万寿菊": (7, 2, 8), "辣椒": (10, 1, 6),
}  # fmt: skip
_LIVESTOCK = {
    "肉牛": (38, 1, 12), "羊": (26, 4, 40), "生猪": (12, 1, 10), "鸡": (30, 4, 40), "蜂": (6, 3, 30),
}  # fmt: skip
_SKILLS = ("电工", "厨师", "挖掘机", "养殖", "焊工", "缝纫", "驾驶", "泥瓦工")


@dataclass(frozen=True)
class _Person:
    """A place in a family before it has a name; lineage says who bears the family's surname."""

    relation: str
    gender: str
    age: int
    lineage: bool = True


def invented_rows(
    villages: Sequence[tuple[str, str]], households: int = 3000, seed: int = 640425
) -> Iterator[dict[str, str]]:
    """The household table of the demo, a row a member, under the headers of `HEADERS`.

    Villages are (12-digit code, name); each gets at least one household when there are enough. The named
    families come first, as far as their villages are among the given ones. Same arguments, same rows.
    """
    for household in invented_households(villages, households, seed):
        yield from rows_of(household)


def invented_households(
    villages: Sequence[tuple[str, str]], households: int = 3000, seed: int = 640425
) -> Iterator[Household]:
    """The households behind `invented_rows`, in the order of their references."""
    dice = Random(seed)
    codes = {code for code, _ in villages}
    families = [family for family in named_families() if family.village in codes][:households]
    yield from families
    members = [member for family in families for member in family.members]
    identities = Identities(
        dice, [number for member in members for number in (member.id_number, member.phone)]
    )
    serial = len(named_families())
    shares = _shares(dice, villages, households - len(families))
    for (code, name), count in zip(villages, shares, strict=True):
        for _ in range(count):
            serial += 1
            yield _household(dice, identities, f"PY{serial:06d}", code, "社区" in name)


def _shares(dice: Random, villages: Sequence[tuple[str, str]], households: int) -> list[int]:
    """How many households each village gets: one each, the rest by its size, which the dice decides."""
    shares = [1 if place < households else 0 for place in range(len(villages))]
    sizes = [dice.uniform(0.6, 1.4) for _ in villages]
    left = households - sum(shares) if villages else 0
    for place in dice.choices(range(len(villages)), sizes, k=left) if left else ():
        shares[place] += 1
    return shares


def _household(
    dice: Random, identities: Identities, reference: str, village: str, in_town: bool
) -> Household:
    people = _people(dice)
    alone_and_old = len(people) == 1 and people[0].age >= 60
    kinds = "特困供养户" if alone_and_old and dice.random() < 0.12 else _weighted(dice, _KINDS)
    crops = {} if dice.random() < (0.8 if in_town else 0.1) else _holding(dice, _CROPS, 3)
    livestock = {} if dice.random() < (0.95 if in_town else 0.4) else _holding(dice, _LIVESTOCK, 2)
    relocated = dice.random() < (0.3 if in_town else 0.08)
    land = sum(crops.values()) + dice.randrange(0, 13) / 2
    grade = "A" if relocated else _weighted(dice, {"A": 55, "B": 33, "C": 8, "D": 2})
    return Household(
        reference,
        village,
        _known(dice, dice.choice(_GROUPS), 0.08),
        _known(dice, kinds, 0.02),
        _known(dice, _listing(crops), 0.1),
        _known(dice, _listing(livestock), 0.1),
        _known(dice, f"{land:g}", 0.08),
        _known(dice, _income(dice, kinds), 0.1),
        _known(dice, grade, 0.06),
        _known(dice, "是" if relocated else "否", 0.06),
        tuple(_members(dice, identities, people)),
    )


def _people(dice: Random) -> list[_Person]:
    shapes: dict[Callable[[Random], list[_Person]], int] = {
        _elder_alone: 9, _elder_couple: 17, _single: 5, _young_family: 38, _three_generations: 14,
        _grandparents_as_heads: 13, _one_parent: 4,
    }  # fmt: skip
    shape: Callable[[Random], list[_Person]] = dice.choices(list(shapes), list(shapes.values()))[0]
    return shape(dice)


def _elder_alone(dice: Random) -> list[_Person]:
    return [_Person("户主", dice.choice("男女女"), dice.randint(62, 90))]


def _elder_couple(dice: Random) -> list[_Person]:
    return _couple(dice, dice.randint(56, 84))


def _single(dice: Random) -> list[_Person]:
    return [_Person("户主", dice.choice("男男女"), dice.randint(23, 59))]


def _young_family(dice: Random) -> list[_Person]:
    couple = _couple(dice, dice.randint(27, 55))
    return couple + _children(dice, min(person.age for person in couple), ("子", "女"))


def _three_generations(dice: Random) -> list[_Person]:
    family = _young_family(dice)
    if not family[0].lineage:
        return family
    father = family[0].age + dice.randint(21, 30)
    mother = father - dice.randint(0, 3)
    parents = [_Person("父母", "男", father), _Person("父母", "女", mother, lineage=False)]
    return family + [parent for parent in parents if parent.age < 93 and dice.random() < 0.75]


def _grandparents_as_heads(dice: Random) -> list[_Person]:
    heads = _couple(dice, dice.randint(52, 72))
    son = min(person.age for person in heads) - dice.randint(21, 27)
    wife = max(20, son - dice.randint(0, 3))
    young = [_Person("子", "男", son)]
    if son >= 24:
        young += [_Person("儿媳", "女", wife, lineage=False), *_children(dice, wife, ("孙子", "孙女"))]
    return heads + young


def _one_parent(dice: Random) -> list[_Person]:
    parent = _Person("户主", dice.choice("男女"), dice.randint(30, 48))
    return [parent, *_children(dice, parent.age, ("子", "女"))]


def _couple(dice: Random, age: int) -> list[_Person]:
    woman_leads = dice.random() < 0.08
    husband = _Person("配偶" if woman_leads else "户主", "男", age)
    wife = _Person("户主" if woman_leads else "配偶", "女", max(22, age - dice.randint(-1, 4)), lineage=False)
    return [wife, husband] if woman_leads else [husband, wife]


def _children(dice: Random, parent_age: int, relations: tuple[str, str]) -> list[_Person]:
    """One to three children born when the younger parent was 20 to 34; grown ones who left are not listed."""
    ages = [parent_age - gap for gap in dice.sample(range(20, 36, 2), dice.choice((1, 2, 2, 3)))]
    return [
        _Person(relations[0] if boy else relations[1], "男" if boy else "女", age)
        for age in sorted(ages, reverse=True)
        for boy in [dice.random() < 0.51]
        if 0 <= age <= (28 if boy else 23)
    ]


def _members(dice: Random, identities: Identities, people: Sequence[_Person]) -> Iterator[Member]:
    family_name = identities.surname()
    for person in people:
        surname = family_name if person.lineage else identities.surname()
        born = AS_OF.replace(year=AS_OF.year - person.age) - timedelta(days=dice.randrange(364))
        study = _study(dice, person.age)
        grown = person.age >= 18
        skill = dice.choice(_SKILLS) if _works(person.age) and dice.random() < 0.2 else "无"
        yield Member(
            surname + identities.given_name(person.gender, person.age),
            person.relation,
            person.gender,
            born,
            identities.id_number(born, person.gender),
            phone=identities.phone() if grown and dice.random() < _phone_chance(person) else "",
            disability=_known(dice, dice.choice("一二三四") + "级" if dice.random() < 0.035 else "无", 0.12),
            study=_known(dice, study, 0.04),
            migrant=_known(dice, _migrant(dice, person.age, study), 0.06 if grown else 0.0),
            skill=_known(dice, skill, 0.25),
        )


def _phone_chance(person: _Person) -> float:
    if person.relation == "户主":
        return 0.7
    return 0.3 if person.age >= 72 else 0.48


def _study(dice: Random, age: int) -> str:
    if age < 3 or age > 22:
        return "无"
    if age < 15:
        return "学前" if age < 6 else "小学" if age < 12 else "初中"
    if age < 18:
        return dice.choice(("高中", "高中", "高中", "中职", "中职", "无"))
    return dice.choice(("本科", "大专", "高职", "无", "无", "无"))


def _migrant(dice: Random, age: int, study: str) -> str:
    chance = (0.5 if age < 45 else 0.3) if _works(age) and study == "无" else 0.0
    return "是" if dice.random() < chance else "否"


def _works(age: int) -> bool:
    return 18 <= age <= 62


def _income(dice: Random, kinds: str) -> str:
    middle = 17500 if kinds == "一般农户" else 14000 if kinds == "脱贫户" else 8500
    return str(max(3600, 10 * round(dice.gauss(middle, middle * 0.22) / 10)))


def _holding(dice: Random, choices: dict[str, tuple[int, int, int]], most: int) -> dict[str, float]:
    """One to `most` kinds with their amounts; a choice is (weight, least, greatest)."""
    weights = {name: weight for name, (weight, _, _) in choices.items()}
    names = dict.fromkeys(_weighted(dice, weights) for _ in range(dice.randint(1, most)))
    return {name: float(dice.randint(*choices[name][1:])) for name in names}


def _listing(holding: dict[str, float]) -> str:
    return ";".join(f"{name}:{amount:g}" for name, amount in holding.items()) or "无"


def _weighted(dice: Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _known(dice: Random, cell: str, chance_unknown: float) -> str:
    """The cell as it stands, or empty, as offices leave some."""
    return "" if dice.random() < chance_unknown else cell
