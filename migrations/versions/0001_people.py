"""Divisions, households, residents, contacts and refusals; who did what. Personal data is sealed from here on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.database import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "divisions",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("parent", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_divisions")),
    )
    op.create_index(op.f("ix_divisions_parent"), "divisions", ["parent"], unique=False)
    op.create_table(
        "households",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("division", sa.String(length=12), nullable=False),
        sa.Column("group_name", sa.String(length=40), nullable=True),
        sa.Column("head_name", sa.LargeBinary(), nullable=True),
        sa.Column("head_name_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("land", sa.Double(), nullable=True),
        sa.Column("income_per_head", sa.Double(), nullable=True),
        sa.Column("house_grade", sa.String(length=10), nullable=True),
        sa.Column("relocated", sa.Boolean(), nullable=True),
        sa.Column("kinds_known", sa.Boolean(), nullable=False),
        sa.Column("crops_known", sa.Boolean(), nullable=False),
        sa.Column("livestock_known", sa.Boolean(), nullable=False),
        sa.Column("roster_complete", sa.Boolean(), nullable=False),
        sa.Column("roster_gaps", sa.Integer(), nullable=False),
        sa.Column("left_at", Moment(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("reference", name=op.f("uq_households_reference")),
    )
    op.create_index(op.f("ix_households_division"), "households", ["division"], unique=False)
    op.create_table(
        "household_kinds",
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_household_kinds_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("household_id", "kind", name=op.f("pk_household_kinds")),
    )
    op.create_index("ix_household_kinds_kind", "household_kinds", ["kind", "household_id"], unique=False)
    op.create_table(
        "household_crops",
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("mu", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_household_crops_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("household_id", "name", name=op.f("pk_household_crops")),
    )
    op.create_index(
        "ix_household_crops_name", "household_crops", ["name", "household_id", "mu"], unique=False
    )
    op.create_table(
        "household_livestock",
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("head", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["households.id"],
            name=op.f("fk_household_livestock_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("household_id", "name", name=op.f("pk_household_livestock")),
    )
    op.create_index(
        "ix_household_livestock_name", "household_livestock", ["name", "household_id", "head"], unique=False
    )
    op.create_table(
        "residents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=26), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("id_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("relation", sa.String(length=20), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("gender", sa.String(length=2), nullable=True),
        sa.Column("disability", sa.String(length=20), nullable=True),
        sa.Column("study", sa.String(length=20), nullable=True),
        sa.Column("migrant", sa.Boolean(), nullable=True),
        sa.Column("skills", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("absent_since", Moment(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_residents_household_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        sa.UniqueConstraint("reference", name=op.f("uq_residents_reference")),
    )
    op.create_index(op.f("ix_residents_household_id"), "residents", ["household_id"], unique=False)
    op.create_index(op.f("ix_residents_id_index"), "residents", ["id_index"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.Column("retired_reason", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_contacts_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index("ix_contacts_channel_address", "contacts", ["channel", "address_index"], unique=False)
    op.create_index(
        "uq_contacts_resident_channel_address",
        "contacts",
        ["resident_id", "channel", "address_index"],
        unique=True,
    )
    op.create_table(
        "refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refusals")),
    )
    op.create_index(op.f("ix_refusals_address_index"), "refusals", ["address_index"], unique=False)
    op.create_index(op.f("ix_refusals_resident_id"), "refusals", ["resident_id"], unique=False)
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("on_behalf_by", sa.String(length=80), nullable=True),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"], unique=False)
    op.create_index(op.f("ix_audit_entries_subject"), "audit_entries", ["subject"], unique=False)


def downgrade() -> None:
    """Drop them again."""
    op.drop_index(op.f("ix_audit_entries_subject"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_at"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("import_runs")
    op.drop_index(op.f("ix_refusals_resident_id"), table_name="refusals")
    op.drop_index(op.f("ix_refusals_address_index"), table_name="refusals")
    op.drop_table("refusals")
    op.drop_index("uq_contacts_resident_channel_address", table_name="contacts")
    op.drop_index("ix_contacts_channel_address", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index(op.f("ix_residents_id_index"), table_name="residents")
    op.drop_index(op.f("ix_residents_household_id"), table_name="residents")
    op.drop_table("residents")
    op.drop_index("ix_household_livestock_name", table_name="household_livestock")
    op.drop_table("household_livestock")
    op.drop_index("ix_household_crops_name", table_name="household_crops")
    op.drop_table("household_crops")
    op.drop_index("ix_household_kinds_kind", table_name="household_kinds")
    op.drop_table("household_kinds")
    op.drop_index(op.f("ix_households_division"), table_name="households")
    op.drop_table("households")
    op.drop_index(op.f("ix_divisions_parent"), table_name="divisions")
    op.drop_table("divisions")
