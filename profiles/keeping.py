"""What of this room stands sealed, so that a new key reaches it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists

from kernel.sealing import Companion, Fleeting, Orphaned, Register, Sealed
from profiles import data_requests
from profiles.changes.models import ChangeReport, ResidentDouble
from profiles.code_requests import CodeRequest
from profiles.consent import PERSON
from profiles.contacts import PURPOSES
from profiles.data_requests import DataRequest
from profiles.imports.models import ImportJob
from profiles.models import Contact, Household, Refusal, Resident
from profiles.values import ResidentAnswer

# A refusal says in `door` where its address came from; the chat on the web has none that lasts.
DOORS = {**PURPOSES, "web": "web"}


def _of_nobody_known() -> ColumnElement[bool]:
    """Lines in force of an address that was not kept and that nobody in the register has."""
    return and_(Refusal.address.is_(None), Refusal.withdrawn_at.is_(None), Refusal.resident_id.is_(None),
                Refusal.address_index != PERSON, ~exists().where(Contact.address_index == Refusal.address_index))


PEOPLE: tuple[Sealed, ...] = (
    Sealed(Contact.address, PURPOSES, index=Contact.address_index, by=Contact.channel, together=True),
    Sealed(Resident.id_number, "id_number", index=Resident.id_index),
    Sealed(Resident.name, "name", index=Resident.name_index),
    Sealed(Household.head_name, "name", index=Household.head_name_index),
)
"""The register itself: what an import compares by blind index."""

SEALED: Register = (
    *PEOPLE,
    Companion(Refusal.address_index, of=Contact.address),
    Sealed(Refusal.address, DOORS, index=Refusal.address_index, by=Refusal.door, together=True),
    Orphaned(Refusal.address_index, such=_of_nobody_known, at=Refusal.at),
    Sealed(ResidentAnswer.value, "answer"),
    Sealed(ChangeReport.content, "change"),
    Sealed(ChangeReport.answer, "change"),
    Sealed(ResidentDouble.reason, "change"),
    Sealed(ImportJob.content, "import_file", at_once=4),
    Sealed(ImportJob.headings, "import_report", at_once=20),
    Sealed(ImportJob.report, "import_report", at_once=20),
    Sealed(DataRequest.text, data_requests.PURPOSE),
    Sealed(DataRequest.answer, data_requests.PURPOSE),
    Sealed(CodeRequest.address, "phone"),
    Fleeting(CodeRequest.asker, "the browser's or the talk's own mark; a code lasts ten minutes and its count a day"),
    Fleeting(CodeRequest.address_index, "looked up under every key while the count of a day lasts"),
    Fleeting(CodeRequest.code, "the digest of six digits that are good for ten minutes"),
)
