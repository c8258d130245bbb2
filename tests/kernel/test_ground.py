"""The ground floor: sealed values, kept keys, moments, masks, and the database's own file."""

from __future__ import annotations

import secrets
import stat
import threading
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kernel.audit import Actor, AuditEntry, record
from kernel.clock import CHINA, SetClock
from kernel.crypto import CipherName, KeyRefused, Keyring, Unreadable, read_keys
from kernel.database import Database
from kernel.installation import StorageSettings, install
from kernel.keys import kept_key
from kernel.logs import mask
from kernel.settings import SettingsRefused, refuse_unknown
from kernel.working_days import after_working_days, is_covered, is_working_day

ONE, TWO = b"1" * 32, b"2" * 32


@pytest.mark.parametrize("cipher", list(CipherName))
@given(words=st.text(max_size=80))
def test_what_is_sealed_reads_back_and_only_for_its_purpose(cipher: CipherName, words: str) -> None:
    ring = Keyring([ONE], cipher)
    sealed = ring.encrypt(words, "name")
    assert ring.decrypt(sealed, "name") == words
    with pytest.raises(Unreadable):
        ring.decrypt(sealed, "phone")


@pytest.mark.parametrize("cipher", list(CipherName))
def test_a_changed_value_or_a_foreign_key_is_not_read(cipher: CipherName) -> None:
    sealed = Keyring([ONE], cipher).encrypt("19964010001", "phone")
    for place in range(1, len(sealed)):
        spoilt = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1:]
        with pytest.raises(Unreadable):
            Keyring([ONE], cipher).decrypt(spoilt, "phone")
    with pytest.raises(Unreadable):
        Keyring([TWO], cipher).decrypt(sealed, "phone")


def test_an_old_key_still_reads_and_finds_while_the_first_seals() -> None:
    old, both = Keyring([ONE]), Keyring([TWO, ONE])
    sealed = old.encrypt("王家", "name")
    assert both.decrypt(sealed, "name") == "王家"
    assert not both.is_current(sealed)
    assert both.is_current(both.encrypt("王家", "name"))
    assert old.index("19964010001", "phone") in both.indexes("19964010001", "phone")
    assert both.index("19964010001", "phone") != both.index("19964010001", "openid")


@pytest.mark.parametrize("given_keys", ["x", "AAAA", "不是密钥", "A" * 44])
def test_a_malformed_data_key_is_refused_with_the_way_to_make_one(given_keys: str) -> None:
    with pytest.raises(KeyRefused, match="openssl rand -base64 32"):
        read_keys(given_keys)


def test_two_processes_that_start_together_keep_one_key_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    heard: list[str] = []
    threads = [threading.Thread(target=lambda: heard.append(kept_key(tmp_path, "data.key"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(heard)) == 1
    assert stat.S_IMODE((tmp_path / "data.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["data.key"]


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    opened = Database(f"sqlite:///{tmp_path / 'deep' / 'zhida.db'}")
    with opened.writing() as session:
        session.execute(text("CREATE TABLE t (x)"))
    opened.close()
    assert stat.S_IMODE((tmp_path / "deep" / "zhida.db").stat().st_mode) == 0o600


def test_a_fleet_without_keys_of_its_own_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="SECRET_KEY"):
        install(StorageSettings(database_url="postgresql+psycopg://nobody@127.0.0.1/x", secret_key="", data_key=""))


def test_an_unknown_setting_in_the_file_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "zhida.env"
    path.write_text("DATABSE_URL=sqlite:///x\n", encoding="utf-8")
    with pytest.raises(SettingsRefused, match="DATABASE_URL"):
        refuse_unknown(path, [StorageSettings])


def test_moments_are_aware_in_china_and_naive_ones_are_refused(both_databases: Database, clock: SetClock) -> None:
    with both_databases.writing() as session:
        record(session, clock.now(), Actor("编辑"), "送审", "notice:X")
    with both_databases.reading() as session:
        kept = session.query(AuditEntry).one()
    assert kept.at == clock.now()
    assert kept.at.tzinfo is CHINA
    with pytest.raises(Exception, match="time zone"), both_databases.writing() as session:
        record(session, datetime(2026, 11, 23), Actor("编辑"), "送审", "notice:X")  # noqa: DTZ001


def test_two_writers_wait_for_each_other_instead_of_failing(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE counted (n INTEGER)"))
        session.execute(text("INSERT INTO counted VALUES (0)"))

    def count() -> None:
        for _ in range(25):
            with database.writing() as session:
                now = session.execute(text("SELECT n FROM counted")).scalar_one()
                session.execute(text("UPDATE counted SET n = :n"), {"n": now + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.execute(text("SELECT n FROM counted")).scalar_one() == 100


@given(st.text(alphabet="0123456789x 电话-", max_size=40))
def test_masking_leaves_no_whole_mobile_number(words: str) -> None:
    number = f"139{secrets.randbelow(10**8):08d}"
    assert number not in mask(f"{words}，{number}。")


def test_identity_numbers_and_phones_are_masked_and_landlines_stay() -> None:
    assert mask("证件999999197105037118，手机19964010001，座机0954-7000101") == "证件999999****118，手机199****0001，座机0954-7000101"


def test_working_days_follow_the_holiday_calendar_with_its_make_up_days() -> None:
    assert not is_working_day(date(2026, 10, 1))
    assert is_working_day(date(2026, 10, 10))  # the Saturday that makes up for the National Day week
    assert after_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)


def test_in_a_year_whose_holidays_are_not_known_yet_weekends_alone_decide() -> None:
    assert not is_covered(date(2099, 1, 1))
    assert [is_working_day(date(2099, 1, day)) for day in (2, 3, 4, 5)] == [True, False, False, True]


def test_a_value_indexed_under_the_other_suite_is_still_found_while_the_suite_is_changed() -> None:
    aes, sm4 = Keyring([ONE], CipherName.AES), Keyring([ONE], CipherName.SM4)
    assert aes.index("19964010001", "phone") != sm4.index("19964010001", "phone")
    assert aes.index("19964010001", "phone") in sm4.indexes("19964010001", "phone")
    assert sm4.indexes("19964010001", "phone")[0] == sm4.index("19964010001", "phone")
    assert sm4.decrypt(aes.encrypt("王家", "name"), "name") == "王家"
    assert not sm4.is_current(aes.encrypt("王家", "name"))


def test_a_key_given_twice_counts_once_and_is_known_by_its_id() -> None:
    ring = Keyring([TWO, ONE, TWO])
    assert len(ring.key_ids) == 2
    assert ring.holds(Keyring([ONE]).key_ids[0])
    assert not ring.holds(Keyring([b"3" * 32]).key_ids[0])


def test_no_openid_of_a_callback_reaches_the_log() -> None:
    assert mask("POST /hooks/wechat?openid=o-Wx0010-head&nonce=1") == "POST /hooks/wechat?openid=****&nonce=1"
    assert mask("{'openid': 'oABCDEF-123456'}") == "{'openid': '****'}"


def test_a_failing_statement_does_not_tell_its_values(both_databases: Database) -> None:
    with pytest.raises(SQLAlchemyError) as failed, both_databases.reading() as session:
        session.execute(text("SELECT :name FROM no_such_table"), {"name": "王秀英的话"})
    assert "王秀英" not in str(failed.value)
