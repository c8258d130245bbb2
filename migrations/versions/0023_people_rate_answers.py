"""What people think of the answers they got, calls that are typed in, and answers opened by more than a number.

The number of a consultation is short enough to be guessed; it shows where the matter stands, and a second secret opens the answer.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CASES, LETTERS = "consultations", "consultation_letters"
ADDED = ("secret", "misses", "missed_at", "taken_by", "by_call", "entry_id", "rating", "rating_reason", "rated_at", "first_answer",
         "reopened_at", "escalated_at", "closed_at")


def upgrade() -> None:
    """Add the columns."""
    op.add_column(CASES, sa.Column("secret", sa.LargeBinary(), nullable=True))
    op.add_column(CASES, sa.Column("misses", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(CASES, sa.Column("missed_at", Moment(), nullable=True))
    op.add_column(CASES, sa.Column("taken_by", sa.String(length=80), nullable=False, server_default=""))
    op.add_column(CASES, sa.Column("by_call", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column(CASES, sa.Column("entry_id", sa.String(length=80), nullable=True))
    op.add_column(CASES, sa.Column("rating", sa.String(length=8), nullable=True))
    op.add_column(CASES, sa.Column("rating_reason", sa.LargeBinary(), nullable=True))
    op.add_column(CASES, sa.Column("rated_at", Moment(), nullable=True))
    op.add_column(CASES, sa.Column("first_answer", sa.Text(), nullable=False, server_default=""))
    op.add_column(CASES, sa.Column("reopened_at", Moment(), nullable=True))
    op.add_column(CASES, sa.Column("escalated_at", Moment(), nullable=True))
    op.add_column(CASES, sa.Column("closed_at", Moment(), nullable=True))
    op.add_column(LETTERS, sa.Column("reference", sa.String(length=64), nullable=True))
    op.add_column(LETTERS, sa.Column("by", sa.String(length=80), nullable=False, server_default=""))
    op.create_index(op.f("ix_consultation_letters_reference"), LETTERS, ["reference"], unique=False)
    op.create_table(
        "knocks",
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("hour", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("door", "who", "hour", name=op.f("pk_knocks")),
    )


def downgrade() -> None:
    """Drop them; what people thought of the answers is no longer known."""
    op.drop_table("knocks")
    op.drop_index(op.f("ix_consultation_letters_reference"), LETTERS)
    op.drop_column(LETTERS, "by")
    op.drop_column(LETTERS, "reference")
    for name in reversed(ADDED):
        op.drop_column(CASES, name)
