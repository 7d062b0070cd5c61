"""Takes events in, and carries reopen orders out to their desks."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import Entry, append
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.ports import Clock
from scheduler.publication import publish
from scheduler.store import Again
from tickets import store
from tickets.cycles import Known, assign
from tickets.jobs import REOPEN, REOPENED, Reopen, Reopened
from tickets.model import (
    Closure,
    Event,
    PreferencesChanged,
    TicketClosed,
    TicketDeleted,
    TicketMerged,
    TicketReopened,
)
from tickets.ports import Declined, Desk, DeskError, Done, Follower, News, Order
from tickets.store import ClosureRow, TicketRow, Which

log = structlog.get_logger("tickets")

_BORN = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 16  # orders under way at one time


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of events told: ids in the order told."""

    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]


def type_of(event: Event) -> str:
    """The CloudEvents type."""
    match event:
        case TicketClosed():
            return "ticket.closed"
        case TicketReopened():
            return "ticket.reopened"
        case TicketDeleted():
            return "ticket.deleted"
        case TicketMerged():
            return "ticket.merged"
        case PreferencesChanged():
            return "customer.preferences_changed"


def _ticket_of(event: Event) -> str | None:
    match event:
        case TicketClosed():
            return event.ticket.id
        case PreferencesChanged():
            return None
        case _:
            return event.ticket_id


_STATUS = {
    "ticket.closed": "closed",
    "ticket.reopened": "reopened",
    "ticket.deleted": "deleted",
    "ticket.merged": "merged",
}


@dataclass(slots=True, kw_only=True)
class Intake:
    """Keeps events once, orders them by their own time, and has their follower plan: one commit."""

    database: Database
    vault: Vault
    follower: Follower
    barrier: Barrier = OPEN

    async def take(self, told: Sequence[Event], now: datetime) -> Taken:
        """Keep `told`; what is accepted is durable and planned when this returns."""
        first: dict[Which, Event] = {}
        for event in told:
            first.setdefault((event.envelope.source, event.envelope.id), event)

        async def keep(conn: AsyncConnection) -> set[Which]:
            new = await store.keep_events(
                conn, self.vault, [(type_of(event), event) for event in first.values()], now
            )
            fresh = [event for key, event in first.items() if key in new]
            news = await self._apply(conn, fresh)
            await append(conn, [_entry(item, now) for item in news if _ticket_of(item.event)])
            await self.follower.on_news(conn, news, now)
            await self.barrier.reach("intake.planned")
            return new

        new = await self.database.transact(keep)
        await self.barrier.reach("intake.committed")
        accepted = tuple(key[1] for key in first if key in new)
        seen: set[Which] = set()
        duplicates = []
        for event in told:
            key = (event.envelope.source, event.envelope.id)
            if key not in new or key in seen:
                duplicates.append(key[1])
            seen.add(key)
        return Taken(accepted=accepted, duplicates=tuple(duplicates))

    async def _apply(self, conn: AsyncConnection, fresh: Sequence[Event]) -> list[News]:
        """Order events by their time and bring their tickets forward."""
        ordered = sorted(fresh, key=lambda event: event.envelope.time)
        which = {
            (event.envelope.source, ticket)
            for event in ordered
            if (ticket := _ticket_of(event)) is not None
        }
        if not which:
            return [News(event=event) for event in ordered]
        rows = await store.lock_tickets(conn, which, _BORN)
        known = await store.known_closures(conn, which)
        news: list[News] = []
        closings: list[ClosureRow] = []
        for event in ordered:
            ticket = _ticket_of(event)
            if ticket is None:
                news.append(News(event=event))
                continue
            key = (event.envelope.source, ticket)
            item = _judge(event, rows[key], known.setdefault(key, []))
            news.append(item)
            if item.current:
                rows[key] = _moved(rows[key], event)
            if isinstance(event, TicketClosed) and item.closure and item.fresh:
                closings.append(_closure(event, item))
                known[key].append(Known(cycle=item.closure.cycle, closed_at=_closed_at(event)))
        await store.add_closures(conn, closings)
        await store.save_tickets(conn, list(rows.values()))
        return news


