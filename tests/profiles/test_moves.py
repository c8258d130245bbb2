"""A register's life: households move, split and merge, people die and move away; contacts follow, history stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import SYSTEM, Actor, AuditEntry
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.contacts import SMS, residents_at
from profiles.divisions import import_divisions
from profiles.failures import MoveRefused
from profiles.history import Event, history_of
from profiles.intake.households import import_households
from profiles.models import Contact, Household, Resident, Standing
from profiles.moves import merge_households, move_household, move_members, set_standing, split_household
from profiles.values import FactDate
from tests.profiles.intake.untidy import COUNTY, DIVISIONS, VILLAGES, check_digit

WANGS, LIS, FAR = VILLAGES[0], VILLAGES[1], VILLAGES[-1]
TABLE = (f"户编号,村代码,姓名,与户主关系,联系电话,务工\n王01,{WANGS},王大山,户主,13812340001,是\n王01,{WANGS},王小山,子,13812340002,\n"
         f"王01,{WANGS},王小河,女,,\n李01,{LIS},李四,户主,13812340003,\n远01,{FAR},远方,户主,,\n")
CADRE = Actor("王家村干部", frozenset({"cadre"}), WANGS[:9])


class Register:
    """Three households, and the office's acts on them."""

    def __init__(self, database: Database, keyring: Keyring, clock: SetClock) -> None:
        self.database, self.keyring, self.clock = database, keyring, clock
        import_divisions(database, DIVISIONS.encode(), clock.now(), SYSTEM)
        self.take(TABLE)
        clock.advance(timedelta(days=1))

    def take(self, text: str, **wishes: str) -> tuple[str, ...]:
        return import_households(self.database, self.keyring, text.encode(), "户.csv", now=self.clock.now(), actor=SYSTEM,
                                 complete_for=wishes.get("complete_for")).warnings

    def home(self, reference: str) -> Household:
        with self.database.reading() as session:
            return session.scalars(select(Household).where(Household.reference == reference)).one()

    def people(self, reference: str) -> dict[str, Resident]:
        with self.database.reading() as session:
            query = select(Resident).join(Household, Household.id == Resident.household_id).where(Household.reference == reference)
            return {self.keyring.decrypt(one.name, "name"): one for one in session.scalars(query)}

    def reached(self, number: str) -> list[str]:
        with self.database.reading() as session:
            return [self.keyring.decrypt(one.name, "name") for one in residents_at(session, self.keyring, SMS, number)]

    def events(self, reference: str) -> list[Event]:
        with self.database.reading() as session:
            return [one.event for one in history_of(session, self.home(reference).id)]

    def acts(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(select(AuditEntry.act).where(AuditEntry.subject.startswith("household:")).order_by(AuditEntry.id)))


Act = Callable[[Register, Session], None]


@pytest.fixture
def register(both_databases: Database, keyring: Keyring, clock: SetClock) -> Register:
    return Register(both_databases, keyring, clock)


def test_a_household_moves_and_its_history_tells_who_and_why(register: Register) -> None:
    with register.database.writing() as session:
        move_household(session, register.home("王01").id, LIS, register.clock.now(), CADRE, "随子女居住", group="二组")
    wangs = register.home("王01")
    assert (wangs.division, wangs.group_name) == (LIS, "二组")
    with register.database.reading() as session:
        told = history_of(session, wangs.id)[0]
    assert (told.event, told.before, told.after, told.actor, told.reason) == (Event.MOVED, WANGS, LIS, "王家村干部", "随子女居住")
    assert register.acts() == ["profiles.household.move"]


def test_a_household_splits_and_contacts_follow_the_people(register: Register) -> None:
    people = register.people("王01")
    with register.database.writing() as session:
        split_household(session, register.home("王01").id, [people["王小山"].id], "王01-2", register.clock.now(), CADRE, "结婚分户",
                        head=people["王小山"].id)
    assert set(register.people("王01")) == {"王大山", "王小河"}
    new = register.home("王01-2")
    assert (new.division, new.size, new.kinds_known, new.roster_complete) == (WANGS, 1, False, True)
    assert register.keyring.decrypt(new.head_name or b"", "name") == "王小山"
    assert register.people("王01-2")["王小山"].is_head
    assert register.reached("13812340002") == ["王小山"]
    assert register.events("王01")[0] is Event.SPLIT
    assert set(register.events("王01-2")) == {Event.SPLIT, Event.JOINED}


