"""A cadre's report of a change: kept sealed as a proposal, listed for who may settle it, and what became of it told back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.crypto import Keyring
from profiles import contacts
from profiles.changes.failures import ChangeRefused
from profiles.changes.models import ChangeKind, ChangeReport, ReportState
from profiles.models import Contact, Division, Household, Resident, Standing

PURPOSE = "change"
PAUSED = "村干部报告去世，等核实"
REPORTED, TAKEN_BACK = "报告变化", "收回变化报告"


@dataclass(frozen=True)
class Report:
    """One report as it is read: its household, whom it is about, what was filled in, what became of it."""

    id: int
    household: str
    division: str
    resident_id: int | None
    kind: ChangeKind
    fields: Mapping[str, str] = field(repr=False)
    reported_by: str
    at: datetime
    state: ReportState
    settled_by: str
    settled_at: datetime | None
    answer: str


def report(session: Session, keyring: Keyring, actor: Actor, household: Household, kind: ChangeKind,
           fields: Mapping[str, str], now: datetime) -> int:
    """Keep what a cadre reports of a household; gives its number. The register stays as it is until it is confirmed.

    A reported death alone takes effect at once as far as messages go: for the family's sake nothing more is sent to that
    resident until the office has settled it. Raises ChangeRefused.
    """
    if not actor.may_act_in(household.division):
        raise ChangeRefused("这一户不在您的管理范围内，请找那个村的村干部报。")
    about = _member(session, household, fields["about"]) if kind.is_about_somebody else None
    _refuse_impossible(session, kind, about, fields)
    resident_id = about.id if about is not None else None
    if about is not None and _is_reported(session, kind, about.id):
        raise ChangeRefused("这个人的这件事已经报过，正等着确认。", "about")
    told = ChangeReport(household_id=household.id, resident_id=resident_id, kind=kind, reported_by=actor.name, at=now,
                        content=keyring.encrypt(json.dumps(dict(fields), ensure_ascii=False), PURPOSE), state=ReportState.SAID)
    session.add(told)
    session.flush()
    if kind is ChangeKind.DIED and resident_id is not None:
        contacts.retire(session, [one.id for one in contacts.contacts_of(session, resident_id)], PAUSED, now)
    record(session, now, actor, REPORTED, f"household:{household.reference}", {"report": told.id, "kind": kind.value})
    return told.id


def take_back(session: Session, actor: Actor, number: int, now: datetime) -> None:
    """The reporter thinks better of it; only while it waits."""
    row = session.scalar(select(ChangeReport).where(ChangeReport.id == number, ChangeReport.reported_by == actor.name))
    if row is None or not settle(session, row, ReportState.TAKEN_BACK, actor, now):
        raise ChangeRefused("这条报告已经有结果了，收不回来。")
    resume(session, row)
    reference = session.scalar(select(Household.reference).where(Household.id == row.household_id))
    record(session, now, actor, TAKEN_BACK, f"household:{reference}", {"report": row.id})


def settle(session: Session, row: ChangeReport, state: ReportState, actor: Actor, now: datetime,
           answer: bytes | None = None) -> bool:
    """Give a waiting report its end; False when somebody was faster."""
    done = session.execute(
        update(ChangeReport).where(ChangeReport.id == row.id, ChangeReport.state == ReportState.SAID)
        .values(state=state, settled_by=actor.name, settled_at=now, answer=answer).returning(ChangeReport.id)
        .execution_options(synchronize_session=False)).first()
    return done is not None


def resume(session: Session, row: ChangeReport) -> None:
    """The reported death was none: what was paused for it may be used again."""
    if row.kind == ChangeKind.DIED and row.resident_id is not None:
        session.execute(update(Contact).where(Contact.resident_id == row.resident_id, Contact.retired_reason == PAUSED)
                        .values(retired_at=None, retired_reason=None).execution_options(synchronize_session=False))


def find(session: Session, keyring: Keyring, actor: Actor, number: int) -> Report | None:
    """A report of the actor's area, or one the actor made."""
    found = session.execute(_reports(actor).where(ChangeReport.id == number)).first()
    return None if found is None else _read(keyring, *found)


