"""What residents did with notices, for portraits that the office may switch on, and who chose the plain order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "portrait_signals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"],
                                name=op.f("fk_portrait_signals_resident_id_residents"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portrait_signals")),
    )
    op.create_index(op.f("ix_portrait_signals_at"), "portrait_signals", ["at"], unique=False)
    op.create_index("ix_portrait_signals_resident_id_at", "portrait_signals", ["resident_id", "at"], unique=False)
    op.create_table(
        "portrait_plain_orders",
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"],
                                name=op.f("fk_portrait_plain_orders_resident_id_residents"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_portrait_plain_orders")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("portrait_plain_orders")
    op.drop_index("ix_portrait_signals_resident_id_at", table_name="portrait_signals")
    op.drop_index(op.f("ix_portrait_signals_at"), table_name="portrait_signals")
    op.drop_table("portrait_signals")
