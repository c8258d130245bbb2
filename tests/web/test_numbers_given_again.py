"""A database may give the number of who was erased to the next: what the law keeps must not become theirs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.simulators.identity import demo_config
from kernel.audit import SYSTEM
from profiles import access, consent, data_requests
from profiles.data_requests import RequestKind
from profiles.divisions import import_divisions
from profiles.intake.households import import_households
from profiles.models import Household, Resident
from push.models import Delivery
from push.states import DeliveryState
from tests import houses
from web.holdings import erase, export
from web.house import House

ROOT = Path(__file__).resolve().parents[2]
VILLAGE = "640425100200"
HEADINGS = "户编号,村代码,户主姓名,姓名,与户主关系,联系电话\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = houses.build(houses.sqlite_url(tmp_path), demo_config("http://127.0.0.1:9"),
                        data_key=base64.b64encode(b"k" * 32).decode(), secret_key="s" * 32)
    import_divisions(made.database, (ROOT / "web/demo/data/divisions-pengyang.csv").read_bytes(), made.clock.now(), SYSTEM)
    yield made
    made.database.close()


def bring(house: House, home: str, name: str, phone: str) -> Resident:
    row = f"{home},{VILLAGE},{name},{name},户主,{phone}\n"
    import_households(house.database, house.keyring, (HEADINGS + row).encode(), f"{home}.csv", now=house.clock.now(), actor=SYSTEM)
    with house.database.reading() as session:
        return session.scalars(select(Resident).join(Household).where(Household.reference == home)).one()


def test_whoever_gets_the_number_of_an_erased_person_gets_nothing_else_of_theirs(house: House) -> None:
    li = bring(house, "LI", "李国成", "19964010002")
    now = house.clock.now()
    with house.database.writing() as session:
        consent.refuse(session, consent.PERSON, consent.EVERY, consent.EVERY, "web", now, li.id)
        data_requests.ask(session, house.keyring, RequestKind.CORRECT, li.id, li.reference, VILLAGE, "地少了两亩", now, 15)
        session.add(Delivery(id=1, dispatch_id=1, household_id=li.household_id, resident_id=li.id, contact_id=1, channel="sms",
                             address_index=b"i" * 16, state=DeliveryState.DELIVERED))
    export(house, li.reference, SYSTEM, "本人申请")
    erase(house, li.reference, SYSTEM, "误登", from_register=True, dry_run=False)
    sun = bring(house, "SUN", "孙有才", "19964010003")
    assert (sun.id, sun.household_id) == (li.id, li.household_id)
    with house.database.reading() as session:
        assert consent.standing(session, [], sun.id) == []
        assert data_requests.of_resident(session, house.keyring, sun.id) == []
        assert access.looks_at(session, sun.household_id, [sun.id]) == []
        kept = session.scalars(select(Delivery)).one()
        assert kept.household_id != sun.household_id
        assert kept.resident_id != sun.id
