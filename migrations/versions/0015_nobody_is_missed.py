"""Must-arrive notices, late joiners, and when a dispatch was really released."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was planned before had its batches cut at once."""
    op.add_column("dispatches", sa.Column("released_at", Moment(), nullable=True))
    op.add_column("dispatches", sa.Column("must_arrive", sa.Integer(), server_default="0", nullable=False))
    op.add_column("dispatches", sa.Column("arrival_at", Moment(), nullable=True))
    op.add_column("dispatches", sa.Column("join_at", Moment(), nullable=True))
    op.execute("UPDATE dispatches SET released_at = release_at")
    op.add_column("deliveries", sa.Column("origin", sa.String(length=10), server_default="", nullable=False))
    op.add_column("deliveries", sa.Column("added_at", Moment(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for name in ("added_at", "origin"):
        op.drop_column("deliveries", name)
    for name in ("join_at", "arrival_at", "must_arrive", "released_at"):
        op.drop_column("dispatches", name)
