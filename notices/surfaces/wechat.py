"""A notice as a WeChat template card: short fields, and the page behind it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import quote

from channels.messages import Content, Purpose
from notices.surfaces.fitting import first_phone, shortened, until_words
from notices.surfaces.forms import Forms
from notices.surfaces.sentence import headline, improper, place, said
from notices.surfaces.sms import headline_office, purpose_of
from notices.writing import NoticeDraft

LONGEST_SENTENCE = 100
"""The sentence is cut for a field of the card only in the field; the text before the card is read whole."""


def path_of(reference: str) -> str:
    """The page of a notice on our own site."""
    return f"/notices/{quote(reference)}"


@dataclass(frozen=True)
class Card:
    """The WeChat card of one notice."""

    draft: NoticeDraft
    forms: Forms = field(default_factory=Forms)

    @cached_property
    def content(self) -> Content:
        """What the follower sees; `link` is the page's path, the site's address is put before it on sending."""
        words = self._words
        lines = (*dict.fromkeys((words["title"], words["what"])), f"时间：{words['deadline']}", f"地点：{words['where']}",
                 f"电话：{words['phone']}，可拨12345核实")
        fields = {name: shortened(value, self.forms.card_field) for name, value in words.items()}
        purpose = purpose_of(self.draft)
        return Content(purpose, "\n".join(lines), fields, path_of(self.draft.reference), self.forms.card_forms.get(purpose, ""))

    @property
    def correction(self) -> Content:
        """The same as a correction of an earlier message."""
        first = "更正通知，请以本条为准"
        marked = {**self.content.variables, "title": shortened(f"更正：{self._words['title']}", self.forms.card_field)}
        return replace(self.content, purpose=Purpose.CORRECTION, text=f"{first}\n{self.content.text}", variables=marked,
                       form=self.forms.card_forms.get(Purpose.CORRECTION, ""))

    def complaints(self) -> tuple[str, ...]:
        """What keeps it from being sent."""
        return improper(self.draft, tuple(self._words.values()))

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at."""
        return ()

    @cached_property
    def _words(self) -> dict[str, str]:
        draft = self.draft
        return {
            "title": headline(draft, LONGEST_SENTENCE),
            "what": said(draft, LONGEST_SENTENCE).text,
            "deadline": until_words(draft),
            "where": place(draft, LONGEST_SENTENCE).text,
            "phone": first_phone(draft.phone),
            "office": headline_office(draft),
        }
