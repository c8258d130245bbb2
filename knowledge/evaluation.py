"""Measures an index by questions whose right entries are known, as they are and spoilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from random import Random
from time import perf_counter
from typing import Any

import numpy as np

from knowledge.index import Index
from knowledge.ranking import Decision, Finding
from knowledge.spoiling import Spoiling, spoil

_SEED = 7


@dataclass(frozen=True, slots=True)
class Query:
    """A question and the entries that answer it; no entry means the base must not answer."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """How a set of questions fared. Shares of recall, reciprocal rank and `answered_at_once` are of those in scope."""

    questions: int
    in_scope: int
    recall_at_1: float
    recall_at_3: float
    recall_at_5: float
    mrr: float
    answered_right: int
    answered_wrong: int
    clarified: int
    handed_over: int
    answered_at_once: float
    wrong_of_answered: float
    auroc: float | None
    """Confidence of the first candidate: right ones against wrong ones and questions out of scope."""
    ms_median: float
    ms_p99: float


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of the questions as they are and, by kind of harm, of spoilt copies."""

    plain: Figures
    spoilt: dict[str, Figures]

    def as_json(self) -> dict[str, Any]:
        """Plain numbers, rounded to four places."""
        return {
            **_rounded(asdict(self.plain)),
            "spoilt": {kind: _rounded(asdict(figures)) for kind, figures in self.spoilt.items()},
        }


def evaluate(
    index: Index, queries: Sequence[Query], *, today: date, kinds: Sequence[Spoiling] = tuple(Spoiling)
) -> Report:
    """Ask every question, and its copies spoilt in each of the kinds."""
    spoilt: dict[str, Figures] = {}
    for kind in kinds:
        chance = Random(_SEED)
        copies = [replace(query, text=spoil(query.text, kind, chance)) for query in queries]
        spoilt[kind.value] = measure(index, copies, today)
    return Report(measure(index, queries, today), spoilt)


def measure(index: Index, queries: Sequence[Query], today: date) -> Figures:
    """Ask every question once and count."""
    findings: list[Finding] = []
    spent: list[float] = []
    for query in queries:
        begun = perf_counter()
        findings.append(index.find(query.text, today=today))
        spent.append(1000 * (perf_counter() - begun))
    return figures(findings, [query.gold for query in queries], spent)


def figures(
    findings: Sequence[Finding], golds: Sequence[frozenset[str]], spent: Sequence[float] = ()
) -> Figures:
    """Count what was found against what is right; `spent` are milliseconds a question."""
    ranks = [_rank(finding, gold) for finding, gold in zip(findings, golds, strict=True)]
    asked = [rank for rank, gold in zip(ranks, golds, strict=True) if gold]
    at_once = [one.decision is Decision.ANSWER for one in findings]
    answered = [rank == 1 for rank, is_answered in zip(ranks, at_once, strict=True) if is_answered]
    in_scope = sum(is_answered and bool(gold) for is_answered, gold in zip(at_once, golds, strict=True))
    return Figures(
        questions=len(golds),
        in_scope=len(asked),
        recall_at_1=_share(sum(rank == 1 for rank in asked), len(asked)),
        recall_at_3=_share(sum(1 <= rank <= 3 for rank in asked), len(asked)),
        recall_at_5=_share(sum(1 <= rank <= 5 for rank in asked), len(asked)),
        mrr=_share(sum(1 / rank for rank in asked if rank), len(asked)),
        answered_right=sum(answered),
        answered_wrong=len(answered) - sum(answered),
        clarified=sum(finding.decision is Decision.CLARIFY for finding in findings),
        handed_over=sum(finding.decision is Decision.HAND_OVER for finding in findings),
        answered_at_once=_share(in_scope, len(asked)),
        wrong_of_answered=_share(len(answered) - sum(answered), len(answered)),
        auroc=auroc([_confidence(finding) for finding in findings], [rank == 1 for rank in ranks]),
        ms_median=float(np.median(spent)) if spent else 0.0,
        ms_p99=float(np.percentile(spent, 99)) if spent else 0.0,
    )


def auroc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """The chance that a right one is surer than a wrong one, ties by half; None where one kind is missing."""
    good = int(sum(right))
    if not good or good == len(right):
        return None
    values = np.asarray(confidences, float)
    _, position, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[position]
    wrong = len(right) - good
    return float((ranks[np.asarray(right, bool)].sum() - good * (good + 1) / 2) / (good * wrong))


def _rank(finding: Finding, gold: frozenset[str]) -> int:
    places = (place for place, one in enumerate(finding.candidates, 1) if one.id in gold)
    return next(places, 0)


def _confidence(finding: Finding) -> float:
    return finding.candidates[0].score if finding.candidates else 0.0


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}
