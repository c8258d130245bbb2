"""An answer that goes out as a message of its own is kept until it is said: one whose process died is said by another.

Signatures of WeChat's callbacks are known to all processes together.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing waits yet."""
    op.create_table(
        "late_answers",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("incoming", sa.LargeBinary(), nullable=False),
        sa.Column("replies", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_late_answers")),
    )
    op.create_index(op.f("ix_late_answers_at"), "late_answers", ["at"], unique=False)
    op.create_index(op.f("ix_late_answers_due_at"), "late_answers", ["due_at"], unique=False)
    op.create_table(
        "wechat_signed_callbacks",
        sa.Column("signed", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("signed", name=op.f("pk_wechat_signed_callbacks")),
    )
    op.create_index(op.f("ix_wechat_signed_callbacks_at"), "wechat_signed_callbacks", ["at"], unique=False)


def downgrade() -> None:
    """What was not said stays unsaid."""
    op.drop_table("wechat_signed_callbacks")
    op.drop_table("late_answers")
