"""The months of deliveries leave more room on each page, so that a message stays on its page until it is delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# What push.months makes its partitions with from here on, and what it made them with before.
FILLED, FILLED_BEFORE = 25, 40


def upgrade() -> None:
    """New pages of the months that are there are filled less; what is written stays as it is."""
    _fill(FILLED)


def downgrade() -> None:
    """New pages are filled as before."""
    _fill(FILLED_BEFORE)


def _fill(per_cent: int) -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    for month in bind.execute(sa.text(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass "
            "AND inhrelid <> 'deliveries_earlier'::regclass ORDER BY 1")).scalars().all():
        op.execute(f"ALTER TABLE {month} SET (fillfactor = {per_cent})")
