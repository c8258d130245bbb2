"""An answer to a push stands beside it, once, and goes with its person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from channels.messages import Incoming, IncomingKind
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.holdings import Subject
from kernel.holdings import erase as erase_all
from knowledge import consultations
from profiles.models import Contact, Resident
from push import replies
from push.holdings import HOLDINGS
from push.keeping import SEALED
from push.models import Delivery, Dispatch
from push.replies import Reply
from tests.push.county import County, phone


@pytest.fixture
def sent(both_databases: Database, county: County, clock: SetClock) -> Database:
    """Two pushes to 王家 and 李家, the second an hour ago; 陈家 got only one of a fortnight ago."""
    homes = [county.household_with_phone(name, phone(number)) for number, name in enumerate(("王家", "李家", "陈家"), 1)]
    for dispatch, hours, to in ((1, 30, homes[:2]), (2, 1, homes[:2]), (3, 400, homes[2:])):
        at = clock.now() - timedelta(hours=hours)
        county.session.add(Dispatch(
            id=dispatch, notice_id=1, notice_reference=f"PY-{dispatch}", digest="d", purpose="notice", state="finished",
            content={"sms": {}}, channels=["sms"], divisions=[], sent_by="赵静", created_at=at, release_at=at, finished_at=at))
        for home in to:
            contact = county.session.scalars(select(Contact).join(Resident, Resident.id == Contact.resident_id)
                                             .where(Resident.household_id == home.id)).one()
            county.session.add(Delivery(
                dispatch_id=dispatch, household_id=home.id, resident_id=contact.resident_id, contact_id=contact.id,
                channel="sms", address_index=contact.address_index, state="delivered", settled_at=at))
    county.session.commit()
    return both_databases


def said(number: int, text: str = "怎么办理？", key: str = "k1", channel: str = "sms") -> Incoming:
    return Incoming(channel, phone(number), key, IncomingKind.TEXT, text)


def heard(database: Database, keyring: Keyring, dispatch: int) -> list[replies.Heard]:
    with database.reading() as session:
        return replies.of_dispatch(session, keyring, dispatch, 0, 50)


def test_a_reply_stands_beside_the_latest_push_to_its_number(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    assert replies.keep(sent, keyring, said(1, "我叫王建国，电话13912345678，怎么办？"), clock.now()) is not None
    assert heard(sent, keyring, 1) == []
    (one,) = heard(sent, keyring, 2)
    assert (one.number, one.household, one.answered_at) == ("139****0001", "王家", None)
    assert "13912345678" not in one.text
    assert "怎么办" in one.text


def test_a_callback_told_twice_is_one_reply(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    assert replies.keep(sent, keyring, said(1), clock.now()) is not None
    assert replies.keep(sent, keyring, said(1), clock.now()) is None
    assert len(heard(sent, keyring, 2)) == 1


@pytest.mark.parametrize("incoming", [
    said(3), said(9), said(1, channel="wechat"), said(1, text="  "),
    Incoming("sms", phone(1), "k", IncomingKind.FOLLOW)])
def test_what_follows_no_push_is_no_reply(sent: Database, keyring: Keyring, clock: SetClock, incoming: Incoming) -> None:
    assert replies.keep(sent, keyring, incoming, clock.now()) is None


@pytest.mark.parametrize(("state", "days"), [("skipped", 0), ("failed", 0), ("delivered", 4)])
def test_who_got_nothing_within_three_days_answers_nothing(
        sent: Database, keyring: Keyring, clock: SetClock, state: str, days: int) -> None:
    with sent.writing() as session:
        session.execute(update(Delivery).values(state=state, settled_at=clock.now() - timedelta(days=days)))
    assert replies.keep(sent, keyring, said(1), clock.now()) is None


def test_an_answered_reply_says_so_and_names_the_consultation_it_became(
        sent: Database, keyring: Keyring, clock: SetClock) -> None:
    number = replies.keep(sent, keyring, said(1), clock.now())
    assert number is not None
    with sent.writing() as session:
        case = consultations.take(session, keyring, "sms", phone(1), "", "怎么办理？", clock.now())
    replies.answered(sent, keyring, number, said(1), clock.now())
    (one,) = heard(sent, keyring, 2)
    assert (one.answered_at, one.consultation) == (clock.now(), case.number)


def test_a_reply_is_sealed_and_goes_with_its_person(sent: Database, keyring: Keyring, clock: SetClock) -> None:
    replies.keep(sent, keyring, said(1, "路灯坏了"), clock.now())
    replies.keep(sent, keyring, said(2, key="k2"), clock.now())
    with sent.writing() as session:
        row = session.scalars(select(Reply).order_by(Reply.id)).first()
        assert row is not None
        assert "路灯".encode() not in row.text
        assert row.contact_id is not None
        who = Subject(int(row.resident_id or 0), row.household_id, "R", "", is_head=True, is_last=True,
                      contact_ids=(row.contact_id,))
        erase_all(session, keyring, SEALED, HOLDINGS, who, clock.now(), str, from_register=False)
        assert session.scalar(select(func.count()).select_from(Reply)) == 1
