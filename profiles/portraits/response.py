"""The chance that somebody opens: a ridge logistic over standardised columns, its strength chosen across people, calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from profiles.portraits.coding import Floats
from profiles.portraits.measures import Flags, area, lift

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3)
FOLDS = 5
PARTS = 10


@dataclass(frozen=True)
class Quality:
    """Of chances told to people who were not learnt from: AUC, lift at 10 %, Brier score, calibration error."""

    auc: float
    lift: float
    brier: float
    ece: float


@dataclass(frozen=True)
class ResponseModel:
    """P(opens) = sigmoid(slope × (offset + z · weights) + shift), where z is a row less `centre`, divided by `scale`."""

    centre: Floats
    scale: Floats
    weights: Floats
    offset: float
    slope: float
    shift: float
    strength: float
    held_out: Quality

    def chance(self, columns: Floats) -> Floats:
        """The calibrated chance of each row (rows × columns as learnt)."""
        odds = self.offset + ((columns - self.centre) / self.scale) @ self.weights
        return _sigmoid(self.slope * odds + self.shift)

    def as_json(self) -> dict[str, Any]:
        """What is kept in a file."""
        return {"centre": self.centre.tolist(), "scale": self.scale.tolist(), "weights": self.weights.tolist(),
                "offset": self.offset, "slope": self.slope, "shift": self.shift, "strength": self.strength,
                "held_out": asdict(self.held_out)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ResponseModel:
        """The model that `as_json` wrote."""
        return cls(np.array(kept["centre"]), np.array(kept["scale"]), np.array(kept["weights"]), float(kept["offset"]),
                   float(kept["slope"]), float(kept["shift"]), float(kept["strength"]), Quality(**kept["held_out"]))


def learn_response(columns: Floats, opened: Flags, people: npt.NDArray[np.int64]) -> ResponseModel | None:
    """Learn from rows of columns (person attributes, behaviour so far, item category, channel, hour) and whether opened.

    Strength and calibration come from folds in which no person stands on both sides; None without both outcomes or
    with fewer people than folds.
    """
    if opened.all() or not opened.any() or len(np.unique(people)) < FOLDS:
        return None
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    scale = np.where(scale < 1e-9, 1.0, scale)
    standard = (columns - centre) / scale
    kept = {strength: _held_out(standard, opened, people, strength) for strength in STRENGTHS}
    strength = min(kept, key=lambda one: _loss(kept[one], opened))
    slope, shift = _calibrate(kept[strength], opened)
    model = _fit(standard, opened, strength)
    quality = measured(_sigmoid(slope * kept[strength] + shift), opened)
    return ResponseModel(centre, scale, model.coef_[0], float(model.intercept_[0]), slope, shift, strength, quality)


def measured(chance: Floats, opened: Flags) -> Quality:
    """How good chances are: AUC, lift, Brier score, and the calibration error over ten equal parts (ECE)."""
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, PARTS) if len(part)]
    error = sum(len(part) * abs(float(chance[part].mean() - opened[part].mean())) for part in parts) / len(chance)
    return Quality(round(area(chance, opened), 4), round(lift(chance, opened), 2),
                   round(float(np.mean((chance - opened) ** 2)), 4), round(error, 4))


def _fit(columns: Floats, opened: Flags, strength: float) -> LogisticRegression:
    # Only a training needs the library: 100 MB and a second that no other process should pay for.
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=2000).fit(columns, opened)


def _held_out(columns: Floats, opened: Flags, people: npt.NDArray[np.int64], strength: float) -> Floats:
    odds = np.zeros(len(opened))
    from sklearn.model_selection import GroupKFold

    for learn, tell in GroupKFold(FOLDS).split(columns, opened, people):
        if opened[learn].any() and not opened[learn].all():
            odds[tell] = _fit(columns[learn], opened[learn], strength).decision_function(columns[tell])
    return odds


def _loss(odds: Floats, opened: Flags) -> float:
    return float(np.mean(np.logaddexp(0.0, np.where(opened, -odds, odds))))


def _calibrate(odds: Floats, opened: Flags) -> tuple[float, float]:
    """Platt's line over held-out odds; a line that would turn the order round is not taken."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1e6, max_iter=1000).fit(odds[:, None], opened)
    slope = float(line.coef_[0, 0])
    return (slope, float(line.intercept_[0])) if slope > 0 else (1.0, 0.0)


def _sigmoid(odds: Floats) -> Floats:
    chance: Floats = np.exp(-np.logaddexp(0.0, -odds))
    return chance
