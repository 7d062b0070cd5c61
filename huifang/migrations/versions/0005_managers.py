"""Adds figures, exports, reports, findings, and people who sign in."""

import sqlalchemy as sa
from alembic import op

from kernel.sql import Json, Serial, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "exports",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("job", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("grain", sa.String(length=16), nullable=False),
        sa.Column("filter", Json, nullable=False),
        sa.Column("tz", sa.String(length=64), nullable=False),
        sa.Column("bom", sa.Boolean(), nullable=False),
        sa.Column("comments", sa.Boolean(), nullable=False),
        sa.Column("identities", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("versions", Json, nullable=True),
        sa.Column("columns", Json, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_kept", "exports", ["removed_at", "ended_at"], unique=False)
    op.create_index("ix_exports_listed", "exports", ["created_at", "id"], unique=False)
    op.create_table(
        "figure_cells",
        sa.Column("view", sa.String(length=64), nullable=False),
        sa.Column("day", UtcDateTime(), nullable=False),
        sa.Column("team", sa.String(length=256), nullable=False),
        sa.Column("agent", sa.String(length=256), nullable=False),
        sa.Column("region", sa.String(length=256), nullable=False),
        sa.Column("product", sa.String(length=256), nullable=False),
        sa.Column("category", sa.String(length=256), nullable=False),
        sa.Column("channel", sa.String(length=256), nullable=False),
        sa.Column("program", sa.String(length=256), nullable=False),
        sa.Column("survey", sa.String(length=256), nullable=False),
        sa.Column("version", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=256), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("rated", sa.BigInteger(), nullable=False),
        sa.Column("rated_0", sa.BigInteger(), nullable=False),
        sa.Column("rated_1", sa.BigInteger(), nullable=False),
        sa.Column("rated_2", sa.BigInteger(), nullable=False),
        sa.Column("rated_3", sa.BigInteger(), nullable=False),
        sa.Column("rated_4", sa.BigInteger(), nullable=False),
        sa.Column("rated_5", sa.BigInteger(), nullable=False),
        sa.Column("rated_6", sa.BigInteger(), nullable=False),
        sa.Column("rated_7", sa.BigInteger(), nullable=False),
        sa.Column("rated_8", sa.BigInteger(), nullable=False),
        sa.Column("rated_9", sa.BigInteger(), nullable=False),
        sa.Column("rated_10", sa.BigInteger(), nullable=False),
        sa.Column("scored", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("score_square", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("resolved", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("timed", sa.BigInteger(), nullable=False),
        sa.Column("waited", sa.BigInteger(), nullable=False),
        sa.Column("eligible", sa.BigInteger(), nullable=False),
        sa.Column("attempted", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "view",
            "day",
            "team",
            "agent",
            "region",
            "product",
            "category",
            "channel",
            "program",
            "survey",
            "version",
            "kind",
            name=op.f("pk_figure_cells"),
        ),
    )
    op.create_table(
        "figure_facts",
        sa.Column("invitation", sa.String(length=64), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("closed_on", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_on", UtcDateTime(), nullable=True),
        sa.Column("agent", sa.String(length=255), nullable=True),
        sa.Column("team", sa.String(length=255), nullable=True),
        sa.Column("region", sa.String(length=255), nullable=True),
        sa.Column("product", sa.String(length=255), nullable=True),
        sa.Column("category", sa.String(length=255), nullable=True),
        sa.Column("program", sa.String(length=255), nullable=True),
        sa.Column("survey", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=16), nullable=True),
        sa.Column("answered_by", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("low", sa.Integer(), nullable=True),
        sa.Column("resolved", sa.Integer(), nullable=True),
        sa.Column("waited", sa.Integer(), nullable=True),
        sa.Column("attempted", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("invitation", name=op.f("pk_figure_facts")),
    )
    op.create_index("ix_figure_facts_agent", "figure_facts", ["agent"], unique=False)
    op.create_index("ix_figure_facts_answered_at", "figure_facts", ["answered_at"], unique=False)
    op.create_index("ix_figure_facts_closed_at", "figure_facts", ["closed_at"], unique=False)
    op.create_table(
        "figure_marks",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("invitation", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_marks")),
    )
    op.create_table(
        "figure_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_state")),
    )
    op.create_table(
        "report_mails",
        sa.Column("report", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("every", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("report", "period", "locale", name=op.f("pk_report_mails")),
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_seen_at", "sessions", ["seen_at"], unique=False)
    op.create_index("ix_sessions_user_id", "sessions", ["user_id", "created_at"], unique=False)
    op.create_table(
        "sign_in_tries",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_tries")),
    )
    op.create_index("ix_sign_in_tries_until", "sign_in_tries", ["until"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("subject", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(
        "uq_users_login",
        "users",
        ["login"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_users_subject",
        "users",
        ["subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "watch_findings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("close_reason", sa.String(length=255), nullable=True),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("usual_hits", sa.Integer(), nullable=False),
        sa.Column("usual_n", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("told_hits", sa.Integer(), nullable=False),
        sa.Column("told_n", sa.Integer(), nullable=False),
        sa.Column("told_usual", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_findings")),
    )
    op.create_index(
        "ix_watch_findings_found_at", "watch_findings", ["found_at", "id"], unique=False
    )
    op.create_index("ix_closures_closed_at", "closures", ["closed_at"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_closures_closed_at", table_name="closures")
    op.drop_index("ix_watch_findings_found_at", table_name="watch_findings")
    op.drop_table("watch_findings")
    op.drop_index(
        "uq_users_subject",
        table_name="users",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "uq_users_login",
        table_name="users",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("users")
    op.drop_index("ix_sign_in_tries_until", table_name="sign_in_tries")
    op.drop_table("sign_in_tries")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_index("ix_sessions_seen_at", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("report_mails")
    op.drop_table("figure_state")
    op.drop_table("figure_marks")
    op.drop_index("ix_figure_facts_closed_at", table_name="figure_facts")
    op.drop_index("ix_figure_facts_answered_at", table_name="figure_facts")
    op.drop_index("ix_figure_facts_agent", table_name="figure_facts")
    op.drop_table("figure_facts")
    op.drop_table("figure_cells")
    op.drop_index("ix_exports_listed", table_name="exports")
    op.drop_index("ix_exports_kept", table_name="exports")
    op.drop_table("exports")
