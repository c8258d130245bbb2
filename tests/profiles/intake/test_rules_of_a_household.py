"""What the rows of a household say together, and what the register keeps when another file comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.audit import Actor, AuditEntry
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.intake.failures import FileRefused
from profiles.models import (
    Contact,
    Household,
    HouseholdCrop,
    HouseholdKind,
    ImportRun,
    Resident,
    Standing,
)
from tests.profiles.intake.conftest import Taking
from tests.profiles.intake.untidy import COUNTY, VILLAGES, check_digit

HEADER = ["户编号", "村代码", "户主姓名", "姓名", "与户主关系", "证件号码", "联系电话", "出生日期", "性别", "户类型", "作物", "牲畜", "承包地亩数",
          "人均年收入", "易地搬迁", "人员状态"]
WANGS, LIS = VILLAGES[0], VILLAGES[1]


def number(born: str, serial: int = 1) -> str:
    first = f"999999{born}{serial:03d}"
    return first + check_digit(first)


def row(ref: str = "王01", name: str = "王大山", **cells: Any) -> list[Any]:
    told = {"户编号": ref, "村代码": WANGS, "姓名": name, **cells}
    return [told.get(heading, "") for heading in HEADER]


def home(database: Database, reference: str) -> Household:
    with database.reading() as session:
        return session.scalars(select(Household).where(Household.reference == reference)).one()


def crops(database: Database, reference: str) -> dict[str, float]:
    with database.reading() as session:
        query = select(HouseholdCrop).join(Household, Household.id == HouseholdCrop.household_id)
        return {one.name: one.mu for one in session.scalars(query.where(Household.reference == reference))}


def people(database: Database, keyring: Keyring, reference: str) -> dict[str, Resident]:
    with database.reading() as session:
        query = select(Resident).join(Household, Household.id == Resident.household_id)
        return {keyring.decrypt(one.name, "name"): one for one in session.scalars(query.where(Household.reference == reference))}


def test_what_one_row_says_and_another_leaves_empty_is_known(take: Taking, database: Database) -> None:
    take([HEADER, row(作物="玉米:5"), row(name="王小山", 人均年收入=8000), row(name="王小河")])
    wangs = home(database, "王01")
    assert (wangs.crops_known, wangs.income_per_head, wangs.livestock_known) == (True, 8000, False)
    assert crops(database, "王01") == {"玉米": 5}


def test_no_cell_of_a_rejected_row_counts_for_the_household(take: Taking, database: Database) -> None:
    report = take([HEADER, row(作物="玉米:9", 联系电话="1385147203"), row(name="王小山")])
    wangs = home(database, "王01")
    assert (wangs.crops_known, wangs.roster_complete, report.rejected) == (False, False, 1)
    assert crops(database, "王01") == {}


def test_none_is_known_and_empty_is_unknown(take: Taking, database: Database) -> None:
    take([HEADER, row(作物="无", 户类型="无")])
    wangs = home(database, "王01")
    assert (wangs.crops_known, wangs.kinds_known, wangs.livestock_known) == (True, True, False)


def test_an_empty_cell_never_erases_what_is_known(take: Taking, database: Database) -> None:
    take([HEADER, row(作物="玉米:5", 人均年收入=8000, 户类型="脱贫户", 联系电话="13812340001", 性别="女")])
    report = take([HEADER, row()])
    wangs = home(database, "王01")
    assert (report.updated, wangs.crops_known, wangs.income_per_head, wangs.kinds_known) == (0, True, 8000, True)
    with database.reading() as session:
        assert session.scalar(select(Contact.retired_at)) is None
        assert session.scalar(select(Resident.gender)) == "女"


def test_a_new_list_replaces_the_old_one_whole(take: Taking, database: Database) -> None:
    take([HEADER, row(作物="玉米:5;马铃薯:3")])
    report = take([HEADER, row(作物="玉米:6")])
    assert crops(database, "王01") == {"玉米": 6}
    assert (report.created, report.updated) == (0, 1)


def test_a_contradiction_keeps_the_first_value_and_warns(take: Taking, database: Database) -> None:
    report = take([HEADER, row(承包地亩数=18.1), row(name="王小山", 承包地亩数=20, 村代码=LIS)])
    assert (home(database, "王01").land, home(database, "王01").division) == (18.1, WANGS)
    assert report.rejected == 0
    assert sum("不一致" in words for words in report.warnings) == 2
    assert all("第 3 行" in words for words in report.warnings)


def test_the_same_in_other_words_is_no_contradiction(take: Taking) -> None:
    report = take([HEADER, row(户类型="脱贫户；低保户", 作物="玉米：5亩；小麦：3亩", 易地搬迁="否"),
                   row(name="王小山", 户类型="低保户、脱贫户", 作物="小麦3亩、玉米5亩", 易地搬迁=0)])
    assert report.warnings == ()


def test_a_row_without_a_village_belongs_where_its_household_is(take: Taking, database: Database) -> None:
    report = take([HEADER, row(村代码=""), row(name="王小山")])
    assert (report.rejected, home(database, "王01").division) == (0, WANGS)


def test_a_household_without_any_village_is_rejected_row_by_row(take: Taking) -> None:
    report = take([HEADER, row(村代码=""), row(name="王小山", 村代码="")])
    assert [(one.row, one.column) for one in report.rejections] == [(2, "村代码"), (3, "村代码")]


def test_a_known_household_need_not_say_its_village_again(take: Taking, database: Database) -> None:
    take([HEADER, row()])
    assert take([HEADER, row(村代码="", 性别="男")]).rejected == 0


def test_merged_cells_carry_the_household_number_down(take: Taking, database: Database, keyring: Keyring) -> None:
    table = [HEADER, row(户主姓名="王大山", 与户主关系="户主"), row(ref="", name="王小山", 村代码=""),
             row(ref="李01", name="李四", 与户主关系="户主"), row(ref="", name="赵六", 与户主关系="户主")]
    report = take(table)
    assert set(people(database, keyring, "王01")) == {"王大山", "王小山"}
    assert [(one.row, one.column) for one in report.rejections] == [(5, "户编号")]
    assert any("没有写“户编号”" in words for words in report.warnings)


def test_several_faults_of_a_row_are_all_named_and_the_row_counts_once(take: Taking) -> None:
    report = take([HEADER, row(name="", 村代码="999999999999", 联系电话="123", 出生日期="1971-13-40", 证件号码="1"), row()])
    assert report.rejected == 1
    assert [one.column for one in report.rejections] == ["村代码", "姓名", "证件号码", "联系电话", "出生日期"]


def test_the_same_person_twice_in_a_household_is_one(take: Taking, database: Database, keyring: Keyring) -> None:
    born = number("19800101")
    report = take([HEADER, row(证件号码=born, 联系电话="13812340001"), row(证件号码=born, 性别="男", 联系电话="13812340001、13812340002"),
                   row(name="王小山"), row(name="王小山", 出生日期="2001-02-03")])
    found = people(database, keyring, "王01")
    assert (report.residents, report.read, len(found)) == (2, 4, 2)
    assert (found["王大山"].gender, str(found["王小山"].birth_date)) == ("男", "2001-02-03")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 2
    assert sum("同一个人" in words for words in report.warnings) == 2


def test_two_of_one_name_with_other_birthdays_are_two(take: Taking) -> None:
    table = [HEADER, row(出生日期="1950-01-01"), row(出生日期="1980-01-01")]
    assert take(table).residents == 2
    assert take(table).created == 0


def test_one_id_number_in_two_households_stands_twice_and_warns(take: Taking, database: Database) -> None:
    born = number("19800101")
    report = take([HEADER, row(证件号码=born), row(ref="李01", name="王大山", 证件号码=born)])
    assert (report.residents, report.rejected) == (2, 0)
    assert [words for words in report.warnings if "第 3 行" in words and "王01" in words]
    later = take([HEADER, row(ref="赵01", name="王大山", 证件号码=born)])
    assert len([words for words in later.warnings if "系统里" in words]) == 2
    assert not any(born in words for words in (*report.warnings, *later.warnings))


@pytest.mark.parametrize(("cells", "kept"), [
    ({"人均年收入": 123456789}, {"income_per_head": 123456789.0}), ({"承包地亩数": 900}, {"land": 900.0}),
    ({"作物": "玉米:800"}, {"crops_known": True}), ({"出生日期": "1880-01-01"}, {}),
])
def test_implausible_values_go_in_with_a_warning(
    take: Taking, database: Database, cells: dict[str, Any], kept: dict[str, Any],
) -> None:
    report = take([HEADER, row(**cells)])
    assert (report.rejected, len(report.warnings)) == (0, 1)
    wangs = home(database, "王01")
    assert {name: getattr(wangs, name) for name in kept} == kept


def test_what_cannot_be_understood_is_unknown_and_warned_of(take: Taking, database: Database) -> None:
    report = take([HEADER, row(作物="玉米、小麦3", 易地搬迁="也许", 人均年收入="三五千")])
    wangs = home(database, "王01")
    assert (wangs.crops_known, wangs.relocated, wangs.income_per_head, report.rejected) == (False, None, None, 0)
    assert crops(database, "王01") == {"小麦": 3}
    assert len(report.warnings) == 3


def test_an_unknown_kind_stays_as_written(take: Taking, database: Database) -> None:
    report = take([HEADER, row(户类型="脱贫户;军属户"), row(ref="李01", name="李四", 户类型="监测对象")])
    with database.reading() as session:
        assert set(session.scalars(select(HouseholdKind.kind))) == {"脱贫户", "军属户", "监测对象"}
    assert (home(database, "王01").kinds_known, home(database, "李01").kinds_known) == (True, False)
    assert len(report.warnings) == 2


def test_a_household_moves_with_the_file(take: Taking, database: Database) -> None:
    take([HEADER, row()])
    dry = take([HEADER, row(村代码=LIS)], dry_run=True)
    assert dry.changes is not None
    assert dry.changes["moved_households"] == {"count": 1, "first": ["王01"]}
    assert home(database, "王01").division == WANGS
    assert take([HEADER, row(村代码=LIS)]).updated == 1
    assert home(database, "王01").division == LIS


def test_a_dry_run_changes_nothing_and_reports_the_same(take: Taking, database: Database) -> None:
    table = [HEADER, row(联系电话="13812340001"), row(name="", ref="李01")]
    dry, real = take(table, dry_run=True), take(table)
    assert {**dry.as_json(), "changes": None} == {**real.as_json(), "changes": None}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportRun).where(ImportRun.kind == "households")) == 1


def test_a_person_is_found_again_by_number_under_a_new_name(take: Taking, database: Database, keyring: Keyring) -> None:
    born = number("19800101")
    take([HEADER, row(证件号码=born)])
    report = take([HEADER, row(name="王太山", 证件号码=born)])
    assert (report.created, report.updated, set(people(database, keyring, "王01"))) == (0, 1, {"王太山"})


def test_a_number_given_later_is_added_to_the_person_of_that_name(take: Taking, database: Database, keyring: Keyring) -> None:
    take([HEADER, row(出生日期="1980-01-01")])
    report = take([HEADER, row(出生日期="1980-01-01", 证件号码=number("19800101"))])
    found = people(database, keyring, "王01")["王大山"]
    assert (report.created, report.updated) == (0, 1)
    assert keyring.decrypt(found.id_number or b"", "id_number") == number("19800101")


def test_a_replaced_telephone_is_retired_and_comes_back(take: Taking, database: Database) -> None:
    take([HEADER, row(联系电话="13812340001")])
    take([HEADER, row(联系电话="13812340002")])
    with database.reading() as session:
        retired = session.scalars(select(Contact.retired_reason).order_by(Contact.id)).all()
        assert [reason is None for reason in retired] == [False, True]
    assert take([HEADER, row(联系电话="13812340001、13812340002")]).updated == 1
    with database.reading() as session:
        assert session.scalars(select(Contact.retired_at)).all() == [None, None]


def test_a_telephone_that_does_not_exist_stays_retired(take: Taking, database: Database, clock: SetClock) -> None:
    take([HEADER, row(联系电话="13812340001")])
    with database.writing() as session:
        contact = session.scalars(select(Contact)).one()
        contact.retired_at, contact.retired_reason = clock.now(), "空号"
    assert take([HEADER, row(联系电话="13812340001")]).updated == 0
    with database.reading() as session:
        assert session.scalar(select(Contact.retired_reason)) == "空号"


def test_a_proved_telephone_outlives_the_file(take: Taking, database: Database) -> None:
    take([HEADER, row(联系电话="13812340001")])
    with database.writing() as session:
        session.scalars(select(Contact)).one().verified = True
    take([HEADER, row(联系电话="13812340002")])
    with database.reading() as session:
        assert session.scalars(select(Contact.retired_at)).all() == [None, None]


def test_a_number_of_more_than_three_households_is_shared(take_on_both: Taking, both_databases: Database) -> None:
    table = [row(ref=f"王0{place}", name=f"王{place}", 联系电话="13812340001") for place in range(4)]
    assert not any("代收" in words for words in take_on_both([HEADER, *table[:3]]).warnings)
    report = take_on_both([HEADER, *table[3:]])
    with both_databases.reading() as session:
        assert set(session.scalars(select(Contact.shared))) == {True}
    assert [words for words in report.warnings if "138****0001 登记在 4 户名下" in words]
    take_on_both([HEADER, row(ref="王03", name="王3", 联系电话="13812340009")])
    with both_databases.reading() as session:
        assert set(session.scalars(select(Contact.shared).where(Contact.retired_at.is_(None)))) == {False}


def test_a_number_of_several_in_one_household_is_not_shared(take: Taking, database: Database) -> None:
    take([HEADER, *(row(name=f"王{place}", 联系电话="13812340001") for place in range(5))])
    with database.reading() as session:
        assert set(session.scalars(select(Contact.shared))) == {False}


def test_a_roster_is_whole_again_when_the_mended_rows_come(take: Taking, database: Database) -> None:
    good, bad, worse = row(), row(name="王小山", 联系电话="123"), row(name="王小河", 出生日期="1971-13-40")
    take([HEADER, good, bad, worse])
    assert home(database, "王01").roster_complete is False
    take([HEADER, row(name="王小山", 联系电话="13812340001")])
    assert home(database, "王01").roster_complete is False
    take([HEADER, row(name="王小河", 出生日期="1971-12-30")])
    assert home(database, "王01").roster_complete is True


def test_a_roster_is_whole_when_the_file_names_everybody_known(take: Taking, database: Database) -> None:
    take([HEADER, row(), row(name="王小山", 联系电话="123")])
    take([HEADER, row()])
    assert home(database, "王01").roster_complete is True


def test_absence_means_nothing_unless_the_file_is_the_whole_register(
    take: Taking, database: Database, keyring: Keyring,
) -> None:
    take([HEADER, row(), row(name="王小山"), row(ref="李01", name="李四", 村代码=LIS), row(ref="远01", name="远", 村代码=VILLAGES[-1])])
    take([HEADER, row()])
    assert home(database, "李01").left_at is None
    take([HEADER, row()], complete_for=WANGS[:9])
    assert home(database, "李01").left_at is not None
    assert home(database, "远01").left_at is None
    assert people(database, keyring, "王01")["王小山"].standing == Standing.MOVED
    report = take([HEADER, row(), row(name="王小山"), row(ref="李01", name="李四", 村代码=LIS)])
    assert (report.updated, home(database, "李01").left_at) == (2, None)
    assert people(database, keyring, "王01")["王小山"].standing == Standing.PRESENT


def test_a_household_with_rejected_rows_is_not_absent(take: Taking, database: Database, keyring: Keyring) -> None:
    take([HEADER, row(), row(name="王小山"), row(ref="李01", name="李四")])
    take([HEADER, row(联系电话="1"), row(name="王小山"), row(ref="李01", name="李四", 出生日期="x")], complete_for=WANGS)
    assert home(database, "李01").left_at is None
    assert people(database, keyring, "王01")["王大山"].standing == Standing.PRESENT


def test_a_complete_register_of_nobody_is_refused(take: Taking, database: Database) -> None:
    take([HEADER, row()])
    with pytest.raises(FileRefused, match="没有一户属于"):
        take([HEADER, row(ref="远01", 村代码=VILLAGES[-1])], complete_for=WANGS)
    with pytest.raises(FileRefused, match="没有代码为"):
        take([HEADER, row()], complete_for="123456789012")
    assert home(database, "王01").left_at is None


def test_a_death_is_kept_though_a_later_file_is_silent(take: Taking, database: Database, keyring: Keyring) -> None:
    take([HEADER, row(人员状态="去世")])
    take([HEADER, row()])
    assert people(database, keyring, "王01")["王大山"].standing == Standing.DIED


def test_the_head_is_known_by_relation_or_by_name(take: Taking, database: Database, keyring: Keyring) -> None:
    report = take([HEADER, row(户主姓名="王大山"), row(name="王小山", 户主姓名="王大山", 与户主关系="子"),
                   row(ref="李01", name="李四", 与户主关系="户主"), row(ref="李01", name="李五", 与户主关系="户主")])
    assert [one.is_head for one in people(database, keyring, "王01").values()] == [True, False]
    assert [one.is_head for one in people(database, keyring, "李01").values()] == [True, False]
    assert any("两位户主" in words for words in report.warnings)
    assert keyring.decrypt(home(database, "李01").head_name or b"", "name") == "李四"


def test_a_file_about_somebody_elses_village_is_refused(take: Taking, database: Database) -> None:
    cadre = Actor("村干部", frozenset({"cadre"}), WANGS)
    with pytest.raises(FileRefused, match="不归您管理"):
        take([HEADER, row(), row(ref="李01", name="李四", 村代码=LIS)], actor=cadre)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Household)) == 0


def test_a_household_is_not_fetched_from_another_area_by_its_number(take: Taking, database: Database) -> None:
    take([HEADER, row(ref="李01", name="李四", 村代码=LIS)])
    cadre = Actor("村干部", frozenset({"cadre"}), WANGS)
    with pytest.raises(FileRefused, match="第 3 行"):
        take([HEADER, row(), row(ref="李01", name="李四")], actor=cadre)
    assert home(database, "李01").division == LIS
    assert take([HEADER, row()], actor=cadre).created == 1


def test_every_import_is_on_record_without_a_name(take: Taking, database: Database, clock: SetClock) -> None:
    clock.advance(timedelta(hours=1))
    take([HEADER, row(联系电话="13812340001")], "一月/农户.csv")
    with database.reading() as session:
        run = session.scalars(select(ImportRun).where(ImportRun.kind == "households")).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "profiles.import")).one()
    assert (run.file_name, run.at, run.counts["created"]) == ("农户.csv", clock.now(), 1)
    assert "王大山" not in str(entry.details)


def test_nothing_of_a_person_stands_in_clear(take: Taking, database: Database) -> None:
    born = number("19800101")
    take([HEADER, row(户主姓名="王大山", 证件号码=born, 联系电话="13812340001")])
    path = database.url.database or ""
    database.close()
    with open(path, "rb") as file:
        stored = file.read()
    assert not any(secret.encode() in stored for secret in (born, "13812340001", "王大山"))


def test_a_county_code_is_no_village(take: Taking) -> None:
    assert take([HEADER, row(村代码=COUNTY), row()]).rejected == 1
