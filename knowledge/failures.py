"""Why an act on an entry is refused: in words a clerk can act on."""

from __future__ import annotations


class EntryRefused(Exception):
    """An act on an entry cannot be done now; `words` say why, and the cure."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
