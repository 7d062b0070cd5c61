"""Finds what is kept of one customer's tickets, and takes the customer out of it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.erased import ERASED
from kernel.sql import among, lock_rows
from kernel.vault import Vault
from tickets.tables import closures, events, tickets

Who = tuple[str, str]  # (source, customer id)

PART = 1_000
"""Events read in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom events are looked for: by their own id, or by their tickets."""

    source: str
    customer: str
    tickets: frozenset[str]

    def is_told_of(self, document: Any) -> bool:
        """Whether a CloudEvent concerns them; total. A ticket counts where nobody is named."""
        told = document.get("data") if isinstance(document, dict) else None
        if not isinstance(told, dict) or document.get("source") != self.source:
            return False
        named, ticket = _id_of(told.get("customer")), _id_of(told.get("ticket"))
        return named == self.customer if named is not None else ticket in self.tickets


def _id_of(part: Any) -> str | None:
    found = part.get("id") if isinstance(part, dict) else None
    return None if found is None else str(found)


async def tickets_of(conn: AsyncConnection, who: Who) -> list[str]:
    """The ids of a customer's tickets, and of those that were closed for them once."""
    source, customer = who
    mine = select(tickets.c.id).where(tickets.c.source == source, tickets.c.customer == customer)
    closed = select(closures.c.ticket).where(
        closures.c.source == source, closures.c.customer == customer
    )
    found = {row[0] for query in (mine, closed) for row in await conn.execute(query)}
    return sorted(found)


async def closings(conn: AsyncConnection, who: Who) -> list[dict[str, Any]]:
    """The closings of a customer's tickets, with the facts that were frozen then."""
    source, customer = who
    query = select(closures).where(closures.c.source == source, closures.c.customer == customer)
    rows = await conn.execute(query.order_by(closures.c.closed_at))
    return [
        {"ticket": row.ticket, "cycle": row.cycle, "closed_at": row.closed_at, **row.facts}
        for row in rows
    ]


async def erase(conn: AsyncConnection, who: Who) -> int:
    """Take a customer's id out of tickets and closings, locked in order; of how many tickets.

    The tickets, their closings and what is counted of them stay.
    """
    source, customer = who
    which = await tickets_of(conn, who)
    mine = among(conn, which, tickets.c.id)
    query = select(tickets.c.id).where(tickets.c.source == source, mine).order_by(tickets.c.id)
    await conn.execute(lock_rows(query, conn))
    await conn.execute(
        update(tickets)
        .where(tickets.c.source == source, tickets.c.customer == customer)
        .values(customer=ERASED)
    )
    await conn.execute(
        update(closures)
        .where(closures.c.source == source, closures.c.customer == customer)
        .values(customer=ERASED)
    )
    return len(which)


async def events_of(
    conn: AsyncConnection, vault: Vault, subject: Subject, after: str
) -> tuple[dict[str, Any], str | None]:
    """The events (id: document) about a customer among the next `PART` of their source that are
    kept; and the id to go on after, None at the end. They are sealed: each has to be opened.
    """
    query = (
        select(events.c.id, events.c.payload)
        .where(events.c.source == subject.source, events.c.id > after)
        .order_by(events.c.id)
        .limit(PART)
    )
    rows = (await conn.execute(query)).all()
    found: dict[str, Any] = {}
    for row in rows:
        text = vault.open(row.payload, f"events.payload|{subject.source}|{row.id}")
        document = None if text is None else json.loads(text)
        if subject.is_told_of(document):
            found[row.id] = document
    return found, rows[-1].id if len(rows) == PART else None


async def forget_payloads(conn: AsyncConnection, source: str, ids: Collection[str]) -> None:
    """Forget what events said; that they were told stays, so that none is taken in again."""
    if ids:
        chosen = among(conn, ids, events.c.id)
        await conn.execute(
            update(events).where(events.c.source == source, chosen).values(payload=None)
        )
