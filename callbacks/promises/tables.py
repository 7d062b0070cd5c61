"""Declares callbacks, and the book under whose lock slots are given away."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table

from kernel.engine import metadata
from kernel.sql import Json, UtcDateTime

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(255), nullable=False),
    Column("customer", String(255), nullable=False),
    Column("ticket", String(255)),
    Column("topic", String(64), nullable=False),
    Column("reason", LargeBinary),
    Column("slot_from", UtcDateTime, nullable=False),
    Column("slot_until", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("chosen", Boolean, nullable=False),
    Column("phone", LargeBinary),
    Column("state", String(16), nullable=False),
    Column("attempts", Json, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("agent", String(255)),
    Column("notes", LargeBinary),
    Column("origin", String(16), nullable=False),
    Column("complaint", String(64)),
    Column("cycle", Integer),
    Column("attempt_at", UtcDateTime),
    Column("claimed_until", UtcDateTime),
    Column("rung", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("reason_closed", String(64)),
    Index("ix_callbacks_ticket", "source", "ticket"),
    Index("ix_callbacks_agent", "agent", "slot_from"),
    Index("ix_callbacks_slot", "slot_from", "priority"),
)
# One promise at a time for a matter: the database's word, whatever two processes think at once.
Index(
    "uq_callbacks_open",
    callbacks.c.source,
    callbacks.c.customer,
    callbacks.c.topic,
    unique=True,
    postgresql_where=callbacks.c.closed_at.is_(None),
    sqlite_where=callbacks.c.closed_at.is_(None),
)
Index(
    "ix_callbacks_open",
    callbacks.c.attempt_at,
    postgresql_where=callbacks.c.closed_at.is_(None),
    sqlite_where=callbacks.c.closed_at.is_(None),
)
Index("ix_callbacks_closed", callbacks.c.closed_at)

callback_books = Table("callback_books", metadata, Column("id", String(16), primary_key=True))
