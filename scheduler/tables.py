"""Declares jobs, the rota of periodic duties, and what a person must be told."""

from sqlalchemy import Column, Index, Integer, SmallInteger, String, Table

from kernel.engine import metadata
from kernel.sql import Json, UtcDateTime

jobs = Table(
    "jobs",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    # When it may next be leased: first due_at, then the end of the lease or of a pause. One
    # column and one index serve both, so that a lease leaves the front of the queue by itself.
    Column("run_at", UtcDateTime, nullable=False),
    Column("not_after", UtcDateTime),
    Column("payload", Json, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease", String(32)),
    Column("done_at", UtcDateTime),
    Column("outcome", String(16)),
    Column("error", String(500)),
)
Index(
    "ix_jobs_waiting",
    jobs.c.kind,
    jobs.c.priority,
    jobs.c.run_at,
    postgresql_where=jobs.c.done_at.is_(None),
    sqlite_where=jobs.c.done_at.is_(None),
)
Index(
    "ix_jobs_done",
    jobs.c.done_at,
    postgresql_where=jobs.c.done_at.is_not(None),
    sqlite_where=jobs.c.done_at.is_not(None),
)
Index(
    "ix_jobs_dead",
    jobs.c.done_at,
    postgresql_where=jobs.c.outcome == "dead",
    sqlite_where=jobs.c.outcome == "dead",
)

duties = Table(
    "duties",
    metadata,
    Column("name", String(48), primary_key=True),
    # When the last run that was not cut short began: one in each interval is enough.
    Column("done_at", UtcDateTime),
    Column("lease", String(32)),
    Column("leased_until", UtcDateTime),
)

# What stands on the supervisors' board until somebody acknowledges it.
notices = Table(
    "notices",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("source", String(255)),
    Column("ticket", String(255)),
    Column("facts", Json, nullable=False),
    Column("roles", Json, nullable=False),
    # How often it was raised after somebody had acknowledged it, from 1; names the job that tells.
    Column("round", Integer, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("tries", Integer, nullable=False),  # mails of this round which may have left
    Column("told", Json),
    Column("told_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", String(64)),
    Index("ix_notices_listed", "raised_at", "id"),
    Index("ix_notices_told", "told_at"),
)
Index(
    "ix_notices_open",
    notices.c.kind,
    notices.c.raised_at,
    notices.c.id,
    postgresql_where=notices.c.acknowledged_at.is_(None),
    sqlite_where=notices.c.acknowledged_at.is_(None),
)
