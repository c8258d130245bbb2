"""Every value knows when and from where it was last said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from kernel.clock import SetClock
from kernel.database import Database
from profiles.facts import REGISTER, Fact, Kind, Level
from profiles.models import Household, Resident
from profiles.values import FactDate
from tests.profiles.intake.conftest import Taking
from tests.profiles.intake.untidy import VILLAGES

OWN = REGISTER.extended([Fact("household.hives", "蜂箱", Kind.INTEGER, is_own=True, headings=("蜂箱",)),
                         Fact("member.wage", "月工资", Kind.NUMBER, Level.MEMBER, is_own=True, headings=("月工资",))])
HEADER = ["户编号", "村代码", "姓名", "户类型", "作物", "承包地亩数", "人均年收入", "性别", "务工", "技能", "蜂箱", "月工资"]
FULL = {"户类型": "脱贫户", "作物": "玉米:5", "承包地亩数": 8, "人均年收入": 9000, "性别": "男", "务工": "是", "技能": "电工", "蜂箱": 3, "月工资": 4000}


def row(name: str = "王大山", **cells: Any) -> list[Any]:
    told = {"户编号": "王01", "村代码": VILLAGES[0], "姓名": name, **cells}
    return [told.get(heading, "") for heading in HEADER]


def dates(database: Database) -> dict[str, tuple[str, datetime]]:
    with database.reading() as session:
        return {one.fact: (one.source, one.at) for one in session.scalars(select(FactDate))}


def stated(database: Database) -> tuple[datetime | None, datetime | None]:
    with database.reading() as session:
        return session.scalar(select(Household.stated_at)), session.scalar(select(Resident.stated_at))


def test_a_first_import_dates_the_row_and_nothing_else(take_on_both: Taking, both_databases: Database, clock: SetClock) -> None:
    take_on_both([HEADER, row(**FULL)], catalogue=OWN)
    assert stated(both_databases) == (clock.now(), clock.now())
    assert dates(both_databases) == {}


def test_what_a_later_file_leaves_empty_keeps_its_older_date(
    take_on_both: Taking, both_databases: Database, clock: SetClock,
) -> None:
    take_on_both([HEADER, row(**FULL)], catalogue=OWN)
    first = clock.now()
    clock.advance(timedelta(days=30))
    report = take_on_both([HEADER, row(作物="玉米:5", 性别="男")], catalogue=OWN)
    assert report.updated == 0
    assert stated(both_databases) == (clock.now(), clock.now())
    older = ("import", first)
    assert dates(both_databases) == dict.fromkeys(
        ["household.kind", "household.land", "household.income_per_head", "household.hives", "member.migrant", "member.skill", "member.wage"],
        older)


def test_what_is_stated_again_is_of_today_and_the_rest_stays_as_old_as_it_was(
    take_on_both: Taking, both_databases: Database, clock: SetClock,
) -> None:
    take_on_both([HEADER, row(**FULL)], catalogue=OWN)
    first = clock.now()
    for days in (30, 60):
        clock.advance(timedelta(days=days))
        take_on_both([HEADER, row(作物="玉米:5")], catalogue=OWN)
    clock.advance(timedelta(days=1))
    take_on_both([HEADER, row(户类型="脱贫户", 承包地亩数=8, 蜂箱=3, 技能="电工")], catalogue=OWN)
    found = dates(both_databases)
    assert set(found) == {"household.income_per_head", "crop.", "member.gender", "member.migrant", "member.wage"}
    assert found["household.income_per_head"][1] == first
    assert found["crop."][1] == first + timedelta(days=90)


def test_what_an_office_set_keeps_the_offices_date_until_a_file_says_otherwise(
    take: Taking, database: Database, clock: SetClock,
) -> None:
    take([HEADER, row(**FULL)], catalogue=OWN)
    clock.advance(timedelta(days=3))
    corrected = clock.now()
    with database.writing() as session:
        session.execute(update(Household).values(land=9.5))
        home = session.scalars(select(Household.id)).one()
        session.add(FactDate(household_id=home, fact="household.land", source="office", at=corrected))
    clock.advance(timedelta(days=3))
    assert take([HEADER, row(户类型="脱贫户")], catalogue=OWN).warnings == ()
    assert dates(database)["household.land"] == ("office", corrected)
    report = take([HEADER, row(承包地亩数=8)], catalogue=OWN)
    assert "household.land" not in dates(database)
    assert [words for words in report.warnings if "第 2 行" in words and "承包地" in words and "更正" in words]


def test_a_dry_run_dates_nothing(take: Taking, database: Database, clock: SetClock) -> None:
    take([HEADER, row(**FULL)], catalogue=OWN)
    first = clock.now()
    clock.advance(timedelta(days=1))
    take([HEADER, row()], catalogue=OWN, dry_run=True)
    assert (stated(database)[0], dates(database)) == (first, {})


def test_a_member_whom_a_file_leaves_out_stays_as_old_as_before(take: Taking, database: Database, clock: SetClock) -> None:
    take([HEADER, row(**FULL), row(name="王小山")], catalogue=OWN)
    first = clock.now()
    clock.advance(timedelta(days=1))
    take([HEADER, row(**FULL)], catalogue=OWN)
    with database.reading() as session:
        assert sorted(session.scalars(select(Resident.stated_at))) == [first, clock.now()]
