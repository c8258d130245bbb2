"""The clerk's answer to what each heading of a table is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.staff.frame import Fault

LEFT_OUT = "-"


@dataclass(frozen=True)
class Column:
    """One heading of the file with its first values, and what it was chosen to be (LEFT_OUT for a column not wanted)."""

    field: str
    heading: str
    examples: tuple[str, ...]
    chosen: str
    is_asked: bool
    is_guess: bool


@dataclass(frozen=True)
class HeadingForm:
    """All columns, what each may be chosen to be, and what is still wrong with the choice."""

    columns: tuple[Column, ...]
    options: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...] = ()

    @classmethod
    def fresh(cls, questions: Mapping[str, Any]) -> HeadingForm:
        """What is understood is chosen; of what is not, the likeliest that no other column holds."""
        once = {one["heading"] for one in questions["standards"] if not one["may_repeat"]}
        taken = {one["means"] for one in questions["columns"] if one["means"] in once}
        columns = []
        for number, one in enumerate(questions["columns"]):
            guess = "" if one["means"] or not one["asked"] else next((name for name in one["may_mean"] if name not in taken), "")
            taken |= {guess} & once
            columns.append(_column(number, one, one["means"] or guess or LEFT_OUT, is_guess=bool(guess)))
        return cls(tuple(columns), _options(questions))

    @classmethod
    def posted(cls, questions: Mapping[str, Any], form: Mapping[str, str]) -> HeadingForm:
        """What the clerk chose, with its faults."""
        allowed = {one["heading"] for one in questions["standards"]} | {LEFT_OUT}
        columns = tuple(_column(number, one, chosen if (chosen := form.get(f"column-{number}", LEFT_OUT)) in allowed else LEFT_OUT,
                                is_guess=False) for number, one in enumerate(questions["columns"]))
        return cls(columns, _options(questions), tuple(_faults(columns, questions["standards"])))

    def mapping(self) -> dict[str, str]:
        """Every heading and the standard heading it means; empty for a column left out."""
        return {one.heading: "" if one.chosen == LEFT_OUT else one.chosen for one in self.columns}


def _column(number: int, one: Mapping[str, Any], chosen: str, *, is_guess: bool) -> Column:
    return Column(f"column-{number}", one["heading"], tuple(one["examples"]), chosen, one["asked"], is_guess)


def _options(questions: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return ((LEFT_OUT, "不要这一列"), *((one["heading"], f"{one['heading']}：{one['words']}" if one["words"] else one["heading"])
                                   for one in questions["standards"]))


def _faults(columns: Sequence[Column], standards: Sequence[Mapping[str, Any]]) -> list[Fault]:
    found = []
    for one in standards:
        holders = [column for column in columns if column.chosen == one["heading"]]
        if one["is_required"] and not holders:
            place = next((column.field for column in columns if column.is_asked), columns[0].field if columns else "")
            found.append(Fault(place, f"还没有一列是“{one['heading']}”，没有它收不了。请选出哪一列是。"))
        if len(holders) > 1 and not one["may_repeat"]:
            others = "、".join(f"“{column.heading}”" for column in holders)
            found.append(Fault(holders[1].field, f"{others}都选成了“{one['heading']}”，只能选一列。其余的请改选或不要。"))
    return found
