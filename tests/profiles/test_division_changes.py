"""Codes of villages become others: households follow, what was written for the old ones still holds, people decide splits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kernel.audit import SYSTEM, Actor
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.division_changes import ChangesReport, import_changes
from profiles.divisions import children, former_codes, formerly, import_divisions, present_code, present_codes
from profiles.facts import REGISTER
from profiles.history import Event, RegisterEvent
from profiles.intake.failures import FileRefused
from profiles.intake.households import import_households
from profiles.models import Division, Household
from profiles.present_places import presently
from profiles.reach import count
from profiles.targeting.clauses import surely
from profiles.targeting.parsing import parse

TOWN, OTHER = "999901100", "999901101"
WANGS, LIS, ZHAOS = f"{TOWN}201", f"{TOWN}202", f"{OTHER}201"
DIVISIONS = (f"code,name,parent\n999901,测试县,9999\n{TOWN},东镇,999901\n{OTHER},西镇,999901\n{WANGS},王家村委会,{TOWN}\n"
             f"{LIS},李家村委会,{TOWN}\n{ZHAOS},赵家村委会,{OTHER}\n")
HOMES = f"户编号,村代码,姓名\n王01,{WANGS},王大山\n王02,{WANGS},王小河\n李01,{LIS},李四\n赵01,{ZHAOS},赵六\n"


class County:
    """A small county with four households."""

    def __init__(self, database: Database, keyring: Keyring, clock: SetClock) -> None:
        self.database, self.keyring, self.clock = database, keyring, clock
        import_divisions(database, DIVISIONS.encode(), clock.now(), SYSTEM)
        self.take(HOMES)

    def take(self, text: str) -> tuple[str, ...]:
        return import_households(self.database, self.keyring, text.encode(), "户.csv", now=self.clock.now(), actor=SYSTEM).warnings

    def change(self, text: str, actor: Actor = SYSTEM, *, dry_run: bool = False) -> ChangesReport:
        return import_changes(self.database, text.encode(), self.clock.now(), actor, dry_run=dry_run)

    def homes(self) -> dict[str, str]:
        with self.database.reading() as session:
            return dict(session.execute(select(Household.reference, Household.division)).all())


@pytest.fixture
def county(both_databases: Database, keyring: Keyring, clock: SetClock) -> County:
    return County(both_databases, keyring, clock)


NEW = f"{TOWN}205"


def test_households_follow_their_village_and_its_history_stays(county: County) -> None:
    report = county.change(f"old,new,date,name\n{WANGS},{NEW},2026-01-01,新王家村委会\n")
    assert (report.lines.created, report.lines.rejected, report.households) == (1, 0, 2)
    assert county.homes() == {"王01": NEW, "王02": NEW, "李01": LIS, "赵01": ZHAOS}
    with county.database.reading() as session:
        told = session.execute(select(RegisterEvent.event, RegisterEvent.before, RegisterEvent.after)).all()
        assert set(told) == {(Event.RECODED.value, WANGS, NEW)}
        assert session.get_one(Division, NEW).name == "新王家村委会"
        assert [one.code for one in children(session, TOWN)] == [LIS, NEW]
        assert (present_code(session, WANGS), former_codes(session, NEW)) == (NEW, (WANGS,))


def test_the_same_table_twice_changes_nothing(county: County) -> None:
    county.change(f"原代码,新代码\n{WANGS},{NEW}\n")
    again = county.change(f"原代码,新代码\n{WANGS},{NEW}\n")
    assert (again.lines.created, again.lines.rejected, again.households) == (0, 0, 0)


def test_a_dry_run_of_changes_leaves_everything(county: County) -> None:
    assert county.change(f"old,new\n{WANGS},{NEW}\n", dry_run=True).households == 2
    assert county.homes()["王01"] == WANGS


def test_a_chain_over_years_ends_at_todays_code(county: County) -> None:
    county.change(f"old,new\n{WANGS},{NEW}\n")
    county.change(f"old,new\n{NEW},{TOWN}301\n")
    assert county.homes()["王01"] == f"{TOWN}301"
    with county.database.reading() as session:
        assert present_code(session, WANGS) == f"{TOWN}301"
        assert present_codes(session, [WANGS]) == [WANGS, NEW, f"{TOWN}301"]


def test_two_villages_become_one(county: County) -> None:
    assert county.change(f"old,new\n{WANGS},{NEW}\n{LIS},{NEW}\n").households == 3
    assert set(county.homes().values()) == {NEW, ZHAOS}


def test_a_village_that_became_several_waits_for_people(county: County) -> None:
    report = county.change(f"old,new,name\n{WANGS},{TOWN}206,上王村\n{WANGS},{TOWN}207,下王村\n")
    assert county.homes()["王01"] == WANGS
    assert [(one.old, one.parts, one.households) for one in report.splits] == [(WANGS, (f"{TOWN}206", f"{TOWN}207"), 2)]
    told = county.take(f"户编号,村代码,姓名\n王01,{TOWN}206,王大山\n王02,{WANGS},王小河\n")
    assert county.homes()["王01"] == f"{TOWN}206"
    assert [words for words in told if "已经拆分" in words and f"{TOWN}207" in words]
    assert county.change(f"old,new\n{WANGS},{TOWN}206\n").splits[0].households == 1


def test_a_township_takes_its_villages_along_but_for_those_named_themselves(county: County) -> None:
    county.change(f"old,new\n{TOWN},999901102\n{LIS},{OTHER}209\n")
    assert county.homes() == {"王01": "999901102201", "王02": "999901102201", "李01": f"{OTHER}209", "赵01": ZHAOS}
    with county.database.reading() as session:
        assert session.get_one(Division, "999901102201").parent == "999901102"
        assert [one.code for one in children(session, "999901")] == [OTHER, "999901102"]


@pytest.mark.parametrize(("line", "words"), [
    (f"{WANGS},{WANGS}", "没有变更"), ("12,34", "不是 6 位"), (f"{WANGS},{OTHER}", "不是同一级"), (f"{WANGS},888801100201", "上级 888801100"),
    (f"{WANGS},{NEW},某日", "日期看不懂"),
])
def test_a_bad_line_is_rejected_with_its_place_and_cure(county: County, line: str, words: str) -> None:
    report = county.change(f"old,new,date\n{LIS},{TOWN}208,2026-1-1\n{line}\n")
    assert [(one.row, bool(one.cure)) for one in report.lines.rejections] == [(3, True)]
    assert words in report.lines.rejections[0].reason
    assert county.homes()["李01"] == f"{TOWN}208"


def test_a_circle_is_rejected_within_a_file_and_over_the_years(county: County) -> None:
    first = county.change(f"old,new\n{WANGS},{NEW}\n{NEW},{TOWN}301\n{TOWN}301,{WANGS}\n")
    assert [(one.row, "绕了一圈" in one.reason) for one in first.lines.rejections] == [(4, True)]
    assert county.change(f"old,new\n{TOWN}301,{WANGS}\n").lines.rejected == 1
    assert county.homes()["王01"] == f"{TOWN}301"


def test_a_table_without_its_columns_is_refused(county: County) -> None:
    with pytest.raises(FileRefused, match="缺少列：new"):
        county.change(f"old,neu\n{WANGS},{NEW}\n")


def test_another_area_is_not_changed(county: County) -> None:
    report = county.change(f"old,new\n{WANGS},{NEW}\n{ZHAOS},{OTHER}209\n", Actor("镇干部", frozenset({"editor"}), TOWN))
    assert [one.row for one in report.lines.rejections] == [3]


def test_a_household_file_with_old_codes_is_understood_with_a_warning(county: County) -> None:
    county.change(f"old,new\n{WANGS},{NEW}\n")
    county.clock.advance(timedelta(days=1))
    told = county.take(f"户编号,村代码,姓名\n王01,{WANGS},王大山\n王03,{WANGS},王新来\n")
    assert county.homes()["王03"] == NEW
    assert county.homes()["王01"] == NEW
    assert [words for words in told if "第 2 行" in words and "旧代码" in words and NEW in words]
    with county.database.reading() as session:
        assert session.scalars(select(RegisterEvent).where(RegisterEvent.event == Event.MOVED)).first() is None


def test_a_condition_written_for_the_old_code_reaches_the_same_people(county: County) -> None:
    written = parse({"any": [{"fact": "division", "within": WANGS}, {"not": {"fact": "division", "within": "999901"}}]}, REGISTER)
    county.change(f"old,new\n{WANGS},{NEW}\n")
    today = county.clock.now().date()
    with county.database.reading() as session:
        assert session.scalar(select(func.count()).where(surely(written, [], today)).select_from(Household)) == 0
        now = presently(session, written)
        assert session.scalar(select(func.count()).where(surely(now, [], today)).select_from(Household)) == 2
        assert count(session, written, [WANGS], today).surely == 2


def test_what_was_written_for_an_old_code_is_found_from_todays_however_long_the_chain(county: County) -> None:
    county.change(f"old,new\n{WANGS},{NEW}\n{LIS},{NEW}\n")
    county.change(f"old,new\n{NEW},{TOWN}301\n")
    with county.database.reading() as session:
        assert set(session.scalars(formerly([f"{TOWN}301", TOWN]))) == {WANGS, LIS, NEW}
        assert list(session.scalars(formerly([ZHAOS]))) == []


def test_a_whole_register_may_be_named_by_its_old_code(county: County) -> None:
    county.change(f"old,new\n{WANGS},{NEW}\n")
    import_households(county.database, county.keyring, f"户编号,村代码,姓名\n王01,{WANGS},王大山\n".encode(), "户.csv", now=county.clock.now(),
                      actor=SYSTEM, complete_for=WANGS)
    with county.database.reading() as session:
        left = session.scalars(select(Household.reference).where(Household.left_at.is_not(None)))
        assert list(left) == ["王02"]
