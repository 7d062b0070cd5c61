"""Takes one customer out of jobs, whether they wait, ended or were given up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.erased import ERASED
from kernel.sql import lock_rows, overwrite
from scheduler.tables import jobs

PART = 500
"""Jobs changed in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose jobs are looked for: by their id, by their tickets, or by their `threads`."""

    source: str
    customer: str
    tickets: frozenset[str]
    threads: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrub:
    """What is taken out: `fields` of any payload; jobs of the kinds `void` end unless they did."""

    fields: Collection[str]
    void: Collection[str]


async def scrub(
    conn: AsyncConnection, whose: Subject, how: Scrub, after: str, now: datetime
) -> tuple[int, str | None]:
    """Take a customer out of the next `PART` of their jobs: how many, and the key to go on after,
    None at the end. Keys, kinds and times stay: a key that is known is never enqueued again.
    """
    query = select(jobs).where(jobs.c.key > after, _theirs(whose)).order_by(jobs.c.key).limit(PART)
    rows = (await conn.execute(lock_rows(query, conn))).all()
    await overwrite(conn, jobs, [_scrubbed(row, how, now) for row in rows], "key")
    return len(rows), rows[-1].key if len(rows) == PART else None


def _theirs(whose: Subject) -> Any:
    def said(name: str) -> Any:
        return jobs.c.payload[name].as_string()

    told = [said("customer") == whose.customer]
    if whose.tickets:
        told.append(said("ticket").in_(sorted(whose.tickets)))
    found = (said("source") == whose.source) & or_(*told)
    if not whose.threads:
        return found
    threads = sorted(whose.threads)
    return or_(found, *(said(name).in_(threads) for name in ("thread", "invitation", "callback")))


def _scrubbed(row: Any, how: Scrub, now: datetime) -> Mapping[str, Any]:
    payload = {
        name: None if name in how.fields else value for name, value in dict(row.payload).items()
    }
    if payload.get("customer") is not None:
        payload["customer"] = ERASED
    over = row.done_at is None and row.kind in how.void
    return {
        "key": row.key,
        "payload": payload,
        "error": None,
        "done_at": now if over else row.done_at,
        "outcome": "cancelled" if over else row.outcome,
        "lease": None if over else row.lease,
    }


async def waiting_of(conn: AsyncConnection, whose: Subject, most: int) -> list[dict[str, Any]]:
    """What is still to be done about a customer: kinds and times."""
    query = select(jobs.c.kind, jobs.c.due_at).where(jobs.c.done_at.is_(None), _theirs(whose))
    rows = await conn.execute(query.order_by(jobs.c.due_at).limit(most))
    return [{"kind": row.kind, "due_at": row.due_at} for row in rows]


async def payload_of(conn: AsyncConnection, key: str) -> dict[str, Any] | None:
    """What a waiting job says; None where there is none."""
    query = select(jobs.c.payload).where(jobs.c.key == key, jobs.c.done_at.is_(None))
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else dict(row.payload)


async def settle(conn: AsyncConnection, key: str, left: Mapping[str, Any]) -> None:
    """Have a job that is over hold no more than what is `left` of its payload."""
    await overwrite(conn, jobs, [{"key": key, "payload": dict(left)}], "key")
