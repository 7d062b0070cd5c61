"""Forgets what was sent and what came in, a part at a time, as a periodic duty asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.tables import calls, contacts, inbound, recordings
from kernel.sql import among

PART = 2_000
"""Rows looked at in one go."""

Old = tuple[list[tuple[str, str | None]], str | None]
"""Rows past their time, each with its thread, and the id to go on after; None at the end."""


async def old_contacts(conn: AsyncConnection, after: str, before: datetime) -> Old:
    """Contacts intended before an instant, of the next `PART` ids."""
    return await _old(conn, contacts, contacts.c.intended_at, after, before)


async def old_inbound(conn: AsyncConnection, after: str, before: datetime) -> Old:
    """Messages that came before an instant, of the next `PART` ids."""
    return await _old(conn, inbound, inbound.c.at, after, before)


async def old_calls(conn: AsyncConnection, after: str, before: datetime) -> Old:
    """Calls that began before an instant, of the next `PART` ids."""
    return await _old(conn, calls, calls.c.at, after, before)


async def old_recordings(conn: AsyncConnection, after: str, before: datetime) -> Old:
    """Recordings kept before an instant, of the next `PART` ids."""
    return await _old(conn, recordings, recordings.c.at, after, before)


async def _old(conn: AsyncConnection, table: Table, at: Any, after: str, before: datetime) -> Old:
    # By the primary key: an index on the time alone would be paid for with every send.
    query = select(table.c.id, table.c.thread, at.label("at")).where(table.c.id > after)
    rows = (await conn.execute(query.order_by(table.c.id).limit(PART))).all()
    old = [(row.id, row.thread) for row in rows if row.at < before]
    return old, rows[-1].id if rows else None


async def forget_contacts(conn: AsyncConnection, ids: Sequence[str]) -> None:
    """Delete contacts."""
    await conn.execute(delete(contacts).where(among(conn, ids, contacts.c.id)))


async def forget_inbound(conn: AsyncConnection, ids: Sequence[str]) -> None:
    """Delete what came in."""
    await conn.execute(delete(inbound).where(among(conn, ids, inbound.c.id)))


async def forget_calls(conn: AsyncConnection, ids: Sequence[str]) -> None:
    """Delete what was said in calls."""
    await conn.execute(delete(calls).where(among(conn, ids, calls.c.id)))


async def forget_recordings(conn: AsyncConnection, ids: Sequence[str]) -> None:
    """Delete recordings."""
    await conn.execute(delete(recordings).where(among(conn, ids, recordings.c.id)))
