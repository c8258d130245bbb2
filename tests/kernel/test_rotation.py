"""Turning the keys: killed and started again, with people writing meanwhile, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kernel import rotation
from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.crypto import CipherName, Keyring
from kernel.database import Database
from kernel.rotation import KeyTurn, Turned
from kernel.sealing import Sealed, core, name_of, table_of
from knowledge import consultations
from knowledge.models import Consultation
from profiles import consent, contacts, keeping
from profiles.intake.failures import FileRefused
from profiles.intake.households import import_households
from profiles.models import Contact, Household, Refusal, Resident
from push.models import Delivery
from push.states import DeliveryState
from web.sealed import SEALED

OLD, NEW = b"1" * 32, b"2" * 32
VILLAGE = "640425100201"
PEOPLE = 60


@dataclass(frozen=True)
class Town:
    """A register under the old key: people whose telephones are known, one of them shared by two."""

    database: Database
    clock: SetClock

    def turn(self, keyring: Keyring, is_stopped: Callable[[], bool] = lambda: False) -> Turned:
        return rotation.rotate(self.database, keyring, SEALED, self.clock, is_stopped=is_stopped)


def phone(number: int) -> str:
    return f"199640{number // 2 if number < 2 else number:05d}"


@pytest.fixture
def town(both_databases: Database, clock: SetClock) -> Town:
    ring, now = Keyring([OLD]), clock.now()
    with both_databases.writing() as session:
        home = Household(reference="WANG", division=VILLAGE, updated_at=now, head_name=ring.encrypt("王大山", "name"),
                         head_name_index=ring.index("王大山", "name"))
        session.add(home)
        session.flush()
        for number in range(PEOPLE):
            name, document = f"王{number}", f"99999919600101{number:04d}"
            one = Resident(reference=f"R{number}", household_id=home.id, name=ring.encrypt(name, "name"),
                           name_index=ring.index(name, "name"), id_number=ring.encrypt(document, "id_number"),
                           id_index=ring.index(document, "id_number"), updated_at=now)
            session.add(one)
            session.flush()
            contact = contacts.bind(session, ring, one.id, "sms", phone(number), now)
            session.add(Delivery(dispatch_id=1, household_id=home.id, resident_id=one.id, contact_id=contact.id,
                                 channel="sms", address_index=contact.address_index, state=DeliveryState.PLANNED))
        consent.refuse(session, ring.index(phone(5), "phone"), "", "", "sms", now)
        consultations.take(session, ring, "wechat", "o-wang-0001", VILLAGE, "低保怎么申请？我的电话 19964000005", now)
    return Town(both_databases, clock)


def heads(database: Database) -> set[bytes]:
    found: set[bytes] = set()
    with database.reading() as session:
        for one in SEALED:
            if isinstance(one, Sealed):
                found.update(bytes(value)[:5] for value in session.scalars(
                    select(core(one.column)).where(core(one.column).is_not(None))))
    return found


@pytest.mark.parametrize(("before", "after"), [
    (Keyring([OLD]), Keyring([NEW, OLD])),
    (Keyring([OLD]), Keyring([OLD], CipherName.SM4)),
    (Keyring([OLD]), Keyring([NEW, OLD], CipherName.SM4)),
], ids=["a new key", "the other suite", "both"])
def test_after_a_turning_nothing_hangs_on_the_old_key(town: Town, before: Keyring, after: Keyring) -> None:
    assert heads(town.database) == {before.head}
    turned = town.turn(after)
    assert turned.is_finished
    assert turned.changed["contacts.address"] == PEOPLE
    assert turned.changed["deliveries.address_index"] == PEOPLE
    assert turned.use.rows == {after.key_ids[0]: sum(turned.use.rows.values())}
    assert turned.use.is_settled
    assert heads(town.database) == {after.head}
    alone = Keyring([NEW if after.key_ids[0] == Keyring([NEW]).key_ids[0] else OLD], after._cipher)
    with town.database.reading() as session:
        assert len(contacts.residents_at(session, alone, "sms", phone(0))) == 2
        assert consent.is_refused(session, alone.index(phone(5), "phone"), "sms", "养老")
        assert session.scalar(select(func.count()).where(
            Delivery.address_index == alone.index(phone(0), "phone"))) == 2
        case = session.scalars(select(Consultation)).one()
        assert alone.decrypt(case.text, "consultation").startswith("低保")
        assert case.address_index == alone.index("o-wang-0001", "openid")
        assert session.scalar(select(func.count()).where(Resident.id_index == alone.index("999999196001010007", "id_number"))) == 1
    assert town.turn(after).changed == {}


def test_a_turning_that_is_ended_anywhere_is_finished_by_the_next(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    after, small = Keyring([NEW, OLD]), 7
    monkeypatch.setattr("kernel.resealing.COPIES_AT_ONCE", small)
    register = tuple(one if not isinstance(one, Sealed) else Sealed(
        one.column, one.purpose, one.index, one.by, one.together, small) for one in SEALED)
    runs, steps = 0, 0
    while True:
        allowed = steps = steps + 1
        count = 0

        def is_stopped(allowed: int = allowed) -> bool:
            nonlocal count
            count += 1
            return count > allowed

        turned = rotation.rotate(town.database, after, register, town.clock, is_stopped=is_stopped)
        with town.database.reading() as session:
            # In the middle, everybody is found under one key or the other, and found once.
            assert len(contacts.residents_at(session, after, "sms", phone(0))) == 2
            assert any(consent.is_refused(session, index, "sms", "养老") for index in after.indexes(phone(5), "phone"))
        runs += 1
        if turned.is_finished:
            break
    assert runs > 3
    assert heads(town.database) == {after.head}
    assert turned.changed["contacts.address"] == PEOPLE


def test_somebody_who_writes_in_the_middle_is_kept_and_changed_in_the_end(town: Town) -> None:
    old, after = Keyring([OLD]), Keyring([NEW, OLD])
    written = False

    def write() -> bool:
        nonlocal written
        if not written:
            written = True
            with town.database.writing() as session:
                # One process still runs with the old settings; another has the new ones already.
                contacts.bind(session, old, 3, "wechat", "o-li-0001", town.clock.now())
                contacts.bind(session, after, 4, "wechat", "o-zhao-0001", town.clock.now())
        return False

    assert town.turn(after, write).is_finished
    assert heads(town.database) == {after.head}
    with town.database.reading() as session:
        for openid, number in (("o-li-0001", 3), ("o-zhao-0001", 4)):
            assert [one.id for one in contacts.residents_at(session, Keyring([NEW]), "wechat", openid)] == [number]


def test_an_address_that_would_stand_twice_is_folded_into_the_older_record(town: Town) -> None:
    after, now = Keyring([NEW, OLD]), town.clock.now()
    with town.database.writing() as session:
        elder = session.scalars(select(Contact).where(Contact.resident_id == 8)).one()
        # A process that looked under the new key alone.
        contacts.bind(session, Keyring([NEW]), 8, "sms", phone(7), now)
    assert town.turn(after).is_finished
    with town.database.reading() as session:
        kept = session.scalars(select(Contact).where(Contact.resident_id == 8)).one()
        assert kept.id == elder.id
        assert after.decrypt(kept.address, "phone") == phone(7)


def test_a_refusal_of_somebody_in_no_register_outlives_the_key(town: Town) -> None:
    old, after, stranger = Keyring([OLD]), Keyring([NEW, OLD]), "19964099999"
    with town.database.writing() as session:
        index = old.index(stranger, "phone")
        consent.refuse(session, index, "", "", "sms", town.clock.now())
        session.scalars(select(Refusal).where(Refusal.address_index == index)).one().address = old.encrypt(stranger, "phone")
    town.turn(after)
    with town.database.reading() as session:
        assert consent.is_refused(session, Keyring([NEW]).index(stranger, "phone"), "sms", "")


def test_a_key_that_is_missing_is_named_and_the_rest_is_turned(town: Town) -> None:
    other = Keyring([b"3" * 32])
    with town.database.writing() as session:
        session.get_one(Resident, 1).name = other.encrypt("王零", "name")
    turned = town.turn(Keyring([NEW, OLD]))
    assert turned.unreadable == {other.key_ids[0]: 1}
    assert turned.use.missing == other.key_ids
    assert turned.use.stale == 1


def test_an_import_knows_at_once_that_keys_have_to_be_turned_first(town: Town) -> None:
    after = Keyring([NEW, OLD])
    with town.database.reading() as session:
        assert not rotation.is_under_way(session, Keyring([OLD]), keeping.PEOPLE)
        assert rotation.is_under_way(session, after, keeping.PEOPLE)
    town.turn(after)
    with town.database.reading() as session:
        assert not rotation.is_under_way(session, after, keeping.PEOPLE)
        assert session.scalar(select(func.count(KeyTurn.id))) == 1


def test_every_sealed_column_has_a_key_to_go_by() -> None:
    assert [name_of(one.column) for one in SEALED if isinstance(one, Sealed) and not list(table_of(one.column).primary_key)] == []


def test_a_table_is_not_taken_in_while_the_keys_are_to_be_turned(town: Town) -> None:
    sheet = "户编号,村代码,姓名\nLI,640425100201,李一\n".encode()
    with pytest.raises(FileRefused, match="zhida keys rotate"):
        import_households(town.database, Keyring([NEW, OLD]), sheet, "农户.csv", now=town.clock.now(), actor=SYSTEM)


def test_a_refusal_that_only_the_old_key_knows_is_counted_and_the_key_stays(town: Town) -> None:
    old, after, stranger = Keyring([OLD]), Keyring([NEW, OLD]), "19964099998"
    with town.database.writing() as session:
        consent.refuse(session, old.index(stranger, "phone"), "", "", "sms", town.clock.now())
        # Said by a person for all their addresses: nothing hangs on a key there.
        consent.refuse(session, consent.PERSON, "", "", "web", town.clock.now(), 3)
    town.clock.advance(timedelta(hours=1))
    turned = town.turn(after)
    assert turned.is_finished
    assert turned.use.orphaned == 1
    with town.database.writing() as session:
        consent.withdraw_refusal(session, old.index(stranger, "phone"), town.clock.now())
    with town.database.reading() as session:
        assert rotation.use(session, after, SEALED).orphaned == 0


def test_what_was_refused_since_the_turning_hangs_on_the_new_key(town: Town) -> None:
    after = Keyring([NEW, OLD])
    town.turn(after)
    town.clock.advance(timedelta(hours=1))
    with town.database.writing() as session:
        consent.refuse(session, after.index("19964099997", "phone"), "", "", "sms", town.clock.now())
    with town.database.reading() as session:
        assert rotation.use(session, after, SEALED).orphaned == 0
