"""The access token that all processes share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kernel.database import Base, Moment


class AccessToken(Base):
    """The account's present token, encrypted, and when it ends."""

    __tablename__ = "wechat_tokens"

    app_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    renewed_at: Mapped[datetime] = mapped_column(Moment)
