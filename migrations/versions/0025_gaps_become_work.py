"""Questions nobody could answer, gathered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PARTS = {"ix_questions_to_gather": "vain <> '' AND gap_id IS NULL", "ix_questions_confirmed": "chosen_id IS NOT NULL OR helpful"}
COLUMNS = ("helpful", "chosen_id", "vain", "gap_id")


def upgrade() -> None:
    """What came of each question, gaps with their wordings and counts, and the figures of days and nights."""
    op.add_column("questions", sa.Column("helpful", sa.Boolean()))
    op.add_column("questions", sa.Column("chosen_id", sa.String(80)))
    op.add_column("questions", sa.Column("vain", sa.String(10), nullable=False, server_default=""))
    op.add_column("questions", sa.Column("gap_id", sa.Integer()))
    op.execute("UPDATE questions SET vain = decision WHERE decision IN ('hand_over', 'clarify')")
    for name, where in PARTS.items():
        op.create_index(name, "questions", ["id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    _gaps()
    _wordings()
    _figures()


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("office", sa.String(80), nullable=False),
        sa.Column("suggested_id", sa.String(80)),
        sa.Column("suggested_score", sa.Double(), nullable=False),
        sa.Column("entry_id", sa.String(80)),
        sa.Column("assigned_to", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("reopened_at", Moment()),
        sa.Column("settled_at", Moment()),
        sa.Column("settled_by", sa.String(80), nullable=False),
        sa.Column("checked_at", Moment()),
    )
    op.create_index("ix_gaps_state", "gaps", ["state", "checked_at"])
    op.create_index("ix_gaps_last_at", "gaps", ["last_at"])
    op.create_index("ix_gaps_entry_id", "gaps", ["entry_id"])


def _wordings() -> None:
    op.create_table(
        "gap_wordings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("gap_id", sa.Integer(), sa.ForeignKey("gaps.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("vain", sa.String(10), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("added_to", sa.String(80)),
        sa.UniqueConstraint("key", name="uq_gap_wordings_key"),
    )
    op.create_index("ix_gap_wordings_gap_id", "gap_wordings", ["gap_id"])
    op.create_index("ix_gap_wordings_last_at", "gap_wordings", ["last_at"])
    op.create_table(
        "gap_counts",
        sa.Column("wording_id", sa.Integer(), sa.ForeignKey("gap_wordings.id", ondelete="CASCADE"), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("division", sa.String(12), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("wording_id", "week", "division", name="pk_gap_counts"),
    )
    op.create_index("ix_gap_counts_gap_id", "gap_counts", ["gap_id"])
    op.create_index("ix_gap_counts_week", "gap_counts", ["week", "division", "gap_id", "asked"])


def _figures() -> None:
    numbers = ("asked", "answered", "clarified", "chosen", "handed_over", "helpful", "unhelpful")
    op.create_table(
        "asked_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("division", sa.String(12), nullable=False),
        sa.Column("channel", sa.String(12), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("day", "division", "channel", name="pk_asked_days"),
    )
    op.create_table(
        "gap_nights",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("gathered", "left_over", "opened", "closed", "reopened")),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("top", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Questions stay; what came of them and the gaps are lost."""
    for name in ("gap_nights", "asked_days", "gap_counts", "gap_wordings", "gaps"):
        op.drop_table(name)
    for name in PARTS:
        op.drop_index(name, "questions")
    for name in COLUMNS:
        op.drop_column("questions", name)
