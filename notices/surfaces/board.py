"""A notice as a sheet for the village board: one A4 page of plain words, signed and dated, names in full."""

from __future__ import annotations

from dataclasses import dataclass

from channels.board.carrier import MOST_SHEETS, SCREEN, SHEET, Board
from channels.messages import Content, Purpose
from notices.surfaces.fitting import until_words
from notices.surfaces.web import html, to_text, with_complaint_line
from notices.writing import Kind, NoticeDraft

BOARD = Board()


@dataclass(frozen=True)
class Sheet:
    """The board sheet of one notice."""

    draft: NoticeDraft

    @property
    def text(self) -> str:
        """The sheet's lines: title, body, what to do, who says so."""
        draft = self.draft
        body = draft.body
        if draft.kind is Kind.PUBLIC_LIST:
            body = with_complaint_line(body, draft.phone)
        facts = (("截止时间", until_words(draft) if draft.deadline else ""), ("办理地点", draft.where),
                 ("带上", draft.what_to_bring), ("咨询电话", f"{draft.phone}，也可拨 12345 核实"))
        lines = [draft.title, "", to_text(html(body)), "", *(f"{label}：{text}" for label, text in facts if text)]
        signed = [draft.office, *([draft.document_number] if draft.document_number else [])]
        return "\n".join([*lines, "", *signed])

    @property
    def is_asked_for(self) -> bool:
        """Whether villages will post it: the notice names the board, or is an emergency, which hangs everywhere."""
        return "board" in self.draft.channels or self.draft.kind is Kind.EMERGENCY

    def complaints(self) -> tuple[str, ...]:
        """What keeps it from the board: only what villages will have to post is held to the board's limits."""
        if not self.is_asked_for:
            return ()
        return BOARD.complaints(Content(Purpose.NOTICE, self.text))

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at."""
        length, found = len(self.text), []
        if length > SHEET:
            found.append(f"公示栏张贴稿约 {length} 字，要 {BOARD.sheets(self.text)} 张 A4 纸（一张约 {SHEET} 字）。"
                         + (f"最多 {MOST_SHEETS} 张。" if self.is_asked_for else "可以精简正文。"))
        if self.is_asked_for and not BOARD.fits_screen(self.draft.title, self.draft.summary):
            found.append(f"标题和摘要一共超过 {SCREEN} 字，电子阅报屏上一屏放不下。请精简摘要。")
        return tuple(found)
