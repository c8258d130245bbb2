"""A small county with its staff: places of 彭阳县, three families, the demo's notices at every stage. Everybody is invented."""

from __future__ import annotations

import base64
import html
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from channels.simulators.identity import demo_config
from kernel.audit import Actor
from kernel.clock import CHINA, SetClock
from kernel.database import Database
from knowledge import consultations, gaps
from knowledge.encoders import LexicalOnly
from knowledge.filing import import_entries
from knowledge.gathering import gather
from notices import drafts, lifecycle
from notices.models import State
from profiles.divisions import import_divisions
from profiles.intake.households import import_households
from tests import houses
from web.app import create_app
from web.house import House
from web.staff import accounts
from web.staff.models import Role, StaffAccount

DATA = Path(__file__).parents[3] / "web" / "demo" / "data"
COUNTY, BAIYANG, YAOHE, OTHER = "640425", "640425100", "640425100200", "640425101"
PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
KEYS = {"data_key": base64.b64encode(b"d" * 32).decode(), "secret_key": base64.b64encode(b"s" * 32).decode()}
LOADER = Actor("装载", frozenset({"editor", "sender", "administrator"}), COUNTY)
# Name, role, area: one person each, so that nobody reviews what they wrote.
STAFF = (
    ("马编辑", Role.EDITOR, COUNTY), ("杨初审", Role.FIRST_REVIEWER, COUNTY), ("海复审", Role.SECOND_REVIEWER, COUNTY),
    ("虎签发", Role.SIGNER, COUNTY), ("赵推送", Role.SENDER, COUNTY), ("祁坐席", Role.AGENT, COUNTY),
    ("韩村干", Role.CADRE, YAOHE), ("安审计", Role.AUDITOR, COUNTY), ("石管理", Role.ADMINISTRATOR, COUNTY),
    ("别乡编辑", Role.EDITOR, OTHER), ("别乡推送", Role.SENDER, OTHER), ("别乡审计", Role.AUDITOR, OTHER),
    ("别乡坐席", Role.AGENT, OTHER),
)
CHAIN = tuple(Actor(name, frozenset({role.value}), COUNTY) for name, role, _ in STAFF[1:4])
EDITOR = Actor("马编辑", frozenset({"editor"}), COUNTY)
STOPS = {"PY-2026-018": State.DRAFT, "PY-2026-019": State.FIRST_REVIEW, "PY-2026-020": State.SECOND_REVIEW,
         "PY-2026-021": State.SIGNING, "PY-2026-002": State.APPROVED}
REGISTER = f"""户编号,村代码,村民小组,户主姓名,姓名,与户主关系,证件号码,联系电话,出生日期,性别,户类型,作物,牲畜,人均年收入
H-WANG,{YAOHE},二组,王建国,王建国,户主,,13900000001,1970-05-01,男,脱贫户,玉米:5,无,9000
H-WANG,{YAOHE},二组,王建国,王小梅,女儿,,,2012-03-04,女,脱贫户,玉米:5,无,9000
H-LI,{YAOHE},一组,李秀英,李秀英,户主,,13900000002,1955-02-03,女,一般农户,无,肉牛:4,
H-CHEN,{YAOHE},一组,陈有福,陈有福,户主,,13900000003,1980-07-08,男,,,,
"""


@dataclass(frozen=True)
class Office:
    """A house over its own copy of the county, the application, and a way to sit down at somebody's desk."""

    house: House
    app: Flask

    @property
    def database(self) -> Database:
        """The database of this house."""
        return self.house.database

    def clerk(self, name: str) -> Clerk:
        """A member of the staff whose session is open; the form that opens one is slow on purpose and tested by itself."""
        clerk = Clerk(self.app.test_client())
        with self.database.reading() as reading:
            ended = reading.scalar(select(StaffAccount.sessions_ended).where(StaffAccount.name == name)) or 0
        with clerk.client.session_transaction() as session:
            session.update(account=name, until=1 << 40, ended=ended)
        return clerk


