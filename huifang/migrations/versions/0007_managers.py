"""Adds what answers collected elsewhere and sums of decisions keep."""

import sqlalchemy as sa
from alembic import op

from kernel.sql import Serial, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "fate_cells",
        sa.Column("view", sa.String(length=64), nullable=False),
        sa.Column("day", UtcDateTime(), nullable=False),
        sa.Column("fate", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=256), nullable=False),
        sa.Column("agent", sa.String(length=256), nullable=False),
        sa.Column("region", sa.String(length=256), nullable=False),
        sa.Column("product", sa.String(length=256), nullable=False),
        sa.Column("category", sa.String(length=256), nullable=False),
        sa.Column("program", sa.String(length=256), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "view",
            "day",
            "fate",
            "team",
            "agent",
            "region",
            "product",
            "category",
            "program",
            name=op.f("pk_fate_cells"),
        ),
    )
    op.create_table(
        "fate_facts",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_on", UtcDateTime(), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=True),
        sa.Column("team", sa.String(length=255), nullable=True),
        sa.Column("region", sa.String(length=255), nullable=True),
        sa.Column("product", sa.String(length=255), nullable=True),
        sa.Column("category", sa.String(length=255), nullable=True),
        sa.Column("program", sa.String(length=255), nullable=True),
        sa.Column("fate", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("source", "ticket", "cycle", name=op.f("pk_fate_facts")),
    )
    op.create_index("ix_fate_facts_closed_at", "fate_facts", ["closed_at"], unique=False)
    op.create_index("ix_fate_facts_fate", "fate_facts", ["fate", "closed_at"], unique=False)
    op.create_table(
        "fate_marks",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fate_marks")),
    )
    op.add_column("figure_state", sa.Column("fates", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("figure_state", "fates")
    op.drop_table("fate_marks")
    op.drop_index("ix_fate_facts_fate", table_name="fate_facts")
    op.drop_index("ix_fate_facts_closed_at", table_name="fate_facts")
    op.drop_table("fate_facts")
    op.drop_table("fate_cells")
