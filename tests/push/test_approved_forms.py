"""What stands round the words goes out as it was approved: the signature of a text message, the fields of a card."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.registry import Channels, open_channels
from channels.simulators.identity import demo_config
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from notices import lifecycle
from notices.drafts import Saved, save_draft
from notices.surfaces.forms import Forms
from profiles.facts import REGISTER
from push import dispatches, releasing
from push.failures import Refused
from push.models import Delivery
from push.settings import PushSettings
from push.states import DispatchState
from tests.notices import offices
from tests.push.county import REFERENCE, SENDER, County, approve_notice, phone
from tests.push.running import house_around

NEW_SIGNATURE = {"SMS_SIGNATURE": "彭阳农业"}
OTHER_FIELDS = {"WECHAT_TEMPLATE_FIELDS": "thing1=what,thing2=deadline,thing3=where,phone_number4=phone"}
SETTINGS = PushSettings(quiet_hours="")


@pytest.fixture
def database(both_databases: Database) -> Database:
    return both_databases


def forms(changed: Mapping[str, str] | None = None) -> Forms:
    """The forms of an installation with these settings."""
    config = demo_config("http://127.0.0.1:9", changed or {})
    return Forms(config.sms.templates, sms_signature=config.sms.sms_signature, card_forms=config.wechat.card_forms)


def opened(database: Database, keyring: Keyring, clock: SetClock, changed: Mapping[str, str] | None = None) -> Channels:
    return open_channels(demo_config("http://127.0.0.1:9", changed or {}), database, keyring, clock)


def approved(session: Session, now: datetime, of: Forms, channels: list[str]) -> None:
    """A notice written and signed in these forms."""
    save_draft(session, offices.draft(channels=channels), offices.EDITOR, now, of)
    reviewed(session, now, of)


def reviewed(session: Session, now: datetime, of: Forms) -> None:
    lifecycle.submit(session, REFERENCE, offices.EDITOR, now, forms=of)
    for reviewer in (offices.FIRST, offices.SECOND, offices.SIGNER):
        lifecycle.approve(session, REFERENCE, reviewer, now)
    session.commit()


def send(database: Database, channels: Channels, clock: SetClock) -> int:
    return dispatches.send(database, channels, reference=REFERENCE, actor=SENDER, now=clock.now(), settings=SETTINGS).planned


@pytest.mark.parametrize(("channel", "changed", "words"), [
    ("sms", NEW_SIGNATURE, "短信签名签发时是【彭阳县政务公开】，现在是【彭阳农业】"), ("wechat", OTHER_FIELDS, "微信模板的字段在签发后改过")])
def test_what_was_approved_in_another_form_is_not_sent_until_the_form_is_back(
        database: Database, county: County, keyring: Keyring, clock: SetClock, channel: str, changed: dict[str, str],
        words: str) -> None:
    head = county.member(county.family("王家"), "王家户主", head=True)
    county.contact(head, phone(1) if channel == "sms" else "o-1", channel)
    approved(county.session, clock.now(), forms(), [channel])
    with pytest.raises(Refused, match=words):
        send(database, opened(database, keyring, clock, changed), clock)
    assert send(database, opened(database, keyring, clock), clock) == 1


def test_the_same_words_are_reviewed_anew_in_the_form_of_today(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approved(county.session, clock.now(), forms(), ["sms"])
    draft, today = offices.draft(channels=["sms"]), forms(NEW_SIGNATURE)
    assert save_draft(county.session, draft, offices.EDITOR, clock.now(), forms(), renew=True) is Saved.UNCHANGED
    assert save_draft(county.session, draft, offices.EDITOR, clock.now(), today) is Saved.UNCHANGED
    assert save_draft(county.session, draft, offices.EDITOR, clock.now(), today, renew=True) is Saved.UPDATED
    reviewed(county.session, clock.now(), today)
    assert send(database, opened(database, keyring, clock, NEW_SIGNATURE), clock) == 1


def test_whom_the_same_words_reached_under_the_old_signature_gets_them_once(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    for number, name in enumerate(("王家", "李家", "陈家"), 1):
        county.household_with_phone(name, phone(number))
    approved(county.session, clock.now(), forms(), ["sms"])
    send(database, opened(database, keyring, clock), clock)
    with database.writing() as session:
        session.execute(update(Delivery).where(Delivery.address_index == keyring.index(phone(1), "phone")).values(state="delivered"))
        dispatches.pause(session, 1, SENDER, clock.now())
    today = forms(NEW_SIGNATURE)
    save_draft(county.session, offices.draft(channels=["sms"]), offices.EDITOR, clock.now(), today, renew=True)
    reviewed(county.session, clock.now(), today)
    with pytest.raises(Refused, match="推送任务 1（已暂停）还没有结束"):
        send(database, opened(database, keyring, clock, NEW_SIGNATURE), clock)
    with database.writing() as session:
        dispatches.stop(session, 1, SENDER, clock.now())
    with pytest.raises(Refused, match="一字不差，不是更正"):
        dispatches.correct(database, opened(database, keyring, clock, NEW_SIGNATURE), dispatch_id=1, reference=REFERENCE, actor=SENDER,
                           now=clock.now(), settings=SETTINGS)
    assert send(database, opened(database, keyring, clock, NEW_SIGNATURE), clock) == 2
    assert state_of(database, 2, keyring) == ("skipped", "already_sent")


def test_a_schedule_drawn_up_at_its_hour_leaves_out_whom_the_old_signature_reached(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    county.household_with_phone("李家", phone(2))
    approved(county.session, clock.now(), forms(), ["sms"])
    send(database, opened(database, keyring, clock), clock)
    with database.writing() as session:
        session.execute(update(Delivery).where(Delivery.address_index == keyring.index(phone(1), "phone")).values(state="delivered"))
        dispatches.stop(session, 1, SENDER, clock.now())
    today = forms(NEW_SIGNATURE)
    save_draft(county.session, offices.draft(channels=["sms"]), offices.EDITOR, clock.now(), today, renew=True)
    reviewed(county.session, clock.now(), today)
    dispatches.send(database, opened(database, keyring, clock, NEW_SIGNATURE), reference=REFERENCE, actor=SENDER, now=clock.now(),
                    settings=SETTINGS, at=clock.now() + timedelta(hours=1))
    clock.advance(timedelta(hours=1))
    releasing.release(database, 2, clock.now(), SETTINGS, REGISTER)
    assert state_of(database, 2, keyring) == ("skipped", "already_sent")


def state_of(database: Database, dispatch: int, keyring: Keyring) -> tuple[str, str]:
    """What became of the first number in a dispatch."""
    with database.reading() as session:
        state, reason = session.execute(select(Delivery.state, Delivery.reason).where(
            Delivery.dispatch_id == dispatch, Delivery.address_index == keyring.index(phone(1), "phone"))).one()
        return str(state), str(reason)


def test_what_was_approved_before_forms_were_kept_may_still_be_sent(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approve_notice(county.session, clock.now())
    county.session.commit()
    draft = offices.draft()
    assert save_draft(county.session, draft, offices.EDITOR, clock.now(), forms(NEW_SIGNATURE), renew=True) is Saved.UNCHANGED
    county.session.commit()
    assert send(database, opened(database, keyring, clock, {**NEW_SIGNATURE, **OTHER_FIELDS}), clock) == 1


def test_a_worker_with_other_settings_holds_what_was_released_before(
        database: Database, county: County, keyring: Keyring, clock: SetClock) -> None:
    county.household_with_phone("王家", phone(1))
    approved(county.session, clock.now(), forms(), ["sms"])
    send(database, opened(database, keyring, clock), clock)
    with house_around(database, keyring, clock.now(), SETTINGS, NEW_SIGNATURE) as house:
        def held() -> str:
            with database.reading() as session:
                return dispatches.find(session, 1).held_because

        with house.worker():
            house.until(lambda: "短信签名" in held(), "the dispatch is held")
        assert house.taken() == {}
        assert house.states(1) == {"planned": 1}
    with database.writing() as session:
        dispatches.resume(session, 1, SENDER, clock.now())
    with house_around(database, keyring, clock.now(), SETTINGS) as house, house.worker():
        house.until(lambda: house.taken() == {phone(1): 1}, "it goes out once the signature is back")
    with database.reading() as session:
        assert dispatches.find(session, 1).state in (DispatchState.RUNNING, DispatchState.FINISHED)
