"""Declares complaints."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, false

from kernel.engine import metadata
from kernel.sql import Json, UtcDateTime

complaints = Table(
    "complaints",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("source", String(255), nullable=False),
    Column("ticket", String(255), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("invitation", String(64), nullable=False),
    Column("response", String(64), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("classed", String(64), nullable=False),
    Column("owner", String(255)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("respond_by", UtcDateTime, nullable=False),
    Column("resolve_by", UtcDateTime, nullable=False),
    Column("tell_by", UtcDateTime, nullable=False),
    Column("score", Float),
    Column("rating", Integer),
    Column("question", String(64), nullable=False),
    Column("version", String(16), nullable=False),
    Column("answers", Json, nullable=False),
    Column("comment", LargeBinary),
    Column("reopen", String(16), nullable=False),
    Column("follow_up", String(255)),
    Column("attention", String(64)),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("by_hand", Boolean, nullable=False, server_default=false()),
    Column("how", LargeBinary),
    Column("result", LargeBinary),
    Column("tellings", Integer, nullable=False, server_default="0"),
    Column("telling", String(8), nullable=False, server_default="none"),
    Index("ix_complaints_ticket", "source", "ticket"),
    Index("ix_complaints_follow_up", "source", "follow_up"),
    Index("ix_complaints_state", "state", "opened_at"),
    Index("ix_complaints_opened_at", "opened_at"),
)
