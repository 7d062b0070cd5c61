"""Adds what conversations and the people told keep."""

import sqlalchemy as sa
from alembic import op

from kernel.sql import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "answer_versions",
        sa.Column("response", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("value", Json, nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint(
            "response", "question", "revision", name=op.f("pk_answer_versions")
        ),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("back", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=True),
        sa.Column("ticket", sa.String(length=255), nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told", Json, nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_listed", "notices", ["raised_at", "id"], unique=False)
    op.create_index(
        "ix_notices_open",
        "notices",
        ["kind", "raised_at", "id"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
        sqlite_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_index("ix_notices_told", "notices", ["told_at"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("media", sa.String(length=64), nullable=False),
        sa.Column("audio", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index("ix_recordings_thread", "recordings", ["thread"], unique=False)
    op.add_column("addresses", sa.Column("dead_channel", sa.String(length=16), nullable=True))
    op.add_column(
        "answers", sa.Column("revision", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("answers", sa.Column("revised_at", UtcDateTime(), nullable=True))
    op.add_column("answers", sa.Column("late", sa.Boolean(), nullable=True))
    op.create_index("ix_answers_question", "answers", ["question", "at"], unique=False)
    op.add_column(
        "complaints", sa.Column("revision", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "complaints", sa.Column("by_hand", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("complaints", sa.Column("how", sa.LargeBinary(), nullable=True))
    op.add_column("complaints", sa.Column("result", sa.LargeBinary(), nullable=True))
    op.add_column(
        "complaints", sa.Column("tellings", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "complaints",
        sa.Column("telling", sa.String(length=8), server_default="none", nullable=False),
    )
    op.add_column("inbound", sa.Column("reason", sa.String(length=32), nullable=True))
    op.add_column("inbound", sa.Column("attached_to", sa.String(length=64), nullable=True))
    op.add_column("inbound", sa.Column("attached_at", UtcDateTime(), nullable=True))
    op.add_column("inbound", sa.Column("attached_by", sa.String(length=64), nullable=True))
    op.add_column("invitations", sa.Column("terms", Json, nullable=True))
    op.add_column("invitations", sa.Column("closed_at", UtcDateTime(), nullable=True))
    op.add_column("invitations", sa.Column("attempted", sa.Boolean(), nullable=True))
    op.add_column("invitations", sa.Column("delivered", sa.Boolean(), nullable=True))
    op.create_index("ix_invitations_closed_at", "invitations", ["closed_at"], unique=False)
    op.add_column("journal", sa.Column("actor", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_journal_actor",
        "journal",
        ["at", "id"],
        unique=False,
        postgresql_where=sa.text("actor IS NOT NULL"),
        sqlite_where=sa.text("actor IS NOT NULL"),
    )
    op.add_column("responses", sa.Column("suspect_reason", sa.String(length=32), nullable=True))
    op.add_column("responses", sa.Column("excluded_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("responses", "excluded_at")
    op.drop_column("responses", "suspect_reason")
    op.drop_index(
        "ix_journal_actor",
        table_name="journal",
        postgresql_where=sa.text("actor IS NOT NULL"),
        sqlite_where=sa.text("actor IS NOT NULL"),
    )
    op.drop_column("journal", "actor")
    op.drop_index("ix_invitations_closed_at", table_name="invitations")
    op.drop_column("invitations", "delivered")
    op.drop_column("invitations", "attempted")
    op.drop_column("invitations", "closed_at")
    op.drop_column("invitations", "terms")
    op.drop_column("inbound", "attached_by")
    op.drop_column("inbound", "attached_at")
    op.drop_column("inbound", "attached_to")
    op.drop_column("inbound", "reason")
    op.drop_column("complaints", "telling")
    op.drop_column("complaints", "tellings")
    op.drop_column("complaints", "result")
    op.drop_column("complaints", "how")
    op.drop_column("complaints", "by_hand")
    op.drop_column("complaints", "revision")
    op.drop_index("ix_answers_question", table_name="answers")
    op.drop_column("answers", "late")
    op.drop_column("answers", "revised_at")
    op.drop_column("answers", "revision")
    op.drop_column("addresses", "dead_channel")
    op.drop_index("ix_recordings_thread", table_name="recordings")
    op.drop_table("recordings")
    op.drop_index("ix_notices_told", table_name="notices")
    op.drop_index(
        "ix_notices_open",
        table_name="notices",
        postgresql_where=sa.text("acknowledged_at IS NULL"),
        sqlite_where=sa.text("acknowledged_at IS NULL"),
    )
    op.drop_index("ix_notices_listed", table_name="notices")
    op.drop_table("notices")
    op.drop_table("calls")
    op.drop_table("answer_versions")
