"""Templates filed with the vendors have a register; what followers allow, parametric codes and broadcasts are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; what the settings name stays the first entry of the register and needs no row."""
    _templates()
    _wechat()
    _broadcasts()
    _telegram()


def downgrade() -> None:
    """Drop them: afterwards only what the settings name can be sent."""
    for table in ("gateway_pauses", "broadcast_posts", "telegram_subscribers", "broadcasts", "wechat_scene_codes",
                  "wechat_openings", "sms_templates"):
        op.drop_table(table)
    for column in ("forced", "forced_on"):
        op.drop_column("wechat_tokens", column)


def _templates() -> None:
    op.create_table(
        "sms_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("vendor_id", sa.String(length=60), nullable=False),
        sa.Column("wording", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_templates")),
    )
    op.create_index("ix_sms_templates_gateway_purpose", "sms_templates", ["gateway", "purpose"], unique=False)


def _wechat() -> None:
    op.add_column("wechat_tokens", sa.Column("forced_on", sa.Date(), nullable=True))
    op.add_column("wechat_tokens", sa.Column("forced", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "wechat_openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("closes_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_openings")),
    )
    op.create_index("uq_wechat_openings_address_kind_template", "wechat_openings", ["address_index", "kind", "template_id"],
                    unique=True)
    op.create_index("ix_wechat_openings_closes_at", "wechat_openings", ["closes_at"], unique=False)
    op.create_table(
        "wechat_scene_codes",
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("is_permanent", sa.Boolean(), nullable=False),
        sa.Column("url", sa.String(length=200), nullable=False),
        sa.Column("ticket", sa.String(length=200), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("scene", name=op.f("pk_wechat_scene_codes")),
    )


def _broadcasts() -> None:
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("notice_reference", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(length=4096), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("vendor_reference", sa.String(length=80), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("released_by", sa.String(length=80), nullable=False),
        sa.Column("released_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("filtered", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index("uq_broadcasts_client_id", "broadcasts", ["client_id"], unique=True)
    op.create_index("ix_broadcasts_vendor_reference", "broadcasts", ["vendor_reference"], unique=False)


def _telegram() -> None:
    op.create_table(
        "telegram_subscribers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_why", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_subscribers")),
    )
    op.create_index("uq_telegram_subscribers_address_index", "telegram_subscribers", ["address_index"], unique=True)
    op.create_table(
        "broadcast_posts",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("claimed_at", Moment(), nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], name=op.f("fk_broadcast_posts_broadcast_id_broadcasts"),
                                ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["telegram_subscribers.id"],
                                name=op.f("fk_broadcast_posts_subscriber_id_telegram_subscribers"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("broadcast_id", "subscriber_id", name=op.f("pk_broadcast_posts")),
    )
    op.create_table(
        "gateway_pauses",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_gateway_pauses")),
    )
