"""A program of the office brings tables with a key: queued, looked at, and never more than its account may."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from profiles.models import Household
from tests.web.staff.office import LOADER, NOW, REGISTER, YAOHE, Office
from web.importing import importer_of
from web.staff import tokens
from web.staff.models import StaffToken

IMPORTS = "/api/v1/households/imports"
TABLE = f"""{REGISTER.splitlines()[0]}
H-MA,{YAOHE},三组,马德山,马德山,户主,,13900000009,1966-01-02,男,一般农户,无,无,
H-MA,{YAOHE},三组,马德山,马小龙,儿子,,12345,1999-01-02,男,一般农户,无,无,
""".encode()


@dataclass(frozen=True)
class Program:
    """Somebody else's system that holds a key."""

    desk: Office
    key: str

    def bring(self, **form: Any) -> TestResponse:
        return self.desk.app.test_client().post(IMPORTS, headers=self._head(), data={"file": (BytesIO(TABLE), "农户.csv"), **form})

    def get(self, address: str) -> TestResponse:
        return self.desk.app.test_client().get(address.removeprefix("http://zhida.test"), headers=self._head())

    def post(self, address: str) -> TestResponse:
        return self.desk.app.test_client().post(address.removeprefix("http://zhida.test"), headers=self._head())

    def _head(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def program(desk: Office, name: str = "马编辑") -> Program:
    with desk.database.writing() as session:
        return Program(desk, tokens.make(session, name, "县数据平台", NOW, LOADER)[1])


def test_a_table_is_queued_worked_on_and_told_of(desk: Office) -> None:
    system = program(desk)
    answer = system.bring()
    assert answer.status_code == 202
    assert system.get(answer.location).json["state"] == "waiting"
    assert importer_of(desk.house).look()
    told = system.get(answer.location).json
    assert (told["state"], told["report"]["households"], told["report"]["rejected"]) == ("done", 1, 1)
    assert told["rejections"] == [{"row": 3, "column": "联系电话", "reason": told["rejections"][0]["reason"],
                                   "cure": told["rejections"][0]["cure"]}]
    assert "12345" not in system.get(answer.location).text
    assert "12345" in system.get(f"{answer.location}/errors.csv").data.decode("utf-8-sig")


def test_a_trial_writes_nothing_until_it_is_accepted(desk: Office) -> None:
    system = program(desk)
    place = system.bring(ask="trial").location
    importer_of(desk.house).look()
    assert system.get(place).json["report"]["changes"]
    with desk.database.reading() as session:
        assert session.scalar(select(Household).where(Household.reference == "H-MA")) is None
    assert system.post(f"{place}/import").status_code == 202
    importer_of(desk.house).look()
    assert system.get(place).json["state"] == "done"
    assert system.post(f"{place}/import").status_code == 409


def test_a_mapping_names_headings_that_nobody_understands(desk: Office) -> None:
    system = program(desk)
    strange = TABLE.replace("户编号".encode(), "门牌".encode(), 1)
    place = system.bring(file=(BytesIO(strange), "农户.csv"), mapping=json.dumps({"门牌": "户编号"})).location
    importer_of(desk.house).look()
    assert system.get(place).json["state"] == "done"
    refused = system.bring(file=(BytesIO(strange), "农户.csv")).location
    importer_of(desk.house).look()
    told = system.get(refused).json
    assert told["state"] == "refused"
    assert "户编号" in told["words"]


@pytest.mark.parametrize("key", ["", "zhida_wrong"])
def test_a_key_that_is_none_opens_nothing(desk: Office, key: str) -> None:
    answer = Program(desk, key).bring()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "zhida staff token" in answer.json["words"]


def test_a_signed_in_browser_is_no_key(desk: Office) -> None:
    assert desk.clerk("马编辑").client.post(IMPORTS, data={"file": (BytesIO(TABLE), "农户.csv")}).status_code == 401


def test_a_key_opens_no_more_than_its_account(desk: Office) -> None:
    assert program(desk, "赵推送").bring().status_code == 403
    place = program(desk, "马编辑").bring().location
    assert program(desk, "别乡编辑").get(place).status_code == 404
    elsewhere = program(desk, "别乡编辑").bring()
    importer_of(desk.house).look()
    importer_of(desk.house).look()
    assert "不归您管理" in program(desk, "别乡编辑").get(elsewhere.location).json["words"]


def test_a_revoked_key_is_worthless_at_once_and_none_is_kept(desk: Office) -> None:
    system = program(desk)
    with desk.database.writing() as session:
        row = session.scalars(select(StaffToken)).one()
        assert system.key not in (row.digest, row.label)
        tokens.revoke(session, row.id, NOW, LOADER)
    assert system.bring().status_code == 401


@pytest.mark.parametrize(("form", "words"), [
    ({"file": ""}, "file"), ({"ask": "maybe"}, "ask"), ({"complete_for": "640422"}, "complete_for"), ({"mapping": "[]"}, "mapping"),
    ({"mapping": "[" * 100_000}, "mapping"),
])
def test_a_clumsy_call_is_told_what_to_mend(desk: Office, form: dict[str, str], words: str) -> None:
    answer = program(desk).bring(**form)
    assert answer.status_code == 400
    assert words in answer.json["words"]


def test_the_description_tells_of_every_call(desk: Office) -> None:
    told = desk.app.test_client().get("/api/v1/openapi.json").json
    ours = {rule.rule.removeprefix("/api/v1").replace("<token>", "{job}") for rule in desk.app.url_map.iter_rules()
            if rule.endpoint.startswith("api_imports")}
    assert ours <= set(told["paths"])
