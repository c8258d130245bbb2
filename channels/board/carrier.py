"""What a sheet on the board and a page on its screen can carry, as data, and what is too much for them."""

from __future__ import annotations

from dataclasses import dataclass

from channels.contract import Limits
from channels.messages import Content

SHEET = 1100
"""Characters of 16 pt type with margins on one A4 page: 31 lines of 35."""
MOST_SHEETS = 6
SCREEN = 160
"""Characters of title and sentence that a screen on the wall shows at once, read from three metres."""

# As fast as people walk: nothing is in flight.
LIMITS = Limits(in_flight=0, longest=SHEET * MOST_SHEETS)


@dataclass(frozen=True)
class Board:
    """A channel without a wire: its address is a village, its receipt the tick of whoever put the sheet up."""

    name: str = "board"
    gateway: str = "board"
    limits: Limits = LIMITS

    def complaints(self, content: Content) -> tuple[str, ...]:
        """What is wrong with a content for the board; empty when it can hang."""
        if not content.text.strip():
            return ("公示栏张贴稿是空的。请补写正文。",)
        if len(content.text) > self.limits.longest:
            return (f"公示栏张贴稿有 {len(content.text)} 字，{MOST_SHEETS} 张 A4 纸也放不下（{self.limits.longest} 字）。"
                    "请精简正文，或不选“公示栏”、只公开在网站上。",)
        return ()

    def sheets(self, text: str) -> int:
        """How many A4 pages a text takes."""
        return max(1, -(-len(text) // SHEET))

    def fits_screen(self, title: str, sentence: str) -> bool:
        """Whether a screen shows the title and the sentence without running over."""
        return len(title) + len(sentence) <= SCREEN
