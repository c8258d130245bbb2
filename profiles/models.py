"""Divisions, households, residents, their contacts and their wishes."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class Division(Base):
    """A county (6 digits), township (9) or village (12); a code's prefix is its parent.

    `latitude`, `longitude`: where its people live, in degrees of WGS 84; both or neither.
    """

    __tablename__ = "divisions"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    parent: Mapped[str | None] = mapped_column(String(12), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class Household(Base):
    """A household and what is known of it; None is unknown.

    `kinds_known`, `crops_known`, `livestock_known`: whether the child rows are the whole list, so that absence means no.
    `roster_complete`: whether every member stands in residents; `roster_gaps`: how many rejected rows are still to be
    mended. `stated_at`: when a source last said what is known here (exceptions: `profiles.values.FactDate`). Land in mu, income in yuan a year and head.
    """

    __tablename__ = "households"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    division: Mapped[str] = mapped_column(String(12), index=True)
    group_name: Mapped[str | None] = mapped_column(String(40))
    head_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    head_name_index: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    size: Mapped[int | None]
    land: Mapped[float | None]
    income_per_head: Mapped[float | None]
    house_grade: Mapped[str | None] = mapped_column(String(10))
    relocated: Mapped[bool | None]
    kinds_known: Mapped[bool] = mapped_column(default=False)
    crops_known: Mapped[bool] = mapped_column(default=False)
    livestock_known: Mapped[bool] = mapped_column(default=False)
    roster_complete: Mapped[bool] = mapped_column(default=True)
    roster_gaps: Mapped[int] = mapped_column(default=0)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    source: Mapped[str] = mapped_column(String(40), default="import")
    stated_at: Mapped[datetime | None] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class HouseholdKind(Base):
    """One kind a household is registered as, as written."""

    __tablename__ = "household_kinds"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)

    __table_args__ = (Index("ix_household_kinds_kind", "kind", "household_id"),)


class HouseholdCrop(Base):
    """What a household grows, in mu."""

    __tablename__ = "household_crops"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    mu: Mapped[float]

    __table_args__ = (Index("ix_household_crops_name", "name", "household_id", "mu"),)


class HouseholdLivestock(Base):
    """What a household keeps, in head."""

    __tablename__ = "household_livestock"

    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    head: Mapped[float]

    __table_args__ = (Index("ix_household_livestock_name", "name", "household_id", "head"),)


class Standing(StrEnum):
    """Whether a member is here: 健在, 去世, 迁出."""

    PRESENT = "present"
    DIED = "died"
    MOVED = "moved"


class Resident(Base):
    """A member of a household; name and identity number are encrypted, found by blind index.

    `erased_at`: when everything but this line of the statutory register was erased at the resident's wish.
    `absent_since`: when a whole register first left this member out; who was moved out for it comes back by name.
    """

    __tablename__ = "residents"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(26), unique=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"), index=True)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    name_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_index: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    relation: Mapped[str | None] = mapped_column(String(20))
    birth_date: Mapped[date | None]
    gender: Mapped[str | None] = mapped_column(String(2))
    disability: Mapped[str | None] = mapped_column(String(20))
    study: Mapped[str | None] = mapped_column(String(20))
    migrant: Mapped[bool | None]
    skills: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    standing: Mapped[Standing] = mapped_column(String(10), default=Standing.PRESENT)
    is_head: Mapped[bool] = mapped_column(default=False)
    absent_since: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    source: Mapped[str] = mapped_column(String(40), default="import")
    stated_at: Mapped[datetime | None] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)

    # Who plans a push looks for the head of each household: by this without fetching the other members.
    __table_args__ = (Index("ix_residents_head", "household_id", sqlite_where=text("is_head = 1"), postgresql_where=text("is_head")),)


class Contact(Base):
    """A way to reach a resident: a phone (sms), an openid (wechat), a chat (telegram, public text only).

    `shared`: the number stands for more than three households (代收): no household facts, no binding by it.
    """

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("residents.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[bytes] = mapped_column(LargeBinary)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    verified: Mapped[bool] = mapped_column(default=False)
    preferred: Mapped[bool] = mapped_column(default=False)
    shared: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(40), default="import")
    created_at: Mapped[datetime] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_reason: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        Index("uq_contacts_resident_channel_address", "resident_id", "channel", "address_index", unique=True),
        Index("ix_contacts_channel_address", "channel", "address_index"),
        # The few that somebody chose or proved: an import adds nothing to it.
        Index("ix_contacts_chosen", "resident_id", sqlite_where=text("preferred OR verified"),
              postgresql_where=text("preferred OR verified")),
    )


class WishKind(StrEnum):
    """What a line of the register says: no more of it, this in spite of a wider refusal, or only in the daytime."""

    REFUSED = "refused"
    WANTED = "wanted"
    DAYTIME = "daytime"


class Refusal(Base):
    """One line of the opt-out register: an address wants no more of a topic over a channel (empty = all).

    Where a resident said it, `resident_id` stands and it holds for every address of theirs; `address_index` is then
    empty unless it was said from one; `address` is that address, sealed, so that the refusal outlives a key. `door` is
    how it came; `taken_by` and `reason` stand where staff took it down.
    Statutory, own-money and emergency notices are exempt; `withdrawn_at` is the way back.
    """

    __tablename__ = "refusals"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    resident_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[WishKind] = mapped_column(String(10), default=WishKind.REFUSED)
    channel: Mapped[str] = mapped_column(String(12), default="")
    topic: Mapped[str] = mapped_column(String(20), default="")
    door: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(200), default="")
    taken_by: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)


class ImportRun(Base):
    """One file taken in: what it was and what came of it; `digest` is the SHA-256 of its bytes."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    warnings: Mapped[list[Any]] = mapped_column(JSON)
