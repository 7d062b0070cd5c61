"""Declares survey versions, invitations, responses and answers."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from kernel.engine import metadata
from kernel.sql import Json, UtcDateTime

survey_versions = Table(
    "survey_versions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", String(16), primary_key=True),
    Column("definition", Json, nullable=False),
    Column("first_used_at", UtcDateTime, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(255), nullable=False),
    Column("ticket", String(255), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("customer", String(255), nullable=False),
    Column("program", String(64), nullable=False),
    Column("survey", String(64), nullable=False),
    Column("version", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("channels", Json, nullable=False),
    Column("locale", String(16), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("useful_until", UtcDateTime, nullable=False),
    Column("lasts", Integer, nullable=False),
    Column("attribution", Json, nullable=False),
    Column("channel", String(16)),
    Column("expires_at", UtcDateTime),
    Column("reason", String(64)),
    Column("question", String(64)),
    Column("asked", Integer, nullable=False),
    Column("max_contacts", Integer, nullable=False, server_default="3"),
    Column("terms", Json),
    # What the funnel counts. Of those planned before they were kept, `report` asks what it can.
    Column("closed_at", UtcDateTime),
    Column("attempted", Boolean),
    Column("delivered", Boolean),
    # One closure, one plan: the database's word, whatever two processes think at once.
    UniqueConstraint("source", "ticket", "cycle"),
    Index("ix_invitations_state", "state", "expires_at"),
    Index("ix_invitations_customer", "source", "customer"),
    Index("ix_invitations_closed_at", "closed_at"),
)

responses = Table(
    "responses",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("invitation", String(64), nullable=False, unique=True),
    Column("source", String(255), nullable=False),
    Column("ticket", String(255), nullable=False),
    Column("survey", String(64), nullable=False),
    Column("version", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("attribution", Json, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    Column("score", Float),
    Column("rating", Integer),
    Column("low", Boolean, nullable=False),
    Column("suspect", Boolean, nullable=False),
    Column("suspect_reason", String(32)),
    Column("late", Boolean, nullable=False),
    Column("excluded_at", UtcDateTime),
    Index("ix_responses_ticket", "source", "ticket"),
    Index("ix_responses_started_at", "started_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("response", String(64), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("value", Json),
    Column("words", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("revised_at", UtcDateTime),
    Column("late", Boolean),
    Index("ix_answers_question", "question", "at"),
)

# What an answer was before it was corrected: no version is ever lost.
answer_versions = Table(
    "answer_versions",
    metadata,
    Column("response", String(64), primary_key=True),
    Column("question", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("value", Json),
    Column("words", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime, nullable=False),
    Column("reason", String(32), nullable=False),
)
