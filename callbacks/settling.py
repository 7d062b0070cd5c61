"""Follows tickets: a closing resolves a complaint that somebody took up, and settles no other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
from tickets.model import ClosureRow, TicketClosed, TicketMerged, TicketRow
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
    """Hears of closings in the transaction that keeps them, and acts on them as jobs.

    So it does of mergers: work on a complaint goes on where its ticket went.
    """

    database: Database
    vault: Vault

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        """Note what became of tickets whose complaint is open; most tickets have none."""
        told = [(key, item) for item in news if (key := _matters_to(item)) is not None]
        new = {key for key, item in told if item.first}
        open_ = await store.concerned(conn, {key for key, _ in told}, new)
        wanted = [
            CLOSED.job(key, each, due_at=now)
            for ticket, item in told
            if ticket in open_
            for key, each in _told(item)
        ]
        await jobs.enqueue(conn, wanted)

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Handle `complaint.ticket_closed` jobs; tickets are locked before complaints."""
        told = {leased.job.key: CLOSED.read(leased.job) for leased in batch}
        turns: list[_Turn] = []
        async with self.database.write() as conn:
            into = {(each.source, each.into) for each in told.values() if each.into is not None}
            rows = await tickets.lock_tickets(conn, into)
            closings = (await tickets.closures_of(conn, into)).values()
            which = {(each.source, each.ticket) for each in told.values()}
            found = {item.id: item for item in await store.lock_open(conn, self.vault, which)}
            held = await jobs.held(conn, batch)
            further: dict[str, Job] = {}
            for key, each in ((key, each) for key, each in told.items() if key in held):
                for item in _of(found.values(), each):
                    turn = _closed(item, each, now)
                    if each.into is not None:
                        turn = _merged(item, each.ticket, each.into, closings, now)
                        further |= _merged_on(each, rows.get((each.source, each.into)), key, now)
                    found[item.id] = turn.item
                    turns.append(turn)
            changed = {turn.item.id: found[turn.item.id] for turn in turns if turn.entries}
            await store.save(conn, self.vault, list(changed.values()))
            await append(conn, [said for turn in turns for said in turn.entries])
            await jobs.enqueue(conn, list(further.values()))
            await jobs.finish(conn, batch, now)
            for turn in turns:
                if turn.resolved:
                    await met(conn, turn.item, "resolve", "ticket.closed", "", now)
            await raise_many(conn, [notice for turn in turns for notice in turn.notices], now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A complaint after its ticket was closed or merged, and what is told of that."""

    item: Complaint
    entries: tuple[Entry, ...] = ()
    notices: tuple[Notice, ...] = ()
    resolved: bool = False


def _closed(item: Complaint, told: Closed, now: datetime) -> _Turn:
    detail: dict[str, Any] = {"by": "ticket.closed", "cycle": told.cycle}
    # A ticket that was opened for the complaint has cycles of its own.
    own = item.ticket == told.ticket
    moved = on_ticket_closed(item, told.cycle if own else item.cycle + 1)
    if moved is None:
        said = entry(item, "complaint.closed_unacknowledged", now, **detail)
        notices = (_closed_at_once(item, told.cycle),)
        return _Turn(item=item, entries=(said,), notices=notices)
    if moved.state == item.state:
        return _Turn(item=item)
    said = entry(moved, "complaint.resolved", now, **detail)
    return _Turn(item=moved, entries=(said,), resolved=True)


def _merged(
    item: Complaint, ticket: str, into: str, closings: Iterable[ClosureRow], now: datetime
) -> _Turn:
    """Work goes on with another ticket; what closed that one meanwhile settles the complaint.

    Not so where it went on with a linked one already.
    """
    if item.follow_up not in (None, ticket):
        return _Turn(item=item)
    after = replace(item, follow_up=into)
    said = entry(item, "complaint.followed", now, into=into)
    since = [
        each.closure.cycle
        for each in closings
        if (each.closure.source, each.closure.ticket) == (item.source, into)
        and each.closed_at > item.opened_at
    ]
    if not since:
        return _Turn(item=after, entries=(said,))
    told = Closed(source=item.source, ticket=into, cycle=max(since))
    turn = _closed(after, told, now)
    return replace(turn, entries=(said, *turn.entries))


def _merged_on(told: Closed, row: TicketRow | None, key: str, now: datetime) -> dict[str, Job]:
    """The job, by its key, that takes complaints further where the ticket they came to has gone up
    in another one: whoever told of that did not find them there. A ring ends where it began.
    """
    past = (*told.past, told.ticket)
    if row is None or row.merged_into in (None, row.id, *past):
        return {}
    again = Closed(source=told.source, ticket=row.id, cycle=0, into=row.merged_into, past=past)
    job = CLOSED.job(derived_id("x_", key, now.isoformat()), again, due_at=now)
    return {job.key: job}


def _matters_to(news: News) -> tuple[str, str] | None:
    """The ticket (source, id) whose complaints an event may settle or move; None: it does not."""
    event = news.event
    match event:
        case TicketClosed() if news.fresh:
            return event.envelope.source, event.ticket.id
        case TicketMerged() if news.current:
            return event.envelope.source, event.ticket_id
        case _:
            return None


def _told(news: News) -> list[tuple[str, Closed]]:
    """What an event means for the complaints its ticket may have, with the key of its job."""
    event, closure = news.event, news.closure
    match event:
        case TicketClosed() if closure is not None and news.fresh:
            told = Closed(source=closure.source, ticket=closure.ticket, cycle=closure.cycle)
            return [(derived_id("x_", closure.key), told)]
        case TicketMerged(into=str() as into) if into != event.ticket_id:
            source = event.envelope.source
            told = Closed(source=source, ticket=event.ticket_id, cycle=0, into=into)
            return [(derived_id("x_", source, event.envelope.id), told)]
        case _:
            return []


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
