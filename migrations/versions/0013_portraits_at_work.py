"""Portraits at work: what training draws for the order at the daily cap, the way to a resident, and its own record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "portrait_interests",
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"],
                                name=op.f("fk_portrait_interests_resident_id_residents"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("resident_id", "topic", name=op.f("pk_portrait_interests")),
    )
    op.create_table(
        "portrait_village_interests",
        sa.Column("village", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("village", "topic", name=op.f("pk_portrait_village_interests")),
    )
    op.create_table(
        "portrait_ways",
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"],
                                name=op.f("fk_portrait_ways_resident_id_residents"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_portrait_ways")),
    )
    op.create_table(
        "portrait_trainings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("assessment", sa.String(length=120), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portrait_trainings")),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("portrait_trainings", "portrait_ways", "portrait_village_interests", "portrait_interests"):
        op.drop_table(name)
