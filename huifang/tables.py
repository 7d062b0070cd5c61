"""Declares the table of API keys."""

from sqlalchemy import Column, Index, String, Table

from kernel.engine import metadata
from kernel.sql import Serial, UtcDateTime

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

#: A name may be used again once its key is revoked; two keys never answer to one name at a time.
Index(
    "uq_api_keys_name",
    api_keys.c.name,
    unique=True,
    sqlite_where=api_keys.c.revoked_at.is_(None),
    postgresql_where=api_keys.c.revoked_at.is_(None),
)
