"""The order of items for people: how popular an item is among people alike, blended with what each opened before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Floats
from profiles.portraits.measures import Flags
from profiles.portraits.neighbours import joined, learn_following, learn_together, trust
from profiles.portraits.openings import Openings
from profiles.portraits.popularity import Popularity, learn_popularity
from profiles.portraits.tastes import Tastes, learn_tastes

SEEN_ENOUGH = 3.0


@dataclass(frozen=True)
class Blend:
    """How loud each voice speaks.

    `shrink`, `weight`: attributes (see popularity); `ridge`, `together`: own openings; `following`: what is opened next
    beside what is opened together; `lately`: how much only the last openings count; `smooth`, `leaning`: categories.
    """

    shrink: float = 10.0
    weight: float = 0.6
    ridge: float = 200.0
    together: float = 8.0
    following: float = 0.0
    lately: float = 0.0
    smooth: float = 80.0
    leaning: float = 2.0

    def as_json(self) -> dict[str, float]:
        """What is kept and told."""
        return asdict(self)


@dataclass(frozen=True)
class Histories:
    """What people opened, people × items: `whole` of any age, `last` with the last openings the loudest."""

    whole: sparse.csr_matrix
    last: sparse.csr_matrix

    @classmethod
    def of(cls, openings: Openings, blend: Blend, half_life_days: float = 0.0, now: float | None = None) -> Histories:
        """Everybody's, as a blend wants them weighted."""
        return cls(openings.matrix(half_life_days, now), openings.matrix(half_life_days, now, blend.lately))

    @classmethod
    def none(cls, people: int, items: int) -> Histories:
        """Of people nothing is known of."""
        return cls(sparse.csr_matrix((people, items)), sparse.csr_matrix((people, items)))

    def only(self, people: Flags | list[int]) -> Histories:
        """The chosen people's."""
        return Histories(sparse.csr_matrix(self.whole[people]), sparse.csr_matrix(self.last[people]))


@dataclass(frozen=True)
class RankingModel:
    """`openings`: how often each item was opened; `together` may be empty when nobody's history counts."""

    popularity: Popularity
    together: Floats | None
    tastes: Tastes | None
    openings: Floats
    blend: Blend

    def score(self, attributes: Floats, histories: Histories, categories: Floats) -> Floats:
        """People × items: log share among people alike, plus n/(n+5) × what their own openings foretell.

        An item hardly anybody opened is scored by its categories instead, the more so the fewer openings it has; both
        are log chances, so that new items stand among the old ones where they belong.
        """
        scores = self.popularity.log_share(attributes)
        if self.tastes is not None:
            known = self.openings / (self.openings + SEEN_ENOUGH)
            scores = known * scores + (1 - known) * self.tastes.log_share(attributes, histories.whole, categories)
        if self.together is not None:
            own = np.asarray(histories.whole.sum(axis=1))
            scores = scores + self.blend.together * trust(own) * np.asarray(histories.last @ self.together)
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
        return kept if self.tastes is None else kept | self.tastes.arrays()

    @classmethod
    def from_arrays(cls, kept: Mapping[str, Floats], blend: Mapping[str, Any]) -> RankingModel:
        """The model that `arrays` and its blend describe."""
        return cls(Popularity(kept["overall"], kept["lifts"]), kept.get("together"), Tastes.from_arrays(kept),
                   kept["openings"], Blend(**{name: float(value) for name, value in blend.items()}))


def learn_ranking(openings: Openings, learners: Flags, attributes: Floats, categories: Floats, blend: Blend, *,
                  half_life_days: float = 0.0, now: float | None = None, with_histories: bool = True) -> RankingModel:
    """Learn from the openings of the `learners` among all people; the same input, the same model."""
    opened = sparse.csr_matrix(openings.matrix(half_life_days, now)[learners])
    own = attributes[learners]
    together = None
    if with_histories:
        following = learn_following(openings.only(learners[openings.person])) if blend.following else None
        together = learn_together(opened, blend.ridge)
        together = together if following is None else joined(together, following, blend.following)
    return RankingModel(
        popularity=learn_popularity(opened, own, blend.shrink, blend.weight),
        together=together,
        tastes=learn_tastes(opened, own, categories, blend.smooth, blend.leaning),
        openings=np.asarray(opened.sum(axis=0), dtype=np.float64).ravel(),
        blend=blend,
    )
