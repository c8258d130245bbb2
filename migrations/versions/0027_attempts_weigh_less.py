"""One attempt may stand for several requests of one message each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was written down until now stands for one request each."""
    op.add_column("attempts", sa.Column("calls", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    """Requests are counted by their attempts again."""
    op.drop_column("attempts", "calls")
