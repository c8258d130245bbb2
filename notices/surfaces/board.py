"""A notice as a sheet for the village board: one A4 page of plain words, signed and dated, names in full."""

from __future__ import annotations

from dataclasses import dataclass

from notices.surfaces.fitting import until_words
from notices.surfaces.web import html, to_text, with_complaint_line
from notices.writing import Kind, NoticeDraft

LONGEST_SHEET = 1100
"""Characters of 16 pt type with margins on one A4 page: 31 lines of 35."""


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

    def complaints(self) -> tuple[str, ...]:
        """What keeps it from the board: nothing that the page does not say already."""
        return ()

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at."""
        length = len(self.text)
        if length <= LONGEST_SHEET:
            return ()
        return (f"公示栏张贴稿约 {length} 字，一张 A4 纸放不下（约 {LONGEST_SHEET} 字）。可以张贴两张，或精简正文。",)
