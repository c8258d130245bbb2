"""Divisions: taken in with their parents, named as people name them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from profiles.divisions import (
    Level,
    Names,
    children,
    import_divisions,
    level,
    name_of,
    place,
    short_name,
)
from profiles.intake.failures import FileRefused
from profiles.models import Division
from profiles.reports import ImportReport

COUNTY = """code,name,parent
999901,测试县,9999
999901100,白羊镇,999901
999901100200,姚湾村委会,999901100
999901100001,河街社区居委会,999901100
"""


def take(database: Database, clock: SetClock, text: str, encoding: str = "utf-8") -> ImportReport:
    return import_divisions(database, text.encode(encoding), clock.now(), SYSTEM)


def test_a_county_goes_in_and_a_second_time_changes_nothing(both_databases: Database, clock: SetClock) -> None:
    assert take(both_databases, clock, COUNTY).as_json() == {"read": 4, "created": 4, "updated": 0, "rejected": 0}
    again = take(both_databases, clock, COUNTY, "gb18030")
    assert (again.created, again.updated) == (0, 0)
    renamed = take(both_databases, clock, COUNTY.replace("姚湾村委会", "姚河村委会"))
    assert (renamed.created, renamed.updated) == (0, 1)
    with both_databases.reading() as session:
        assert name_of(session, "999901100200") == "姚河村"


def test_the_order_of_rows_does_not_matter(database: Database, clock: SetClock) -> None:
    heading, *rows = COUNTY.splitlines()
    assert take(database, clock, "\n".join([heading, *reversed(rows)])).created == 4


def test_bad_rows_are_named_and_good_ones_go_in(database: Database, clock: SetClock) -> None:
    bad = COUNTY + "9999,测试市,99\n99990110,短,999901\n999901100,另名镇,999901\n999901200,,999901\n999901300,错镇,999902\n999902100200,孤村,999902100\n"
    report = take(database, clock, bad)
    assert (report.read, report.created, report.rejected) == (10, 4, 6)
    assert [(one.row, one.column) for one in report.rejections] == [
        (6, "code"), (7, "code"), (8, "code"), (9, "name"), (10, "parent"), (11, "parent")]
    assert "第 11 行“parent”" in report.as_json()["rejections"][-1]


def test_a_township_without_a_county_takes_its_villages_with_it(database: Database, clock: SetClock) -> None:
    report = take(database, clock, "code,name,parent\n999903100,某镇,999903\n999903100200,某村,999903100\n")
    assert (report.created, report.rejected) == (0, 2)


def test_a_village_may_come_after_its_township_in_another_file(database: Database, clock: SetClock) -> None:
    take(database, clock, COUNTY)
    assert take(database, clock, "代码,名称\n999901100201,新村委会\n").created == 1
    with database.reading() as session:
        assert session.get_one(Division, "999901100201").parent == "999901100"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00", "PK\x03\x04工作簿"])
def test_what_is_no_table_of_divisions_is_refused(database: Database, clock: SetClock, text: str) -> None:
    with pytest.raises(FileRefused):
        take(database, clock, text)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Division)) == 0


def test_places_are_named_as_people_name_them(database: Database, clock: SetClock) -> None:
    take(database, clock, COUNTY)
    with database.reading() as session:
        assert place(session, "999901100200") == "白羊镇 姚湾村"
        assert place(session, "999901100") == "白羊镇"
        assert Names(session).place("999901100001") == "白羊镇 河街社区"
        assert name_of(session, "123456") == "123456"
        assert [one.code for one in children(session, "999901100")] == ["999901100001", "999901100200"]


@pytest.mark.parametrize(("written", "said"), [
    ("姚河村村民委员会", "姚河村"), ("东庄村民委员会", "东庄村"), ("姚河村委会", "姚河村"), ("晋城大道社区居民委员会", "晋城大道社区"),
    ("郑河街居委会", "郑河街社区"), ("某某生活区", "某某生活区"), ("村委会", "村委会"),
])
def test_a_committee_is_called_by_its_village(written: str, said: str) -> None:
    assert short_name(written) == said


def test_the_level_is_in_the_length_of_the_code() -> None:
    assert [level(code) for code in ("999901", "999901100", "999901100200")] == [Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE]
    with pytest.raises(ValueError, match="digits"):
        level("9999")
