"""Attributes and categories as columns of ones and noughts, learnt from a table of words and told again the same way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = Sequence[Mapping[str, str]]

BANDS = 6
MOST_PLAIN_NUMBERS = 8
_APART = re.compile(r"[|;；]")
_NOTHING = ("", "0", "false", "False")


@dataclass(frozen=True)
class Coding:
    """Which columns there are: `words` (column, value) pairs, `bands` column → upper edges of its bands of numbers."""

    words: tuple[tuple[str, str], ...]
    bands: tuple[tuple[str, tuple[float, ...]], ...]

    @property
    def width(self) -> int:
        """How many columns a row has."""
        return len(self.words) + sum(len(edges) + 1 for _, edges in self.bands)

    @property
    def names(self) -> tuple[str, ...]:
        """What each column says, as `column=value`."""
        spans = (f"{column}#{number}" for column, edges in self.bands for number in range(len(edges) + 1))
        return (*(f"{column}={value}" for column, value in self.words), *spans)

    def encode(self, rows: Rows) -> Floats:
        """One line a row; a value that was rare or unknown when learning leaves its columns empty."""
        coded = np.zeros((len(rows), self.width))
        place = {word: number for number, word in enumerate(self.words)}
        for line, row in enumerate(rows):
            for column, cell in row.items():
                for value in _values(cell):
                    if (column, value) in place:
                        coded[line, place[column, value]] = 1.0
            begin = len(self.words)
            for column, edges in self.bands:
                number = _number(row.get(column, ""))
                if number is not None:
                    coded[line, begin + int(np.searchsorted(edges, number))] = 1.0
                begin += len(edges) + 1
        return coded

    def as_json(self) -> dict[str, Any]:
        """What is kept in a file."""
        return {"words": [list(pair) for pair in self.words],
                "bands": [[column, list(edges)] for column, edges in self.bands]}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Coding:
        """The coding that `as_json` wrote."""
        return cls(tuple((str(column), str(value)) for column, value in kept["words"]),
                   tuple((str(column), tuple(float(edge) for edge in edges)) for column, edges in kept["bands"]))


def learn_coding(rows: Rows, least: int) -> Coding:
    """Learn the columns of a table: numbers of many values are cut into bands of equal size, other cells are words
    (several apart by `|` or `；`), and what fewer than `least` rows say gets no column.
    """
    words: list[tuple[str, str]] = []
    bands: list[tuple[str, tuple[float, ...]]] = []
    for column in dict.fromkeys(column for row in rows for column in row):
        cells = [row.get(column, "") for row in rows]
        numbers = _numbers(cells)
        if numbers is None:
            counts = Counter(value for cell in cells for value in _values(cell))
            words.extend((column, value) for value, count in sorted(counts.items()) if count >= least)
        else:
            bands.append((column, _edges(numbers, least)))
    return Coding(tuple(words), tuple(bands))


def _values(cell: str) -> list[str]:
    return [value for part in _APART.split(cell) if (value := part.strip()) not in _NOTHING]


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _numbers(cells: Sequence[str]) -> Floats | None:
    filled = [cell for cell in cells if cell.strip()]
    numbers = [number for cell in filled if (number := _number(cell)) is not None]
    if not numbers or len(numbers) < len(filled) or len(set(numbers)) <= MOST_PLAIN_NUMBERS:
        return None
    return np.array(numbers)


def _edges(numbers: Floats, least: int) -> tuple[float, ...]:
    count = max(1, min(BANDS, len(numbers) // max(least, 1)))
    cuts = np.quantile(numbers, np.linspace(0, 1, count + 1)[1:-1])
    return tuple(float(edge) for edge in np.unique(cuts))
