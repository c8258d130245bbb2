"""Keys are turned, looks are written down, data end: tables for each; talks and replies are sealed like everything else.

A talk and the replies of the last minutes were kept as they were said. They are let go: a person who writes again begins
a new talk. A refusal keeps the address it was said from, sealed, so that it outlives a key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the new tables, and the two of the bot anew."""
    _turns()
    _looks()
    _requests()
    op.add_column("refusals", sa.Column("address", sa.LargeBinary(), nullable=True))
    op.add_column("residents", sa.Column("erased_at", Moment(), nullable=True))
    _talks(sa.LargeBinary(), sa.LargeBinary())


def downgrade() -> None:
    """Drop them; the bot's two tables come back empty."""
    _talks(sa.JSON(), sa.JSON(none_as_null=True))
    op.drop_column("residents", "erased_at")
    op.drop_column("refusals", "address")
    for table in ("data_requests", "access_entries", "retention_runs", "key_turn_steps", "key_turns"):
        op.drop_table(table)


def _talks(state: sa.types.TypeEngine[object], replies: sa.types.TypeEngine[object]) -> None:
    op.drop_table("conversations")
    op.drop_table("answered_events")
    op.create_table(
        "conversations",
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_index", name=op.f("pk_conversations")),
    )
    op.create_index(op.f("ix_conversations_updated_at"), "conversations", ["updated_at"], unique=False)
    op.create_table(
        "answered_events",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("replies", replies, nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answered_events")),
    )
    op.create_index(op.f("ix_answered_events_at"), "answered_events", ["at"], unique=False)


def _turns() -> None:
    op.create_table(
        "key_turns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(length=10), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_turns")),
    )
    op.create_table(
        "key_turn_steps",
        sa.Column("turn_id", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.String(length=80), nullable=False),
        sa.Column("place", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["turn_id"], ["key_turns.id"], name=op.f("fk_key_turn_steps_turn_id_key_turns"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("turn_id", "column_name", name=op.f("pk_key_turn_steps")),
    )
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    op.create_index(op.f("ix_retention_runs_at"), "retention_runs", ["at"], unique=False)


def _looks() -> None:
    op.create_table(
        "access_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("on_behalf_by", sa.String(length=80), nullable=True),
        sa.Column("look", sa.String(length=12), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("division", sa.String(length=12), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_entries")),
    )
    op.create_index(op.f("ix_access_entries_at"), "access_entries", ["at"], unique=False)
    op.create_index(op.f("ix_access_entries_actor"), "access_entries", ["actor"], unique=False)
    op.create_index("ix_access_entries_household_id_at", "access_entries", ["household_id", "at"], unique=False)
    op.create_index("ix_access_entries_resident_id", "access_entries", ["resident_id"], unique=False)


def _requests() -> None:
    op.create_table(
        "data_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("division", sa.String(length=12), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
        sa.UniqueConstraint("number", name=op.f("uq_data_requests_number")),
    )
    op.create_index(op.f("ix_data_requests_resident_id"), "data_requests", ["resident_id"], unique=False)
    op.create_index(op.f("ix_data_requests_state"), "data_requests", ["state"], unique=False)
