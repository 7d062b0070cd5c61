"""Declares dials, and whether agents are there."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table

from kernel.engine import metadata
from kernel.sql import UtcDateTime

dials = Table(
    "dials",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("callback", String(64), nullable=False),
    Column("agent", String(255), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("phone_ix", LargeBinary(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("contact", String(64), nullable=False, unique=True),
    Column("stage", String(16), nullable=False),
    Column("rings", Integer, nullable=False),
    Column("agent_call", String(64)),
    Column("customer_call", String(64)),
    Column("called_at", UtcDateTime),
    Column("leg_at", UtcDateTime),
    Column("joined_at", UtcDateTime),
    Column("machine", Boolean, nullable=False),
    Column("status", String(16)),
    Column("seconds", Integer),
    Column("outcome", String(16)),
    Column("reason", String(64)),
    Column("ended_at", UtcDateTime),
    Index("ix_dials_callback", "callback", "at"),
    Index("ix_dials_phone", "phone_ix", "at"),
)
# One dial in hand for a callback, for a number, and for an agent: so there are never more of them
# than agents, whatever two processes think at once.
_IN_HAND = dials.c.ended_at.is_(None)
Index(
    "uq_dials_callback",
    dials.c.callback,
    unique=True,
    postgresql_where=_IN_HAND,
    sqlite_where=_IN_HAND,
)
Index(
    "uq_dials_phone",
    dials.c.phone_ix,
    unique=True,
    postgresql_where=_IN_HAND,
    sqlite_where=_IN_HAND,
)
Index(
    "uq_dials_agent",
    dials.c.agent,
    unique=True,
    postgresql_where=_IN_HAND,
    sqlite_where=_IN_HAND,
)

presences = Table(
    "presences",
    metadata,
    Column("agent", String(255), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("rested_at", UtcDateTime, nullable=False),
)
