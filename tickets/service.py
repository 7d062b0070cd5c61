"""Takes events in, and carries reopen orders out to their desks."""

import asyncio
import base64
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.erased import ERASED
from kernel.journal import Entry, append
from kernel.sql import passing
from kernel.vault import Vault, derived_id
from scheduler import deadletters
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import OPERATION, Notice, raise_many
from scheduler.ports import Clock
from scheduler.publication import publish
from scheduler.store import Again
from tickets import privacy, store
from tickets.course import closure_row, entry, key_of, run, ticket_of, type_of, unheard
from tickets.jobs import REOPEN, REOPENED, Reopen, Reopened, follow_up_key, next_try
from tickets.model import Event, Refused
from tickets.ports import Declined, Desk, DeskError, Done, Follower, News, Order
from tickets.store import Which

log = structlog.get_logger("tickets")

_AT_ONCE = 16  # orders under way at one time
#: A desk that is still misconfigured so long after somebody saw to it is told of anew.
TOLD_AGAIN = timedelta(days=1)
_WORTH_TWO = 100  # events from which on two transactions cost less time than one


_T = TypeVar("_T")

#: What became of an event: kept now, kept before, or why it never can be.
Outcome = bool | Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of events told: ids in the order told, and what could not be kept."""

    accepted: tuple[str, ...]
    duplicates: tuple[str, ...]
    refused: tuple[Refused, ...] = ()


def taken(told: Sequence[Event], outcomes: Sequence[Outcome]) -> Taken:
    """The answer to whoever told these events."""
    each = list(zip(told, outcomes, strict=True))
    return Taken(
        accepted=tuple(event.envelope.id for event, outcome in each if outcome is True),
        duplicates=tuple(event.envelope.id for event, outcome in each if outcome is False),
        refused=tuple(
            Refused(
                id=event.envelope.id,
                path="event",
                reason=f"could not be kept: {type(outcome).__name__}",
            )
            for event, outcome in each
            if isinstance(outcome, Exception)
        ),
    )


@dataclass(slots=True, kw_only=True)
class Intake:
    """Keeps events once, orders them by their own time, and has their follower plan: one commit."""

    database: Database
    vault: Vault
    follower: Follower
    barrier: Barrier = OPEN

    async def take(self, told: Sequence[Event], now: datetime) -> Taken:
        """Keep `told`; what is accepted is durable and planned when this returns."""
        return taken(told, await self._keep(told, now))

    async def settle(self, told: Sequence[Event], now: datetime) -> list[Outcome]:
        """Keep what can be kept; many events at once, each ticket's in one commit.

        Raises only what another try may mend, a database that is away for one; nothing is lost
        then, and what was kept already will be a duplicate.
        """
        if self.database.writer is not None or len(told) < _WORTH_TWO:
            return await self._settle(told, now)
        # One transaction is made ready while the database works on the other.
        lanes = _lanes(told)
        found = await side_by_side(
            self._settle([told[place] for place in lane], now) for lane in lanes
        )
        outcomes: dict[int, Outcome] = {}
        for lane, kept in zip(lanes, found, strict=True):
            outcomes |= zip(lane, kept, strict=True)
        return [outcomes[place] for place in range(len(told))]

    async def _settle(self, told: Sequence[Event], now: datetime) -> list[Outcome]:
        """In one commit, unless one of them spoils it."""
        if not told:
            return []
        try:
            return list(await self._keep(told, now))
        except Exception as fault:
            if passing(fault):
                raise
            if len(told) == 1:
                log.exception("intake.poison", id=told[0].envelope.id)
                return [fault]
        # One of them cannot be kept: find out which, so that it does not hold up the rest.
        return [outcome for event in told for outcome in await self._settle([event], now)]

    async def _keep(self, told: Sequence[Event], now: datetime) -> list[bool]:
        """Whether each event was told for the first time; durable and planned by then."""
        first: dict[Which, Event] = {}
        for event in told:
            first.setdefault(key_of(event), event)

        async def keep(conn: AsyncConnection) -> set[Which]:
            new = await store.keep_events(
                conn, self.vault, [(type_of(event), event) for event in first.values()], now
            )
            fresh = [event for key, event in first.items() if key in new]
            news = await self._apply(conn, fresh)
            await _withhold(conn, news)
            await append(conn, [entry(item, now) for item in news if ticket_of(item.event)])
            await self.follower.on_news(conn, news, now)
            await self.barrier.reach("intake.planned")
            return new

        new = await self.database.transact(keep)
        await self.barrier.reach("intake.committed")
        return [key_of(event) in new and first[key_of(event)] is event for event in told]

    async def _apply(self, conn: AsyncConnection, fresh: Sequence[Event]) -> list[News]:
        """Order events by their time and bring their tickets forward."""
        ordered = sorted(fresh, key=lambda event: event.envelope.time)
        told: dict[Which, list[Event]] = {}
        for event in ordered:
            if (ticket := ticket_of(event)) is not None:
                told.setdefault((event.envelope.source, ticket), []).append(event)
        # Most tickets are new: all are judged and written as if they were, and only those which
        # turn out to be known are looked up.
        courses = {key: run(unheard(*key), [], events, first=True) for key, events in told.items()}
        new = await store.add_tickets(conn, [course.row for course in courses.values()])
        heard = told.keys() - new
        rows = await store.lock_tickets(conn, heard)
        known = await store.known_closures(conn, heard)
        for key in heard:
            courses[key] = run(rows[key], known.get(key, []), told[key], first=False)
        await store.save_tickets(conn, [courses[key].row for key in heard])
        judged = {key_of(item.event): item for course in courses.values() for item in course.news}
        await store.add_closures(
            conn, [closure_row(item) for item in judged.values() if item.fresh]
        )
        return [judged.get(key_of(event)) or News(event=event) for event in ordered]


async def _withhold(conn: AsyncConnection, news: Sequence[News]) -> None:
    """Keep nothing of what was told of customers who were erased but that it was told."""
    over: dict[str, list[str]] = {}
    for item in news:
        if item.erased:
            over.setdefault(item.event.envelope.source, []).append(item.event.envelope.id)
    for source, ids in sorted(over.items()):
        await privacy.forget_payloads(conn, source, ids)


def _lanes(told: Sequence[Event]) -> list[list[int]]:
    """The places of events that may be kept side by side: a ticket's stay together, in order."""
    lanes: list[list[int]] = [[], []]
    lane_of: dict[Which, int] = {}
    for place, event in enumerate(told):
        about = ticket_of(event) or event.envelope.id
        lane = zlib.crc32(about.encode()) % len(lanes)
        # What is told twice is kept the first time, whatever ticket it names the second.
        lanes[lane_of.setdefault(key_of(event), lane)].append(place)
    return lanes


