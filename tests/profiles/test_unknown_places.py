"""A condition that names a place nobody knows is told so, with the path to it."""

from __future__ import annotations

import pytest

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.database import Database
from profiles.division_changes import import_changes
from profiles.unknown_places import unknown_places
from tests.notices.offices import COUNTY, TOWNSHIP, VILLAGE, found_places


@pytest.mark.parametrize(("condition", "paths"), [
    ({"fact": "division", "within": "99"}, ["within"]),
    ({"all": [{"fact": "crop.玉米", "at_least": 3}, {"any": [{"fact": "division", "in": [VILLAGE, "640425100299"]}]}]}, ["all[1].any[0].in"]),
    ({"not": {"fact": "division", "is": "640425100299"}}, ["not.is"]),
    ({"fact": "division", "within": COUNTY[:2]}, []),
    ({"fact": "division", "within": TOWNSHIP}, []),
    ({"fact": "member.age", "at_least": 60}, []),
    (None, []),
])
def test_only_places_that_are_nowhere_are_told(database: Database, condition: object, paths: list[str]) -> None:
    with database.writing() as session:
        found_places(session)
    with database.reading() as session:
        assert [one.path for one in unknown_places(session, condition)] == paths


def test_a_former_code_is_known_and_without_divisions_nothing_is_said(database: Database, clock: SetClock) -> None:
    with database.reading() as session:
        assert unknown_places(session, {"fact": "division", "within": "99"}) == ()
    with database.writing() as session:
        found_places(session)
    import_changes(database, f"old,new\n640425100288,{VILLAGE}\n".encode(), clock.now(), SYSTEM)
    with database.reading() as session:
        assert unknown_places(session, {"fact": "division", "is": "640425100288"}) == ()
