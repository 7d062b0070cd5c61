"""Forgets the words of complaints that are closed, a part at a time, as a periodic duty asks."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.model import ComplaintState
from callbacks.tables import complaints
from kernel.sql import among

_PART = 1_000  # rows in one transaction
_WORDS = ("comment", "how", "result")
_OPEN = complaints.c.state != ComplaintState.CLOSED.value


async def open_threads(conn: AsyncConnection, threads: Collection[str]) -> set[str]:
    """Those of the invitations whose low score is not made good yet."""
    query = select(complaints.c.invitation).where(
        among(conn, threads, complaints.c.invitation), _OPEN
    )
    return {row.invitation for row in await conn.execute(query)}


async def open_tickets(
    conn: AsyncConnection, which: Collection[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Those of the tickets (source, id) with a complaint that is not closed."""
    query = select(complaints.c.source, complaints.c.ticket).where(
        among(conn, which, complaints.c.source, complaints.c.ticket), _OPEN
    )
    return {(row.source, row.ticket) for row in await conn.execute(query)}


async def forget_words(conn: AsyncConnection, before: datetime) -> int:
    """Take what was said out of some closed complaints opened before an instant; of how many."""
    old = (
        select(complaints.c.id)
        .where(
            complaints.c.state == ComplaintState.CLOSED.value,
            complaints.c.opened_at < before,
            or_(*(complaints.c[name].is_not(None) for name in _WORDS)),
        )
        .limit(_PART)
    )
    result = await conn.execute(
        update(complaints).where(complaints.c.id.in_(old)).values(dict.fromkeys(_WORDS))
    )
    return int(result.rowcount)
