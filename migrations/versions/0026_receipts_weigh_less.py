"""What arrived is told by its delivery from here on; no table changes, and receipts kept before stay until their time is over."""

from __future__ import annotations

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Deliveries have had room for the moment and the vendor's words from the beginning."""


def downgrade() -> None:
    """An older programme reads both."""
