"""Imports wait for a worker instead of a page, cadres report changes, records that share a number are decided, programs get keys.

Uploads of before waited a day at most for a yes; their content cannot be taken over, so the table goes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; drop the one of uploads."""
    op.drop_table("staff_uploads")
    _imports()
    _changes()
    _tokens()


def _imports() -> None:
    op.create_table(
        "import_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("mapping", sa.JSON(), nullable=True),
        sa.Column("asks_headings", sa.Boolean(), nullable=False),
        sa.Column("headings", sa.LargeBinary(), nullable=True),
        sa.Column("complete_for", sa.String(length=12), nullable=False),
        sa.Column("asked", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=80), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("words", sa.String(length=600), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("kept_until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_jobs")),
        sa.UniqueConstraint("token", name=op.f("uq_import_jobs_token")),
    )
    for column in ("owner", "state", "kept_until"):
        op.create_index(op.f(f"ix_import_jobs_{column}"), "import_jobs", [column], unique=False)
    op.create_table(
        "import_mappings",
        sa.Column("office", sa.String(length=12), nullable=False),
        sa.Column("headings", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("office", "headings", name=op.f("pk_import_mappings")),
    )


def _changes() -> None:
    op.create_table(
        "change_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reported_by", sa.String(length=80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_change_reports_household_id_households"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_reports")),
    )
    for column in ("household_id", "resident_id", "reported_by", "state"):
        op.create_index(op.f(f"ix_change_reports_{column}"), "change_reports", [column], unique=False)
    op.create_table(
        "resident_doubles",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        *(sa.ForeignKeyConstraint([column], ["residents.id"], name=op.f(f"fk_resident_doubles_{column}_residents"),
                                  ondelete="CASCADE") for column in ("first_id", "second_id")),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_resident_doubles")),
    )
    op.create_index(op.f("ix_resident_doubles_decision"), "resident_doubles", ["decision"], unique=False)


def _tokens() -> None:
    op.create_table(
        "staff_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["staff_accounts.id"], name=op.f("fk_staff_tokens_account_id_staff_accounts"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_staff_tokens_digest")),
    )
    op.create_index(op.f("ix_staff_tokens_account_id"), "staff_tokens", ["account_id"], unique=False)


def downgrade() -> None:
    """Drop them; the table of uploads comes back empty."""
    for table in ("staff_tokens", "resident_doubles", "change_reports", "import_mappings", "import_jobs"):
        op.drop_table(table)
    op.create_table(
        "staff_uploads",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("complete_for", sa.String(length=12), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_staff_uploads")),
    )
