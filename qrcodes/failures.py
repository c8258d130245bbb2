"""What this room refuses, in words a person can act on."""

from __future__ import annotations


class SheetRefused(Exception):
    """The sheets cannot be printed as asked; `words` says why and what to do."""

    def __init__(self, words: str) -> None:
        """Keep the sentence a person reads."""
        super().__init__(words)
        self.words = words
