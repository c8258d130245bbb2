"""Codes on boards and how often they were scanned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target", sa.String(length=12), nullable=False),
        sa.Column("placement", sa.String(length=80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("replaced_by", sa.Integer(), nullable=True),
        sa.Column("printed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codes")),
    )
    op.create_index("ix_codes_target", "codes", ["target", "kind"], unique=False)
    op.create_table(
        "scan_counts",
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("scans", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code_id", "day", name=op.f("pk_scan_counts")),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("scan_counts")
    op.drop_index("ix_codes_target", table_name="codes")
    op.drop_table("codes")
