"""Staff put two gaps together that the night kept apart, and it is remembered which wordings belonged together before.

Beside it what was asked of one gap is added up from an index alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Into which gap a gap went, and from which a wording came."""
    op.add_column("gaps", sa.Column("joined_to", sa.Integer()))
    op.add_column("gap_wordings", sa.Column("kin", sa.Integer()))
    op.create_index("ix_gap_counts_gap", "gap_counts", ["gap_id", "wording_id", "division", "week", "asked"])
    op.drop_index("ix_gap_counts_gap_id", "gap_counts")


def downgrade() -> None:
    """Wordings stay where they are; a gap that went into another has none left."""
    op.create_index("ix_gap_counts_gap_id", "gap_counts", ["gap_id"])
    op.drop_index("ix_gap_counts_gap", "gap_counts")
    op.drop_column("gap_wordings", "kin")
    op.drop_column("gaps", "joined_to")
