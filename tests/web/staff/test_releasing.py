"""`zhida push send` and `push try` as a person types them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from push.dispatches import Planned
from push.models import Dispatch
from push.visits import Visit
from tests.web.staff.office import Office
from web.commands import releasing
from web.commands.line import Told
from web.commands.releasing import planned_words


def send(desk: Office, **given: Any) -> Told:
    asked: dict[str, Any] = {"reference": "PY-2026-001", "staff": "赵推送", "at": None, "possibly": None, "reason": "",
                             "ceiling": None, "ceiling_reason": "", **given}
    with desk.app.app_context():
        return releasing._send(**asked)


def test_saying_nothing_of_the_gaps_sends_and_says_how_many_were_left_out(desk: Office) -> None:
    told = send(desk)
    assert dict(told.data) == {"dispatch": 1, "planned": 1, "skipped": {}, "undecided": 1, "cost": 0.04}
    assert "另有 1 户资料不全，这次没有发给他们" in told.words


def test_a_visit_decided_on_is_on_the_list(desk: Office) -> None:
    told = send(desk, possibly="visit")
    assert told.data["visits"] == 1
    with desk.database.reading() as session:
        assert len(session.scalars(select(Visit)).all()) == 1


def test_the_office_without_phones_is_told_what_to_set(desk: Office) -> None:
    from push.failures import Refused

    with desk.app.app_context(), pytest.raises(Refused, match="OFFICE_PHONES"):
        releasing._try("PY-2026-001", "赵推送")
    with desk.database.reading() as session:
        assert session.scalars(select(Dispatch)).all() == []


def test_sheets_are_counted_as_sheets_since_a_village_may_have_two() -> None:
    words = planned_words(Planned(1, 208, {}, undecided=33, postings=39)).words
    assert "村里共有 39 张待张贴" in words
