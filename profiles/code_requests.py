"""The codes that prove a telephone: one row a request, whether the number stands in the register or not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class CodeRequest(Base):
    """Somebody (`asker`: a browser or an openid, by blind index) asked for a code to a number (by blind index).

    `code` is the keyed digest of the six digits, None where none was sent because nobody may be bound by that number:
    such a request counts like any other, so that nothing tells a stranger who stands in the register. `address` is kept,
    sealed, only while a resident who is known already (`resident_id`) adds a new number.
    """

    __tablename__ = "code_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    asker: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    address_index: Mapped[bytes] = mapped_column(LargeBinary(16), index=True)
    code: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    door: Mapped[str] = mapped_column(String(12))
    sent_at: Mapped[datetime] = mapped_column(Moment, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    proved_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    resident_id: Mapped[int | None]
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
