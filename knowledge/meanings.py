"""Vectors of the phrasings, kept once however often the entries change, and the search for the nearest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.matching import Floats

NEAREST = 24
"""Phrasings taken for comparison from each search."""
_SMALL = 4000
"""Up to so many phrasings every vector is compared in full."""
_DIRECTIONS = 64
"""Principal directions that choose candidates among more phrasings than that."""
_WIDTH = 64
BLOCK = 4096
"""Vectors handled at a time, so that no second copy of all is ever held."""
_OWNERS = 500
"""Owners whose middles are taken at a time, for the same reason."""
_SPARE = 2048
"""Places kept free for phrasings to come."""
_ANSWER = 0.25
"""The share of its answer in what an entry means."""


@dataclass(frozen=True, slots=True)
class _Room:
    """Places for vectors, of which the first `used` are filled and never written again."""

    vectors: NDArray[np.float16]
    searched: Floats
    axes: Floats | None
    used: int


class Vectors:
    """Every vector once; arrangements point at places in it, and older ones go on reading what they knew."""

    def __init__(self) -> None:
        self._room: _Room | None = None

    def take(self, blocks: Iterable[NDArray[np.float16]], count: int) -> NDArray[np.intp]:
        """Lay down `count` vectors that come in blocks; their places."""
        room = self._room
        for block in blocks:
            if room is None or room.used + len(block) > len(room.vectors):
                room = _grown(room, block.shape[1], count)
            room = _laid(room, block)
        if room is None:
            return np.zeros(0, np.intp)
        self._room = _ready(room)
        return np.arange(room.used - count, room.used)

    def keep(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where vectors at these places stand from now on: those no longer used are dropped once they are the half."""
        room = self._room
        if room is None or room.used <= _SMALL or 2 * len(places) >= room.used:
            return places
        kept = _grown(None, room.vectors.shape[1], len(places))
        for start in range(0, len(places), BLOCK):
            kept = _laid(kept, room.vectors[places[start : start + BLOCK]])
        self._room = _ready(kept)
        return np.arange(len(places))

    def arranged(self, places: NDArray[np.intp], answers: NDArray[np.intp], owners: NDArray[np.intp]) -> Meanings:
        """The meanings of phrasings at these places, an owner's beside each other, and of each owner's answer."""
        return Meanings(self._room, places, answers, owners)


class Meanings:
    """Vectors of the phrasings in order; among very many, a few principal directions choose what is compared in full."""

    def __init__(
        self, room: _Room | None, places: NDArray[np.intp], answers: NDArray[np.intp], owners: NDArray[np.intp]
    ) -> None:
        """No room: no vectors, every meaning is as near as the other."""
        self.places, self.answers = places, answers
        self._room = room if room is not None and room.vectors.shape[1] else None
        self._middles = _middles(self._room.vectors, places, answers, owners) if self._room else None

    def nearest(self, meaning: Floats, hidden: NDArray[np.bool_] | None) -> NDArray[np.intp]:
        """Rows of the nearest vectors; none where there are no vectors."""
        if self._room is None:
            return np.zeros(0, np.intp)
        room, axes = self._room, self._room.axes
        towards = meaning if axes is None else (meaning @ axes).astype(np.float32)
        near: Floats = (room.searched[: room.used] @ towards)[self.places]
        if hidden is not None:
            near[hidden] = -1.0
        return highest(near, NEAREST if axes is None else 2 * NEAREST)

    def vectors(self, rows: NDArray[np.intp]) -> NDArray[np.float16]:
        """Copies of the vectors of the rows."""
        if self._room is None:
            return np.zeros((len(rows), 0), np.float16)
        return self._room.vectors[self.places[rows]]

    def compare(self, meaning: Floats, rows: NDArray[np.intp]) -> Floats:
        """Cosines with the vectors of the rows; zeros where there are no vectors."""
        if self._room is None:
            return np.zeros(len(rows), np.float32)
        cosines: Floats = self.vectors(rows).astype(np.float32) @ meaning
        return cosines

    def of_owners(self, meaning: Floats, owners: NDArray[np.intp]) -> Floats:
        """Mean cosines with all phrasings of each owner, and with its answer; zeros where there are no vectors."""
        if self._middles is None:
            return np.zeros(len(owners), np.float32)
        cosines: Floats = self._middles[owners].astype(np.float32) @ meaning
        return cosines


