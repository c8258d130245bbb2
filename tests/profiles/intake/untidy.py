"""Untidy household tables as offices send them, made at random, with a truth of their own: what must come out.

The truth is kept while writing and knows nothing of how the table will be read.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

COUNTY = "999901"
VILLAGES = [f"{COUNTY}10{town}20{village}" for town in range(3) for village in range(4)]
DIVISIONS = "code,name,parent\n" + "".join([
    f"{COUNTY},测试县,9999\n", *(f"{COUNTY}10{town},第{town}镇,{COUNTY}\n" for town in range(3)),
    *(f"{code},{code[-5:]}村委会,{code[:9]}\n" for code in VILLAGES),
])
HEADINGS = {
    "ref": ["户编号", "户号", "农户编号", "家庭编号", " 户\n编号 "],
    "village": ["村代码", "行政村代码", "村编码", "村（社区）代码", "村代码(12位)"],
    "group": ["村民小组", "组", "村小组"],
    "head": ["户主姓名", "户主", "姓名（户主）"],
    "name": ["姓名", "成员姓名", "家庭成员", "姓 名", "*姓名"],
    "relation": ["与户主关系", "关系", "与户主\n关系"],
    "id": ["证件号码", "身份证号", "身份证号码", "公民身份号码", "证件号码（必填）"],
    "phone": ["联系电话", "手机号", "电话", "联系方式", "联　系　电　话"],
    "birth": ["出生日期", "出生年月", "出生年月日"],
    "gender": ["性别", "性别（男/女）"],
    "kinds": ["户类型", "农户类型", "户别"],
    "crops": ["作物", "种植", "种植情况", "种植情况（亩）"],
    "livestock": ["牲畜", "养殖", "养殖情况", "养殖情况（头、只、箱）"],
    "land": ["承包地亩数", "耕地面积", "耕地面积（亩）", "承包地（亩）"],
    "income": ["人均年收入", "人均纯收入", "人均纯收入（元）"],
    "house": ["危房等级", "房屋等级"],
    "relocated": ["易地搬迁", "是否易地搬迁"],
    "disability": ["残疾等级", "残疾"],
    "study": ["在读阶段", "在校情况"],
    "migrant": ["务工", "是否务工"],
    "skills": ["技能", "技能状况"],
}
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CAUSES = ("village", "name", "id", "phone", "birth")


@dataclass
class Truth:
    """What must come out of one table."""

    rows: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)
    households: set[str] = field(default_factory=set)
    incomplete: set[str] = field(default_factory=set)
    residents: int = 0
    phones: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    people: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)


def check_digit(first: str) -> str:
    """GB 11643, written out."""
    total = 0
    for digit, weight in zip(first, _WEIGHTS, strict=True):
        total += int(digit) * weight
    return "10X98765432"[total % 11]


def id_number(chance: random.Random, born: date) -> str:
    """A number nobody has: area 999999."""
    first = f"999999{born:%Y%m%d}{chance.randrange(1000):03d}"
    return first + check_digit(first)


class Office:
    """Somebody who fills in a table by hand, with habits of their own."""

    def __init__(self, seed: int, households: int = 60) -> None:
        self.chance = random.Random(seed)
        self.truth = Truth()
        self._households = households
        self._used: set[str] = set()

    def table(self) -> list[list[Any]]:
        """Title rows, a heading row, and a row a member."""
        chance = self.chance
        columns = list(HEADINGS)
        chance.shuffle(columns)
        self.truth.headings = {name: chance.choice(HEADINGS[name]) for name in columns}
        titles = [[], ["某某乡农户信息登记表"], ["填报单位：某某村", "", "2026年11月"]]
        rows: list[list[Any]] = titles[:chance.randrange(4)]
        rows.append([self.truth.headings[name] for name in columns])
        for number in range(self._households):
            for cells in self._household(f"T{number:05d}", len(rows)):
                rows.append([cells.get(name, "") for name in columns])
        return rows

    def _household(self, ref: str, above: int) -> list[dict[str, Any]]:
        chance, size = self.chance, self.chance.choice([1, 1, 2, 3, 4, 5])
        facts = {
            "village": chance.choice(VILLAGES), "group": chance.choice([None, "一组", "第2组"]),
            "kinds": frozenset(chance.choice([["一般农户"], ["脱贫户"], ["低保户", "脱贫户"], ["边缘易致贫户"], ["特困供养户"]])),
            "crops": self._list(["玉米", "马铃薯", "万寿菊", "三七", "百合"], lambda: chance.randint(1, 150) / 10),
            "livestock": self._list(["肉牛", "羊", "蜂", "种鸡"], lambda: float(chance.randint(1, 40))),
            "land": chance.choice([None, chance.randint(1, 400) / 10]),
            "income": chance.choice([None, float(chance.randint(1000, 40000))]),
            "house": chance.choice([None, "A", "D", "无"]), "relocated": chance.choice([None, True, False]),
        }
        told: dict[str, Any] = {}
        head, rows = None, []
        for place in range(size):
            name = self._name()
            head = head or name
            row = above + 1 + place
            cells, person = self._person(ref, name, place)
            cells |= {"ref": ref, "head": head}
            said = {key for key in facts if key == "village" or (facts[key] is not None and chance.random() < 0.7)}
            cells |= {key: self._written(key, facts[key]) for key in said}
            self.truth.rows += 1
            if chance.random() < 0.08:
                cause = chance.choice(CAUSES)
                self._spoil(cells, cause)
                self.truth.rejected.append((row, cause))
                self.truth.incomplete.add(ref)
            else:
                self.truth.residents += 1
                self.truth.phones += len(person["phones"])
                self.truth.households.add(ref)
                self.truth.people[ref, name] = person
                told |= {key: facts[key] for key in said}
            rows.append(cells)
        if ref in self.truth.households:
            self.truth.homes[ref] = told
            self.truth.kinds.update(told.get("kinds", ()))
        return rows

    def _list(self, names: list[str], amount: Any) -> dict[str, float] | None:
        if self.chance.random() < 0.25:
            return None
        return {name: amount() for name in self.chance.sample(names, self.chance.randrange(4))}

    def _name(self) -> str:
        while True:
            name = self.chance.choice(_SURNAMES) + "".join(self.chance.choices(_GIVEN, k=self.chance.choice([1, 2])))
            if name not in self._used or self.chance.random() < 0.01:
                self._used.add(name)
                return name

    def _person(self, ref: str, name: str, place: int) -> tuple[dict[str, Any], dict[str, Any]]:
        chance = self.chance
        born = date(chance.randint(1930, 2024), chance.randint(1, 12), chance.randint(1, 28))
        number = id_number(chance, born)
        phones = [f"1{chance.choice('3456789')}{chance.randrange(10**9):09d}" for _ in range(chance.choice([0, 0, 1, 1, 2]))]
        person = {
            "birth": born, "number": number, "phones": set(phones),
            "gender": "男" if int(number[16]) % 2 else "女", "disability": chance.choice([None, None, "无", "二级"]),
            "study": chance.choice([None, "无", "小学"]), "migrant": chance.choice([None, True, False]),
            "skills": chance.choice([None, [], ["电工"], ["厨师", "养殖"]]), "head": place == 0,
        }
        if chance.random() < 0.2:
            person["gender"] = None
        cells = {
            "name": chance.choice([name, f" {name} ", " ".join(name), name + "\u3000"]),
            "relation": "户主" if place == 0 else chance.choice(["配偶", "子", "女"]),
            "id": chance.choice([number, number.lower(), f" {number}", wide(number)]),
            "phone": self._phones(phones), "birth": self._date(born), "gender": person["gender"] or "",
            "disability": self._or_blank(person["disability"]), "study": self._or_blank(person["study"]),
            "migrant": self._truth(person["migrant"]),
            "skills": "" if person["skills"] is None else chance.choice("、；/").join(person["skills"]) or "无",
        }
        return cells, person

    def _or_blank(self, word: str | None) -> str:
        return word if word is not None else self.chance.choice(["", "", "/", "-"])

    def _truth(self, value: bool | None) -> Any:
        if value is None:
            return ""
        return self.chance.choice(["是", 1, "1", "√", "Y", "有", True] if value else ["否", 0, "0", "×", "N", "无"])

    def _phones(self, phones: list[str]) -> Any:
        chance = self.chance
        if not phones:
            return chance.choice(["", "", "/", "无"])
        if len(phones) > 1:
            return chance.choice("、/；,").join(phones)
        one = phones[0]
        return chance.choice([one, int(one), f" +86{one}", f"86-{one}", f"{one[:3]} {one[3:7]} {one[7:]}", wide(one),
                              f"{one[:3]}-{one[3:7]}-{one[7:]}", f"{one}（本人）", one + "\n"])

    def _date(self, born: date) -> Any:
        return self.chance.choice([
            f"{born:%Y-%m-%d}", f"{born:%Y/%m/%d}", f"{born:%Y%m%d}", f"{born.year}.{born.month}.{born.day}",
            f"{born.year}年{born.month}月{born.day}日", datetime.combine(born, time()), int(f"{born:%Y%m%d}"),
            wide(f"{born:%Y-%m-%d}"), f"{born.year}/{born.month}/{born.day}", f"{born:%Y-%m-%d} 00:00:00"])

    def _written(self, key: str, value: Any) -> Any:
        chance = self.chance
        match key:
            case "village":
                return chance.choice([value, int(value), f" {value}", wide(value)])
            case "kinds":
                return chance.choice(["；", ";", "、", "，", "/"]).join(chance.sample(sorted(value), len(value)))
            case "crops":
                return self._amounts(value, "亩")
            case "livestock":
                return self._amounts(value, "头")
            case "land":
                return chance.choice([value, str(value), f"{value}亩", wide(str(value)), f" {value} "])
            case "income":
                return chance.choice([value, f"{value:,.0f}", f"{value:.2f}", f"{value:.0f}元", wide(f"{value:.0f}")])
            case "house":
                return chance.choice([value, f"{value}级", wide(value)]) if value != "无" else "无"
            case "relocated":
                return self._truth(value)
        return value

    def _amounts(self, items: dict[str, float], unit: str) -> str:
        chance = self.chance
        if not items:
            return "无"
        sign = chance.choice([":", "：", "", " "])
        shown = chance.choice([unit, ""])
        return chance.choice(["；", ";", "、", "，", ", "]).join(
            f"{name}{sign}{amount:g}{shown}" for name, amount in chance.sample(list(items.items()), len(items)))

    def _spoil(self, cells: dict[str, Any], cause: str) -> None:
        chance = self.chance
        number = str(cells["id"]).strip()
        spoilt: dict[str, tuple[str, list[Any]]] = {
            "village": ("village", [f"{COUNTY}999999", f"{COUNTY}100", "某某村", f"{COUNTY}10020"]),
            "name": ("name", ["", "  ", "\u3000", None]),
            "id": ("id", [number[:-1] + ("0" if number[-1] not in "0０" else "1"), "99999919771228", "9.99999E+17"]),
            "phone": ("phone", ["1385147203", "138514720333", "12345678901", "不是号码", "13851472033、1385147203"]),
            "birth": ("birth", ["1971-13-40", "2023-02-29", "2999-01-01", "77-12-28"]),
        }
        column, values = spoilt[cause]
        cells[column] = chance.choice(values)


def wide(text: str) -> str:
    """Full-width digits and letters."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def as_workbook(rows: list[list[Any]], *, before: int = 0, after: int = 0) -> bytes:
    """The table as .xlsx, perhaps between other sheets."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for number in range(before):
        book.add_worksheet(f"说明{number}").write(0, 0, "填表说明：每人一行")
    sheet = book.add_worksheet("农户信息")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for at, cells in enumerate(rows):
        for place, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheet.write_datetime(at, place, cell, day)
            elif cell not in ("", None):
                sheet.write(at, place, cell)
    for number in range(after):
        book.add_worksheet(f"Sheet{number}")
    book.close()
    return file.getvalue()


def as_csv(rows: list[list[Any]], encoding: str = "gb18030", separator: str = ",") -> bytes:
    """The table as CSV; what a spreadsheet program would show stands in the cells."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator)
    for cells in rows:
        writer.writerow(["" if cell is None else f"{cell:%Y/%m/%d}" if isinstance(cell, datetime) else cell for cell in cells])
    return file.getvalue().encode(encoding)
