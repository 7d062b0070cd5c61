"""Keeps dead letters, the jobs that were given up: lists, counts, replays and drops them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import announce
from kernel.sql import lock_rows
from scheduler import store
from scheduler.job import Job, Leased
from scheduler.notices import OPERATION, Notice, raise_many
from scheduler.store import read_job
from scheduler.tables import jobs

MOST = 1_000  # keys in one call
_ERROR_SHOWN = 200  # characters

_DEAD = jobs.c.outcome == "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A job that was given up at `at`, after `attempts` tries, for the reason of `error`."""

    job: Job
    attempts: int
    error: str
    at: datetime


async def bury(
    conn: AsyncConnection, dead: Mapping[str, tuple[Leased, str]], now: datetime
) -> None:
    """End jobs as dead letters, by key, each with its reason, and have a person told.

    One item stands for all of a kind until it is acknowledged: a thousand jobs that fail alike
    are one matter. It names the first.
    """
    await store.bury(conn, dead, now)
    first: dict[str, Notice] = {}
    for key, (leased, why) in sorted(dead.items()):
        first.setdefault(leased.job.kind, _notice(key, leased.job, why))
    await raise_many(conn, list(first.values()), now)


def _notice(key: str, job: Job, why: str) -> Notice:
    return Notice(
        kind="deadletter.new",
        subject=job.kind,
        source=job.payload.get("source"),
        ticket=job.payload.get("ticket"),
        facts={"job": job.kind, "key": key, "error": why[:_ERROR_SHOWN]},
        roles=OPERATION,
        again_after=timedelta(0),
    )


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
    settled = sorted((read_job(row) for row in rows), key=lambda job: job.key)
    announce(conn, {job.kind for job in settled})
    return settled
