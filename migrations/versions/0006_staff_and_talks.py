"""Accounts of the staff, what they uploaded, and where each conversation stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "staff_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("division", sa.String(length=12), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("failed_signins", sa.Integer(), nullable=False),
        sa.Column("locked_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_accounts")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_accounts_name")),
    )
    op.create_table(
        "staff_roles",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_staff_roles")),
    )
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
    op.create_table(
        "conversations",
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_index", name=op.f("pk_conversations")),
    )
    op.create_index(op.f("ix_conversations_updated_at"), "conversations", ["updated_at"], unique=False)
    op.create_table(
        "answered_events",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("replies", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answered_events")),
    )
    op.create_index(op.f("ix_answered_events_at"), "answered_events", ["at"], unique=False)


def downgrade() -> None:
    """Drop them again."""
    op.drop_index(op.f("ix_answered_events_at"), table_name="answered_events")
    op.drop_table("answered_events")
    op.drop_index(op.f("ix_conversations_updated_at"), table_name="conversations")
    op.drop_table("conversations")
    op.drop_table("staff_uploads")
    op.drop_table("staff_roles")
    op.drop_table("staff_accounts")
