"""Deliveries by month on PostgreSQL: a partition a month, so that a month can be put away whole. SQLite keeps one table.

What is there stays where it is, as the partition below the first month; only what a downgrade brought back from the
months is copied into them again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BLOCK = 10**10
FIRST_BLOCK = 200001 * BLOCK
INDEXES = {
    "ix_deliveries_dispatch": "(dispatch_id, id)",
    "ix_deliveries_household": "(household_id, dispatch_id)",
    "ix_deliveries_reason": "(dispatch_id, reason) WHERE reason <> ''",
}


def upgrade() -> None:
    """Make the table of the months, with the present one as its first part."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE deliveries RENAME TO deliveries_earlier")
    op.execute("ALTER TABLE deliveries_earlier RENAME CONSTRAINT pk_deliveries TO pk_deliveries_earlier")
    for name in INDEXES:
        op.execute(f"ALTER INDEX {name} RENAME TO {name}_earlier")
    op.execute("CREATE TABLE deliveries (LIKE deliveries_earlier INCLUDING DEFAULTS, "
               "CONSTRAINT pk_deliveries PRIMARY KEY (id)) PARTITION BY RANGE (id)")
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON deliveries {columns}")
    op.execute("ALTER SEQUENCE deliveries_id_seq OWNED BY deliveries.id")
    for month in op.get_bind().execute(sa.text(
            f"SELECT DISTINCT id / {BLOCK} FROM deliveries_earlier WHERE id >= {FIRST_BLOCK}")).scalars().all():
        _back_into_its_month(month)
    op.execute(f"ALTER TABLE deliveries ATTACH PARTITION deliveries_earlier FOR VALUES FROM (MINVALUE) TO ({FIRST_BLOCK})")


def _back_into_its_month(month: int) -> None:
    following = month + 1 if month % 100 < 12 else month + 89
    name, span = f"deliveries_{month}", f"id >= {month * BLOCK} AND id < {following * BLOCK}"
    op.execute(f"CREATE TABLE {name} (LIKE deliveries INCLUDING DEFAULTS) WITH (fillfactor = 70)")
    op.execute(f"INSERT INTO {name} SELECT * FROM deliveries_earlier WHERE {span}")
    op.execute(f"DELETE FROM deliveries_earlier WHERE {span}")
    op.execute(f"ALTER TABLE deliveries ATTACH PARTITION {name} FOR VALUES FROM ({month * BLOCK}) TO ({following * BLOCK})")


def downgrade() -> None:
    """Bring every month back into one table, under the numbers they have."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    months = bind.execute(sa.text(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass ORDER BY 1")).scalars().all()
    for name in months:
        op.execute(f"ALTER TABLE deliveries DETACH PARTITION {name}")
    for name in months:
        if name != "deliveries_earlier":
            op.execute(f"INSERT INTO deliveries_earlier SELECT * FROM {name}")
            op.execute(f"DROP TABLE {name}")
    op.execute("ALTER SEQUENCE deliveries_id_seq OWNED BY deliveries_earlier.id")
    op.execute("DROP TABLE deliveries")
    op.execute("ALTER TABLE deliveries_earlier RENAME TO deliveries")
    op.execute("ALTER TABLE deliveries RENAME CONSTRAINT pk_deliveries_earlier TO pk_deliveries")
    for name in INDEXES:
        op.execute(f"ALTER INDEX {name}_earlier RENAME TO {name}")
