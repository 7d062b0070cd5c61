"""Keeps the one append-only story of what happened and why; it holds keys, never personal data."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Index, String, Table, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.cursors import Place
from kernel.engine import insert_last, metadata, write_held
from kernel.listing import newest
from kernel.sql import Json, Serial, UtcDateTime, among, lock_rows

_LONGEST_ACTOR = 64  # as long as a key's name
_RULES = "rules"  # of a decision's detail

PART = 2_000
"""Entries looked at in one go, where old ones are forgotten."""

#: Somebody read of a customer: the audit's matter, and no part of what happened.
READ = "personal.read"

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
    Column("actor", String(_LONGEST_ACTOR)),
    # The rules of a decision, nine tenths of it, which the database is never asked about: as text
    # they cost it a third of what they would as a part of the document.
    Column("rules", Text),
    Index("ix_journal_ticket", "source", "ticket", "id"),
    Index("ix_journal_about", "about", "id"),
    # Decisions are a little larger than what PostgreSQL compresses by itself, which takes longer
    # than to write them as they are.
    info={"storage": {"toast_tuple_target": 4080}},
)
Index(
    "ix_journal_actor",
    journal.c.at,
    journal.c.id,
    postgresql_where=journal.c.actor.is_not(None),
    sqlite_where=journal.c.actor.is_not(None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened: `kind` is past tense (`contact.sent`), `about` the id it concerns.

    `detail` is JSON and holds keys, numbers and reasons; names, numbers, addresses and free
    text never, so that erasure has nothing to rewrite here. Whose act it was, where it was
    somebody's, is told by its `actor`, a key's name, or `by`; such entries are the audit.
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
            **_written(entry.detail),
            "actor": _actor(entry.detail),
        }
        for entry in entries
    ]
    await insert_last(conn, journal, rows)


def _written(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The columns in which a detail is kept."""
    rules = detail.get(_RULES)
    if not rules:
        return {"detail": detail, "rules": None}
    rest = {name: value for name, value in detail.items() if name != _RULES}
    return {"detail": rest, "rules": orjson.dumps(rules).decode()}


def _actor(detail: Mapping[str, Any]) -> str | None:
    """Whose act it was: the key's name, else the person named; None: the product's own."""
    said = detail.get("actor") or detail.get("by")
    return str(said)[:_LONGEST_ACTOR] if said else None


async def of_ticket(conn: AsyncConnection, source: str, ticket: str) -> list[Entry]:
    """A ticket's story, oldest first."""
    await write_held(conn)
    rows = await conn.execute(
        select(journal)
        .where(journal.c.source == source, journal.c.ticket == ticket)
        .order_by(journal.c.at, journal.c.id)
    )
    return [_entry(row) for row in rows]


async def abouts(
    conn: AsyncConnection, tickets: Collection[tuple[str, str]], kind: str
) -> set[tuple[str, str, str]]:
    """What entries of a kind are about, as (source, ticket, id), of some tickets."""
    await write_held(conn)
    of = journal.c
    here = among(conn, tickets, of.source, of.ticket)
    rows = await conn.execute(select(of.source, of.ticket, of.about).where(here, of.kind == kind))
    return {(row.source, row.ticket, row.about) for row in rows}


async def of_kind(
    conn: AsyncConnection, tickets: Collection[tuple[str, str]], kind: str
) -> list[Entry]:
    """The entries of a kind that some tickets have, oldest first."""
    await write_held(conn)
    of = journal.c
    here = among(conn, tickets, of.source, of.ticket)
    rows = await conn.execute(select(journal).where(here, of.kind == kind).order_by(of.id))
    return [_entry(row) for row in rows]


async def about(conn: AsyncConnection, ids: Collection[str]) -> dict[str, list[Entry]]:
    """The entries about ids, each id's oldest first."""
    found: dict[str, list[Entry]] = {id_: [] for id_ in ids}
    if ids:
        await write_held(conn)
        query = select(journal).where(among(conn, set(ids), journal.c.about))
        for row in await conn.execute(query.order_by(journal.c.id)):
            found[row.about].append(_entry(row))
    return found


async def last_of(conn: AsyncConnection, about: str, kinds: Collection[str]) -> Entry | None:
    """The newest entry about an id that is of one of these kinds."""
    await write_held(conn)
    query = select(journal).where(journal.c.about == about, journal.c.kind.in_(kinds))
    row = (await conn.execute(query.order_by(journal.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else _entry(row)


async def latest(conn: AsyncConnection, about: str) -> Entry | None:
    """The newest entry about an id; whoever asks next waits until this transaction ends."""
    await write_held(conn)
    query = select(journal).where(journal.c.about == about).order_by(journal.c.id.desc()).limit(1)
    await conn.execute(lock_rows(query, conn))
    # Whoever waited for the lock was shown what was newest before the other wrote.
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _entry(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An entry that tells of somebody's act, and whose: a key's name."""

    id: int
    actor: str
    entry: Entry


async def acts(
    conn: AsyncConnection,
    *,
    since: datetime | None,
    until: datetime | None,
    actor: str | None,
    kind: str | None,
    after: Place | None,
    limit: int,
) -> tuple[list[Act], Place | None]:
    """What people did, newest first, and the place after which there is more, if any.

    `since` is in, `until` is not; None: whatever it is.
    """
    at = journal.c.at
    query = select(journal).where(journal.c.actor.is_not(None))
    if since is not None:
        query = query.where(at >= since)
    if until is not None:
        query = query.where(at < until)
    for column, wanted in ((journal.c.actor, actor), (journal.c.kind, kind)):
        if wanted is not None:
            query = query.where(column == wanted)
    rows, more = await newest(conn, query, at, journal.c.id, after, limit)
    return [Act(id=row.id, actor=row.actor, entry=_entry(row)) for row in rows], more


async def old(
    conn: AsyncConnection, after: int, before: datetime
) -> tuple[list[tuple[int, tuple[str, str] | None]], int | None]:
    """The next `PART` entries by id, those written before an instant, each with its ticket; and
    the id to go on after, None at the end: what comes later is younger.
    """
    query = select(journal.c.id, journal.c.at, journal.c.source, journal.c.ticket)
    ordered = query.where(journal.c.id > after).order_by(journal.c.id).limit(PART)
    rows = (await conn.execute(ordered)).all()
    found = [row for row in rows if row.at < before]
    last = found[-1].id if found else None
    return [
        (row.id, None if row.ticket is None else (row.source, row.ticket)) for row in found
    ], last


async def forget(conn: AsyncConnection, ids: Sequence[int]) -> None:
    """Delete entries whose time is over."""
    await conn.execute(delete(journal).where(among(conn, ids, journal.c.id)))


def _entry(row: Any) -> Entry:
    return Entry(
        at=row.at,
        kind=row.kind,
        about=row.about,
        source=row.source,
        ticket=row.ticket,
        detail=row.detail if row.rules is None else row.detail | {_RULES: orjson.loads(row.rules)},
    )
