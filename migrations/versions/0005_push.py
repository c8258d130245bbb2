"""Dispatches, batches, attempts, deliveries and receipts; the token all WeChat senders share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("notice_reference", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("is_exempt", sa.Boolean(), nullable=False),
        sa.Column("to", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("held_because", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("channels", sa.JSON(), nullable=False),
        sa.Column("divisions", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("possibly", sa.String(length=10), nullable=False),
        sa.Column("possibly_reason", sa.String(length=200), nullable=False),
        sa.Column("surely_households", sa.Integer(), nullable=False),
        sa.Column("possibly_households", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("sent_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("release_at", Moment(), nullable=False),
        sa.Column("deadline", Moment(), nullable=True),
        sa.Column("resumed_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_index(op.f("ix_dispatches_notice_id"), "dispatches", ["notice_id"], unique=False)
    op.create_index(op.f("ix_dispatches_state"), "dispatches", ["state"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("leased_by", sa.String(length=60), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_dispatch_id"), "batches", ["dispatch_id"], unique=False)
    op.create_index(
        "ix_batches_open",
        "batches",
        ["due_at", "priority"],
        unique=False,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("vendor_reference", sa.String(length=80), nullable=True),
        sa.Column("ask_at", Moment(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(
        "ix_attempts_lost",
        "attempts",
        ["ask_at"],
        unique=False,
        sqlite_where=sa.text("state = 'lost'"),
        postgresql_where=sa.text("state = 'lost'"),
    )
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["batch_id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_attempts_vendor_reference",
        "attempts",
        ["vendor_reference"],
        unique=False,
        sqlite_where=sa.text("vendor_reference IS NOT NULL"),
        postgresql_where=sa.text("vendor_reference IS NOT NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("attempt_id", sa.String(length=26), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("vendor_reference", sa.String(length=80), nullable=True),
        sa.Column("vendor_code", sa.String(length=60), nullable=False),
        sa.Column("vendor_words", sa.String(length=200), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("replaces", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("ix_deliveries_dispatch", "deliveries", ["dispatch_id", "id"], unique=False)
    op.create_index("ix_deliveries_household", "deliveries", ["household_id", "dispatch_id"], unique=False)
    op.create_index(
        "ix_deliveries_reason",
        "deliveries",
        ["dispatch_id", "reason"],
        unique=False,
        sqlite_where=sa.text("reason <> ''"),
        postgresql_where=sa.text("reason <> ''"),
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("attempt_id", sa.String(length=26), nullable=True),
        sa.Column("vendor_reference", sa.String(length=80), nullable=True),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("recipient_gone", sa.Boolean(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("key", name=op.f("uq_receipts_key")),
    )
    op.create_index(
        "ix_receipts_delivery",
        "receipts",
        ["delivery_id"],
        unique=False,
        sqlite_where=sa.text("delivery_id IS NOT NULL"),
        postgresql_where=sa.text("delivery_id IS NOT NULL"),
    )
    op.create_index(
        "ix_receipts_unmatched",
        "receipts",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )
    op.create_table(
        "wechat_tokens",
        sa.Column("app_id", sa.String(length=40), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("renewed_at", Moment(), nullable=True),
        sa.Column("leased_by", sa.String(length=32), nullable=True),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_wechat_tokens")),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("wechat_tokens")
    op.drop_index(
        "ix_receipts_unmatched",
        table_name="receipts",
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )
    op.drop_index(
        "ix_receipts_delivery",
        table_name="receipts",
        sqlite_where=sa.text("delivery_id IS NOT NULL"),
        postgresql_where=sa.text("delivery_id IS NOT NULL"),
    )
    op.drop_table("receipts")
    op.drop_index(
        "ix_deliveries_reason",
        table_name="deliveries",
        sqlite_where=sa.text("reason <> ''"),
        postgresql_where=sa.text("reason <> ''"),
    )
    op.drop_index("ix_deliveries_household", table_name="deliveries")
    op.drop_index("ix_deliveries_dispatch", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(
        "ix_attempts_vendor_reference",
        table_name="attempts",
        sqlite_where=sa.text("vendor_reference IS NOT NULL"),
        postgresql_where=sa.text("vendor_reference IS NOT NULL"),
    )
    op.drop_index(
        "ix_attempts_open",
        table_name="attempts",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_attempts_lost",
        table_name="attempts",
        sqlite_where=sa.text("state = 'lost'"),
        postgresql_where=sa.text("state = 'lost'"),
    )
    op.drop_table("attempts")
    op.drop_index(
        "ix_batches_open",
        table_name="batches",
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.drop_index(op.f("ix_batches_dispatch_id"), table_name="batches")
    op.drop_table("batches")
    op.drop_index(op.f("ix_dispatches_state"), table_name="dispatches")
    op.drop_index(op.f("ix_dispatches_notice_id"), table_name="dispatches")
    op.drop_table("dispatches")
