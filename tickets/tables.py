"""Declares events, tickets and closures."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table

from kernel.engine import metadata
from kernel.sql import Json, UtcDateTime

events = Table(
    "events",
    metadata,
    Column("source", String(255), primary_key=True),
    Column("id", String(255), primary_key=True),
    Column("type", String(64), nullable=False),
    Column("time", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("payload", LargeBinary),
    Index("ix_events_received_at", "received_at"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("source", String(255), primary_key=True),
    Column("id", String(255), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("customer", String(255)),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reopens", Integer, nullable=False),
    Column("merged_into", String(255)),
    Index("ix_tickets_id", "id"),
)

closures = Table(
    "closures",
    metadata,
    Column("source", String(255), primary_key=True),
    Column("ticket", String(255), primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("closed_at", UtcDateTime, nullable=False),
    Column("customer", String(255), nullable=False),
    Column("superseded", Boolean, nullable=False),
    Column("facts", Json, nullable=False),
    Index("ix_closures_closed_at", "closed_at"),
)
