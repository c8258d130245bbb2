"""All renderings of one writing: made once, stored beside it, approved and sent as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from channels.messages import Content, Purpose
from notices.surfaces.board import Sheet
from notices.surfaces.forms import Forms
from notices.surfaces.neutral import NeutralSheet
from notices.surfaces.sms import TextMessage
from notices.surfaces.telegram import Post
from notices.surfaces.web import Page
from notices.surfaces.wechat import Card
from notices.writing import NoticeDraft


class Surface(Protocol):
    """What every rendering can say about itself."""

    def complaints(self) -> tuple[str, ...]:
        """What keeps it from going out."""
        ...

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at."""
        ...


@dataclass(frozen=True)
class Surfaces:
    """The renderings of one draft; only those of its channels, the page and the sheet must be without complaint."""

    draft: NoticeDraft
    forms: Forms = field(default_factory=Forms)

    @cached_property
    def sms(self) -> TextMessage:
        """The text message."""
        return TextMessage(self.draft, self.forms)

    @cached_property
    def wechat(self) -> Card:
        """The WeChat card."""
        return Card(self.draft, self.forms)

    @cached_property
    def telegram(self) -> Post:
        """The Telegram text."""
        return Post(self.draft, self.forms)

    @cached_property
    def web(self) -> Page:
        """The web page's body."""
        return Page(self.draft)

    @cached_property
    def board(self) -> Sheet:
        """The sheet for the board."""
        return Sheet(self.draft)

    @cached_property
    def neutral(self) -> NeutralSheet:
        """The sheet for villages where some households' data are incomplete."""
        return NeutralSheet(self.draft)

    def stored(self) -> dict[str, Any]:
        """The renderings as plain JSON, as they are approved."""
        page = {"markdown": self.web.markdown, "html": self.web.safe_html, "text": self.web.text}
        made: dict[str, Any] = {"web": page, "board": {"text": self.board.text}}
        chosen = self.draft.channels
        if self.draft.condition is not None:
            made["neutral"] = {"title": self.neutral.title, "text": self.neutral.text}
        if "sms" in chosen:
            made["sms"] = _pair(self.sms.content, self.sms.correction)
        if "wechat" in chosen:
            made["wechat"] = _pair(self.wechat.content, self.wechat.correction)
        if "telegram" in chosen:
            made["telegram"] = _pair(self.telegram.content, self.telegram.content)
        return made

    def complaints(self) -> tuple[str, ...]:
        """What keeps the notice from being submitted, each once."""
        return tuple(dict.fromkeys(words for surface in self._used() for words in surface.complaints()))

    def advice(self) -> tuple[str, ...]:
        """What the editor should look at, each once."""
        return tuple(dict.fromkeys(words for surface in self._used() for words in surface.advice()))

    def _used(self) -> tuple[Surface, ...]:
        by_channel: Mapping[str, Surface] = {"sms": self.sms, "wechat": self.wechat, "telegram": self.telegram}
        return (self.web, self.board, *(by_channel[name] for name in self.draft.channels if name in by_channel))


def render(draft: NoticeDraft, forms: Forms | None = None) -> Surfaces:
    """Every rendering of a writing; pure, the same for the same writing and forms."""
    return Surfaces(draft, forms or Forms())


def content_of(stored: Mapping[str, Any], channel: str, *, correction: bool = False) -> Content | None:
    """What a channel sends of stored renderings; None for a channel the notice does not use."""
    pair = stored.get(channel)
    if not isinstance(pair, dict) or "content" not in pair:
        return None
    made = pair["correction" if correction else "content"]
    return Content(Purpose(made["purpose"]), made["text"], made["variables"], made["link"], made.get("form", ""))


def is_outdated(stored: Mapping[str, Any], forms: Forms) -> bool:
    """Whether stored renderings cannot be sent any more as the forms stand: another signature, fields or wording.

    What was approved before signature and fields were kept is not held to them.
    """
    texts, cards = ([made for later in (False, True) if (made := content_of(stored, channel, correction=later)) is not None]
                    for channel in ("sms", "wechat"))
    return (any(made.form not in ("", forms.sms_signature) or forms.sms[made.purpose].fill(made.variables) != made.text
                for made in texts)
            or any(made.form not in ("", forms.card_forms.get(made.purpose, "")) for made in cards))


def _pair(content: Content, correction: Content) -> dict[str, Any]:
    return {"content": _plain(content), "correction": _plain(correction)}


def _plain(content: Content) -> dict[str, Any]:
    return {"purpose": content.purpose.value, "text": content.text, "variables": dict(content.variables),
            "link": content.link, **({"form": content.form} if content.form else {})}
