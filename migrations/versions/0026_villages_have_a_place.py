"""Where villages lie: who sends a position is asked whether they are in the nearest one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

COLUMNS = ("latitude", "longitude")


def upgrade() -> None:
    """Add both halves of a place; a division without them is found by its name alone, as before."""
    for name in COLUMNS:
        op.add_column("divisions", sa.Column(name, sa.Double(), nullable=True))


def downgrade() -> None:
    """Forget where they lie."""
    for name in reversed(COLUMNS):
        op.drop_column("divisions", name)
