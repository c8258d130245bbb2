"""The head of a household is found without fetching the other members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Seconds for a million people; it only adds."""
    op.create_index("ix_residents_head", "residents", ["household_id"], sqlite_where=sa.text("is_head = 1"), postgresql_where=sa.text("is_head"))


def downgrade() -> None:
    """They are found among the members."""
    op.drop_index("ix_residents_head", table_name="residents")
