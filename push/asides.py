"""Gateways that are set up wrongly for a purpose: written down with the vendor's words until they work again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from channels.messages import Purpose
from push.models import GatewayAside


@dataclass(frozen=True)
class Aside:
    """One gateway that is passed over for a purpose, and what its vendor said."""

    gateway: str
    purpose: Purpose
    code: str
    words: str
    since: datetime


def asides(session: Session, gateways: Collection[str] = ()) -> tuple[Aside, ...]:
    """Who is set aside, the oldest first; of these gateways only, when some are named."""
    wanted = select(GatewayAside).order_by(GatewayAside.since, GatewayAside.gateway)
    if gateways:
        wanted = wanted.where(GatewayAside.gateway.in_(gateways))
    return tuple(Aside(one.gateway, Purpose(one.purpose), one.code, one.words, one.since) for one in session.scalars(wanted))


def set_aside(session: Session, one: Aside) -> None:
    """Write down that a gateway is passed over; since when stays as it was."""
    make = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(make(GatewayAside).values(
        gateway=one.gateway, purpose=one.purpose.value, code=one.code, words=one.words, since=one.since)
        .on_conflict_do_update(index_elements=["gateway", "purpose"], set_={"code": one.code, "words": one.words}))


def works_again(session: Session, gateway: str, purpose: Purpose) -> None:
    """Strike a gateway out: it took a message of this purpose."""
    session.execute(delete(GatewayAside).where(GatewayAside.gateway == gateway, GatewayAside.purpose == purpose.value))
