"""Pages that show people, masked or not, write down that they did: who looked, at what list, and how many stood in it."""

from __future__ import annotations

from collections.abc import Iterable

from profiles import access, register
from profiles.access import Look, Whom
from profiles.divisions import COUNTY, TOWNSHIP, VILLAGE
from web.house import house
from web.security import actor


def note_list(subject: str, divisions: Iterable[str], found: int) -> None:
    """`found` people stood in the list `subject`, which lies in these divisions; an empty list is no look at anybody."""
    if found:
        with house().database.writing() as session:
            access.looked(session, house().clock.now(), actor(), Look.LISTED,
                          Whom(subject=subject, division=_around(divisions)), found=found)


def note_page(household: str, division: str, resident_id: int | None) -> None:
    """A page was about a household, or about one of its members."""
    with house().database.writing() as session:
        home = register.household_by_reference(session, household)
        access.looked(session, house().clock.now(), actor(), Look.PAGE,
                      Whom(home.id if home is not None else None, resident_id, household, division))


def _around(divisions: Iterable[str]) -> str:
    """The smallest division around all of these."""
    inside = set(divisions)
    for length in (VILLAGE, TOWNSHIP, COUNTY):
        around = {code[:length] for code in inside}
        if len(around) == 1 and all(len(code) >= length for code in inside):
            return around.pop()
    return ""
