"""Tables as offices send them come out as their makers meant them, whatever their habits."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.audit import SYSTEM
from kernel.clock import SetClock
from kernel.crypto import Keyring
from kernel.database import Database
from profiles.division_changes import import_changes
from profiles.facts import REGISTER, Fact, Kind
from profiles.models import (
    Contact,
    Household,
    HouseholdCrop,
    HouseholdKind,
    HouseholdLivestock,
    Resident,
)
from profiles.values import OwnHouseholdFact
from tests.profiles.intake.conftest import Taking
from tests.profiles.intake.untidy import CAUSES, COUNTY, VILLAGES, Office, Truth, as_csv, as_workbook, wide

COLUMN = dict(zip(CAUSES, ("village", "name", "id", "phone", "birth"), strict=True))


def _shown(heading: str) -> str:
    return " ".join(heading.split())


def _same_homes(database: Database, truth: Truth) -> None:
    with database.reading() as session:
        homes = {home.reference: home for home in session.scalars(select(Household))}
        assert set(homes) == truth.households
        for reference, told in truth.homes.items():
            home = homes[reference]
            kinds = set(session.scalars(select(HouseholdKind.kind).where(HouseholdKind.household_id == home.id)))
            crops = {one.name: one.mu for one in session.scalars(
                select(HouseholdCrop).where(HouseholdCrop.household_id == home.id))}
            livestock = {one.name: one.head for one in session.scalars(
                select(HouseholdLivestock).where(HouseholdLivestock.household_id == home.id))}
            came: dict[str, Any] = {
                "village": home.division, "group": home.group_name, "kinds": kinds if home.kinds_known else None,
                "crops": crops if home.crops_known else None, "livestock": livestock if home.livestock_known else None,
                "land": home.land, "income": home.income_per_head, "house": home.house_grade, "relocated": home.relocated,
            }
            assert came == {key: told.get(key) for key in came}, reference
            assert home.roster_complete == (reference not in truth.incomplete), reference


def _same_people(database: Database, keyring: Keyring, truth: Truth) -> None:
    with database.reading() as session:
        query = select(Resident, Household.reference).join(Household, Household.id == Resident.household_id)
        people = {(reference, keyring.decrypt(one.name, "name")): one for one, reference in session.execute(query)}
        assert set(people) == set(truth.people)
        for key, meant in truth.people.items():
            one = people[key]
            phones = {keyring.decrypt(contact.address, "phone") for contact in session.scalars(
                select(Contact).where(Contact.resident_id == one.id))}
            came = {
                "birth": one.birth_date, "number": keyring.decrypt(one.id_number or b"", "id_number"), "phones": phones,
                "gender": one.gender, "disability": one.disability, "study": one.study, "migrant": one.migrant,
                "skills": one.skills, "head": one.is_head,
            }
            assert came == meant, key


def _check(take: Taking, database: Database, keyring: Keyring, truth: Truth, data: bytes, name: str, errors: Path) -> None:
    report = take(data, name, errors_path=errors)
    assert (report.read, report.households, report.residents) == (truth.rows, len(truth.households), truth.residents)
    assert (report.created, report.updated, report.rejected) == (truth.residents, 0, len(truth.rejected))
    expected = [(row, _shown(truth.headings[COLUMN[cause]])) for row, cause in truth.rejected]
    assert [(one.row, one.column) for one in report.rejections] == expected
    with errors.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["行号", "列", "值", "原因", "办法"]
    assert [(int(line[0]), line[1]) for line in lines[1:]] == expected
    with database.reading() as session:
        kinds = select(HouseholdKind.kind, func.count()).group_by(HouseholdKind.kind)
        assert dict(session.execute(kinds).all()) == truth.kinds
        assert session.scalar(select(func.count()).select_from(Contact)) == truth.phones
    _same_homes(database, truth)
    _same_people(database, keyring, truth)
    again = take(data, name)
    assert (again.created, again.updated, again.rejected) == (0, 0, len(truth.rejected))


@pytest.mark.parametrize("seed", range(8))
def test_any_untidy_workbook_comes_out_as_it_was_meant(
    take: Taking, database: Database, keyring: Keyring, tmp_path: Path, seed: int,
) -> None:
    office = Office(seed)
    data = as_workbook(office.table(), before=seed % 2, after=seed % 3)
    _check(take, database, keyring, office.truth, data, "表.xlsx", tmp_path / "errors.csv")


@pytest.mark.parametrize(("seed", "encoding", "separator"), [
    (11, "gb18030", ","), (12, "utf-8-sig", ","), (13, "utf-8", ";"), (14, "gb18030", "\t"),
])
def test_any_untidy_csv_comes_out_as_it_was_meant(
    take: Taking, database: Database, keyring: Keyring, tmp_path: Path, seed: int, encoding: str, separator: str,
) -> None:
    office = Office(seed)
    data = as_csv(office.table(), encoding, separator)
    _check(take, database, keyring, office.truth, data, "表.csv", tmp_path / "errors.csv")


def test_both_databases_keep_the_same(
    take_on_both: Taking, both_databases: Database, keyring: Keyring, tmp_path: Path,
) -> None:
    office = Office(21, households=120)
    data = as_workbook(office.table())
    _check(take_on_both, both_databases, keyring, office.truth, data, "表.xlsx", tmp_path / "errors.csv")


@pytest.mark.parametrize("seed", [31, 32, 33])
def test_an_untidy_table_with_own_facts_and_old_codes_comes_out_as_it_was_meant(
    take: Taking, database: Database, clock: SetClock, seed: int,
) -> None:
    office, chance = Office(seed), random.Random(seed)
    table = office.table()
    top = len(table) - office.truth.rows
    spoilt = {row for row, _ in office.truth.rejected}
    at = table[top - 1].index(office.truth.headings["ref"])
    table[top - 1].append("蜂箱数（箱）")
    hives: dict[str, float] = {}
    for number, cells in enumerate(table[top:], start=top + 1):
        said = chance.choice([None, None, 0, 3, 12])
        cells.append("" if said is None else chance.choice([said, f"{said}箱", wide(str(said))]))
        if said is not None and number not in spoilt:
            hives.setdefault(cells[at], float(said))
    moved = {VILLAGES[0]: f"{COUNTY}100901", VILLAGES[5]: f"{COUNTY}100901", VILLAGES[7]: f"{COUNTY}102902"}
    import_changes(database, ("old,new\n" + "".join(f"{old},{new}\n" for old, new in moved.items())).encode(), clock.now(), SYSTEM)
    own = REGISTER.extended([Fact("household.hives", "蜂箱", Kind.INTEGER, unit="箱", is_own=True, headings=("蜂箱数",))])
    report = take(as_workbook(table), "表.xlsx", catalogue=own)
    assert (report.households, report.residents) == (len(office.truth.households), office.truth.residents)
    with database.reading() as session:
        query = select(Household.reference, Household.division, OwnHouseholdFact.number).outerjoin(
            OwnHouseholdFact, OwnHouseholdFact.household_id == Household.id)
        came = {reference: (division, number) for reference, division, number in session.execute(query)}
    meant = {reference: (moved.get(told["village"], told["village"]), hives.get(reference)) for reference, told in office.truth.homes.items()}
    assert came == meant
    again = take(as_workbook(table), "表.xlsx", catalogue=own)
    assert (again.created, again.updated) == (0, 0)
