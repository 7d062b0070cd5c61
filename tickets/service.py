"""Takes events in: kept once, ordered by their own time, and planned in the same commit."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.journal import append
from kernel.sql import passing
from kernel.vault import Vault
from tickets import privacy, store
from tickets.course import closure_row, entry, key_of, run, ticket_of, type_of, unheard
from tickets.model import Event, Refused
from tickets.ports import Follower, News
from tickets.store import Which
from tickets.waiting import side_by_side

log = structlog.get_logger("tickets")

_WORTH_TWO = 100  # events from which on two transactions cost less time than one

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
