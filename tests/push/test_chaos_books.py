"""The comparison of the vendors' books with ours tells of what is lost, what went twice and what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from benchmarks.chaos_county import fill, phone, release
from benchmarks.chaos_ledger import compare, settled_share
from channels.simulators.identity import demo_config
from push.models import Delivery, Dispatch
from tests.houses import build, sqlite_url
from web.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = build(sqlite_url(tmp_path), demo_config("http://127.0.0.1:9"))
    yield built
    built.database.close()


def _released(house: House, *states: str) -> int:
    """A dispatch to so many families by telephone, each delivery in the given state."""
    fill(house, len(states))
    number = release(house)
    with house.database.writing() as session:
        for place, state in enumerate(states, start=1):
            session.execute(update(Delivery).where(Delivery.household_id == place).values(state=state))
    return number


def test_a_message_we_call_accepted_and_the_vendor_never_took_is_lost(house: House) -> None:
    number = _released(house, "accepted", "delivered")
    books = compare(house, number, [("sms", "A1", [phone(1)])])
    assert (books.figures["lost"], books.figures["twice"]) == (1, 0)


def test_a_number_the_vendor_took_twice_went_twice(house: House) -> None:
    number = _released(house, "accepted", "accepted")
    books = compare(house, number, [("sms", "A1", [phone(1), phone(2)]), ("sms", "A2", [phone(2)])])
    assert (books.figures["lost"], books.figures["twice"]) == (0, 1)


def test_each_unknown_is_listed_with_what_the_vendor_knows_of_it(house: House) -> None:
    number = _released(house, "unknown", "unknown")
    books = compare(house, number, [("sms", "A1", [phone(2)])])
    assert [one["vendor_has_it"] for one in books.figures["unknown_listed"]] == [False, True]
    assert "unknown: delivery" in books.words


def test_a_run_has_come_to_rest_when_nothing_waits_and_the_dispatch_is_finished(house: House) -> None:
    number = _released(house, "accepted", "planned")
    assert settled_share(house, number) < 1
    with house.database.writing() as session:
        session.execute(update(Delivery).values(state="accepted"))
    assert settled_share(house, number) < 1
    with house.database.writing() as session:
        session.execute(update(Dispatch).values(state="finished"))
    assert settled_share(house, number) == 1
