"""Where villages lie: taken in with the table of divisions, and the nearest one to a position."""

from __future__ import annotations

import pytest

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from profiles.division_changes import import_changes
from profiles.divisions import import_divisions
from profiles.models import Division
from profiles.places import nearest
from profiles.positions import PlaceUnclear, kilometres, read_place
from profiles.reports import ImportReport

COUNTY = """代码,名称,上级代码,纬度,经度
999901,测试县,9999,,
999901100,白羊镇,999901,,
999901100200,姚湾村委会,999901100,35.85,106.64
999901100201,任岭村委会,999901100,北纬35.95°,东经106.64°
999901100202,南坡村委会,999901100,,
"""


def take(database: Database, clock: SetClock, text: str) -> ImportReport:
    return import_divisions(database, text.encode(), clock.now(), SYSTEM)


def place_of(database: Database, code: str) -> tuple[float | None, float | None]:
    with database.reading() as session:
        division = session.get_one(Division, code)
    return division.latitude, division.longitude


def test_a_position_belongs_to_the_nearest_village_that_has_a_place(both_databases: Database, clock: SetClock) -> None:
    assert take(both_databases, clock, COUNTY).as_json() == {"read": 5, "created": 5, "updated": 0, "rejected": 0}
    with both_databases.reading() as session:
        found = nearest(session, 35.86, 106.65)
        assert found is not None
        assert (found.code, found.is_here) == ("999901100200", True)
        assert 1.0 < found.kilometres < 2.0
        far = nearest(session, 39.9, 116.4)
        assert far is not None
        assert not far.is_here
        assert nearest(session, float("nan"), 106.0) is None
        assert nearest(session, 135.0, 35.0) is None


def test_where_no_village_has_a_place_none_is_near(database: Database, clock: SetClock) -> None:
    take(database, clock, "code,name,parent\n999901,测试县,9999\n")
    with database.reading() as session:
        assert nearest(session, 35.86, 106.65) is None


def test_a_table_without_degrees_leaves_them_and_one_with_others_moves_the_village(
    both_databases: Database, clock: SetClock
) -> None:
    take(both_databases, clock, COUNTY)
    assert take(both_databases, clock, COUNTY).updated == 0
    take(both_databases, clock, "code,name\n999901100200,姚湾村民委员会\n")
    assert place_of(both_databases, "999901100200") == (35.85, 106.64)
    assert take(both_databases, clock, "code,name,lat,lon\n999901100200,姚湾村民委员会,35.80,106.60\n").updated == 1
    assert place_of(both_databases, "999901100200") == (35.80, 106.60)


def test_impossible_degrees_are_left_out_with_a_warning_and_the_village_goes_in(database: Database, clock: SetClock) -> None:
    told = take(database, clock, COUNTY.replace("35.85,106.64", "106.64,35.85"))
    assert told.created == 5
    assert told.warnings == ("第 4 行：纬度和经度写反了，这一行的经纬度没有记。",)
    assert place_of(database, "999901100200") == (None, None)


@pytest.mark.parametrize(("given", "words"), [
    (("35.8", ""), "要么都填"), (("x", "106"), "不是数字"), (("0.1", "0.1"), "不在国内"), (("nan", "106"), "不在国内")])
def test_degrees_no_village_can_have_are_refused_in_words(given: tuple[str, str], words: str) -> None:
    with pytest.raises(PlaceUnclear, match=words):
        read_place(*given)


def test_a_village_with_a_new_code_is_found_where_it_lay(database: Database, clock: SetClock) -> None:
    take(database, clock, COUNTY)
    import_changes(database, b"old,new,date,name\n999901100200,999901100209,,\n", clock.now(), SYSTEM)
    with database.reading() as session:
        found = nearest(session, 35.86, 106.65)
    assert found is not None
    assert found.code == "999901100209"


def test_a_degree_of_latitude_is_a_hundred_and_eleven_kilometres() -> None:
    assert kilometres((35.0, 106.0), (36.0, 106.0)) == pytest.approx(111.195, abs=0.01)
    assert kilometres((0.0, 179.9), (0.0, -179.9)) == pytest.approx(22.239, abs=0.01)
