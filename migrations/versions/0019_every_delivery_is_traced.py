"""A trace of every delivery: what a vendor said of a whole call, replies beside their push, counts kept of what is over.

The calls of a dispatch are found by its number. Counting ten million rows at each look of a monitor would cost more than
the sending, so each dispatch keeps its own counts, which the clock renews.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column("attempts", sa.Column("code", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("attempts", sa.Column("words", sa.String(length=200), nullable=False, server_default=""))
    op.create_index("ix_attempts_dispatch", "attempts", ["dispatch_id", "started_at"], unique=False)
    _counts()
    _replies()


def downgrade() -> None:
    """Drop them; the counts can be made again, the replies are gone."""
    for table in ("replies", "pulses", "dispatch_marks", "dispatch_counts"):
        op.drop_table(table)
    op.drop_index("ix_attempts_dispatch", table_name="attempts")
    op.drop_column("attempts", "words")
    op.drop_column("attempts", "code")


def _counts() -> None:
    op.create_table(
        "dispatch_counts",
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", "what", "channel", "gateway", "state", "reason",
                                name=op.f("pk_dispatch_counts")),
    )
    op.create_table(
        "dispatch_marks",
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("first_call_at", Moment(), nullable=True),
        sa.Column("first_call_seconds", sa.Double(), nullable=True),
        sa.Column("counted_at", Moment(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("dispatch_id", name=op.f("pk_dispatch_marks")),
    )
    op.create_table(
        "pulses",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pulses")),
    )


def _replies() -> None:
    op.create_table(
        "replies",
        sa.Column("id", LONG, nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", LONG, nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("consultation", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replies")),
        sa.UniqueConstraint("key", name=op.f("uq_replies_key")),
    )
    op.create_index("ix_replies_dispatch", "replies", ["dispatch_id", "id"], unique=False)
    op.create_index(op.f("ix_replies_household_id"), "replies", ["household_id"], unique=False)
    op.create_index(op.f("ix_replies_at"), "replies", ["at"], unique=False)