def waiting(session: Session, keyring: Keyring, actor: Actor, most: int = 200) -> list[Report]:
    """What is to be settled in the actor's area; deaths first, then the oldest."""
    query = _in_area(actor).order_by((ChangeReport.kind == ChangeKind.DIED).desc(), ChangeReport.id).limit(most)
    return [_read(keyring, *row) for row in session.execute(query.where(ChangeReport.state == ReportState.SAID))]


def settled(session: Session, keyring: Keyring, actor: Actor, most: int = 30) -> list[Report]:
    """What was settled in the actor's area lately."""
    query = _in_area(actor).where(ChangeReport.state != ReportState.SAID).order_by(ChangeReport.settled_at.desc()).limit(most)
    return [_read(keyring, *row) for row in session.execute(query)]


def made_by(session: Session, keyring: Keyring, actor: Actor, most: int = 50) -> list[Report]:
    """What the actor reported, the latest first."""
    query = _reports(actor).where(ChangeReport.reported_by == actor.name).order_by(ChangeReport.id.desc()).limit(most)
    return [_read(keyring, *row) for row in session.execute(query)]


def count_waiting(session: Session, actor: Actor) -> int:
    """How many reports of the actor's area wait."""
    return session.scalar(select(func.count()).select_from(ChangeReport).join(
        Household, Household.id == ChangeReport.household_id).where(
        ChangeReport.state == ReportState.SAID, Household.division.startswith(actor.jurisdiction, autoescape=True))) or 0


def count_returned(session: Session, actor: Actor, since: datetime) -> int:
    """How many of the actor's own reports came back lately."""
    return session.scalar(select(func.count()).where(
        ChangeReport.state == ReportState.RETURNED, ChangeReport.reported_by == actor.name,
        ChangeReport.settled_at >= since)) or 0


def _in_area(actor: Actor) -> Select[ChangeReport, str, str]:
    return (select(ChangeReport, Household.reference, Household.division)
            .join_from(ChangeReport, Household, Household.id == ChangeReport.household_id)
            .where(Household.division.startswith(actor.jurisdiction, autoescape=True)))


def _reports(actor: Actor) -> Select[ChangeReport, str, str]:
    return (select(ChangeReport, Household.reference, Household.division)
            .join_from(ChangeReport, Household, Household.id == ChangeReport.household_id)
            .where(or_(Household.division.startswith(actor.jurisdiction, autoescape=True),
                       ChangeReport.reported_by == actor.name)))


def _read(keyring: Keyring, row: ChangeReport, household: str, division: str) -> Report:
    answer = keyring.decrypt(row.answer, PURPOSE) if row.answer is not None else ""
    return Report(row.id, household, division, row.resident_id, ChangeKind(row.kind), json.loads(keyring.decrypt(row.content, PURPOSE)),
                  row.reported_by, row.at, ReportState(row.state), row.settled_by or "", row.settled_at, answer)


def _member(session: Session, household: Household, reference: str) -> Resident:
    found = session.scalar(select(Resident).where(Resident.reference == reference, Resident.household_id == household.id))
    if found is None:
        raise ChangeRefused("这一户没有这个人。请重新选。", "about")
    return found


def _refuse_impossible(session: Session, kind: ChangeKind, about: Resident | None, fields: Mapping[str, str]) -> None:
    if about is not None and (about.standing == Standing.PRESENT) is (kind is ChangeKind.CAME_BACK):
        raise ChangeRefused("登记的就是这样，不用报。" if kind is ChangeKind.CAME_BACK else "这个人已经不在册了，不用报。", "about")
    village = fields.get("village")
    if village and session.get(Division, village) is None:
        raise ChangeRefused("没有这个村。请重新选。", "village")


def _is_reported(session: Session, kind: ChangeKind, resident_id: int) -> bool:
    return session.scalar(select(ChangeReport.id).where(
        ChangeReport.resident_id == resident_id, ChangeReport.kind == kind, ChangeReport.state == ReportState.SAID)
        .limit(1)) is not None
