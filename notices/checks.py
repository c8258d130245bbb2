"""Everything that keeps a notice from being submitted, published or sent, in one list of sentences."""

from __future__ import annotations

from notices.redaction import Found, scan, scan_fields
from notices.surfaces.rendering import Surfaces
from notices.writing import LABELS, NoticeDraft

_SCANNED = ("reference", "title", "summary", "office", "document_number", "property_reason", "short_text", "what_to_bring",
            "where", "phone")


def findings(draft: NoticeDraft, shown_text: str) -> tuple[Found, ...]:
    """Numbers that must not go out, in the writing and in what the page shows of it (marks may hide a number)."""
    own = draft.own_phones
    written = {"正文": draft.body, **{LABELS[name]: str(getattr(draft, name)) for name in _SCANNED}}
    found = scan_fields(written, own)
    known = {(one.kind, one.excerpt) for one in found}
    shown = tuple(one for one in scan(shown_text, own) if (one.kind, one.excerpt) not in known)
    return found + tuple(Found(one.kind, f"正文（显示出来）{one.place}", one.excerpt, one.cure) for one in shown)


def obstacles(surfaces: Surfaces) -> tuple[str, ...]:
    """Every sentence that names a fault and its cure; empty when the notice may go on."""
    found = findings(surfaces.draft, surfaces.web.text)
    return (*(one.words for one in found), *surfaces.complaints())
