"""A county for the run in which everything goes wrong: a family a telephone, every fourth on WeChat first."""

from __future__ import annotations

from sqlalchemy import insert

from profiles.contacts import purpose_of
from profiles.models import Contact, Household, HouseholdCrop, Resident
from push import dispatches
from tests.notices import offices
from tests.push import county
from web.house import House

ON_WECHAT = 4


def phone(number: int) -> str:
    """The invented number of a family."""
    return f"199{number:08d}"


def openid(number: int) -> str:
    """The invented WeChat identity of a family."""
    return f"o-chaos-{number}"


def fill(house: House, families: int) -> None:
    """Families of one resident, all growing corn."""
    now, keyring = house.clock.now(), house.keyring
    numbers = range(1, families + 1)
    with house.database.writing() as session:
        offices.found_places(session)
        name = keyring.encrypt("王某", "name")
        session.execute(insert(Household), [
            {"id": one, "reference": f"B{one}", "division": county.VILLAGE, "kinds_known": True, "crops_known": True,
             "livestock_known": True, "roster_complete": True, "source": "bench", "updated_at": now} for one in numbers])
        session.execute(insert(HouseholdCrop), [{"household_id": one, "name": "玉米", "mu": 5.0} for one in numbers])
        session.execute(insert(Resident), [
            {"id": one, "reference": f"r{one}", "household_id": one, "name": name, "name_index": b"0" * 16, "is_head": True,
             "standing": "present", "updated_at": now} for one in numbers])
        session.execute(insert(Contact), [
            {"resident_id": one, "channel": channel, "address": keyring.encrypt(address, purpose_of(channel)),
             "address_index": keyring.index(address, purpose_of(channel)), "created_at": now, "verified": channel == "wechat"}
            for one in numbers for channel, address in (("sms", phone(one)), ("wechat", openid(one)))
            if channel == "sms" or one % ON_WECHAT == 0])


def release(house: House) -> int:
    """Approve a notice and send it; gives the dispatch's number."""
    now = house.clock.now()
    with house.database.writing() as session:
        county.approve_notice(session, now, channels=["wechat", "sms"])
    return dispatches.send(house.database, house.channels, reference=county.REFERENCE, actor=county.SENDER, now=now,
                           settings=house.settings.push).dispatch
