"""Adds what the contact policy and the engine keep."""

import sqlalchemy as sa
from alembic import op

from kernel.sql import Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "duties",
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duties")),
    )
    op.create_index(
        "ix_contacts_unknown",
        "contacts",
        ["intended_at"],
        unique=False,
        postgresql_where=sa.text("state = 'unknown'"),
        sqlite_where=sa.text("state = 'unknown'"),
    )
    op.add_column("customers", sa.Column("chosen", Json, nullable=True))
    op.add_column(
        "invitations", sa.Column("max_contacts", sa.Integer(), server_default="3", nullable=False)
    )
    op.create_index("ix_invitations_customer", "invitations", ["source", "customer"], unique=False)
    op.create_index(
        "ix_jobs_done",
        "jobs",
        ["done_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NOT NULL"),
        sqlite_where=sa.text("done_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index(
        "ix_jobs_done",
        table_name="jobs",
        postgresql_where=sa.text("done_at IS NOT NULL"),
        sqlite_where=sa.text("done_at IS NOT NULL"),
    )
    op.drop_index("ix_invitations_customer", table_name="invitations")
    op.drop_column("invitations", "max_contacts")
    op.drop_column("customers", "chosen")
    op.drop_index(
        "ix_contacts_unknown",
        table_name="contacts",
        postgresql_where=sa.text("state = 'unknown'"),
        sqlite_where=sa.text("state = 'unknown'"),
    )
    op.drop_table("duties")
