"""Makes every table of the foundation."""

import sqlalchemy as sa
from alembic import op

from kernel.sql import Json, Serial, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "addresses",
        sa.Column("ix", sa.LargeBinary(length=16), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("open_conversation", sa.String(length=32), nullable=True),
        sa.Column("open_thread", sa.String(length=64), nullable=True),
        sa.Column("open_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("ix", name=op.f("pk_addresses")),
    )
    op.create_index("ix_addresses_open_thread", "addresses", ["open_thread"], unique=False)
    op.create_table(
        "answers",
        sa.Column("response", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("value", Json, nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("response", "question", name=op.f("pk_answers")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_keys_hash")),
    )
    op.create_index(
        "uq_api_keys_name",
        "api_keys",
        ["name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "closures",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("customer", sa.String(length=255), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.PrimaryKeyConstraint("source", "ticket", "cycle", name=op.f("pk_closures")),
    )
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("invitation", sa.String(length=64), nullable=False),
        sa.Column("response", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("classed", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("respond_by", UtcDateTime(), nullable=False),
        sa.Column("resolve_by", UtcDateTime(), nullable=False),
        sa.Column("tell_by", UtcDateTime(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("reopen", sa.String(length=16), nullable=False),
        sa.Column("follow_up", sa.String(length=255), nullable=True),
        sa.Column("attention", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("response", name=op.f("uq_complaints_response")),
    )
    op.create_index("ix_complaints_state", "complaints", ["state", "opened_at"], unique=False)
    op.create_index("ix_complaints_ticket", "complaints", ["source", "ticket"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("message_class", sa.String(length=20), nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("customer", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_ix", sa.LargeBinary(length=16), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("intended_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("carrier_id", sa.String(length=128), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index("ix_contacts_address", "contacts", ["address_ix", "intended_at"], unique=False)
    op.create_index("ix_contacts_carrier", "contacts", ["carrier_id"], unique=False)
    op.create_index(
        "ix_contacts_person", "contacts", ["source", "customer", "intended_at"], unique=False
    )
    op.create_index("ix_contacts_thread", "contacts", ["thread"], unique=False)
    op.create_table(
        "customers",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("phone_ix", sa.LargeBinary(length=16), nullable=True),
        sa.Column("email_ix", sa.LargeBinary(length=16), nullable=True),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("region", sa.String(length=200), nullable=True),
        sa.Column("tier", sa.String(length=200), nullable=True),
        sa.Column("channels", Json, nullable=False),
        sa.Column("do_not_contact", sa.Boolean(), nullable=False),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("window", Json, nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("channels_at", UtcDateTime(), nullable=False),
        sa.Column("blocked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_customers")),
    )
    op.create_index("ix_customers_email_ix", "customers", ["email_ix"], unique=False)
    op.create_index("ix_customers_phone_ix", "customers", ["phone_ix"], unique=False)
    op.create_table(
        "events",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("time", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_received_at", "events", ["received_at"], unique=False)
    op.create_table(
        "inbound",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address_ix", sa.LargeBinary(length=16), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reading", sa.String(length=20), nullable=False),
        sa.Column("thread", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
    )
    op.create_index("ix_inbound_address", "inbound", ["address_ix", "at"], unique=False)
    op.create_index("ix_inbound_reading", "inbound", ["reading", "at"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("customer", sa.String(length=255), nullable=False),
        sa.Column("program", sa.String(length=64), nullable=False),
        sa.Column("survey", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("useful_until", UtcDateTime(), nullable=False),
        sa.Column("lasts", sa.Integer(), nullable=False),
        sa.Column("attribution", Json, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("question", sa.String(length=64), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint(
            "source", "ticket", "cycle", name=op.f("uq_invitations_source_ticket_cycle")
        ),
    )
    op.create_index("ix_invitations_state", "invitations", ["state", "expires_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("not_after", UtcDateTime(), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_jobs")),
    )
    op.create_index(
        "ix_jobs_dead",
        "jobs",
        ["done_at"],
        unique=False,
        postgresql_where=sa.text("outcome = 'dead'"),
        sqlite_where=sa.text("outcome = 'dead'"),
    )
    op.create_index(
        "ix_jobs_waiting",
        "jobs",
        ["kind", "priority", "run_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "journal",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=True),
        sa.Column("ticket", sa.String(length=255), nullable=True),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_about", "journal", ["about", "id"], unique=False)
    op.create_index("ix_journal_ticket", "journal", ["source", "ticket", "id"], unique=False)
    op.create_table(
        "opt_outs",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("address_ix", sa.LargeBinary(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("how", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.String(length=255), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_how", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_outs")),
    )
    op.create_index(
        "uq_opt_outs_in_force",
        "opt_outs",
        ["address_ix", "channel"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "responses",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("invitation", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("ticket", sa.String(length=255), nullable=False),
        sa.Column("survey", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("attribution", Json, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("low", sa.Boolean(), nullable=False),
        sa.Column("suspect", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
        sa.UniqueConstraint("invitation", name=op.f("uq_responses_invitation")),
    )
    op.create_index("ix_responses_started_at", "responses", ["started_at"], unique=False)
    op.create_index("ix_responses_ticket", "responses", ["source", "ticket"], unique=False)
    op.create_table(
        "survey_versions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("first_used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_survey_versions")),
    )
    op.create_table(
        "tickets",
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("customer", sa.String(length=255), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("reopens", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_id", "tickets", ["id"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_tickets_id", table_name="tickets")
    op.drop_table("tickets")
    op.drop_table("survey_versions")
    op.drop_index("ix_responses_ticket", table_name="responses")
    op.drop_index("ix_responses_started_at", table_name="responses")
    op.drop_table("responses")
    op.drop_index(
        "uq_opt_outs_in_force",
        table_name="opt_outs",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("opt_outs")
    op.drop_index("ix_journal_ticket", table_name="journal")
    op.drop_index("ix_journal_about", table_name="journal")
    op.drop_table("journal")
    op.drop_index(
        "ix_jobs_waiting",
        table_name="jobs",
        postgresql_where=sa.text("done_at IS NULL"),
        sqlite_where=sa.text("done_at IS NULL"),
    )
    op.drop_index(
        "ix_jobs_dead",
        table_name="jobs",
        postgresql_where=sa.text("outcome = 'dead'"),
        sqlite_where=sa.text("outcome = 'dead'"),
    )
    op.drop_table("jobs")
    op.drop_index("ix_invitations_state", table_name="invitations")
    op.drop_table("invitations")
    op.drop_index("ix_inbound_reading", table_name="inbound")
    op.drop_index("ix_inbound_address", table_name="inbound")
    op.drop_table("inbound")
    op.drop_index("ix_events_received_at", table_name="events")
    op.drop_table("events")
    op.drop_index("ix_customers_phone_ix", table_name="customers")
    op.drop_index("ix_customers_email_ix", table_name="customers")
    op.drop_table("customers")
    op.drop_index("ix_contacts_thread", table_name="contacts")
    op.drop_index("ix_contacts_person", table_name="contacts")
    op.drop_index("ix_contacts_carrier", table_name="contacts")
    op.drop_index("ix_contacts_address", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("ix_complaints_ticket", table_name="complaints")
    op.drop_index("ix_complaints_state", table_name="complaints")
    op.drop_table("complaints")
    op.drop_table("closures")
    op.drop_index(
        "uq_api_keys_name",
        table_name="api_keys",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("api_keys")
    op.drop_table("answers")
    op.drop_index("ix_addresses_open_thread", table_name="addresses")
    op.drop_table("addresses")
