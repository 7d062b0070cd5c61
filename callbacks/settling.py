"""Follows tickets: a closing resolves a complaint that somebody took up, and settles no other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store
from callbacks.complaint import on_ticket_closed
from callbacks.jobs import CLOSED, Closed
from callbacks.model import Complaint
from callbacks.news import entry
from callbacks.waiting import notice_of
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import notices
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import Notice, raise_many
from tickets.model import TicketClosed
from tickets.ports import News


async def met(
    conn: AsyncConnection, item: Complaint, deadline: str, by: str, actor: str, now: datetime
) -> None:
    """Take off the board that a deadline had passed: what it asked for was done by somebody."""
    await notices.acknowledge(conn, notice_of(item, deadline).id, by, actor, now)


@dataclass(slots=True, kw_only=True)
class TicketsClosed:
    """Hears of closings in the transaction that keeps them, and acts on them as jobs."""

    database: Database
    vault: Vault

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Note the closings of tickets whose complaint is open; most tickets have none."""
        closings = [
            item.closure
            for item in news
            if isinstance(item.event, TicketClosed)
            and item.closure is not None
            and item.fresh
            and not item.first
        ]
        known = {(item.source, item.ticket) for item in closings}
        open_ = await store.open_complaints(conn, known)
        told = [item for item in closings if (item.source, item.ticket) in open_]
        await jobs.enqueue(
            conn,
            [
                CLOSED.job(
                    derived_id("x_", item.key),
                    Closed(source=item.source, ticket=item.ticket, cycle=item.cycle),
                    due_at=now,
                )
                for item in told
            ],
        )

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Handle `complaint.ticket_closed` jobs."""
        closed = {leased.job.key: CLOSED.read(leased.job) for leased in batch}
        entries: list[Entry] = []
        raised: list[Notice] = []
        async with self.database.write() as conn:
            which = {(item.source, item.ticket) for item in closed.values()}
            found = {item.id: item for item in await store.lock_open(conn, self.vault, which)}
            held = await jobs.held(conn, batch)
            resolved: list[Complaint] = []
            for key, told in closed.items():
                if key not in held:
                    continue
                for item in _of(found.values(), told):
                    detail: dict[str, Any] = {"by": "ticket.closed", "cycle": told.cycle}
                    moved = on_ticket_closed(item, told.cycle)
                    if moved is None:
                        entries.append(
                            entry(item, "complaint.closed_unacknowledged", now, **detail)
                        )
                        raised.append(_closed_at_once(item, told.cycle))
                    elif moved.state != item.state:
                        found[item.id] = moved
                        resolved.append(moved)
                        entries.append(entry(moved, "complaint.resolved", now, **detail))
            await store.save(conn, self.vault, resolved)
            await append(conn, entries)
            await jobs.finish(conn, batch, now)
            for item in resolved:
                await met(conn, item, "resolve", "ticket.closed", "", now)
            await raise_many(conn, raised, now)


def _of(found: Iterable[Complaint], told: Closed) -> list[Complaint]:
    return [item for item in found if (item.source, item.ticket) == (told.source, told.ticket)]


def _closed_at_once(item: Complaint, cycle: int) -> Notice:
    return Notice(
        kind="complaint.closed_unacknowledged",
        subject=f"{item.id}:{cycle}",
        source=item.source,
        ticket=item.ticket,
        facts={"complaint": item.id, "cycle": cycle},
    )
