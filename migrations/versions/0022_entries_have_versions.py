"""Versions of knowledge entries: what was written, by whom, who reviewed it; what stands now is each entry's first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CHUNK = 500
FIELDS = ("question", "answer", "short", "office", "phone", "divisions", "valid_from", "valid_until", "source")


def upgrade() -> None:
    """The table, and a first version of every entry that is there."""
    versions = op.create_table(
        "entry_versions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("entry_id", sa.String(80), sa.ForeignKey("entries.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("written_by", sa.String(80), nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("reviewed_by", sa.String(80)),
        sa.Column("reviewed_at", Moment()),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.UniqueConstraint("entry_id", "number", name="uq_entry_versions_entry_number"),
    )
    op.create_index("ix_entry_versions_state", "entry_versions", ["state"])
    _begin(versions)


def downgrade() -> None:
    """Entries stay as they answer; what was still a draft of a reviewed entry is lost."""
    op.drop_table("entry_versions")


def _begin(versions: sa.Table) -> None:
    bind = op.get_bind()
    dates = {"valid_from", "valid_until"}
    entries = sa.table("entries", sa.column("id"), sa.column("state"), sa.column("reviewed_by"),
                       sa.column("updated_at", Moment()), sa.column("divisions", sa.JSON()),
                       *(sa.column(name, sa.Date() if name in dates else sa.Text()) for name in FIELDS if name != "divisions"))
    phrasings = sa.table("phrasings", sa.column("id"), sa.column("entry_id"), sa.column("text"))
    trail = sa.table("audit_entries", sa.column("id"), sa.column("actor"), sa.column("subject"), sa.column("act"))
    similar: dict[str, list[str]] = {}
    for entry_id, text in bind.execute(sa.select(phrasings.c.entry_id, phrasings.c.text).order_by(phrasings.c.id)):
        similar.setdefault(entry_id, []).append(text)
    writers = dict(bind.execute(sa.select(trail.c.subject, trail.c.actor).where(
        trail.c.act == "改知识条目").order_by(trail.c.id)).all())
    rows = [_first(row, similar.get(row.id, []), writers.get(f"entry:{row.id}")) for row in bind.execute(sa.select(entries))]
    for start in range(0, len(rows), CHUNK):
        bind.execute(sa.insert(versions), rows[start:start + CHUNK])


def _first(row: sa.Row[tuple[object, ...]], similar: list[str], writer: str | None) -> dict[str, object]:
    held = row._mapping
    content = {name: held[name].isoformat() if hasattr(held[name], "isoformat") else held[name] for name in FIELDS}
    is_draft = held["state"] == "draft"
    return {"entry_id": held["id"], "number": 1, "state": "draft" if is_draft else "filed",
            "content": {**content, "similar": similar}, "written_by": writer or held["reviewed_by"] or "系统",
            "written_at": held["updated_at"], "reviewed_by": None if is_draft else held["reviewed_by"],
            "reviewed_at": None if is_draft else held["updated_at"], "reason": ""}
