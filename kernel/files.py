"""Why a whole file is refused, whichever room reads it: in words a clerk can act on."""

from __future__ import annotations


class FileRefused(Exception):
    """A file cannot be taken in at all and nothing of it was; `words` say what is wrong, where, and the cure."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