def test_two_households_become_one(register: Register) -> None:
    with register.database.writing() as session:
        merge_households(session, register.home("李01").id, register.home("王01").id, register.clock.now(), CADRE, "老人随子女")
    assert set(register.people("王01")) == {"王大山", "王小山", "王小河", "李四"}
    assert register.home("李01").left_at == register.clock.now()
    assert register.reached("13812340003") == ["李四"]
    assert (register.events("李01")[0], register.events("王01")[0]) == (Event.MERGED, Event.MERGED)


def test_members_go_to_another_household_with_what_is_dated_of_them(register: Register) -> None:
    register.take(f"户编号,村代码,姓名\n王01,{WANGS},王大山\n")
    with register.database.writing() as session:
        move_members(session, [register.people("王01")["王大山"].id], register.home("李01").id, register.clock.now(), CADRE, "投靠")
    with register.database.reading() as session:
        dated = session.scalars(select(FactDate).where(FactDate.fact == "member.migrant")).one()
    assert dated.household_id == register.home("李01").id
    assert not register.people("李01")["王大山"].is_head


@pytest.mark.parametrize("standing", [Standing.DIED, Standing.MOVED])
def test_who_died_or_moved_away_is_reached_no_more(register: Register, standing: Standing) -> None:
    mine = register.people("王01")["王小山"]
    with register.database.writing() as session:
        assert set_standing(session, mine.id, standing, register.clock.now(), CADRE, "家属来报")
        assert not set_standing(session, mine.id, standing, register.clock.now(), CADRE, "再报一次")
    assert register.reached("13812340002") == []
    assert register.events("王01") == [Event.DIED if standing is Standing.DIED else Event.AWAY]
    register.take(TABLE)
    assert register.people("王01")["王小山"].standing == standing
    with register.database.writing() as session:
        set_standing(session, mine.id, Standing.PRESENT, register.clock.now(), CADRE, "登记错了")
    assert register.reached("13812340002") == ["王小山"]


def test_a_number_is_shared_as_soon_as_a_split_makes_it_so(register: Register) -> None:
    table = "".join(f"分{place},{WANGS},分{place}家,户主,13812349999,\n" for place in range(3))
    register.take(f"户编号,村代码,姓名,与户主关系,联系电话,务工\n{table}分0,{WANGS},分家老,父,13812349999,\n")
    with register.database.writing() as session:
        split_household(session, register.home("分0").id, [register.people("分0")["分家老"].id], "分9", register.clock.now(), CADRE, "分户")
    with register.database.reading() as session:
        shared = session.scalars(select(Contact.shared).join(Resident, Resident.id == Contact.resident_id)
                                 .join(Household, Household.id == Resident.household_id).where(Household.reference.startswith("分")))
        assert set(shared) == {True}


def _move(reference: str, division: str, reason: str = "迁居") -> Act:
    return lambda it, session: move_household(session, it.home(reference).id, division, it.clock.now(), CADRE, reason)


def _split(names: dict[str, str], reference: str) -> Act:
    def act(it: Register, session: Session) -> None:
        chosen = [it.people(home)[name].id for name, home in names.items()]
        split_household(session, it.home("王01").id, chosen, reference, it.clock.now(), CADRE, "分户")

    return act


EVERYBODY = dict.fromkeys(["王大山", "王小山", "王小河"], "王01")


