"""The forms messages are filled into: the SMS templates as the suppliers approved them, and WeChat's field lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.messages import Purpose
from channels.sms.templates import TEXTS, Template

CARD_FIELD = 20
"""WeChat `thing` fields hold at most 20 characters (模板消息, 参数类型说明)."""


def approved_texts() -> dict[Purpose, Template]:
    """The wording every installation begins with."""
    return {purpose: Template(purpose, text) for purpose, text in TEXTS.items()}


@dataclass(frozen=True)
class Forms:
    """What a rendering must fit; an installation with its own approved wording passes it in.

    `sms_signature` stands before each text message, `card_forms` say which field of the card holds what: both are approved
    with the words. Empty: not known here, and bound by nothing.
    """

    sms: Mapping[Purpose, Template] = field(default_factory=approved_texts)
    card_field: int = CARD_FIELD
    sms_signature: str = ""
    card_forms: Mapping[Purpose, str] = field(default_factory=dict)
