"""How a consultation travels: passed on, extended, answered back.

An answer goes to who asked over a channel that may fail; the row says how far it came, so that nothing is sent twice.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column("consultations", sa.Column("handler", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("consultations", sa.Column("extended_from", sa.Date(), nullable=True))
    op.create_table(
        "consultation_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("words", sa.String(length=250), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultations.id"], ondelete="CASCADE",
                                name=op.f("fk_consultation_steps_consultation_id_consultations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_steps")),
    )
    op.create_index(op.f("ix_consultation_steps_consultation_id"), "consultation_steps", ["consultation_id"], unique=False)
    op.create_table(
        "consultation_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultations.id"], ondelete="CASCADE",
                                name=op.f("fk_consultation_letters_consultation_id_consultations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_letters")),
    )
    op.create_index(op.f("ix_consultation_letters_consultation_id"), "consultation_letters", ["consultation_id"], unique=False)
    op.create_index(op.f("ix_consultation_letters_due_at"), "consultation_letters", ["due_at"], unique=False)


def downgrade() -> None:
    """Drop them; the ways of the consultations are no longer known."""
    op.drop_table("consultation_letters")
    op.drop_table("consultation_steps")
    op.drop_column("consultations", "extended_from")
    op.drop_column("consultations", "handler")
