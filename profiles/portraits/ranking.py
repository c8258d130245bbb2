"""The order of items for people: how popular an item is among people alike, blended with what each opened before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Floats
from profiles.portraits.neighbours import learn_together, trust
from profiles.portraits.popularity import Popularity, learn_popularity
from profiles.portraits.tastes import Tastes, learn_tastes

SEEN_ENOUGH = 3.0


@dataclass(frozen=True)
class Blend:
    """`shrink`, `weight`: how attributes speak (see popularity); `ridge`, `together`: how own openings speak."""

    shrink: float = 10.0
    weight: float = 0.6
    ridge: float = 200.0
    together: float = 8.0

    def as_json(self) -> dict[str, float]:
        """What is kept and told."""
        return asdict(self)


@dataclass(frozen=True)
class RankingModel:
    """`openings`: how often each item was opened; `together` may be empty when nobody's history counts."""

    popularity: Popularity
    together: Floats | None
    tastes: Tastes | None
    openings: Floats
    blend: Blend

    def score(self, attributes: Floats, history: sparse.csr_matrix, categories: Floats) -> Floats:
        """People × items: log share among people alike, plus n/(n+5) × what their own openings foretell.

        An item hardly anybody opened is scored by its categories instead, the more so the fewer openings it has; both
        are log chances, so that new items stand among the old ones where they belong.
        """
        scores = self.popularity.log_share(attributes)
        if self.tastes is not None:
            known = self.openings / (self.openings + SEEN_ENOUGH)
            scores = known * scores + (1 - known) * self.tastes.log_share(attributes, history, categories)
        if self.together is not None:
            own = np.asarray(history.sum(axis=1))
            scores = scores + self.blend.together * trust(own) * np.asarray(history @ self.together)
        return scores

    def widened(self, new: int) -> RankingModel:
        """The same model with `new` items nobody has opened after its own; without categories they count as average."""
        middle = float(self.popularity.overall.mean()) if len(self.popularity.overall) else 0.0
        popularity = Popularity(np.r_[self.popularity.overall, np.full(new, middle)],
                                np.pad(self.popularity.lifts, ((0, 0), (0, new))))
        together = None if self.together is None else np.pad(self.together, ((0, new), (0, new)))
        return RankingModel(popularity, together, self.tastes, np.pad(self.openings, (0, new)), self.blend)

    def arrays(self) -> dict[str, Floats]:
        """What is kept in a file of numbers."""
        kept = {"overall": self.popularity.overall, "lifts": self.popularity.lifts, "openings": self.openings}
        if self.together is not None:
            kept["together"] = self.together
        if self.tastes is not None:
            kept |= {"tastes": self.tastes.weights, "usual": self.tastes.usual}
        return kept

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Floats], blend: Mapping[str, Any]) -> RankingModel:
        """The model that `arrays` and its blend describe."""
        tastes = Tastes(kept["tastes"], kept["usual"]) if "tastes" in kept else None
        return cls(Popularity(kept["overall"], kept["lifts"]), kept.get("together"), tastes, kept["openings"],
                   Blend(**{name: float(value) for name, value in blend.items()}))


def learn_ranking(opened: sparse.csr_matrix, attributes: Floats, categories: Floats, blend: Blend, *,
                  with_histories: bool = True) -> RankingModel:
    """Learn from openings (people × items, weights 0 to 1), attributes and categories; the same input, the same model."""
    return RankingModel(
        popularity=learn_popularity(opened, attributes, blend.shrink, blend.weight),
        together=learn_together(opened, blend.ridge) if with_histories else None,
        tastes=learn_tastes(opened, attributes, categories),
        openings=np.asarray(opened.sum(axis=0), dtype=np.float64).ravel(),
        blend=blend,
    )
