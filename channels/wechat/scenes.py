"""The parametric codes the platform has given us: permanent ones are few for ever, so each is asked for once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from channels.wechat.models import SceneCode
from kernel.database import Database

# A code that ends within a day is not worth printing.
WORTH = timedelta(days=1)


class SceneBook:
    """The rows of wechat_scene_codes."""

    def __init__(self, database: Database) -> None:
        """Each call is one short transaction."""
        self._database = database

    def find(self, scene: str, now: datetime, *, is_permanent: bool) -> str | None:
        """What a scene's code says, when there is one that will do."""
        with self._database.reading() as session:
            row = session.get(SceneCode, scene)
        if row is None or (is_permanent and not row.is_permanent):
            return None
        return row.url if row.expires_at is None or row.expires_at > now + WORTH else None

    def permanent(self) -> int:
        """How many permanent ones there are."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(SceneCode).where(SceneCode.is_permanent)) or 0

    def keep(self, scene: str, address: str, ticket: str, now: datetime, expires_at: datetime | None) -> None:
        """Write one down, in place of one that has ended."""
        with self._database.writing() as session:
            session.merge(SceneCode(scene=scene, is_permanent=expires_at is None, url=address, ticket=ticket, made_at=now,
                                    expires_at=expires_at))
