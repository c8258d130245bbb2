"""Loading the demo county through the same doors an office uses: imports, three reviews, bindings, codes."""

from __future__ import annotations

import csv
import io
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from kernel.audit import Actor
from knowledge.filing import import_entries
from knowledge.models import Consultation, Entry
from notices import drafts, lifecycle
from notices.models import Notice, State
from profiles import contacts
from profiles.divisions import import_divisions
from profiles.intake.households import import_households
from profiles.models import Division, Household, Resident
from push import noticeboards
from qrcodes.codes import BOARD, codes_for
from qrcodes.models import Code
from web.demo import asked, letters
from web.demo.families import PHONE_FAMILIES, YAOHE
from web.demo.households import invented_rows
from web.demo.letters import BAIYANG
from web.demo.register import HEADERS
from web.house import House
from web.learning import learn
from web.staff import accounts
from web.staff.models import Role, StaffAccount

DATA = Path(__file__).parent / "data"
COUNTY = "640425"
PASSWORD_FILE = "demo-sign-in.txt"  # noqa: S105
# One account a role; a person may not review what they wrote, so the chain needs four people.
STAFF: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("编辑", (Role.EDITOR,)), ("初审", (Role.FIRST_REVIEWER,)), ("复审", (Role.SECOND_REVIEWER,)),
    ("签发", (Role.SIGNER,)), ("推送", (Role.SENDER,)), ("坐席", (Role.AGENT,)), ("村干部", (Role.CADRE,)),
    ("审计", (Role.AUDITOR,)), ("管理员", (Role.ADMINISTRATOR,)), ("乡镇", (Role.EDITOR, Role.AGENT)),
)
# Whose area is not the county: a township sees and settles its own, a cadre the boards and households of one village.
AREAS = {"乡镇": BAIYANG, "村干部": YAOHE}
# These stay on the desk, so that a newcomer finds something to review.
STOPS = {"PY-2026-018": State.DRAFT, "PY-2026-019": State.FIRST_REVIEW, "PY-2026-020": State.SECOND_REVIEW,
         "PY-2026-021": State.SIGNING}


@dataclass(frozen=True)
class Loaded:
    """What the demo county holds."""

    divisions: int
    households: int
    residents: int
    entries: int
    notices: int
    consultations: int
    codes: int
    staff: int

    def as_json(self) -> dict[str, Any]:
        """The counts by name."""
        return dict(vars(self))

    def in_words(self) -> dict[str, int]:
        """The counts by the office's words."""
        return {"区划": self.divisions, "农户": self.households, "居民": self.residents, "知识条目": self.entries,
                "信息": self.notices, "留言": self.consultations, "二维码": self.codes, "账号": self.staff}


def load(house: House, actor: Actor) -> Loaded:
    """Load whatever is not there yet; loading again changes nothing an office has changed meanwhile."""
    database, now = house.database, house.clock.now()
    with database.reading() as session:
        is_loaded = session.scalar(select(Household.id).where(Household.reference == PHONE_FAMILIES[0].reference))
    if is_loaded is None:
        import_divisions(database, (DATA / "divisions-pengyang.csv").read_bytes(), now, actor)
        import_households(database, house.keyring, _register(house), "演示农户.csv", now=now, actor=actor)
        import_entries(database, (DATA / "knowledge.jsonl").read_bytes(), now, actor)
        _bind_phones(house)
    _staff(house, actor)
    with database.reading() as session:
        has_notices = session.scalar(select(Notice.id).limit(1))
    if has_notices is None:
        drafts.import_notices(database, (DATA / "notices.jsonl").read_bytes(), now,
                              Actor("编辑", frozenset({Role.EDITOR.value}), COUNTY), house.catalogue, house.forms)
        _review(house)
    with database.writing() as session:
        places = session.scalars(select(Division.code).where(Division.code.startswith(COUNTY))).all()
        codes_for(session, places, BOARD, now)
    if is_loaded is None:
        house.library.prepare()
        letters.tell(house)
        asked.ask(house)
        learn(house)
    return _counted(house)


def password_of(folder: Path) -> str:
    """The password of the demo's accounts, made once and kept beside the database, readable by its owner."""
    path = folder / PASSWORD_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"zhida-{secrets.token_hex(4)}\n", encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def openid_of(reference: str) -> str:
    """The invented WeChat identity of a demo household's head."""
    return f"o-demo-{reference.lower()}"


def _register(house: House) -> bytes:
    with house.database.reading() as session:
        villages = session.execute(select(Division.code, Division.name).where(
            Division.code.startswith(COUNTY), func.length(Division.code) == 12).order_by(Division.code)).all()
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADERS)
    writer.writeheader()
    writer.writerows(invented_rows(villages))
    return text.getvalue().encode("utf-8-sig")


def _bind_phones(house: House) -> None:
    with house.database.writing() as session:
        for family in PHONE_FAMILIES:
            head = session.scalars(select(Resident).join(Household, Household.id == Resident.household_id).where(
                Household.reference == family.reference, Resident.is_head)).one()
            contacts.bind(session, house.keyring, head.id, "wechat", openid_of(family.reference), house.clock.now())


def _staff(house: House, actor: Actor) -> None:
    password = password_of(house.installation.folder)
    with house.database.reading() as session:
        there = set(session.scalars(select(StaffAccount.name)))
    for name, roles in STAFF:
        if name not in there:
            with house.database.writing() as session:
                accounts.add(session, name, roles, AREAS.get(name, COUNTY), password, house.clock.now(), actor)


def _review(house: House) -> None:
    people = {roles[0]: Actor(name, frozenset(role.value for role in roles), COUNTY) for name, roles in STAFF if name not in AREAS}
    now = house.clock.now()
    references = [json.loads(line)["reference"] for line in (DATA / "notices.jsonl").read_text("utf-8").splitlines() if line]
    for reference in references:
        stop = STOPS.get(reference, State.PUBLISHED)
        if stop is State.DRAFT:
            continue
        with house.database.writing() as session:
            lifecycle.submit(session, reference, people[Role.EDITOR], now, forms=house.forms)
            for role, after in ((Role.FIRST_REVIEWER, State.FIRST_REVIEW), (Role.SECOND_REVIEWER, State.SECOND_REVIEW),
                                (Role.SIGNER, State.SIGNING)):
                if stop is after:
                    break
                lifecycle.approve(session, reference, people[role], now)
            else:
                lifecycle.publish(session, reference, people[Role.EDITOR], now)
                noticeboards.follow(session, reference, now)


def _counted(house: House) -> Loaded:
    with house.database.reading() as session:
        def count(table: type[Any]) -> int:
            return session.scalar(select(func.count()).select_from(table)) or 0

        return Loaded(count(Division), count(Household), count(Resident), count(Entry), count(Notice), count(Consultation), count(Code),
                      count(StaffAccount))
