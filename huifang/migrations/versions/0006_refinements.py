"""Adds what the release after managers' pages keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index("ix_figure_facts_category", "figure_facts", ["category"], unique=False)
    op.create_index("ix_figure_facts_product", "figure_facts", ["product"], unique=False)
    op.create_index("ix_figure_facts_region", "figure_facts", ["region"], unique=False)
    op.create_index("ix_figure_facts_team", "figure_facts", ["team"], unique=False)
    op.add_column("journal", sa.Column("rules", sa.Text(), nullable=True))
    op.create_index("ix_responses_low", "responses", ["low", "started_at"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_responses_low", table_name="responses")
    op.drop_column("journal", "rules")
    op.drop_index("ix_figure_facts_team", table_name="figure_facts")
    op.drop_index("ix_figure_facts_region", table_name="figure_facts")
    op.drop_index("ix_figure_facts_product", table_name="figure_facts")
    op.drop_index("ix_figure_facts_category", table_name="figure_facts")
