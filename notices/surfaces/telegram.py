"""A notice as a Telegram text: public words only, for those who asked for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from channels.messages import Content
from notices.surfaces.fitting import core, first_phone, shortened, until_words
from notices.surfaces.forms import Forms
from notices.surfaces.sentence import improper
from notices.surfaces.sms import purpose_of
from notices.surfaces.web import Page
from notices.surfaces.wechat import path_of
from notices.writing import NoticeDraft

LONGEST_TEXT = 4096
"""Telegram Bot API, sendMessage, parameter `text`."""
_ROOM_FOR_FACTS = 600


@dataclass(frozen=True)
class Post:
    """The Telegram text of one notice."""

    draft: NoticeDraft
    forms: Forms = field(default_factory=Forms)

    @property
    def content(self) -> Content:
        """What a subscriber reads."""
        draft = self.draft
        lead = draft.short_text or draft.summary or shortened(Page(draft).text, LONGEST_TEXT - _ROOM_FOR_FACTS)
        facts = [f"时间：{until_words(draft)}", *([f"地点：{draft.where}"] if draft.where else []),
                 f"电话：{first_phone(draft.phone)}", draft.office]
        return Content(purpose_of(draft), "\n".join([core(draft.title), lead, *facts]), {}, path_of(draft.reference))

    def complaints(self) -> tuple[str, ...]:
        """What keeps it from being sent."""
        found = list(improper(self.draft, (self.draft.short_text, self.draft.where)))
        if self.draft.condition is not None:
            found.append("Telegram 只发公开内容，不能按推送范围定向。请从渠道（channels）里去掉 telegram，或不写推送范围。")
        return tuple(found)

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at."""
        return ()