@dataclass(frozen=True)
class Clerk:
    """A browser that keeps its cookies and sends the form's token along, as a browser does."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def page(self, path: str) -> str:
        """The words of a page that must open."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, words_of(answer.text))
        return words_of(answer.text)

    def send(self, path: str, data: Mapping[str, Any], *, form_at: str = "") -> TestResponse:
        """Fill in the form that stands at a page and send it; redirects are not followed."""
        shown = self.get(form_at or path).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        token = found.group(1) if found else ""
        return self.client.post(path, data={"csrf_token": token, **data})

    def upload(self, path: str, name: str, content: bytes, **data: Any) -> TestResponse:
        """Send a file with a form."""
        return self.send(path, {"file": (BytesIO(content), name), **data})


def words_of(page: str) -> str:
    """What a person reads of a page, tags taken out."""
    bare = re.sub(r"(?s)<(script|style).*?</\1>", "", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare))).strip()


@cache
def filled_file() -> bytes:
    """A SQLite file with the small county in it, filled once a process."""
    with tempfile.TemporaryDirectory() as name:
        opened = open_office(Path(name))
        fill(opened.house)
        with opened.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        opened.database.close()
        return (Path(name) / "zhida.db").read_bytes()


def open_office(folder: Path, filled: bytes = b"") -> Office:
    """A house in a folder, over a database of these bytes when some are given; the clock stands at NOW."""
    if filled:
        (folder / "zhida.db").write_bytes(filled)
    house = houses.build(houses.sqlite_url(folder), demo_config("http://127.0.0.1:9"), **KEYS)
    house = replace(house, clock=SetClock(NOW))
    app = create_app(house)
    app.config["TESTING"] = True
    return Office(house, app)


def fill(house: House) -> None:
    """Load places, families, answers, notices, accounts, and what people asked."""
    database = house.database
    import_divisions(database, (DATA / "divisions-pengyang.csv").read_bytes(), NOW, LOADER)
    import_households(database, house.keyring, REGISTER.encode(), "农户.csv", now=NOW, actor=LOADER)
    import_entries(database, (DATA / "knowledge.jsonl").read_bytes(), NOW, LOADER)
    drafts.import_notices(database, (DATA / "notices.jsonl").read_bytes(), NOW - timedelta(days=2), EDITOR, forms=house.forms)
    for line in (DATA / "notices.jsonl").read_text("utf-8").splitlines():
        _walk(house, json.loads(line)["reference"])
    with database.writing() as session:
        for name, role, area in STAFF:
            accounts.add(session, name, [role], area, PASSWORD, NOW, LOADER)
    with database.writing() as session:
        for text, hours in (("路灯坏了找谁", 1), ("路灯坏了找谁", 5), ("养蜂有没有补贴", 9)):
            gaps.note(session, channel="wechat", text=text, division=YAOHE, decision="hand_over", entry_id=None, score=0.0,
                      now=NOW - timedelta(hours=hours))
        consultations.take(session, house.keyring, "web", "", YAOHE, "低保怎么没有到账？", NOW - timedelta(days=12))
        consultations.take(session, house.keyring, "web", "", OTHER, "大棚补贴找谁？", NOW - timedelta(days=1))
    gather(database, LexicalOnly(), house.installation.folder / "gaps", NOW)


def _walk(house: House, reference: str) -> None:
    """Take a notice through its reviews up to where it is to stop; most are published."""
    stop = STOPS.get(reference, State.PUBLISHED)
    at = NOW - timedelta(days=1)
    if stop is State.DRAFT:
        return
    with house.database.writing() as session:
        lifecycle.submit(session, reference, EDITOR, at, forms=house.forms)
        for reviewer, before in zip(CHAIN, (State.FIRST_REVIEW, State.SECOND_REVIEW, State.SIGNING), strict=True):
            if stop is before:
                return
            lifecycle.approve(session, reference, reviewer, at)
        if stop is State.PUBLISHED:
            lifecycle.publish(session, reference, EDITOR, at)
