"""What portraits move in a dispatch: places at the cap, the channel, the hour; and what they never touch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from channels.registry import Channels
from kernel.clock import SetClock
from kernel.database import Database
from profiles.consent import refuse
from profiles.models import Household, Resident
from profiles.portraits.models import PlainOrder, PortraitInterest, PortraitVillageInterest, PortraitWay
from push import dispatches, joining
from push.models import Delivery, Dispatch
from push.settings import PushSettings
from tests.push.county import REFERENCE, SENDER, VILLAGE, County, approve_notice, phone, rows

CAPPED = PushSettings(daily_cap=1)
WORK, CROPS = "就业", "种植"


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


def sent(database: Database, channels: Channels, clock: SetClock, reference: str = REFERENCE,
         settings: PushSettings = CAPPED) -> int:
    return dispatches.send(database, channels, reference=reference, actor=SENDER, now=clock.now(),
                           settings=settings).dispatch


def drawn(session: Session, *, own: dict[int, dict[str, float]] | None = None, village: dict[str, float] | None = None) -> None:
    """What a training would have drawn."""
    for topic, share in (village or {CROPS: 0.5, WORK: 0.5}).items():
        session.add(PortraitVillageInterest(village=VILLAGE, topic=topic, share=share))
    for resident, shares in (own or {}).items():
        for topic, share in shares.items():
            session.add(PortraitInterest(resident_id=resident, topic=topic, share=share))


def head_of(session: Session, household: Household) -> int:
    return session.scalars(select(Resident.id).where(Resident.household_id == household.id, Resident.is_head)).one()


def due(database: Database, dispatch: int, clock: SetClock) -> dict[str, int]:
    """In how many days each family's message is due."""
    with database.reading() as session:
        found = session.execute(select(Household.reference, Delivery.due_at).join(
            Household, Household.id == Delivery.household_id).where(Delivery.dispatch_id == dispatch))
        return {name: 0 if at is None else (at.date() - clock.now().date()).days for name, at in found}


def three_notices(county: County, **last: Any) -> None:
    """Two about crops and one, the last, about work; with a cap of one a day they fall on three days."""
    for number, changes in ((1, {}), (2, {}), (3, {"topic": WORK, **last})):
        approve_notice(county.session, county.now, f"PY-{number}", **changes)


def test_at_the_cap_the_most_relevant_goes_first_and_nothing_is_dropped(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    wang, li = county.household_with_phone("王家", phone(1)), county.household_with_phone("李家", phone(2))
    drawn(county.session, own={head_of(county.session, wang): {WORK: 0.8, CROPS: 0.1},
                               head_of(county.session, li): {WORK: 0.1, CROPS: 0.8}})
    three_notices(county)
    county.session.commit()
    first, second, third = (sent(database, channels, clock, f"PY-{number}") for number in (1, 2, 3))
    assert due(database, first, clock) == {"王家": 0, "李家": 0}
    assert due(database, second, clock) == {"王家": 2, "李家": 1}
    assert due(database, third, clock) == {"王家": 1, "李家": 2}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state == "planned")) == 6


