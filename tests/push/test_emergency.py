"""An emergency from the sender's hand to the telephones: by night, over every channel, before everything else."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.simulators.identity import demo_config
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices import lifecycle
from notices.drafts import save_draft
from notices.surfaces.forms import Forms
from push import dispatches, lost
from push.models import Attempt, Delivery, Dispatch
from push.releasing import MISFIT
from push.settings import PushSettings
from push.states import DeliveryState
from push.sweep import sweep
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone
from tests.push.running import House, house_around

ON_SQLITE = pytest.mark.parametrize("both_databases", ["sqlite"], indirect=True)
FAMILIES = 160
# In the middle of the quiet hours, and one message a day is all a number gets.
NIGHT = PushSettings(quiet_hours="09:00-24:00", daily_cap=1, lease=5, unknown_horizon=2)
SLOWLY = {"ALIYUN_SMS_BULK": "5", "ALIYUN_SMS_PER_SECOND": "20"}
EMERGENCY_TEMPLATE = "SMS_100000003"


def send(house: House, county: County, reference: str, **changes: object) -> int:
    approve_notice(county.session, house.clock.now(), reference, **changes)
    county.session.commit()
    return dispatches.send(house.database, house.channels, reference=reference, actor=SENDER, now=house.clock.now(),
                           settings=house.settings).dispatch


@ON_SQLITE
@pytest.mark.parametrize(("batch_size", "in_danger", "workers"), [(20, 30, 1), (200, 80, 2)])
def test_an_emergency_goes_out_by_night_over_all_channels_before_all_others_which_then_go_on(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, batch_size: int, in_danger: int,
        workers: int) -> None:
    night = NIGHT.model_copy(update={"batch_size": batch_size})
    for number in range(1, FAMILIES + 1):
        head = county.member(county.family(f"户{number}", corn=9 if number <= in_danger else 5), "户主", head=True)
        county.contact(head, phone(number))
        county.contact(head, f"oFamily{number}", "wechat")
    county.session.commit()
    with house_around(both_databases, keyring, clock.now(), night, SLOWLY) as house:
        # Its deadline is today, so that the quiet hours do not hold it.
        ordinary = send(house, county, REFERENCE, channels=["sms"], deadline=f"{clock.now():%Y-%m-%d}")
        with ExitStack() as stack:
            for _ in range(workers):
                stack.enter_context(house.worker())
            house.until(lambda: house.vendors.ledger.messages > 5, "the ordinary one is under way")
            urgent = send(house, county, "PY-急", kind="emergency", deadline=None, condition={"fact": "crop.玉米", "at_least": 8})
            house.until_states(urgent, delivered=2 * in_danger)
            assert house.states(ordinary).get("planned", 0) > 0
            house.until_states(ordinary, delivered=FAMILIES)
        sms = [call for call in house.vendors.ledger.calls if call.template and call.template.startswith("SMS_")]
        places = [place for place, call in enumerate(sms) if call.template == EMERGENCY_TEMPLATE]
        # What was already written down to leave may stand between; nothing else does.
        assert places[-1] - places[0] + 1 - len(places) <= 4 * workers
        taken = house.taken()
        assert [taken[f"oFamily{number}"] for number in range(1, in_danger + 1)] == [1] * in_danger
        assert [taken[phone(number)] for number in range(1, FAMILIES + 1)] == [2] * in_danger + [1] * (FAMILIES - in_danger)


EITHER = PushSettings(quiet_hours="", lease=5, unknown_horizon=2)
OTHER_FIELDS = {"WECHAT_TEMPLATE_FIELDS": "thing1=what,thing2=deadline,thing3=where,phone_number4=phone"}


def families_by_both(county: County, count: int) -> None:
    """Families with a telephone that also follow the account."""
    for number in range(1, count + 1):
        head = county.member(county.family(f"户{number}"), "户主", head=True)
        county.contact(head, phone(number))
        county.contact(head, f"oFamily{number}", "wechat")


def held(house: House, number: int) -> tuple[str, str]:
    with house.database.reading() as session:
        found = dispatches.find(session, number)
        return str(found.state), found.held_because


def test_text_messages_of_an_emergency_do_not_wait_for_a_card_whose_fields_were_changed(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    families_by_both(county, 3)
    config = demo_config("http://127.0.0.1:9", {})
    of = Forms(config.sms.templates, sms_signature=config.sms.sms_signature, card_forms=config.wechat.card_forms)
    save_draft(county.session, offices.draft(kind="emergency", deadline=None), offices.EDITOR, clock.now(), of)
    lifecycle.submit(county.session, REFERENCE, offices.EDITOR, clock.now(), forms=of)
    for reviewer in (offices.FIRST, offices.SECOND, offices.SIGNER):
        lifecycle.approve(county.session, REFERENCE, reviewer, clock.now())
    county.session.commit()
    with house_around(both_databases, keyring, clock.now(), EITHER) as house:
        number = dispatches.send(both_databases, house.channels, reference=REFERENCE, actor=SENDER, now=clock.now(),
                                 settings=EITHER).dispatch
    with house_around(both_databases, keyring, clock.now(), EITHER, OTHER_FIELDS) as house:
        with house.worker():
            house.until_states(number, delivered=3, planned=3)
            house.until(lambda: held(house, number)[1] != "", "its sender is told")
        assert house.taken() == {phone(one): 1 for one in (1, 2, 3)}
        state, because = held(house, number)
        assert state == "running"
        assert because.startswith("微信先停住了，其余通道照发")
        assert "微信模板的字段在签发后改过" in because
    with house_around(both_databases, keyring, clock.now() + timedelta(minutes=2), EITHER) as house:
        with house.worker():
            house.until_states(number, delivered=6)
            house.until(lambda: held(house, number) == ("finished", ""), "nothing is left to be told")
        assert house.taken() == {f"oFamily{one}": 1 for one in (1, 2, 3)}


def test_text_messages_of_an_emergency_do_not_wait_for_a_card_the_platform_does_not_know(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    families_by_both(county, 3)
    with house_around(both_databases, keyring, clock.now(), EITHER) as house:
        house.vendors.faults.add("errcode", "40037", vendor="wechat")
        number = send(house, county, REFERENCE, kind="emergency", deadline=None)
        with house.worker():
            house.until_states(number, delivered=3, planned=3)
            house.until(lambda: held(house, number)[1] != "", "its sender is told")
        state, because = held(house, number)
        assert state == "running"
        assert because.startswith("微信先停住了，其余通道照发")
        assert "平台不收" in because


def test_a_warning_goes_on_while_its_words_are_written_anew_and_stops_when_others_are_signed(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    families_by_both(county, 1)
    with house_around(both_databases, keyring, clock.now(), EITHER) as house:
        urgent, ordinary = send(house, county, REFERENCE, kind="emergency", deadline=None), send(house, county, "PY-常", channels=["sms"])
        for reference, more in ((REFERENCE, {"kind": "emergency", "deadline": None}), ("PY-常", {"channels": ["sms"]})):
            offices.save(county.session, clock.now(), reference=reference, short_text="改了字", **more)
        county.session.commit()
        sweep(both_databases, clock.now(), EITHER)
        assert held(house, urgent) == ("planned", "")
        assert held(house, ordinary)[0] == "paused"
        offices.sign(county.session, clock.now(), REFERENCE)
        county.session.commit()
        sweep(both_databases, clock.now(), EITHER)
        assert held(house, urgent)[0] == "paused"
        assert "换成了新的内容" in held(house, urgent)[1]


@ON_SQLITE
@pytest.mark.parametrize(("because", "asked"), [("", 1), ("微信先停住了，其余通道照发；改好后它自己接着发。" + MISFIT + "字段", 0)])
def test_a_lost_card_of_a_channel_that_is_kept_back_is_not_asked_about_which_is_to_say_it_again(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock, because: str, asked: int) -> None:
    families_by_both(county, 1)
    with house_around(both_databases, keyring, clock.now(), EITHER) as house:
        number = send(house, county, REFERENCE, kind="emergency", deadline=None)
        with both_databases.writing() as session:
            card = session.scalars(select(Delivery).where(Delivery.channel == "wechat")).one()
            card.state, card.attempt_id = DeliveryState.UNKNOWN, "a1"
            session.add(Attempt(id="a1", batch_id=1, dispatch_id=number, channel="wechat", gateway="wechat", state="lost", first_id=card.id,
                                last_id=card.id, size=1, started_at=clock.now() - timedelta(minutes=1), ask_at=clock.now()))
            session.execute(update(Dispatch).values(state="running", held_because=because))
        with both_databases.writing() as session:
            limits = house.channels.senders["wechat"].limits
            assert len(lost.questions(session, keyring, "wechat", "wechat", limits, clock.now(), EITHER)) == asked


@ON_SQLITE
def test_an_emergency_by_one_channel_alone_is_held_until_somebody_looks(
        both_databases: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    families_by_both(county, 1)
    with house_around(both_databases, keyring, clock.now(), EITHER) as house:
        house.vendors.faults.add("errcode", "40037", vendor="wechat")
        number = send(house, county, REFERENCE, kind="emergency", deadline=None, channels=["wechat"])
        with house.worker():
            house.until(lambda: held(house, number)[0] == "paused", "it is held")
