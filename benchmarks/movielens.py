"""How well the order of items is foretold, on MovieLens-100k (GroupLens), through `zhida portraits evaluate`'s own code.

    python -m benchmarks.movielens FOLDER [--all]

FOLDER holds `ml-100k.inter`, `.user` and `.item` as the package `recbole` ships them under `dataset_example/ml-100k`, or
GroupLens's own `u.data`, `u.user` and `u.item`. An opening is a rating of at least 4, or with `--all` any rating; people
have age, gender and occupation, items their 18 genres. Prints one JSON object. The protocol is that of
`profiles.portraits.evaluation`.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from profiles.portraits.evaluation import evaluate
from profiles.portraits.outside import read_outside

LIKED = 4.0
GENRES = ("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy",
          "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western")
Rows = list[list[str]]


def main(arguments: list[str]) -> int:
    """Measure and print."""
    folders = [Path(one) for one in arguments if not one.startswith("--")]
    if len(folders) != 1:
        raise SystemExit("请写上 MovieLens-100k 的数据文件夹：python -m benchmarks.movielens FOLDER [--all]")
    print(json.dumps(measure(folders[0], every="--all" in arguments), ensure_ascii=False))
    return 0


def measure(folder: Path, *, every: bool = False) -> dict[str, Any]:
    """NDCG@10, HR@10 and AUC by scenario and ranking, the blends chosen, and the seconds it took."""
    ratings, people, items = _tables(folder)
    opened = [[person, item, at] for person, item, rating, at in ratings if every or float(rating) >= LIKED]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        files = [_written(Path(name) / one, head, rows) for one, head, rows in (
            ("E.csv", ("person", "item", "time"), opened), ("P.csv", ("person", "age", "gender", "occupation"), people),
            ("I.csv", ("item", "genre"), items))]
        outside = read_outside(*files)
    figures, blends = evaluate(outside.openings, outside.attributes, outside.categories)
    return {"openings": len(opened), "people": len(people), "items": len(items), **figures,
            "blends": [one.as_json() for one in blends], "seconds": round(time.perf_counter() - began, 1)}


def _tables(folder: Path) -> tuple[Rows, Rows, Rows]:
    """Ratings (person, item, rating, time), people (person, age, gender, occupation) and items (item, genres)."""
    if (folder / "u.data").is_file():
        flags = [row.split("|") for row in _lines(folder / "u.item")]
        items = [[row[0], "|".join(name for name, flag in zip(GENRES, row[5:], strict=True) if flag == "1")] for row in flags]
        return [row.split("\t") for row in _lines(folder / "u.data")], [
            row.split("|")[:4] for row in _lines(folder / "u.user")], items
    if not (folder / "ml-100k.inter").is_file():
        raise SystemExit(f"{folder} 里没有 MovieLens-100k：要有 u.data 或 ml-100k.inter。")
    ratings, people, items = ([row.split("\t") for row in _lines(folder / f"ml-100k.{name}")[1:]]
                              for name in ("inter", "user", "item"))
    return ratings, [row[:4] for row in people], [[row[0], row[3].replace(" ", "|")] for row in items]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def _written(path: Path, head: Iterable[str], rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(head), *rows])
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
