"""A delivery goes on over another gateway: which ones refused it, and which are set aside for everything and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what was tried to each delivery, and the table of gateways that are set aside."""
    op.add_column("deliveries", sa.Column("tried", sa.String(length=60), nullable=True))
    op.create_table(
        "gateways_aside",
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "purpose", name=op.f("pk_gateways_aside")),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("gateways_aside")
    op.drop_column("deliveries", "tried")
