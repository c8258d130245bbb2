"""A wish may also name what is still wanted, who took it down and why; a resident is let in by a code of six digits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the opt-out register; what stands in it is a refusal. Make room for codes and for sessions of residents.

    A dispatch under way counts as telling nothing of households: its audience was chosen already.
    """
    op.add_column("refusals", sa.Column("kind", sa.String(length=10), nullable=False, server_default="refused"))
    op.add_column("refusals", sa.Column("reason", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("refusals", sa.Column("taken_by", sa.String(length=80), nullable=True))
    op.add_column("dispatches", sa.Column("about_households", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_contacts_chosen", "contacts", ["resident_id"], unique=False,
                    sqlite_where=sa.text("preferred OR verified"), postgresql_where=sa.text("preferred OR verified"))
    op.create_table(
        "code_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asker", sa.LargeBinary(length=16), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("code", sa.LargeBinary(length=16), nullable=True),
        sa.Column("door", sa.String(length=12), nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("proved_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_requests")),
    )
    op.create_index(op.f("ix_code_requests_asker"), "code_requests", ["asker"], unique=False)
    op.create_index(op.f("ix_code_requests_address_index"), "code_requests", ["address_index"], unique=False)
    op.create_index(op.f("ix_code_requests_sent_at"), "code_requests", ["sent_at"], unique=False)
    op.create_table(
        "own_sessions",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_own_sessions_resident_id_residents"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_own_sessions")),
    )
    op.create_index(op.f("ix_own_sessions_resident_id"), "own_sessions", ["resident_id"], unique=False)
    op.create_index(op.f("ix_own_sessions_seen_at"), "own_sessions", ["seen_at"], unique=False)


def downgrade() -> None:
    """Drop them; what was only wanted, or only by day, is no refusal and goes too."""
    op.drop_table("own_sessions")
    op.drop_table("code_requests")
    op.drop_index("ix_contacts_chosen", table_name="contacts")
    op.drop_column("dispatches", "about_households")
    op.execute(sa.text("DELETE FROM refusals WHERE kind <> 'refused'"))
    for column in ("taken_by", "reason", "kind"):
        op.drop_column("refusals", column)
