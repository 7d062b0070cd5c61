"""Keeps dead letters, the jobs that were given up: lists, counts, replays and drops them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import lock_rows
from scheduler.job import Job
from scheduler.store import read_job
from scheduler.tables import jobs

MOST = 1_000  # keys in one call

_DEAD = jobs.c.outcome == "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job that was given up at `at`, after `attempts` tries, for the reason of `error`."""

    job: Job
    attempts: int
    error: str
    at: datetime


async def listed(
    conn: AsyncConnection,
    *,
    kind: str | None = None,
    until: datetime | None = None,
    limit: int = MOST,
) -> list[DeadLetter]:
    """Dead letters, newest first: of one kind, or of all; given up by `until`, or at any time."""
    query = select(jobs).where(_DEAD)
    if kind is not None:
        query = query.where(jobs.c.kind == kind)
    if until is not None:
        query = query.where(jobs.c.done_at <= until)
    rows = await conn.execute(query.order_by(jobs.c.done_at.desc(), jobs.c.key).limit(limit))
    return [
        DeadLetter(job=read_job(row), attempts=row.attempt, error=row.error or "", at=row.done_at)
        for row in rows
    ]


async def count(conn: AsyncConnection) -> int:
    """How many wait for somebody."""
    query = select(func.count()).select_from(jobs).where(_DEAD)
    return int((await conn.execute(query)).scalar_one())


async def replay(conn: AsyncConnection, keys: Sequence[str], now: datetime) -> list[Job]:
    """Make dead letters due again, as if never tried; those that were. At most `MOST` keys."""
    return await _settle(conn, keys, run_at=now, attempt=0, error=None, done_at=None, outcome=None)


async def drop(conn: AsyncConnection, keys: Sequence[str]) -> list[Job]:
    """Settle dead letters for good; those that were. At most `MOST` keys."""
    return await _settle(conn, keys, outcome="dropped")


async def _settle(conn: AsyncConnection, keys: Sequence[str], **values: Any) -> list[Job]:
    dead = select(jobs.c.key).where(jobs.c.key.in_(keys[:MOST]), _DEAD).order_by(jobs.c.key)
    found = list((await conn.execute(lock_rows(dead, conn))).scalars())
    rows = await conn.execute(
        update(jobs).where(jobs.c.key.in_(found), _DEAD).values(**values).returning(jobs)
    )
    return sorted((read_job(row) for row in rows), key=lambda job: job.key)
