"""What a cadre passes on in the village's WeChat group: public words alone, never a household's matter."""

from __future__ import annotations

from notices.surfaces.fitting import first_phone
from profiles.privacy import masked_words
from push.hanging import Hung
from web import wording
from web.public.cards import address
from web.rendering import the_day

LONGEST_SENTENCE = 120


def forwarded(hung: Hung, place: str, public_url: str) -> str:
    """The text of one notice for the group; what is not on the web goes without an address."""
    view = hung.view
    if not hung.is_public and hung.text and hung.title != view.title:
        return f"【{place}】\n{hung.text}"
    lines = [f"【{'紧急 ' if hung.is_urgent else ''}{place}】{hung.title}"]
    if view.kind == "public_list":
        # Who stands on it is read on the board, not in a chat that leaves the village.
        lines.append("名单贴在村公示栏，请到公示栏看。")
    elif view.summary:
        lines.append(masked_words(view.summary[:LONGEST_SENTENCE]))
    if view.deadline is not None:
        lines.append(f"截止：{wording.by_day(view.deadline, the_day())}")
    if view.where:
        lines.append(f"到哪办：{view.where}")
    lines.append(f"问谁：{view.office} {first_phone(view.phone)}，也可拨 12345 核实")
    if hung.is_public:
        lines.append(f"全文：{public_url}{address(view)}")
    return "\n".join(lines)