def _judge(event: Event, row: TicketRow, known: Sequence[Known]) -> News:
    current = event.envelope.time >= row.changed_at
    if not isinstance(event, TicketClosed):
        return News(event=event, current=current)
    found = assign(known, event.ticket.cycle, _closed_at(event))
    closure = Closure(source=row.source, ticket=row.id, cycle=found.cycle)
    return News(
        event=event,
        closure=closure,
        fresh=found.new,
        superseded=found.superseded,
        current=current,
    )


def _closed_at(event: TicketClosed) -> datetime:
    return event.ticket.closed_at or event.envelope.time


def _moved(row: TicketRow, event: Event) -> TicketRow:
    customer = event.customer.id if isinstance(event, TicketClosed) else row.customer
    return replace(
        row,
        status=_STATUS[type_of(event)],
        customer=customer,
        changed_at=event.envelope.time,
    )


def _closure(event: TicketClosed, item: News) -> ClosureRow:
    assert item.closure is not None
    ticket = event.ticket
    return ClosureRow(
        closure=item.closure,
        closed_at=_closed_at(event),
        customer=event.customer.id,
        superseded=item.superseded,
        facts={
            "agent": ticket.agent.id,
            "team": ticket.team,
            "region": ticket.region,
            "product": ticket.product,
            "category": ticket.category,
            "channel": ticket.channel,
            "priority": ticket.priority,
            "close_reason": ticket.close_reason,
            "opened_at": ticket.opened_at.isoformat() if ticket.opened_at else None,
        },
    )


def _entry(item: News, now: datetime) -> Entry:
    event = item.event
    detail: dict[str, Any] = {
        "event": event.envelope.id,
        "time": event.envelope.time.isoformat(),
        "current": item.current,
    }
    if item.closure is not None:
        detail |= {"cycle": item.closure.cycle, "fresh": item.fresh}
    if isinstance(event, TicketClosed) and event.customer.notes:
        detail["notes"] = list(event.customer.notes)
    return Entry(
        at=now,
        kind=type_of(event),
        about=event.envelope.id,
        source=event.envelope.source,
        ticket=_ticket_of(event),
        detail=detail,
    )


