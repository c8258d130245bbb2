"""Why a notice stands where it stands, in a resident's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import sparse

from profiles.portraits.coding import Coding, Floats
from profiles.portraits.notices import NoticeFeatures
from profiles.portraits.ranking import RankingModel

MOST = 2
OFTEN = 2
LIKED = 1.15
TIED = 0.02
LONGEST_TITLE = 18


def reasons_for(model: RankingModel, people: Coding, attributes: Floats, history: sparse.csr_matrix,
                notices: Sequence[NoticeFeatures]) -> Callable[[int], tuple[str, ...]]:
    """A function that tells, of a notice's place in `notices`, at most two reasons; never another person's deeds."""
    own = np.asarray(history.todense()).ravel()
    topics = np.array([one.topic for one in notices])
    liked = _liked(model, people, attributes, topics)

    def because(place: int) -> tuple[str, ...]:
        topic = notices[place].topic
        words = []
        if int(((own > 0) & (topics == topic)).sum()) >= OFTEN:
            words.append(f"您常看{topic}类的信息")
        tied = _tied(model, own, place)
        if tied is not None and tied != place:
            words.append(f"看过“{_short(notices[tied].title)}”的人也常看这条")
        words.extend(group for group, about in liked if about == topic)
        if model.openings[place] < 1:
            words.append(f"新发布的{topic}类信息，按类别排")
        return tuple(words[:MOST]) or ("看的人多少和发布先后",)

    return because


def _liked(model: RankingModel, people: Coding, attributes: Floats, topics: np.ndarray[tuple[int], np.dtype[np.str_]],
           ) -> list[tuple[str, str]]:
    """(words, topic): which topics people like this one open clearly more often than everybody."""
    share = np.exp(model.popularity.overall)
    found = []
    for number in np.flatnonzero(attributes[:len(people.words)]):
        column, value = people.words[int(number)]
        words = _group_words(column, value)
        if not words:
            continue
        among = np.exp(model.popularity.overall + model.popularity.lifts[number])
        for topic in sorted(set(topics[model.openings > 0].tolist())):
            about = (topics == topic) & (model.openings > 0)
            if among[about].sum() > LIKED * share[about].sum():
                found.append((f"和{words}常看的{topic}类相近", topic))
    return found


def _group_words(column: str, value: str) -> str:
    return {"village": "您村里人", "township": "您乡镇的人", "crop": f"种{value}的人家", "livestock": f"养{value}的人家",
            "age": f"{value}的人", "migrant": "在外务工的人"}.get(column, "")


def _tied(model: RankingModel, own: Floats, place: int) -> int | None:
    """Which of one's own openings speaks loudest for a notice."""
    if model.together is None or not own.any():
        return None
    voices = own * model.together[:, place]
    loudest = int(np.argmax(voices))
    return loudest if voices[loudest] > TIED else None


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[:LONGEST_TITLE]}…"
