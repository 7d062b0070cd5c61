"""Follows tickets: a closing resolves a complaint that somebody took up, and settles no other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store
from callbacks.classes import named
from callbacks.complaint import on_ticket_closed
from callbacks.jobs import CLOSED, Closed
from callbacks.model import Complaint, ComplaintRules
from callbacks.news import entry
from callbacks.waiting import notice_of
from channels.jobs import CALLBACK, CareCall, WantedCall
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import notices
from scheduler import store as jobs
from scheduler.job import Job, Leased
from scheduler.notices import Notice, raise_many
from tickets import store as tickets
from tickets.model import TicketClosed
from tickets.ports import News

_TOLD_AGAIN = timedelta(days=1)


async def met(
    conn: AsyncConnection, item: Complaint, deadline: str, by: str, actor: str, now: datetime
) -> None:
    """Take off the board that a deadline had passed: what it asked for was done by somebody."""
    await notices.acknowledge(conn, notice_of(item, deadline).id, by, actor, now)


async def owed_calls(
    conn: AsyncConnection, found: Sequence[Complaint], rules: ComplaintRules, now: datetime
) -> list[Job]:
    """The jobs that promise the calls which complaints are owed by their class, one each."""
    classes = {item.id: named(item.classed, rules.classes) for item in found}
    owed = {id_: each.callback for id_, each in classes.items() if each and each.callback}
    if not owed:
        return []
    which = {(item.source, item.ticket) for item in found if item.id in owed}
    closures = await tickets.closures_of(conn, which)
    return [
        _call_job(item, closures[item.closure].customer, owed[item.id], now)
        for item in found
        if item.id in owed and item.closure in closures
    ]


@dataclass(slots=True, kw_only=True)
class TicketsClosed:
    """Hears of closings in the transaction that keeps them, and acts on them as jobs."""

    database: Database
    vault: Vault

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Note the closings of tickets whose complaint is open; most tickets have none."""
        closings = [
            (item.closure, item.first)
            for item in news
            if isinstance(item.event, TicketClosed) and item.closure is not None and item.fresh
        ]
        which = {(item.source, item.ticket) for item, _ in closings}
        new = {(item.source, item.ticket) for item, first in closings if first}
        open_ = await store.concerned(conn, which, new)
        told = [item for item, _ in closings if (item.source, item.ticket) in open_]
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
                    # A ticket that was opened for the complaint has cycles of its own.
                    own = item.ticket == told.ticket
                    moved = on_ticket_closed(item, told.cycle if own else item.cycle + 1)
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
    return [
        item
        for item in found
        if item.source == told.source and told.ticket in (item.ticket, item.follow_up)
    ]


def _closed_at_once(item: Complaint, cycle: int) -> Notice:
    """One matter for each complaint: a desk may close its ticket over and over."""
    return Notice(
        kind="complaint.closed_unacknowledged",
        subject=item.id,
        source=item.source,
        ticket=item.ticket,
        facts={"complaint": item.id, "cycle": cycle},
        again_after=_TOLD_AGAIN,
    )


def _call_job(item: Complaint, customer: str, owed: CareCall, now: datetime) -> Job:
    """The job that promises the call which a complaint is owed; told again, it is the same one."""
    wanted = WantedCall(
        id=derived_id("cb_", item.id),
        source=item.source,
        customer=customer,
        ticket=item.ticket,
        origin="complaint",
        topic=owed.topic,
        priority=owed.priority,
        invitation=item.invitation,
        complaint=item.id,
        cycle=item.cycle,
        since=(now + owed.after).isoformat(),
        until=(now + owed.within).isoformat(),
    )
    return CALLBACK.job(item.id, wanted, due_at=now)
