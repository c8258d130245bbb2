"""Templates filed with the vendors have a register, with who wrote their state down and when."""

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


def downgrade() -> None:
    """Drop them: afterwards only what the settings name can be sent."""
    op.drop_table("sms_templates")


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
