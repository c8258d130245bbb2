"""Why a report or a decision cannot be taken: in words a person can act on."""

from __future__ import annotations


class ChangeRefused(Exception):
    """Nothing was changed; `words` say why and what to do, `place` is the field to mend, if one is at fault."""

    def __init__(self, words: str, place: str = "") -> None:
        """Keep the sentence and its place."""
        super().__init__(words)
        self.words = words
        self.place = place
