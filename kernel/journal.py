"""Keeps the one append-only story of what happened and why; it holds keys, never personal data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, String, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import metadata
from kernel.sql import Json, Serial, UtcDateTime, insert_all, lock_rows

journal = Table(
    "journal",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(48), nullable=False),
    Column("source", String(255)),
    Column("ticket", String(255)),
    Column("about", String(255), nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_journal_ticket", "source", "ticket", "id"),
    Index("ix_journal_about", "about", "id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: `kind` is past tense (`contact.sent`), `about` the id it concerns.

    `detail` is JSON and holds keys, numbers and reasons; names, numbers, addresses and free
    text never, so that erasure has nothing to rewrite here.
    """

    at: datetime
    kind: str
    about: str
    source: str | None = None
    ticket: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


async def append(conn: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Write entries in the transaction that did what they tell."""
    rows = [
        {
            "at": entry.at,
            "kind": entry.kind,
            "source": entry.source,
            "ticket": entry.ticket,
            "about": entry.about,
            "detail": dict(entry.detail),
        }
        for entry in entries
    ]
    await insert_all(conn, journal, rows)


async def of_ticket(conn: AsyncConnection, source: str, ticket: str) -> list[Entry]:
    """A ticket's story, oldest first."""
    rows = await conn.execute(
        select(journal)
        .where(journal.c.source == source, journal.c.ticket == ticket)
        .order_by(journal.c.at, journal.c.id)
    )
    return [_entry(row) for row in rows]


async def latest(conn: AsyncConnection, about: str) -> Entry | None:
    """The newest entry about an id; whoever asks next waits until this transaction ends."""
    query = select(journal).where(journal.c.about == about).order_by(journal.c.id.desc()).limit(1)
    await conn.execute(lock_rows(query, conn))
    # Whoever waited for the lock was shown what was newest before the other wrote.
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _entry(row)


def _entry(row: Any) -> Entry:
    return Entry(
        at=row.at,
        kind=row.kind,
        about=row.about,
        source=row.source,
        ticket=row.ticket,
        detail=row.detail,
    )