@pytest.mark.parametrize(("act", "words"), [
    (_move("王01", WANGS), "已经登记在这个村"), (_move("王01", COUNTY), "12 位"), (_move("王01", LIS, "  "), "原因"),
    (_move("王01", FAR), "上级"), (_move("远01", LIS), "管理范围"),
    (_split(EVERYBODY, "新1"), "全部成员"), (_split({"王小山": "王01"}, "李01"), "已经有了"), (_split({"李四": "李01"}, "新1"), "请至少选一位"),
    (_split({}, "新1"), "请至少选一位"), (_split({"王小山": "王01"}, "新 1"), "空格"),
    (lambda it, session: merge_households(session, it.home("王01").id, it.home("王01").id, it.clock.now(), CADRE, "并"), "同一户"),
    (lambda it, session: merge_households(session, it.home("王01").id, 999_999, it.clock.now(), CADRE, "并"), "没有这一户"),
], ids=range(12))
def test_what_cannot_be_is_refused_with_a_cure_and_nothing_is_written(
    database: Database, keyring: Keyring, clock: SetClock, act: Act, words: str,
) -> None:
    register = Register(database, keyring, clock)
    with database.writing() as session, pytest.raises(MoveRefused, match=words) as refused:
        act(register, session)
    assert "请" in refused.value.words
    assert register.acts() == []


def test_a_file_tells_the_history_what_it_changes(register: Register) -> None:
    register.take(f"户编号,村代码,姓名,人员状态\n王01,{LIS},王大山,\n王01,{LIS},王小山,去世\n王01,{LIS},王小河,迁出\n")
    assert sorted(register.events("王01")) == sorted([Event.MOVED, Event.DIED, Event.AWAY])
    register.take(f"户编号,村代码,姓名\n王01,{LIS},王大山\n")
    assert len(register.events("王01")) == 3


def test_a_whole_register_tells_who_left_and_who_came_back(register: Register) -> None:
    register.take(f"户编号,村代码,姓名\n王01,{WANGS},王大山\n王01,{WANGS},王小山\n", complete_for=WANGS[:9])
    assert register.events("李01") == [Event.LEFT]
    assert register.events("王01") == [Event.AWAY]
    assert register.events("远01") == []
    register.clock.advance(timedelta(days=1))
    register.take(TABLE, complete_for=WANGS[:9])
    assert register.events("李01") == [Event.RETURNED, Event.LEFT]
    assert register.events("王01") == [Event.PRESENT, Event.AWAY]


def numbered(born: str) -> str:
    first = f"999999{born}001"
    return first + check_digit(first)


SON = numbered("19900101")
NUMBERED = f"户编号,村代码,姓名,证件号码,联系电话\n赵01,{WANGS},赵大,{numbered('19600101')},\n赵01,{WANGS},赵小,{SON},13812340007\n"
APART = f"户编号,村代码,姓名,证件号码\n赵01,{WANGS},赵大,{numbered('19600101')}\n赵02,{WANGS},赵小,{SON}\n"


def test_who_is_in_another_household_of_a_whole_register_has_moved_there(register: Register) -> None:
    register.take(NUMBERED)
    before = register.people("赵01")["赵小"].id
    told = register.take(APART, complete_for=WANGS)
    moved = register.people("赵02")["赵小"]
    assert (moved.id, moved.standing, set(register.people("赵01"))) == (before, Standing.PRESENT, {"赵大"})
    assert register.reached("13812340007") == ["赵小"]
    assert register.events("赵01") == [Event.JOINED]
    assert register.events("赵02") == [Event.JOINED]
    assert [words for words in told if "赵01" in words and "转到这一户" in words]
    assert not [words for words in told if "两处都已保留" in words]
    assert register.take(APART, complete_for=WANGS) == ()


def test_a_household_under_a_new_number_in_a_whole_register_is_the_same_people(register: Register) -> None:
    register.take(NUMBERED)
    before = {one.id for one in register.people("赵01").values()}
    register.take(NUMBERED.replace("赵01", "赵09"), complete_for=WANGS)
    assert {one.id for one in register.people("赵09").values()} == before
    assert register.home("赵01").left_at is not None


def test_without_a_whole_register_both_stand_until_a_clerk_decides(register: Register) -> None:
    register.take(NUMBERED)
    told = register.take(APART)
    assert "赵小" in register.people("赵01")
    assert "赵小" in register.people("赵02")
    assert [words for words in told if "两处都已保留" in words]


def test_who_still_stands_in_a_rejected_row_is_not_taken_away(register: Register) -> None:
    register.take(NUMBERED)
    register.take(APART + f"赵01,{WANGS},赵某,123\n", complete_for=WANGS)
    assert "赵小" in register.people("赵01")
