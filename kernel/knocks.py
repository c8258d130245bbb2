"""How often one visitor knocked in vain at a door that can be guessed at: counted in the database, for all processes together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.database import Base, Moment


class Knock(Base):
    """The vain knocks of one visitor within one hour; `who` is a keyed digest that names nobody."""

    __tablename__ = "knocks"

    door: Mapped[str] = mapped_column(String(20), primary_key=True)
    who: Mapped[str] = mapped_column(String(32), primary_key=True)
    hour: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    times: Mapped[int] = mapped_column(default=1)


def times(session: Session, door: str, who: str, now: datetime) -> int:
    """How often within this hour."""
    return session.scalar(select(Knock.times).where(Knock.door == door, Knock.who == who, Knock.hour == _hour(now))) or 0


def note(session: Session, door: str, who: str, now: datetime) -> None:
    """Count one more."""
    one_more = update(Knock).where(Knock.door == door, Knock.who == who, Knock.hour == _hour(now)).values(
        times=Knock.times + 1).execution_options(synchronize_session=False)
    if session.connection().execute(one_more).rowcount:
        return
    try:
        with session.begin_nested():
            session.add(Knock(door=door, who=who, hour=_hour(now)))
    except IntegrityError:
        session.connection().execute(one_more)  # another process counted the first one at the same moment


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
