"""Declares exports."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table

from kernel.engine import metadata
from kernel.sql import Json, UtcDateTime

exports = Table(
    "exports",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("job", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("format", String(16), nullable=False),
    Column("grain", String(16), nullable=False),
    Column("filter", Json, nullable=False),
    Column("tz", String(64), nullable=False),
    Column("bom", Boolean, nullable=False),
    Column("comments", Boolean, nullable=False),
    Column("identities", Boolean, nullable=False),
    Column("by", String(64), nullable=False),
    Column("role", Integer, nullable=False),
    Column("progress", Float, nullable=False),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Column("sha256", String(64)),
    Column("versions", Json),
    Column("columns", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
    Column("reason", String(200)),
    Index("ix_exports_listed", "created_at", "id"),
    Index("ix_exports_kept", "removed_at", "ended_at"),
)
