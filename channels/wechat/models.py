"""What all processes share of the account: its token, what followers have allowed, signatures that were used, its parametric codes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class AccessToken(Base):
    """The account's present token, encrypted, and when it ends; whoever holds the lease is fetching the next.

    `forced` counts the forced refreshes of the day `forced_on`: the platform allows twenty.
    """

    __tablename__ = "wechat_tokens"

    app_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    renewed_at: Mapped[datetime | None] = mapped_column(Moment)
    leased_by: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(Moment)
    forced_on: Mapped[date | None] = mapped_column(Date)
    forced: Mapped[int] = mapped_column(default=0, server_default="0")


class Opening(Base):
    """What one follower has opened for us: `left` messages more, until `closes_at` where the platform sets a time.

    `kind`: consent (a subscription message of `template_id`, one each), talk (48 h after words of theirs) or act (a minute
    after a click, a scan, a follow). `opened_at` is the event's own time: a repeated event opens nothing twice.
    """

    __tablename__ = "wechat_openings"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    kind: Mapped[str] = mapped_column(String(10))
    template_id: Mapped[str] = mapped_column(String(64), default="")
    left: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (
        Index("uq_wechat_openings_address_kind_template", "address_index", "kind", "template_id", unique=True),
        Index("ix_wechat_openings_closes_at", "closes_at"),
    )


class SignedCallback(Base):
    """A callback's signature that was used, by digests: `body` of a plain one, empty for one that was encrypted."""

    __tablename__ = "wechat_signed_callbacks"

    signed: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime] = mapped_column(Moment, index=True)


class SceneCode(Base):
    """A parametric code of the platform: who scans it follows, and we are told the scene. Permanent ones are counted."""

    __tablename__ = "wechat_scene_codes"

    scene: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_permanent: Mapped[bool]
    url: Mapped[str] = mapped_column(String(200))
    ticket: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
