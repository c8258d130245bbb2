"""An answer sent by text message is known by a name of ours before it leaves, so that its report finds it whatever was heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The name, as a keyed digest with the number; answers of before have none."""
    op.add_column("consultation_letters", sa.Column("name", sa.String(length=64), nullable=True))
    op.create_index("ix_consultation_letters_name", "consultation_letters", ["name"])


def downgrade() -> None:
    """Reports find their answers by the vendor's name alone."""
    op.drop_index("ix_consultation_letters_name", table_name="consultation_letters")
    op.drop_column("consultation_letters", "name")
