"""Declares people who sign in, their sessions, and what was tried in vain."""

from sqlalchemy import Column, Index, Integer, String, Table

from kernel.engine import metadata
from kernel.sql import UtcDateTime

users = Table(
    "users",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("login", String(64), nullable=False),
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("agent", String(64)),
    Column("locale", String(8)),
    Column("password", String(255)),
    Column("subject", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("signed_in_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
)

#: A login may be used again once whoever had it is gone.
for _name in ("login", "subject"):
    Index(
        f"uq_users_{_name}",
        users.c[_name],
        unique=True,
        sqlite_where=users.c.ended_at.is_(None),
        postgresql_where=users.c.ended_at.is_(None),
    )

sessions = Table(
    "sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_sessions_user_id", "user_id", "created_at"),
    Index("ix_sessions_seen_at", "seen_at"),
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index("ix_sign_in_tries_until", "until"),
)

#: Calendars that somebody subscribes to: the callbacks of an agent or of a team.
calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("whose", String(255), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("uq_calendar_feeds_whose", "user_id", "kind", "whose", unique=True),
)
