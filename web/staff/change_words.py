"""A reported change as pages show it: whom it is about, what the register says, what was reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.crypto import Keyring
from profiles import contacts
from profiles.changes.forms import HOUSE_MERGED, HOUSE_MOVED, HOUSE_SPLIT, HOUSES
from profiles.changes.models import ChangeKind
from profiles.changes.reporting import Report
from profiles.divisions import Names
from profiles.models import Household, HouseholdCrop, HouseholdLivestock, Resident
from profiles.privacy import masked_id_number, masked_name, masked_phone
from web.staff.household_page import STANDINGS
from web.staff.register_words import UNKNOWN
from web.wording import figure

EFFECTS = {
    ChangeKind.DIED: "确认后登记为去世，不再给这个人发任何消息。", ChangeKind.MOVED_OUT: "确认后登记为迁出，不再给这个人发消息。",
    ChangeKind.CAME_BACK: "确认后重新登记为健在，可以再收到消息。", ChangeKind.NEW_MEMBER: "确认后添到这一户。",
    ChangeKind.PHONE: "确认后换成新号码。", ChangeKind.FARMING: "确认后按报的改，写明是今天由办公室确认的。",
    ChangeKind.OTHER: "确认只表示知道了，登记不会自己变；要改的请另办。",
}
HOUSE_EFFECTS = {
    HOUSE_MOVED: "确认后这一户改到新村。", HOUSE_SPLIT: "填上新户的户编号，确认后这几个人单独成一户，联系方式一起带去。",
    HOUSE_MERGED: "填上并入的那一户的户编号，确认后全家转到那一户，这一户记为不在册。",
}


@dataclass(frozen=True)
class Beside:
    """One item: what the register says and what was reported."""

    label: str
    register: str
    reported: str


@dataclass(frozen=True)
class Shown:
    """A report on a page."""

    report: Report
    place: str
    about: str
    items: tuple[Beside, ...]
    effect: str

    @property
    def line(self) -> str:
        """What happened, in one line."""
        return f"{self.report.kind.words}：{self.about}" if self.about else self.report.kind.words


def shown(session: Session, keyring: Keyring, report: Report, *, names: bool) -> Shown:
    """A report beside the register; `names` says whether the reader knows people by their whole names."""
    household = session.scalars(select(Household).where(Household.reference == report.household)).one()
    resident = session.get(Resident, report.resident_id) if report.resident_id is not None else None
    place = f"{Names(session).place(household.division)}{household.group_name or ''}"
    items = tuple(one for one in _items(session, keyring, report, household, resident) if one.register or one.reported)
    note = report.fields.get("words", "")
    return Shown(report, place, _about(keyring, report, resident, names=names),
                 (*items, Beside("说明", "", note)) if note else items, _effect(report))


def _effect(report: Report) -> str:
    if report.kind is ChangeKind.HOUSE:
        return HOUSE_EFFECTS[report.fields["how"]]
    return EFFECTS[report.kind]


def _about(keyring: Keyring, report: Report, resident: Resident | None, *, names: bool) -> str:
    if report.kind is ChangeKind.NEW_MEMBER:
        return report.fields.get("name", "")
    if resident is None:
        return ""
    name = keyring.decrypt(resident.name, "name")
    return name if names else masked_name(name)


def _items(session: Session, keyring: Keyring, report: Report, household: Household, resident: Resident | None) -> list[Beside]:
    fields, kind = report.fields, report.kind
    if kind in (ChangeKind.DIED, ChangeKind.MOVED_OUT, ChangeKind.CAME_BACK) and resident is not None:
        reported = {ChangeKind.DIED: "去世", ChangeKind.MOVED_OUT: "迁出", ChangeKind.CAME_BACK: "健在"}[kind]
        return [Beside("状态", STANDINGS[resident.standing], reported), Beside("日期", "", fields.get("day", ""))]
    if kind is ChangeKind.NEW_MEMBER:
        return _new_member(fields)
    if kind is ChangeKind.PHONE and resident is not None:
        more = "，原来的也留着" if fields.get("keep_old") else "，原来的不用了"
        return [Beside("手机号", _numbers(session, keyring, resident) or UNKNOWN, fields["phone"] + more)]
    if kind is ChangeKind.FARMING:
        return [Beside("种植", _crops(session, household), fields.get("crops", "没变")),
                Beside("养殖", _livestock(session, household), fields.get("livestock", "没变"))]
    if kind is ChangeKind.HOUSE:
        village = Names(session).place(fields["village"]) if fields.get("village") else ""
        return [Beside("哪一种", "", HOUSES[fields["how"]]), Beside("分出去的人", "", _members(session, keyring, fields)),
                Beside("村", Names(session).place(household.division) if village else "", village)]
    return []


def _members(session: Session, keyring: Keyring, fields: Mapping[str, str]) -> str:
    chosen = session.scalars(select(Resident.name).where(Resident.reference.in_(fields.get("members", "").split(","))).order_by(Resident.id))
    return "、".join(masked_name(keyring.decrypt(name, "name")) for name in chosen)


def _new_member(fields: Mapping[str, str]) -> list[Beside]:
    number = fields.get("id_number", "")
    return [Beside(label, "", value) for label, value in (
        ("姓名", fields["name"]), ("与户主关系", fields.get("relation", "")), ("性别", fields.get("gender", "")),
        ("出生日期", fields.get("birth", "")), ("证件号码", masked_id_number(number) if number else ""),
        ("手机号", fields.get("phone", "")))]


def _numbers(session: Session, keyring: Keyring, resident: Resident) -> str:
    return "，".join(masked_phone(keyring.decrypt(one.address, "phone")) for one in contacts.contacts_of(session, resident.id)
                    if one.channel in (contacts.SMS, contacts.LANDLINE))


def _crops(session: Session, household: Household) -> str:
    if not household.crops_known:
        return UNKNOWN
    rows = session.scalars(select(HouseholdCrop).where(HouseholdCrop.household_id == household.id).order_by(HouseholdCrop.name))
    return "，".join(f"{one.name} {figure(one.mu)} 亩" for one in rows) or "无"


def _livestock(session: Session, household: Household) -> str:
    if not household.livestock_known:
        return UNKNOWN
    rows = session.scalars(select(HouseholdLivestock).where(HouseholdLivestock.household_id == household.id)
                           .order_by(HouseholdLivestock.name))
    return "，".join(f"{one.name} {figure(one.head)}" for one in rows) or "无"
