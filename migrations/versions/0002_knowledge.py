"""Entries with their phrasings, questions as they came, and consultations people work on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "entries",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("short", sa.String(length=200), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("divisions", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("notice_reference", sa.String(length=60), nullable=True),
        sa.Column("reviewed_by", sa.String(length=80), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index(op.f("ix_entries_notice_reference"), "entries", ["notice_reference"], unique=False)
    op.create_index(op.f("ix_entries_state"), "entries", ["state"], unique=False)
    op.create_index(op.f("ix_entries_updated_at"), "entries", ["updated_at"], unique=False)
    op.create_table(
        "phrasings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_phrasings_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrasings")),
    )
    op.create_index(op.f("ix_phrasings_entry_id"), "phrasings", ["entry_id"], unique=False)
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("division", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index(op.f("ix_questions_at"), "questions", ["at"], unique=False)
    op.create_table(
        "consultations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("division", sa.String(length=12), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=80), nullable=True),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("number", name=op.f("uq_consultations_number")),
    )
    op.create_index("ix_consultations_address", "consultations", ["channel", "address_index"], unique=False)
    op.create_index(op.f("ix_consultations_state"), "consultations", ["state"], unique=False)


def downgrade() -> None:
    """Drop them again."""
    op.drop_index(op.f("ix_consultations_state"), table_name="consultations")
    op.drop_index("ix_consultations_address", table_name="consultations")
    op.drop_table("consultations")
    op.drop_index(op.f("ix_questions_at"), table_name="questions")
    op.drop_table("questions")
    op.drop_index(op.f("ix_phrasings_entry_id"), table_name="phrasings")
    op.drop_table("phrasings")
    op.drop_index(op.f("ix_entries_updated_at"), table_name="entries")
    op.drop_index(op.f("ix_entries_state"), table_name="entries")
    op.drop_index(op.f("ix_entries_notice_reference"), table_name="entries")
    op.drop_table("entries")
