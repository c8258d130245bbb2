"""Villages under their townships: a county's list is folded, so that it is read on a telephone too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from profiles.divisions import TOWNSHIP, Names


@dataclass(frozen=True)
class Town:
    """One township; a line is its village's own name, then what its page tells of it."""

    name: str
    lines: tuple[tuple[Any, ...], ...]


def by_township(names: Names, lines: Iterable[tuple[Any, ...]]) -> list[Town]:
    """Lines that begin with their village's code, gathered by township in the order of the codes."""
    ordered = sorted(lines, key=lambda line: str(line[0]))
    return [Town(names.name(code), tuple((names.name(line[0]), *line[1:]) for line in theirs))
            for code, theirs in groupby(ordered, key=lambda line: str(line[0])[:TOWNSHIP])]
