"""Contacts: found by any writing of a number, bound when proved, retired with a reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.ids import sortable_id
from profiles.contacts import bind, contacts_of, is_shared, landline, normal_phone, residents_at, retire
from profiles.models import Contact, Household, Resident, Standing


@pytest.fixture
def wang(database: Database, keyring: Keyring, clock: SetClock) -> int:
    """A resident of a household, without a contact."""
    with database.writing() as session:
        home = Household(reference="王01", division="999901100200", updated_at=clock.now())
        session.add(home)
        session.flush()
        resident = Resident(reference=sortable_id(), household_id=home.id, name=keyring.encrypt("王大山", "name"),
                            name_index=keyring.index("王大山", "name"), updated_at=clock.now())
        session.add(resident)
        session.flush()
        return resident.id


def test_a_bound_telephone_finds_its_resident_in_any_writing(
    database: Database, keyring: Keyring, clock: SetClock, wang: int,
) -> None:
    with database.writing() as session:
        bind(session, keyring, wang, "sms", "+86 138-1234-0001", clock.now())
        bind(session, keyring, wang, "sms", "13812340001", clock.now())
    with database.reading() as session:
        contact = session.scalars(select(Contact)).one()
        assert (contact.verified, keyring.decrypt(contact.address, "phone")) == (True, "13812340001")
        assert [one.id for one in residents_at(session, keyring, "sms", "１３８１２３４０００１")] == [wang]
        assert residents_at(session, keyring, "wechat", "13812340001") == []


def test_the_dead_and_the_departed_are_reached_no_more(
    database: Database, keyring: Keyring, clock: SetClock, wang: int,
) -> None:
    with database.writing() as session:
        bind(session, keyring, wang, "wechat", "openid-1", clock.now())
        session.get_one(Resident, wang).standing = Standing.DIED
    with database.reading() as session:
        assert residents_at(session, keyring, "wechat", "openid-1") == []


def test_a_retired_address_is_gone_until_it_is_bound_again(
    database: Database, keyring: Keyring, clock: SetClock, wang: int,
) -> None:
    with database.writing() as session:
        contact = bind(session, keyring, wang, "wechat", "openid-1", clock.now())
        assert retire(session, [contact.id, 999], "取消关注", clock.now()) == 1
        assert retire(session, [contact.id], "取消关注", clock.now()) == 0
        assert contacts_of(session, wang) == []
        assert residents_at(session, keyring, "wechat", "openid-1") == []
    with database.writing() as session:
        assert bind(session, keyring, wang, "wechat", "openid-1", clock.now()).retired_reason is None
        assert [one.id for one in residents_at(session, keyring, "wechat", "openid-1")] == [wang]


def test_nobody_is_bound_to_telegram_or_to_what_is_no_telephone(
    database: Database, keyring: Keyring, clock: SetClock, wang: int,
) -> None:
    with database.writing() as session:
        for channel, address in (("telegram", "42"), ("sms", "1385147203"), ("wechat", " ")):
            with pytest.raises(ValueError, match=r"Telegram|联系方式"):
                bind(session, keyring, wang, channel, address, clock.now())
        assert session.scalars(select(Contact)).all() == []


def test_a_shared_number_says_so(database: Database, keyring: Keyring, clock: SetClock, wang: int) -> None:
    with database.writing() as session:
        bind(session, keyring, wang, "sms", "13812340001", clock.now()).shared = True
    with database.reading() as session:
        assert is_shared(session, keyring, "sms", "138 1234 0001")
        assert not is_shared(session, keyring, "sms", "13812340002")


def test_an_address_is_found_while_keys_are_being_changed(database: Database, clock: SetClock, wang: int) -> None:
    old = Keyring([b"a" * 32])
    both = Keyring([b"b" * 32, b"a" * 32])
    with database.writing() as session:
        bind(session, old, wang, "sms", "13812340001", clock.now())
    with database.reading() as session:
        assert [one.id for one in residents_at(session, both, "sms", "13812340001")] == [wang]


@pytest.mark.parametrize(("text", "number"), [
    ("13812340001", "13812340001"), ("+8613812340001", "13812340001"), ("0086 138 1234 0001", "13812340001"), ("86-13812340001", "13812340001"),
    ("１３８１２３４０００１", "13812340001"), ("1381234000", None), ("11812340001", None), ("0954-7012345", None), ("", None), ("一三八", None),
])
def test_a_mobile_number_has_one_normal_form(text: str, number: str | None) -> None:
    assert normal_phone(text) == number


@pytest.mark.parametrize(("text", "number"), [
    ("0954-7012345", "09547012345"), ("(010)62345678", "01062345678"), ("0954 7012345转8", "09547012345#8"), ("7012345", None), ("13812340001", None),
])
def test_a_landline_needs_its_area_code(text: str, number: str | None) -> None:
    assert landline(text) == number
