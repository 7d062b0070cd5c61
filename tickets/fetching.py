"""Asks ticketing systems for the customers their events leave out, and has the events taken in."""

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kernel.barrier import OPEN, Barrier
from kernel.engine import Database
from kernel.vault import Vault, derived_id
from scheduler import deadletters
from scheduler import store as jobs
from scheduler.job import Leased
from scheduler.notices import OPERATION, Notice, raise_many
from scheduler.ports import Clock
from tickets import store
from tickets.completing import complete
from tickets.intake import read_event
from tickets.jobs import FETCH, Fetch, next_try
from tickets.model import Event, Refused, Unfinished
from tickets.ports import Declined, Desk, DeskError, Directory, Facts
from tickets.service import Intake, Taken
from tickets.waiting import TOLD_AGAIN, put_off, side_by_side

_AT_ONCE = 8  # questions under way at one time


@dataclass(slots=True, kw_only=True)
class Fetching:
    """Keeps closings whose customer is not known yet, and asks until they are complete.

    An event is kept as a job from the moment it is told; it becomes an event like any other, with
    the time it was told with, once its system has answered.
    """

    database: Database
    clock: Clock
    vault: Vault
    desk_of: Callable[[str], Desk | None]
    intake: Intake
    barrier: Barrier = OPEN
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    def can_ask(self, source: str) -> bool:
        """Whether the desk of a source can be asked for its customers."""
        return isinstance(self.desk_of(source), Directory)

    async def keep(self, told: Unfinished, now: datetime) -> Taken:
        """Keep one; durable when this returns. Told twice it is a duplicate."""
        key = derived_id("f_", told.source, told.id)
        document = json.dumps(told.document, ensure_ascii=False, separators=(",", ":"))
        sealed = self.vault.seal(document, f"fetch.document|{told.id}") or b""
        wanted = Fetch(
            source=told.source,
            event=told.id,
            ticket=told.ticket,
            customer=told.customer,
            document=base64.b64encode(sealed).decode(),
        )
        async with self.database.write() as conn:
            known = await store.known_events(conn, [(told.source, told.id)])
            kept = not known and await jobs.enqueue(conn, [FETCH.job(key, wanted, due_at=now)])
        ids = (told.id,)
        return Taken(accepted=ids, duplicates=()) if kept else Taken(accepted=(), duplicates=ids)

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Handle `ticket.fetch` jobs, several at a time; each is settled by itself."""
        await side_by_side(self._one(leased) for leased in batch)

    async def _one(self, leased: Leased) -> None:
        wanted = FETCH.read(leased.job)
        async with self.room:
            try:
                facts = await self._ask(wanted)
            except DeskError as error:
                await self._again(leased, wanted, error)
                return
        await self.barrier.reach("fetch.answered")
        now = self.clock.now()
        event = read_event(complete(self._document(wanted), facts), now)
        fault = await self._take(event, now)
        async with self.database.write() as conn:
            if fault is None:
                await jobs.finish(conn, [leased], now)
            elif leased.job.key in await jobs.held(conn, [leased]):
                await deadletters.bury(conn, {leased.job.key: (leased, fault)}, now)

    async def _ask(self, wanted: Fetch) -> Facts:
        """What the system says; nothing where it knows nobody, or can no longer be asked."""
        desk: object = self.desk_of(wanted.source)
        if not isinstance(desk, Directory):
            return Facts()
        answer = await desk.fetch(wanted.ticket, wanted.customer)
        return Facts() if isinstance(answer, Declined) else answer

    async def _take(self, event: Event | Refused, now: datetime) -> str | None:
        """Have an event taken in; why it never can be."""
        if isinstance(event, Refused):
            return f"{event.path}: {event.reason}"
        [outcome] = await self.intake.settle([event], now)
        return type(outcome).__name__ if isinstance(outcome, Exception) else None

    def _document(self, wanted: Fetch) -> dict[str, object]:
        sealed = base64.b64decode(wanted.document)
        text = self.vault.open(sealed, f"fetch.document|{wanted.event}")
        document: dict[str, object] = json.loads(text or "{}")
        return document

    async def _again(self, leased: Leased, wanted: Fetch, error: DeskError) -> None:
        now = self.clock.now()
        at = next_try(FETCH, leased.attempt, now, error.retry_after)
        async with self.database.write() as conn:
            if not await put_off(conn, leased, at, wanted.source, error, now):
                return
            waited, patience = now - leased.job.due_at, FETCH.ladder.tell_after
            told = at is None or error.misconfigured
            if not told and patience is not None and waited >= patience:
                await raise_many(conn, [_silent(wanted.source)], now)


def _silent(source: str) -> Notice:
    return Notice(
        kind="fetch.silent",
        subject=source,
        source=source,
        roles=OPERATION,
        again_after=TOLD_AGAIN,
    )
