"""Adds callbacks, their dials and calendars, and what they need of older tables."""

import sqlalchemy as sa
from alembic import op

from kernel.sql import Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("whose", sa.String(length=255), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
    )
    op.create_index(
        "uq_calendar_feeds_whose", "calendar_feeds", ["user_id", "kind", "whose"], unique=True
    )
    op.create_table(
        "callback_books",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_books")),
    )
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("customer", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=True),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("slot_from", UtcDateTime(), nullable=False),
        sa.Column("slot_until", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", Json, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=True),
        sa.Column("notes", sa.LargeBinary(), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("complaint", sa.String(length=64), nullable=True),
        sa.Column("cycle", sa.Integer(), nullable=True),
        sa.Column("attempt_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("reason_closed", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index("ix_callbacks_agent", "callbacks", ["agent", "slot_from"], unique=False)
    op.create_index("ix_callbacks_closed", "callbacks", ["closed_at"], unique=False)
    op.create_index(
        "ix_callbacks_open",
        "callbacks",
        ["attempt_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_callbacks_slot", "callbacks", ["slot_from", "priority"], unique=False)
    op.create_index("ix_callbacks_ticket", "callbacks", ["source", "ticket"], unique=False)
    op.create_index(
        "uq_callbacks_open",
        "callbacks",
        ["source", "customer", "topic"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "dials",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("callback", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("phone_ix", sa.LargeBinary(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("rings", sa.Integer(), nullable=False),
        sa.Column("agent_call", sa.String(length=64), nullable=True),
        sa.Column("customer_call", sa.String(length=64), nullable=True),
        sa.Column("called_at", UtcDateTime(), nullable=True),
        sa.Column("leg_at", UtcDateTime(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("machine", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dials")),
        sa.UniqueConstraint("contact", name=op.f("uq_dials_contact")),
    )
    op.create_index("ix_dials_callback", "dials", ["callback", "at"], unique=False)
    op.create_index("ix_dials_phone", "dials", ["phone_ix", "at"], unique=False)
    op.create_index(
        "uq_dials_agent",
        "dials",
        ["agent"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_dials_callback",
        "dials",
        ["callback"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_dials_phone",
        "dials",
        ["phone_ix"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "parts",
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address_ix", sa.LargeBinary(length=16), nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.Column("piece", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("message", "number", name=op.f("pk_parts")),
    )
    op.create_index(
        "ix_parts_address", "parts", ["address_ix", "destination", "reference"], unique=False
    )
    op.create_index("ix_parts_at", "parts", ["at"], unique=False)
    op.create_table(
        "presences",
        sa.Column("agent", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("rested_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("agent", name=op.f("pk_presences")),
    )
    op.create_index("ix_complaints_follow_up", "complaints", ["source", "follow_up"], unique=False)
    op.create_index("ix_complaints_opened_at", "complaints", ["opened_at"], unique=False)
    op.create_index(
        "ix_contacts_called",
        "contacts",
        ["intended_at"],
        unique=False,
        postgresql_where=sa.text("channel = 'voice' AND state = 'sent'"),
        sqlite_where=sa.text("channel = 'voice' AND state = 'sent'"),
    )
    op.drop_index(op.f("ix_invitations_state"), table_name="invitations")
    op.add_column("opt_outs", sa.Column("index_key", sa.String(length=16), nullable=True))
    op.add_column("tickets", sa.Column("merged_into", sa.String(length=255), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("tickets", "merged_into")
    op.drop_column("opt_outs", "index_key")
    op.create_index(
        op.f("ix_invitations_state"), "invitations", ["state", "expires_at"], unique=False
    )
    op.drop_index(
        "ix_contacts_called",
        table_name="contacts",
        postgresql_where=sa.text("channel = 'voice' AND state = 'sent'"),
        sqlite_where=sa.text("channel = 'voice' AND state = 'sent'"),
    )
    op.drop_index("ix_complaints_opened_at", table_name="complaints")
    op.drop_index("ix_complaints_follow_up", table_name="complaints")
    op.drop_table("presences")
    op.drop_index("ix_parts_at", table_name="parts")
    op.drop_index("ix_parts_address", table_name="parts")
    op.drop_table("parts")
    op.drop_index(
        "uq_dials_phone",
        table_name="dials",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "uq_dials_callback",
        table_name="dials",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "uq_dials_agent",
        table_name="dials",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_dials_phone", table_name="dials")
    op.drop_index("ix_dials_callback", table_name="dials")
    op.drop_table("dials")
    op.drop_index(
        "uq_callbacks_open",
        table_name="callbacks",
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_callbacks_ticket", table_name="callbacks")
    op.drop_index("ix_callbacks_slot", table_name="callbacks")
    op.drop_index(
        "ix_callbacks_open",
        table_name="callbacks",
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_callbacks_closed", table_name="callbacks")
    op.drop_index("ix_callbacks_agent", table_name="callbacks")
    op.drop_table("callbacks")
    op.drop_table("callback_books")
    op.drop_index("uq_calendar_feeds_whose", table_name="calendar_feeds")
    op.drop_table("calendar_feeds")
