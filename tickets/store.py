"""Keeps events, tickets and closures; every verb takes and returns many."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among, insert_new, lock_rows, upsert
from kernel.vault import Vault
from tickets.cycles import Known
from tickets.model import Closure, ClosureRow, Event, TicketRow
from tickets.tables import closures, events, tickets

Which = tuple[str, str]  # (source, ticket id)


async def keep_events(
    conn: AsyncConnection, vault: Vault, told: Sequence[tuple[str, Event]], now: datetime
) -> set[Which]:
    """Write events, each with its type; (source, id) of those told for the first time."""
    rows = [
        {
            "source": event.envelope.source,
            "id": event.envelope.id,
            "type": type_,
            "time": event.envelope.time,
            "received_at": now,
            "payload": vault.seal(
                event.envelope.raw,
                f"events.payload|{event.envelope.source}|{event.envelope.id}",
            ),
        }
        for type_, event in sorted(
            told, key=lambda item: (item[1].envelope.source, item[1].envelope.id)
        )
    ]
    return {(row[0], row[1]) for row in await insert_new(conn, events, rows, ["source", "id"])}


async def known_events(conn: AsyncConnection, which: Collection[Which]) -> set[Which]:
    """Those of some events, by (source, event id), that were kept before."""
    query = select(events.c.source, events.c.id)
    rows = await conn.execute(query.where(among(conn, which, events.c.source, events.c.id)))
    return {(row.source, row.id) for row in rows}


async def payloads(
    conn: AsyncConnection, vault: Vault, which: Collection[Which]
) -> dict[Which, str]:
    """What events said, by (source, event id); those whose words were forgotten are left out."""
    query = select(events.c.source, events.c.id, events.c.payload)
    rows = await conn.execute(query.where(among(conn, which, events.c.source, events.c.id)))
    texts = {
        (row.source, row.id): vault.open(row.payload, f"events.payload|{row.source}|{row.id}")
        for row in rows
    }
    return {key: text for key, text in texts.items() if text is not None}


async def add_tickets(conn: AsyncConnection, new: Sequence[TicketRow]) -> set[Which]:
    """Write tickets of which nobody told before; those written, all others are known already."""
    rows = [_row(ticket) for ticket in sorted(new, key=lambda ticket: (ticket.source, ticket.id))]
    return {(row[0], row[1]) for row in await insert_new(conn, tickets, rows, ["source", "id"])}


async def lock_tickets(conn: AsyncConnection, which: Collection[Which]) -> dict[Which, TicketRow]:
    """Known tickets, locked in order: one at a time counts their cycles."""
    if not which:
        return {}
    query = (
        select(tickets)
        .where(among(conn, which, tickets.c.source, tickets.c.id))
        .order_by(tickets.c.source, tickets.c.id)
    )
    return {
        (row.source, row.id): _ticket(row) for row in await conn.execute(lock_rows(query, conn))
    }


def _ticket(row: Any) -> TicketRow:
    return TicketRow(
        source=row.source,
        id=row.id,
        status=row.status,
        customer=row.customer,
        changed_at=row.changed_at,
        reopens=row.reopens,
        merged_into=row.merged_into,
    )


async def save_tickets(conn: AsyncConnection, changed: Sequence[TicketRow]) -> None:
    """Overwrite tickets; their rows are locked by the caller."""
    await upsert(conn, tickets, [_row(ticket) for ticket in changed], ["source", "id"])


def _row(ticket: TicketRow) -> dict[str, Any]:
    return {
        "source": ticket.source,
        "id": ticket.id,
        "status": ticket.status,
        "customer": ticket.customer,
        "changed_at": ticket.changed_at,
        "reopens": ticket.reopens,
        "merged_into": ticket.merged_into,
    }


async def known_closures(
    conn: AsyncConnection, which: Collection[Which]
) -> dict[Which, list[Known]]:
    """The closings already told, by ticket."""
    found: dict[Which, list[Known]] = defaultdict(list)
    for row in await _closures(conn, which):
        key = (row.closure.source, row.closure.ticket)
        found[key].append(Known(cycle=row.closure.cycle, closed_at=row.closed_at))
    return found


async def add_closures(conn: AsyncConnection, new: Sequence[ClosureRow]) -> None:
    """Write closures. The primary key keeps a closing to one."""
    rows = [
        {
            "source": row.closure.source,
            "ticket": row.closure.ticket,
            "cycle": row.closure.cycle,
            "closed_at": row.closed_at,
            "customer": row.customer,
            "superseded": row.superseded,
            "facts": dict(row.facts),
        }
        for row in new
    ]
    await insert_new(conn, closures, rows)


async def closures_of(
    conn: AsyncConnection, which: Collection[Which]
) -> dict[tuple[str, str, int], ClosureRow]:
    """The closings of tickets, by source, ticket and cycle."""
    return {
        (row.closure.source, row.closure.ticket, row.closure.cycle): row
        for row in await _closures(conn, which)
    }


async def _closures(conn: AsyncConnection, which: Collection[Which]) -> list[ClosureRow]:
    if not which:
        return []
    rows = await conn.execute(
        select(closures)
        .where(among(conn, which, closures.c.source, closures.c.ticket))
        .order_by(closures.c.source, closures.c.ticket, closures.c.cycle)
    )
    return [_closure(row) for row in rows]


def _closure(row: Any) -> ClosureRow:
    return ClosureRow(
        closure=Closure(source=row.source, ticket=row.ticket, cycle=row.cycle),
        closed_at=row.closed_at,
        customer=row.customer,
        superseded=row.superseded,
        facts=row.facts,
    )


Spot = tuple[datetime, str, str, int]  # of a closing, in the order in which they were closed


def spot(row: ClosureRow) -> Spot:
    """Where a closing stands among all."""
    return row.closed_at, row.closure.source, row.closure.ticket, row.closure.cycle


async def closures_after(
    conn: AsyncConnection, after: Spot | None, since: datetime, until: datetime, most: int
) -> list[ClosureRow]:
    """The next closings from `since` to before `until`, but those superseded when told."""
    of = closures.c
    here = [of.closed_at >= since, of.closed_at < until, of.superseded.is_(False)]
    if after is not None:
        at, *name = after
        same = tuple_(of.source, of.ticket, of.cycle) > tuple_(*name)
        # The instant by itself as well: an index leads there, and to no alternative.
        here += [of.closed_at >= at, or_(of.closed_at > at, same)]
    query = select(closures).where(*here)
    ordered = query.order_by(of.closed_at, of.source, of.ticket, of.cycle).limit(most)
    return [_closure(row) for row in await conn.execute(ordered)]


async def ticket_with_closures(
    conn: AsyncConnection, source: str, id_: str
) -> tuple[TicketRow, list[ClosureRow]] | None:
    """One ticket and its closings; None when nobody told of it."""
    row = (
        await conn.execute(select(tickets).where(tickets.c.source == source, tickets.c.id == id_))
    ).one_or_none()
    if row is None:
        return None
    return _ticket(row), await _closures(conn, [(source, id_)])


async def sources_of(conn: AsyncConnection, id_: str) -> list[str]:
    """The sources in which a ticket id is known."""
    rows = await conn.execute(select(tickets.c.source).where(tickets.c.id == id_))
    return sorted(row.source for row in rows)


async def like(conn: AsyncConnection, id_: str, most: int) -> list[str]:
    """Ids of tickets that begin as this one does, or hold all of it; for whoever mistyped it."""
    begins = tickets.c.id.startswith(id_[: max(len(id_) - 1, 1)], autoescape=True)
    query = select(tickets.c.id).where(begins | tickets.c.id.contains(id_, autoescape=True))
    rows = await conn.execute(query.distinct().order_by(tickets.c.id).limit(most))
    return [row.id for row in rows]


async def count_reopen(conn: AsyncConnection, source: str, id_: str) -> None:
    """A desk accepted our order: the ticket is open again."""
    await conn.execute(
        update(tickets)
        .where(tickets.c.source == source, tickets.c.id == id_)
        .values(reopens=tickets.c.reopens + 1, status="reopened")
    )


async def events_after(
    conn: AsyncConnection, after: Which, since: datetime, most: int
) -> list[Which]:
    """The next events by (source, event id) that were received since."""
    key = (events.c.source, events.c.id)
    query = select(*key).where(tuple_(*key) > tuple_(*after), events.c.received_at >= since)
    rows = await conn.execute(query.order_by(*key).limit(most))
    return [(row.source, row.id) for row in rows]


async def purge_events(conn: AsyncConnection, before: datetime) -> int:
    """Forget some events received before an instant, none once all are gone; how many."""
    key = (events.c.source, events.c.id)
    old = select(*key).where(events.c.received_at < before).limit(1_000)
    result = await conn.execute(delete(events).where(tuple_(*key).in_(old)))
    return int(result.rowcount)