def _grown(room: _Room | None, width: int, count: int) -> _Room:
    """A room with places for `count` more and some spare; places not written yet cost no memory."""
    used = room.used if room else 0
    size = used + count + max(_SPARE, (used + count) // 8)
    vectors = np.empty((size, width), np.float16)
    if room is None:
        return _Room(vectors, np.zeros((0, width), np.float32), None, 0)
    vectors[:used] = room.vectors[:used]
    searched = room.searched
    if room.axes is not None:
        searched = np.empty((size, _DIRECTIONS), np.float32)
        searched[:used] = room.searched[:used]
    return _Room(vectors, searched, room.axes, used)


def _laid(room: _Room, block: NDArray[np.float16]) -> _Room:
    used = room.used + len(block)
    room.vectors[room.used : used] = block
    if room.axes is not None:
        room.searched[room.used : used] = block.astype(np.float32) @ room.axes
    return _Room(room.vectors, room.searched, room.axes, used)


def _ready(room: _Room) -> _Room:
    """The room made ready to be searched: few vectors in full, many along a few principal directions."""
    if room.axes is not None:
        return room
    if room.used <= _SMALL or room.vectors.shape[1] <= _DIRECTIONS:
        return _Room(room.vectors, room.vectors[: room.used].astype(np.float32), None, room.used)
    sample = room.vectors[: room.used : max(1, room.used // 8000)].astype(np.float32)
    _, directions = np.linalg.eigh(sample.T @ sample)
    axes = np.ascontiguousarray(directions[:, -_DIRECTIONS:], np.float32)
    turned = _Room(room.vectors, np.empty((len(room.vectors), _DIRECTIONS), np.float32), axes, 0)
    for start in range(0, room.used, BLOCK):
        turned = _laid(turned, room.vectors[start : min(start + BLOCK, room.used)])
    return turned


def _middles(
    vectors: NDArray[np.float16], places: NDArray[np.intp], answers: NDArray[np.intp], owners: NDArray[np.intp]
) -> NDArray[np.float16]:
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    ends = np.append(starts[1:], len(owners))
    middles = np.zeros((len(starts), vectors.shape[1]), np.float16)
    for first in range(0, len(starts), _OWNERS):
        part = slice(first, first + _OWNERS)
        begin, counts = starts[part][0], ends[part] - starts[part]
        held = vectors[places[begin : ends[part][-1]]].astype(np.float32)
        middle = np.add.reduceat(held, starts[part] - begin, axis=0) / counts[:, None]
        middles[part] = (1 - _ANSWER) * middle + _ANSWER * vectors[answers[part]].astype(np.float32)
    return middles


def highest(scores: Floats, count: int) -> NDArray[np.intp]:
    """Rows of the highest scores, in no order; the highest lie within the blocks of the highest maxima."""
    whole = len(scores) // _WIDTH * _WIDTH
    if whole <= 4 * count * _WIDTH:
        return _first(scores, count)
    blocks = _first(scores[:whole].reshape(-1, _WIDTH).max(axis=1), count)
    rows = (blocks[:, None] * _WIDTH + np.arange(_WIDTH)).ravel()
    rows = np.append(rows, np.arange(whole, len(scores)))
    return rows[_first(scores[rows], count)]


def _first(scores: Floats, count: int) -> NDArray[np.intp]:
    if len(scores) <= count:
        return np.arange(len(scores))
    return np.argpartition(-scores, count)[:count]
