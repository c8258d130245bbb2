"""What this room refuses, in words that say where and what to do."""

from __future__ import annotations


class PortraitRefused(Exception):
    """Data or a request that cannot be used; `words` is the Chinese sentence."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
