"""What a clerk should look at although the row went in."""

from __future__ import annotations

from kernel.logs import mask

MOST_LISTED = 1_000


class Warnings:
    """Sentences in the order of their rows; beyond a thousand only their number."""

    def __init__(self) -> None:
        """Start empty."""
        self._listed: list[tuple[int, str]] = []
        self._more = 0

    def add(self, row: int, words: str) -> None:
        """One sentence about a row; numbers of persons that slipped into it are masked."""
        if len(self._listed) < MOST_LISTED:
            self._listed.append((row, mask(f"第 {row} 行：{words}")))
        else:
            self._more += 1

    def add_general(self, words: str) -> None:
        """One sentence about the file as a whole; these come first."""
        self._listed.append((0, mask(words)))

    def told(self) -> tuple[str, ...]:
        """All sentences, by row."""
        sentences = [words for _, words in sorted(self._listed, key=lambda one: one[0])]
        return (*sentences, f"另有 {self._more} 处提醒没有一一列出") if self._more else tuple(sentences)