def test_of_whom_nothing_is_known_the_village_speaks(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    drawn(county.session, village={WORK: 0.7, CROPS: 0.2})
    three_notices(county)
    county.session.commit()
    numbers = [sent(database, channels, clock, f"PY-{number}") for number in (1, 2, 3)]
    assert [due(database, number, clock)["王家"] for number in numbers] == [0, 2, 1]


def test_with_portraits_off_the_order_is_that_of_sending(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    three_notices(county)
    county.session.commit()
    numbers = [sent(database, channels, clock, f"PY-{number}") for number in (1, 2, 3)]
    assert [due(database, number, clock)["王家"] for number in numbers] == [0, 1, 2]


def test_who_joins_late_moves_nobody_who_was_planned_before(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    three_notices(county)
    county.session.commit()
    numbers = [sent(database, channels, clock, f"PY-{number}") for number in (1, 2, 3)]
    drawn(county.session, village={WORK: 0.7, CROPS: 0.2})
    county.household_with_phone("周家", phone(2))
    county.session.commit()
    with database.writing() as session:
        session.execute(update(Dispatch).where(Dispatch.id == numbers[2]).values(state="running"))
    assert joining.join(database, numbers[2], SENDER, clock.now(), CAPPED).joined == 1
    assert [due(database, number, clock)["王家"] for number in numbers] == [0, 1, 2]


@pytest.mark.parametrize("last", [{"topic": "医保"}, {"title": "残疾人就业培训报名"}])
def test_what_is_owed_by_law_or_sensitive_is_neither_moved_nor_moved_for(
        database: Database, county: County, channels: Channels, clock: SetClock, last: dict[str, str]) -> None:
    wang = county.household_with_phone("王家", phone(1))
    drawn(county.session, own={head_of(county.session, wang): {WORK: 0.8, "医保": 0.8, CROPS: 0.1}})
    three_notices(county, **last)
    county.session.commit()
    numbers = [sent(database, channels, clock, f"PY-{number}") for number in (1, 2, 3)]
    assert [due(database, number, clock)["王家"] for number in numbers] == [0, 1, 0 if "topic" in last else 2]


def test_who_chose_the_plain_order_is_not_moved(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    wang = county.household_with_phone("王家", phone(1))
    drawn(county.session, village={WORK: 0.7, CROPS: 0.2})
    county.session.add(PlainOrder(resident_id=head_of(county.session, wang), at=clock.now()))
    three_notices(county)
    county.session.commit()
    numbers = [sent(database, channels, clock, f"PY-{number}") for number in (1, 2, 3)]
    assert [due(database, number, clock)["王家"] for number in numbers] == [0, 1, 2]


def test_nothing_is_moved_past_its_deadline(database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    wang = county.household_with_phone("王家", phone(1))
    drawn(county.session, own={head_of(county.session, wang): {WORK: 0.8, CROPS: 0.1}})
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    for number, changes in ((1, {}), (2, {"deadline": tomorrow}), (3, {"topic": WORK})):
        approve_notice(county.session, clock.now(), f"PY-{number}", **changes)
    county.session.commit()
    numbers = [sent(database, channels, clock, f"PY-{number}") for number in (1, 2, 3)]
    assert [due(database, number, clock)["王家"] for number in numbers] == [0, 1, 2]


def both_ways(county: County, name: str, number: int, **wechat: Any) -> int:
    """A family whose head has a telephone and an openid and opens more by text message."""
    household = county.family(name)
    head = county.member(household, f"{name}户主", head=True)
    county.contact(head, phone(number))
    county.contact(head, f"openid-{number}", "wechat", **wechat)
    county.session.add(PortraitWay(resident_id=head.id, channel="sms", hour=None))
    return head.id


def test_the_better_channel_is_taken_where_no_wish_bars_it(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    both_ways(county, "王家", 1)
    both_ways(county, "李家", 2, preferred=True)
    refusing = both_ways(county, "陈家", 3)
    refuse(county.session, county.keyring.index(phone(3), "phone"), "sms", "", "sms", clock.now(), resident_id=refusing)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"])
    county.session.commit()
    told = rows(database, sent(database, channels, clock))
    assert {name: channel for name, (_, _, channel) in told.items()} == {"王家": "sms", "李家": "wechat", "陈家": "wechat"}


def test_what_is_owed_by_law_goes_the_way_the_office_chose(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    both_ways(county, "王家", 1)
    approve_notice(county.session, clock.now(), channels=["wechat", "sms"], topic="医保")
    county.session.commit()
    assert rows(database, sent(database, channels, clock))["王家"][2] == "wechat"


def test_a_message_waits_for_the_hour_of_the_same_day_and_for_no_other(
        database: Database, county: County, channels: Channels, clock: SetClock) -> None:
    for number, (name, hour) in enumerate((("王家", 18), ("李家", 9), ("陈家", None)), start=1):
        household = county.household_with_phone(name, phone(number))
        county.session.add(PortraitWay(resident_id=head_of(county.session, household), channel="", hour=hour))
    approve_notice(county.session, clock.now())
    county.session.commit()
    dispatch = sent(database, channels, clock)
    assert moments(database, dispatch) == {"王家": clock.now().replace(hour=18, minute=0), "李家": None, "陈家": None}


def moments(database: Database, dispatch: int) -> dict[str, datetime | None]:
    with database.reading() as session:
        found = session.execute(select(Household.reference, Delivery.due_at).join(
            Household, Household.id == Delivery.household_id).where(Delivery.dispatch_id == dispatch)).all()
    return {name: at for name, at in found}  # noqa: C416 (rows are no pairs to the type checker)
