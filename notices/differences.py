"""What became different between two approved versions of a notice, in words a sender can read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notices.models import Review, Revision, State
from notices.views import NoticeView
from notices.writing import LABELS, Kind
from profiles.facts import Catalogue
from profiles.failures import ConditionRefused
from profiles.targeting.parsing import parse
from profiles.targeting.wording import sentence

CHANNELS = {"wechat": "微信", "sms": "短信", "telegram": "Telegram", "board": "公示栏"}
TO = {"households": "户", "residents": "人"}
NOTHING = "（空）"
# What a person reads as running text: only the pieces that differ are shown.
RUNNING = ("body",)
SKIPPED = ("reference",)
_PIECE = re.compile(r"[^。！？；\n]*[。！？；\n]?")


@dataclass(frozen=True)
class Difference:
    """One thing that became different: its name, what it was and what it is; either may be empty."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Earlier:
    """The approved version before: its number, the day it was approved, and what is different now."""

    revision: int
    approved_on: date
    differences: tuple[Difference, ...]


def since_approved(session: Session, view: NoticeView, names: Callable[[str], str], catalogue: Catalogue) -> Earlier | None:
    """What is different from the version that was approved before this one; None when none was.

    `names` gives a division's name for its code.
    """
    found = session.execute(
        select(Revision, Review.at)
        .join(Review, (Review.notice_id == Revision.notice_id) & (Review.revision == Revision.number))
        .where(Revision.notice_id == view.id, Revision.number < view.revision, Review.stage == State.SIGNING.value,
               Review.decision == "approved", Review.digest == Revision.digest)
        .order_by(Review.id.desc()).limit(1)).first()
    if found is None:
        return None
    revision, at = found
    written = differences(revision.content, view.content, names, catalogue)
    return Earlier(revision.number, at.date(), written or _sent_otherwise(revision.surfaces, view.surfaces))


def _sent_otherwise(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Where the writing is the same: the text message and the card, which signature, template and settings make of it."""
    pairs = (("短信", _text_message(before), _text_message(after)), ("微信卡片", _card(before), _card(after)))
    return tuple(Difference(label, old, new) for label, old, new in pairs if old and new and old != new)


def _text_message(surfaces: Mapping[str, Any]) -> str:
    made = _made(surfaces, "sms")
    return f"【{made['form']}】{made['text']}" if made.get("form") else ""


def _card(surfaces: Mapping[str, Any]) -> str:
    made = _made(surfaces, "wechat")
    names = [part.partition("=")[2] for part in made.get("form", "").split(",") if part]
    return "；".join(made["variables"].get(name, "") for name in names)


def _made(surfaces: Mapping[str, Any], channel: str) -> Mapping[str, Any]:
    pair = surfaces.get(channel)
    return pair["content"] if isinstance(pair, dict) else {}


def differences(before: Mapping[str, Any], after: Mapping[str, Any], names: Callable[[str], str],
                catalogue: Catalogue) -> tuple[Difference, ...]:
    """What is different between two writings, field by field in the order of the file."""
    found: list[Difference] = []
    for name, label in LABELS.items():
        old, new = before.get(name), after.get(name)
        if name in SKIPPED or old == new:
            continue
        if name in RUNNING:
            found.extend(_pieces(label, str(old or ""), str(new or "")))
        else:
            words = [_words(name, value, names, catalogue) for value in (old, new)]
            if words[0] != words[1]:
                found.append(Difference(label, *words))
    return tuple(found)


def _pieces(label: str, before: str, after: str) -> Iterable[Difference]:
    """Sentences that went and came, those in one place together."""
    old, new = _split(before), _split(after)
    for act, low, high, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if act != "equal":
            yield Difference(label, _joined(old[low:high]), _joined(new[first:last]))


def _split(text: str) -> list[str]:
    return [piece.strip() for piece in _PIECE.findall(text) if piece.strip()]


def _joined(pieces: Sequence[str]) -> str:
    return "".join(pieces) or NOTHING


def _words(name: str, value: Any, names: Callable[[str], str], catalogue: Catalogue) -> str:
    if name == "condition":
        return _condition(value, names, catalogue)
    if value is None or value in ("", []):
        return NOTHING
    if name == "divisions":
        return "、".join(names(str(code)) for code in value)
    if name == "channels":
        return "、".join(CHANNELS.get(one, one) for one in value)
    if name == "to":
        return TO.get(str(value), str(value))
    if name == "kind":
        return Kind(value).words
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _condition(value: Any, names: Callable[[str], str], catalogue: Catalogue) -> str:
    try:
        return sentence(parse(value, catalogue), names)
    except ConditionRefused:
        return "（已不能识别的范围）"