async def side_by_side(works: Iterable[Awaitable[_T]]) -> list[_T]:
    """What all of them return; what the first in order raised, once none is under way any more.

    So one that failed never has its neighbours begun again while they still run.
    """
    found: list[_T] = []
    for each in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(each, BaseException):
            raise each
        found.append(each)
    return found


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
        await side_by_side(self._one(leased) for leased in batch)

    async def _one(self, leased: Leased) -> None:
        wanted = REOPEN.read(leased.job)
        desk = self.desk_of(wanted.source)
        if desk is None:
            await self._settle(leased, wanted, Declined(reason="no_desk"))
            return
        async with self.room:
            await self.barrier.reach("desk.before_post")
            try:
                answer = await desk.reopen(await self._order(leased, wanted))
            except DeskError as error:
                await self._again(leased, wanted, error)
                return
            await self.barrier.reach("desk.posted")
        await self._settle(leased, wanted, answer)

    async def _order(self, leased: Leased, wanted: Reopen) -> Order:
        customer = await self._customer(wanted) if wanted.follow_up else None
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
            url=url_of(self.public_url, wanted.source, wanted.ticket),
            follow_up=wanted.follow_up,
            customer=customer,
        )

    async def _customer(self, wanted: Reopen) -> str | None:
        async with self.database.read() as conn:
            found = await store.ticket_with_closures(conn, wanted.source, wanted.ticket)
        customer = found[0].customer if found else None
        return None if customer == ERASED else customer

    async def _again(self, leased: Leased, wanted: Reopen, error: DeskError) -> None:
        now = self.clock.now()
        at = next_try(REOPEN, leased.attempt, now, error.retry_after)
        detail = {"attempt": leased.attempt, "reason": error.detail, "until": _iso(at)}
        async with self.database.write() as conn:
            if leased.job.key not in await jobs.held(conn, [leased]):
                return
            if at is None:
                await deadletters.bury(conn, {leased.job.key: (leased, error.detail)}, now)
                await append(conn, [_desk_entry(wanted, "reopen.given_up", now, detail)])
                heard = _reopened(wanted, accepted=False, reason="desk_unreachable")
                # Under a key of its own: replayed, the order may have another answer yet.
                given_up = REOPENED.job(f"{wanted.complaint}:given_up", heard, due_at=now)
                await jobs.enqueue(conn, [given_up])
                return
            await jobs.retry(conn, [Again(leased=leased, at=at, error=error.detail)])
            await append(conn, [_desk_entry(wanted, "reopen.failed", now, detail)])
            if error.misconfigured:
                await raise_many(conn, [misconfigured(wanted.source, error)], now)
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
                    kind = "ticket.follow_up_refused" if wanted.follow_up else "reopen.refused"
                    entry = _desk_entry(wanted, kind, now, {"reason": answer.reason})
                    await append(conn, [entry])
                    await jobs.enqueue(conn, [REOPENED.job(wanted.complaint, heard, due_at=now)])
                case Declined():
                    entry = _desk_entry(wanted, "reopen.refused", now, {"reason": answer.reason})
                    await append(conn, [entry])
                    instead = replace(wanted, follow_up=True)
                    key = follow_up_key(wanted.complaint)
                    await jobs.enqueue(conn, [REOPEN.job(key, instead, due_at=now)])

    async def _done(
        self, conn: AsyncConnection, wanted: Reopen, answer: Done, now: datetime
    ) -> None:
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
        follow = [REOPENED.job(wanted.complaint, heard, due_at=now)]
        if not wanted.follow_up:  # of a ticket that stays closed nobody is told that it is open
            await store.count_reopen(conn, wanted.source, wanted.ticket)
            where = {"source": wanted.source, "ticket": wanted.ticket}
            news = publish("ticket.reopened", wanted.complaint, now, **where, data=detail)
            follow.append(news)
        await jobs.enqueue(conn, follow)


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


def url_of(public_url: str, source: str, id_: str) -> str:
    """Where a ticket's story is told."""
    ticket, where = quote(id_, safe=""), quote(source, safe="")
    return f"{public_url}/v1/tickets/{ticket}/timeline?source={where}"


def misconfigured(source: str, error: DeskError) -> Notice:
    """A desk that will not let us in: one matter for each source, however many orders wait."""
    return Notice(
        kind="desk.misconfigured",
        subject=source,
        source=source,
        facts={"error": error.detail},
        roles=OPERATION,
        again_after=TOLD_AGAIN,
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
