"""What villages post on their boards and whom their cadres visit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment
from push.models import LONG

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "visits",
        sa.Column("id", LONG, nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("ticked_by", sa.String(length=80), nullable=True),
        sa.Column("ticked_at", Moment(), nullable=True),
        sa.Column("note", sa.String(length=60), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_visits_household_id_households"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("uq_visits_dispatch_household", "visits", ["dispatch_id", "household_id"], unique=True)
    op.create_index("ix_visits_household", "visits", ["household_id"])
    is_open = sa.text("state = 'open'")
    op.create_index("ix_visits_open", "visits", ["asked_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "postings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("village", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("take_down_at", Moment(), nullable=True),
        sa.Column("posted_by", sa.String(length=80), nullable=True),
        sa.Column("posted_at", Moment(), nullable=True),
        sa.Column("taken_down_by", sa.String(length=80), nullable=True),
        sa.Column("taken_down_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    op.create_index("uq_postings_notice_village", "postings", ["notice_id", "village"], unique=True)
    op.create_index("ix_postings_village", "postings", ["village", "state"])
    hangs = sa.text("state IN ('wanted', 'posted')")
    op.create_index("ix_postings_over", "postings", ["take_down_at"], sqlite_where=hangs, postgresql_where=hangs)


def downgrade() -> None:
    """Drop the tables."""
    for name in ("postings", "visits"):
        op.drop_table(name)
