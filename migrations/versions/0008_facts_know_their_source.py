"""A value knows its date and source, a county keeps facts of its own, and a resident's answer stands beside the register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OWN = (("household_own_facts", "household_id", "households"), ("resident_own_facts", "resident_id", "residents"))


def upgrade() -> None:
    """Add the columns and tables; what stands already was last stated when it was last changed."""
    # Plain ALTER TABLE: a rebuilt table would be dropped once, and all that hangs on it with it.
    op.add_column("residents", sa.Column("source", sa.String(length=40), nullable=False, server_default="import"))
    for table in ("households", "residents"):
        op.add_column(table, sa.Column("stated_at", Moment(), nullable=True))
        op.execute(sa.text(f"UPDATE {table} SET stated_at = updated_at"))
    for table, owner, owners in _OWN:
        op.create_table(
            table,
            sa.Column(owner, sa.Integer(), nullable=False),
            sa.Column("name", sa.String(length=60), nullable=False),
            sa.Column("number", sa.Double(), nullable=True),
            sa.Column("word", sa.String(length=60), nullable=True),
            sa.ForeignKeyConstraint([owner], [f"{owners}.id"], name=op.f(f"fk_{table}_{owner}_{owners}"), ondelete="CASCADE"),
            sa.PrimaryKeyConstraint(owner, "name", name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_name", table, ["name", owner], unique=False)
    op.create_table(
        "fact_dates",
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_fact_dates_household_id_households"),
                                ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("household_id", "resident_id", "fact", name=op.f("pk_fact_dates")),
    )
    op.create_table(
        "resident_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.Integer(), nullable=True),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"],
                                name=op.f("fk_resident_answers_household_id_households"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_answers")),
    )
    op.create_index(op.f("ix_resident_answers_household_id"), "resident_answers", ["household_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    for table in ("resident_answers", "fact_dates", "resident_own_facts", "household_own_facts"):
        op.drop_table(table)
    for table, column in (("residents", "stated_at"), ("residents", "source"), ("households", "stated_at")):
        op.drop_column(table, column)
