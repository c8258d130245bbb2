"""One answer or service guide on a page of its own: what it takes, where to go, who says so and until when."""

from __future__ import annotations

from flask import Response, abort, make_response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from knowledge.answers import EntryView
from knowledge.elements import SPOKEN
from knowledge.models import EntryKind, EntryState
from web.house import house
from web.public.cards import Fact
from web.rendering import the_day
from web.security import public

SHORT = {"place": "去哪儿办", "hours": "办理时间", "until": "申办期限", "time_limit": "多久办好", "fee": "收不收费"}
"""Elements of a line, told in one table whose first column is four signs wide; the others have room of their own."""
LONG = ("standard", "conditions", "materials", "steps", "background")


@public
def entry(entry_id: str) -> BaseResponse:
    """A reviewed entry, or word that it holds no more; what a notice says stands on the notice's page."""
    found = next(iter(house().library.entries([entry_id])), None)
    if found is None or (found.state is EntryState.DRAFT):
        abort(404, description="没有这一页。可能还没有公开，或者地址写错了。可以直接问。")
    if found.notice_reference:
        return redirect(found.address)
    if found.state is EntryState.RETIRED:
        gone = render_template("public/entry_retired.html", entry=found)
        return make_response(gone, 410)
    return _page(found)


def _page(found: EntryView) -> Response:
    day = the_day()
    known = found.elements
    lists = [(SPOKEN[name], name == "steps", known.listed(name)) for name in LONG if known.said(name)]
    facts = [Fact(label, known.said(name)) for name, label in SHORT.items() if known.said(name)]
    return make_response(render_template(
        "public/entry.html", entry=found, lists=lists, facts=facts, is_guide=found.kind is EntryKind.GUIDE,
        is_over=found.valid_until is not None and found.valid_until < day,
        is_early=found.valid_from is not None and found.valid_from > day))
