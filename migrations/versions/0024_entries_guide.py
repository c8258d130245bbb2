"""Service guides among the knowledge entries; documents that are abolished, and what retired with them; why an entry stands beside another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TEXTS = ("background", "conditions", "standard", "materials", "steps")
LINES = {"place": 200, "hours": 200, "until": 100, "time_limit": 200, "fee": 300, "link": 300, "retired_with": 200,
         "retired_because": 300}


def upgrade() -> None:
    """Every entry that is there is an answer and rests on nothing abolished."""
    op.add_column("entries", sa.Column("kind", sa.String(10), nullable=False, server_default="answer"))
    for name in TEXTS:
        op.add_column("entries", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name, length in LINES.items():
        op.add_column("entries", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.add_column("entries", sa.Column("retired_at", Moment()))
    op.create_index("ix_entries_retired_with", "entries", ["retired_with"])
    op.add_column("entry_versions", sa.Column("beside", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "abolished_documents",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("document", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("abolished_by", sa.String(80), nullable=False),
        sa.Column("abolished_at", Moment(), nullable=False),
        sa.Column("reinstated_by", sa.String(80)),
        sa.Column("reinstated_at", Moment()),
    )


def downgrade() -> None:
    """Guides keep their answers alone; what retired with its document stays retired."""
    op.drop_table("abolished_documents")
    op.drop_column("entry_versions", "beside")
    op.drop_index("ix_entries_retired_with", "entries")
    op.drop_column("entries", "retired_at")
    for name in (*reversed(LINES), *reversed(TEXTS), "kind"):
        op.drop_column("entries", name)
