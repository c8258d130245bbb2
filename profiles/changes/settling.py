"""The office settles a report: confirmed, it goes into the register with its date and source; returned, it says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kernel.audit import Actor, record
from kernel.crypto import Keyring
from kernel.ids import sortable_id
from profiles import contacts, moves
from profiles.changes import reporting
from profiles.changes.failures import ChangeRefused
from profiles.changes.forms import HOUSE_MOVED, HOUSE_SPLIT, listing_of
from profiles.changes.models import ChangeKind, ChangeReport, ReportState
from profiles.changes.reporting import PAUSED, PURPOSE, Report
from profiles.history import Event, tell
from profiles.intake.merge_contacts import judge_numbers
from profiles.models import Contact, Household, HouseholdCrop, HouseholdLivestock, Resident, Standing
from profiles.values import FactDate

OFFICE = "office"
DIED, NEW_NUMBER = "去世", "换了号码"
CONFIRMED, RETURNED = "确认变化", "退回变化报告"
FASTER = "这条报告已经有人办了。请回到列表看结果。"
OWN = "自己报的变化要由别人确认。请请另一位同事办。"


@dataclass(frozen=True)
class _Case:
    """What a confirmation works on."""

    session: Session
    keyring: Keyring
    actor: Actor
    household: Household
    resident: Resident | None
    told: Report
    other: str
    now: datetime

    @property
    def fields(self) -> Mapping[str, str]:
        """What was filled in."""
        return self.told.fields

    @property
    def reason(self) -> str:
        """On whose word the register is changed."""
        day = f"，{self.fields['day']}" if self.fields.get("day") else ""
        return f"村干部{self.told.reported_by}报告：{self.told.kind.words}{day}"[:200]

    @property
    def member(self) -> Resident:
        """Whom it is about; gone from the household meanwhile is a refusal."""
        if self.resident is None or self.resident.household_id != self.household.id:
            raise ChangeRefused("报告里的这个人已经不在这一户。请退回，并写明情况。")
        return self.resident


def confirm(session: Session, keyring: Keyring, actor: Actor, told: Report, now: datetime, other: str = "") -> None:
    """Write what was reported into the register, as the office's own word.

    `other` is the reference of the household that splits off or is joined. Raises ChangeRefused or MoveRefused.
    """
    row = _open(session, actor, told)
    if row.reported_by == actor.name:
        raise ChangeRefused(OWN)
    if not reporting.settle(session, row, ReportState.CONFIRMED, actor, now):
        raise ChangeRefused(FASTER)
    household = session.get_one(Household, row.household_id)
    resident = session.get(Resident, row.resident_id) if row.resident_id is not None else None
    _EFFECTS[told.kind](_Case(session, keyring, actor, household, resident, told, other.strip(), now))
    household.updated_at = now
    record(session, now, actor, CONFIRMED, f"household:{told.household}", {"report": row.id, "kind": told.kind.value})


def give_back(session: Session, keyring: Keyring, actor: Actor, told: Report, reason: str, now: datetime) -> None:
    """Return a report to who made it, with the reason. Raises ChangeRefused."""
    reason = reason.strip()
    if not reason:
        raise ChangeRefused("请写明为什么退回，村干部才知道怎么改。", "reason")
    row = _open(session, actor, told)
    if not reporting.settle(session, row, ReportState.RETURNED, actor, now, keyring.encrypt(reason[:300], PURPOSE)):
        raise ChangeRefused(FASTER)
    reporting.resume(session, row)
    record(session, now, actor, RETURNED, f"household:{told.household}", {"report": row.id, "kind": told.kind.value})


def _open(session: Session, actor: Actor, told: Report) -> ChangeReport:
    if not actor.may_act_in(told.division):
        raise ChangeRefused("这一户不在您的管理范围内。")
    return session.get_one(ChangeReport, told.id)


def _died(case: _Case) -> None:
    """Nothing is sent from the standing on; the addresses are retired too, so that nobody is bound by them any more."""
    member = case.member
    moves.set_standing(case.session, member.id, Standing.DIED, case.now, case.actor, case.reason)
    case.session.execute(update(Contact).where(Contact.resident_id == member.id, Contact.retired_reason == PAUSED)
                         .values(retired_reason=DIED).execution_options(synchronize_session=False))
    contacts.retire(case.session, [one.id for one in contacts.contacts_of(case.session, member.id)], DIED, case.now)


def _moved_out(case: _Case) -> None:
    moves.set_standing(case.session, case.member.id, Standing.MOVED, case.now, case.actor, case.reason)


def _came_back(case: _Case) -> None:
    member = case.member
    moves.set_standing(case.session, member.id, Standing.PRESENT, case.now, case.actor, case.reason)
    case.session.execute(update(Contact).where(Contact.resident_id == member.id, Contact.retired_reason == DIED)
                         .values(retired_at=None, retired_reason=None).execution_options(synchronize_session=False))
    case.household.left_at = None


def _new_member(case: _Case) -> None:
    fields, keyring, number = case.fields, case.keyring, case.fields.get("id_number")
    if number and case.session.scalar(select(Resident.id).where(
            Resident.household_id == case.household.id, Resident.id_index.in_(keyring.indexes(number, "id_number"))).limit(1)):
        raise ChangeRefused("这一户已经有这个证件号码的人。请退回，让村干部改报“有人回来”或核对证件。")
    born = fields.get("birth") or _born(number)
    member = Resident(
        reference=sortable_id(), household_id=case.household.id, name=keyring.encrypt(fields["name"], "name"),
        name_index=keyring.index(fields["name"], "name"), relation=fields.get("relation"), gender=fields.get("gender"),
        id_number=keyring.encrypt(number, "id_number") if number else None,
        id_index=keyring.index(number, "id_number") if number else None,
        birth_date=date.fromisoformat(born) if born else None, standing=Standing.PRESENT, is_head=False, source=OFFICE,
        stated_at=case.now, updated_at=case.now)
    case.session.add(member)
    case.session.flush()
    tell(case.session, Event.PRESENT, case.household.id, now=case.now, actor=case.actor, reason=case.reason, resident_id=member.id)
    if case.household.size is not None:
        case.household.size += 1
        _date(case, "household.size")
    if fields.get("phone"):
        _add_phone(case, member, fields["phone"])


def _born(number: str | None) -> str:
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if number and len(number) == 18 else ""


def _phone(case: _Case) -> None:
    member = case.member
    if not case.fields.get("keep_old"):
        old = [one.id for one in contacts.contacts_of(case.session, member.id) if one.channel in (contacts.SMS, contacts.LANDLINE)]
        contacts.retire(case.session, old, NEW_NUMBER, case.now)
    _add_phone(case, member, case.fields["phone"])


def _add_phone(case: _Case, member: Resident, number: str) -> None:
    """A number that stands for more than three households is taken as 代收, whoever brings it."""
    session, keyring = case.session, case.keyring
    known = session.scalars(select(Contact).where(
        Contact.resident_id == member.id, Contact.channel == contacts.SMS,
        Contact.address_index.in_(keyring.indexes(number, "phone")))).first()
    if known is None:
        session.add(Contact(resident_id=member.id, channel=contacts.SMS, address=keyring.encrypt(number, "phone"),
                            address_index=keyring.index(number, "phone"), source=OFFICE, created_at=case.now))
    else:
        known.retired_at, known.retired_reason, known.source = None, None, OFFICE
    session.flush()
    judge_numbers(session, [member.id])


def _farming(case: _Case) -> None:
    for name, fact, table, flag in (("crops", "crop.", HouseholdCrop, "crops_known"),
                                    ("livestock", "livestock.", HouseholdLivestock, "livestock_known")):
        listing = listing_of(name, case.fields[name]) if case.fields.get(name) else None
        if listing is None:
            continue
        case.session.execute(delete(table).where(table.household_id == case.household.id))
        amount = "mu" if table is HouseholdCrop else "head"
        case.session.add_all(table(household_id=case.household.id, name=item, **{amount: value}) for item, value in listing.items)
        setattr(case.household, flag, True)
        _date(case, fact)


def _date(case: _Case, fact: str) -> None:
    """The value is of today and from the office, unlike what else is known of the household."""
    case.session.merge(FactDate(household_id=case.household.id, resident_id=0, fact=fact, source=OFFICE, at=case.now))


def _house(case: _Case) -> None:
    how, session, fields = case.fields.get("how"), case.session, case.fields
    if how == HOUSE_MOVED:
        moves.move_household(session, case.household.id, fields["village"], case.now, case.actor, case.reason)
        return
    if not case.other:
        raise ChangeRefused("请填另一户的户编号：分户填新户的，并户填并入的那一户的。", "other")
    if how == HOUSE_SPLIT:
        chosen = session.scalars(select(Resident.id).where(
            Resident.household_id == case.household.id, Resident.reference.in_(fields.get("members", "").split(","))))
        moves.split_household(session, case.household.id, list(chosen), case.other, case.now, case.actor, case.reason)
        return
    into = session.scalar(select(Household.id).where(Household.reference == case.other))
    if into is None:
        raise ChangeRefused(f"没有户编号为“{case.other}”的户。请核对编号。", "other")
    moves.merge_households(session, case.household.id, into, case.now, case.actor, case.reason)


def _noted(case: _Case) -> None:
    """Confirmed as heard; what is to be done stands in words."""


_EFFECTS: Mapping[ChangeKind, Callable[[_Case], None]] = {
    ChangeKind.DIED: _died, ChangeKind.MOVED_OUT: _moved_out, ChangeKind.CAME_BACK: _came_back,
    ChangeKind.NEW_MEMBER: _new_member, ChangeKind.PHONE: _phone, ChangeKind.FARMING: _farming, ChangeKind.HOUSE: _house,
    ChangeKind.OTHER: _noted,
}
