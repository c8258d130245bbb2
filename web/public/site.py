"""The public site's addresses, one table: which page stands where and who answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from web import rendering
from web.public import (
    asking,
    boards,
    county,
    entries,
    finding,
    mine,
    mine_binding,
    mine_cases,
    mine_contacts,
    mine_data,
    mine_order,
    mine_telling,
    mine_wishes,
    notices,
    tracking,
)

# A question may be asked without a token against forged forms, for it changes nothing for anybody; what is posted under
# /me is a resident's own act and needs one.
ADDRESSES: tuple[tuple[str, str, Callable[..., Any], tuple[str, ...]], ...] = (
    ("/", "county", county.county, ("GET",)),
    ("/catalogue", "catalogue", county.catalogue, ("GET",)),
    ("/divisions/<code>", "board", boards.board, ("GET",)),
    ("/q/<token>", "landing", boards.landing, ("GET",)),
    ("/screens/<token>", "screen", boards.screen, ("GET",)),
    ("/notices/<reference>", "notice", notices.notice, ("GET",)),
    ("/lists/<reference>", "public_list", notices.public_list, ("GET",)),
    ("/entries/<path:entry_id>", "entry", entries.entry, ("GET",)),
    ("/search", "search", finding.search, ("GET",)),
    ("/feed.atom", "feed", finding.feed, ("GET",)),
    ("/ask", "ask", asking.ask, ("GET", "POST")),
    ("/cases", "case", tracking.case, ("GET", "POST")),
    ("/me", "mine", mine.mine, ("GET",)),
    ("/me/leave", "mine_leave", mine.going, ("POST",)),
    ("/me/phone", "mine_phone", mine_binding.phone, ("POST",)),
    ("/me/code", "mine_code", mine_binding.code, ("POST",)),
    ("/me/who", "mine_who", mine_binding.person, ("POST",)),
    ("/me/order", "mine_order", mine.answered(mine_order.choose), ("POST",)),
    ("/me/order/forget", "mine_order_forget", mine.answered(mine_order.forget), ("POST",)),
    ("/me/data", "mine_everything", mine_data.everything, ("GET",)),
    ("/me/data.json", "mine_download", mine_data.download, ("GET",)),
    ("/me/data/ask", "mine_ask", mine.answered(mine_data.ask), ("POST",)),
    ("/me/answer", "mine_answer", mine.answered(mine_telling.answer), ("POST",)),
    ("/me/cases", "mine_case", mine.answered(mine_cases.say), ("POST",)),
    ("/me/again", "mine_again", mine_binding.again, ("POST",)),
    ("/me/wishes", "mine_wishes", mine.answered(mine_wishes.keep), ("POST",)),
    ("/me/wishes/none", "mine_refuse", mine.answered(mine_wishes.none), ("POST",)),
    ("/me/wishes/all", "mine_restore", mine.answered(mine_wishes.everything), ("POST",)),
    ("/me/contacts/preferred", "mine_prefer", mine.answered(mine_contacts.prefer), ("POST",)),
    ("/me/contacts/retired", "mine_retire", mine.answered(mine_contacts.retire), ("POST",)),
    ("/me/contacts/new", "mine_add", mine.answered(mine_contacts.add), ("POST",)),
    ("/me/contacts/code", "mine_confirm", mine.answered(mine_contacts.confirm), ("POST",)),
)


def blueprints() -> tuple[Blueprint, ...]:
    """The public pages, ready to be registered."""
    blueprint = Blueprint("public", __name__)
    for rule, name, view, methods in ADDRESSES:
        blueprint.add_url_rule(rule, name, view, methods=list(methods))
    blueprint.record_once(_prepare)
    blueprint.after_request(boards.try_again)
    return (blueprint,)


def _prepare(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    rendering.attach(app)
    protection = app.extensions.get("csrf")
    if protection is not None:
        protection.exempt(asking.ask)
