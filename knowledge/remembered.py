"""What was worked out for the last questions: after a push hundreds of people ask the same.

Only short texts are kept, for a story is told once; nothing is written anywhere, and what is kept ends with the process.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import numpy as np

from knowledge.encoders import Encoder
from knowledge.matching import Floats

LONGEST = 60
"""Characters of a text that is worth keeping."""
MOST = 2000

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """The values of the keys asked for last, as long as what they were worked out from stands."""

    def __init__(self, most: int = MOST) -> None:
        """Nothing yet; the one that was not asked for longest goes first."""
        self._most = most
        self._standing: Hashable = None
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def value(self, standing: Hashable, key: Hashable, work_out: Callable[[], Value]) -> Value:
        """The value of a key; `standing` names what it rests on, and whatever rested on something else is forgotten.

        Name what stands before working out, so that a change meanwhile leaves nothing old behind.
        """
        with self._lock:
            if standing != self._standing:
                self._values.clear()
                self._standing = standing
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = work_out()
        with self._lock:
            if standing == self._standing:
                self._values[key] = value
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
        return value


class RememberingEncoder:
    """An encoder that knows the vectors of the last questions: the same one for another village is not encoded again."""

    def __init__(self, encoder: Encoder) -> None:
        """Around another one, whose name and vectors it gives."""
        self._encoder = encoder
        self._vectors: Remembered[Floats] = Remembered()

    @property
    def name(self) -> str:
        """The other one's name."""
        return self._encoder.name

    @property
    def dimensions(self) -> int:
        """The other one's dimensions."""
        return self._encoder.dimensions

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors, one row a text."""
        return self._encoder.encode(texts)

    def ask(self, question: str) -> Floats:
        """The unit vector of a question; never written to."""
        if len(question) > LONGEST:
            return self._encoder.ask(question)
        return self._vectors.value(None, question, lambda: _fixed(self._encoder.ask(question)))


def _fixed(vector: Floats) -> Floats:
    vector = np.ascontiguousarray(vector)
    vector.flags.writeable = False
    return vector
