"""What a sender decides and tries before a dispatch leaves: its cost, the ceiling, and why the ceiling was raised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was sent before had no ceiling."""
    op.add_column("dispatches", sa.Column("cost", sa.Integer(), server_default="0", nullable=False))
    op.add_column("dispatches", sa.Column("cost_ceiling", sa.Integer(), server_default="0", nullable=False))
    op.add_column("dispatches", sa.Column("ceiling_reason", sa.String(length=200), server_default="", nullable=False))


def downgrade() -> None:
    """Drop them."""
    for name in ("ceiling_reason", "cost_ceiling", "cost"):
        op.drop_column("dispatches", name)
