"""Sessions of the console can be ended before their time, and a password may be a one-time one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every password that there is lasts; whoever is signed in signs in once more, for older cookies carry no number."""
    op.add_column("staff_accounts", sa.Column("sessions_ended", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("staff_accounts", sa.Column("onetime_until", Moment(), nullable=True))
    op.add_column("staff_accounts", sa.Column("signed_in_at", Moment(), nullable=True))
    op.execute("UPDATE staff_accounts SET signed_in_at = (SELECT max(audit_entries.at) FROM audit_entries"
               " WHERE audit_entries.subject = 'staff:' || staff_accounts.name AND audit_entries.act = '登录')")


def downgrade() -> None:
    """Passwords last, sessions run out by themselves."""
    op.drop_column("staff_accounts", "signed_in_at")
    op.drop_column("staff_accounts", "onetime_until")
    op.drop_column("staff_accounts", "sessions_ended")