@dataclass(slots=True, kw_only=True)
class Reopening:
    """Handles `ticket.reopen` jobs: asks each ticket's desk, and remembers what it answered."""

    database: Database
    clock: Clock
    vault: Vault
    desk_of: Callable[[str], Desk | None]
    public_url: str
    barrier: Barrier = OPEN
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Ask the desks, several at a time; each answer is kept by itself."""
        done = await asyncio.gather(
            *(self._one(leased) for leased in batch), return_exceptions=True
        )
        # One that failed must not have its neighbours asked again while they are under way.
        for fault in done:
            if isinstance(fault, BaseException):
                raise fault

    async def _one(self, leased: Leased) -> None:
        wanted = REOPEN.read(leased.job)
        desk = self.desk_of(wanted.source)
        if desk is None:
            await self._settle(leased, wanted, Declined(reason="no_desk"))
            return
        async with self.room:
            await self.barrier.reach("desk.before_post")
            try:
                answer = await desk.reopen(self._order(leased, wanted))
            except DeskError as error:
                await self._again(leased, wanted, error)
                return
            await self.barrier.reach("desk.posted")
        await self._settle(leased, wanted, answer)

    def _order(self, leased: Leased, wanted: Reopen) -> Order:
        sealed = base64.b64decode(wanted.comment) if wanted.comment else None
        return Order(
            key=derived_id("w_", leased.job.key),
            at=leased.job.due_at,  # the same at every attempt, as the key is
            ticket=wanted.ticket,
            source=wanted.source,
            cycle=wanted.cycle,
            score=wanted.score,
            rating=wanted.rating,
            question=wanted.question,
            version=wanted.version,
            comment=self.vault.open(sealed, f"reopen.comment|{wanted.complaint}"),
            complaint=wanted.complaint,
            url=self._url(wanted),
            follow_up=wanted.follow_up,
        )

    def _url(self, wanted: Reopen) -> str:
        ticket, source = quote(wanted.ticket, safe=""), quote(wanted.source, safe="")
        return f"{self.public_url}/v1/tickets/{ticket}/timeline?source={source}"

    async def _again(self, leased: Leased, wanted: Reopen, error: DeskError) -> None:
        now = self.clock.now()
        at = REOPEN.ladder.next_attempt_at(leased.attempt, now)
        if at is not None and error.retry_after is not None:
            at = max(at, now + error.retry_after)
        detail = {"attempt": leased.attempt, "reason": error.detail, "until": _iso(at)}
        async with self.database.write() as conn:
            if leased.job.key not in await jobs.held(conn, [leased]):
                return
            if at is None:
                await jobs.bury(conn, {leased.job.key: (leased, error.detail)}, now)
                await append(conn, [_desk_entry(wanted, "reopen.given_up", now, detail)])
                heard = _reopened(wanted, accepted=False, reason="desk_unreachable")
                await jobs.enqueue(conn, [REOPENED.job(wanted.complaint, heard, due_at=now)])
                return
            await jobs.retry(conn, [Again(leased=leased, at=at, error=error.detail)])
            await append(conn, [_desk_entry(wanted, "reopen.failed", now, detail)])
            patience = REOPEN.ladder.tell_after
            if patience is not None and now - leased.job.due_at >= patience:
                heard = _reopened(wanted, accepted=None, reason="desk_silent")
                silent = REOPENED.job(f"{wanted.complaint}:silent", heard, due_at=now)
                await jobs.enqueue(conn, [silent])

    async def _settle(self, leased: Leased, wanted: Reopen, answer: Done | Declined) -> None:
        now = self.clock.now()
        async with self.database.write() as conn:
            # The lease decides who counts the reopen, should two have asked.
            if not await jobs.finish(conn, [leased], now):
                return
            match answer:
                case Done():
                    await self._done(conn, wanted, answer, now)
                case Declined() if wanted.follow_up or answer.reason == "no_desk":
                    heard = _reopened(wanted, accepted=False, reason=answer.reason)
                    entry = _desk_entry(wanted, "reopen.refused", now, {"reason": answer.reason})
                    await append(conn, [entry])
                    await jobs.enqueue(conn, [REOPENED.job(wanted.complaint, heard, due_at=now)])
                case Declined():
                    entry = _desk_entry(wanted, "reopen.refused", now, {"reason": answer.reason})
                    await append(conn, [entry])
                    instead = replace(wanted, follow_up=True)
                    key = f"{wanted.complaint}:follow_up"
                    await jobs.enqueue(conn, [REOPEN.job(key, instead, due_at=now)])

    async def _done(
        self, conn: AsyncConnection, wanted: Reopen, answer: Done, now: datetime
    ) -> None:
        if not wanted.follow_up:
            await store.count_reopen(conn, wanted.source, wanted.ticket)
        linked = (answer.ticket or "") if wanted.follow_up else None
        heard = _reopened(wanted, accepted=True, follow_up=linked)
        detail = {
            "complaint": wanted.complaint,
            "cycle": wanted.cycle,
            "score": wanted.score,
            "rating": wanted.rating,
            "question": wanted.question,
            "version": wanted.version,
            "follow_up": linked,
        }
        kind = "ticket.follow_up_opened" if wanted.follow_up else "ticket.reopened_by_us"
        await append(conn, [_desk_entry(wanted, kind, now, detail)])
        news = publish(
            "ticket.reopened",
            wanted.complaint,
            now,
            source=wanted.source,
            ticket=wanted.ticket,
            data=detail,
        )
        await jobs.enqueue(conn, [REOPENED.job(wanted.complaint, heard, due_at=now), news])


def _reopened(
    wanted: Reopen,
    *,
    accepted: bool | None,
    follow_up: str | None = None,
    reason: str | None = None,
) -> Reopened:
    return Reopened(
        complaint=wanted.complaint,
        source=wanted.source,
        ticket=wanted.ticket,
        accepted=accepted,
        follow_up=follow_up,
        reason=reason,
    )


def _desk_entry(wanted: Reopen, kind: str, now: datetime, detail: Mapping[str, Any]) -> Entry:
    return Entry(
        at=now,
        kind=kind,
        about=wanted.complaint,
        source=wanted.source,
        ticket=wanted.ticket,
        detail=detail,
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
