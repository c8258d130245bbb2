"""What this room may refuse, with the place, the reason and the cure in words a sender can act on."""

from __future__ import annotations


class Refused(Exception):
    """An act of pushing that cannot be done; `words` says what, where and what to do.

    `earlier` is the dispatch that already carried the same content, where that is why.
    """

    def __init__(self, words: str, earlier: int | None = None) -> None:
        """`words` is the Chinese sentence a person reads."""
        super().__init__(words)
        self.words = words
        self.earlier = earlier
