"""Leases due jobs and hands them, a set at a time, to whoever carries their kind out."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from kernel.engine import Database
from scheduler import deadletters, store, waiting
from scheduler.job import Ladder, Leased, Priority
from scheduler.ports import Clock, Handler
from scheduler.rates import Room
from scheduler.waiting import Lookout

log = structlog.get_logger("scheduler")

_NONE = timedelta(0)
_BREATH = timedelta(milliseconds=50)  # between two looks for room
_ALL_AT_FAULT = 5  # failures in a row after which a batch is not taken apart any further

#: For a handler that raised: a bug or a lost connection, so soon at first, then rarely.
FAILED = Ladder(
    pauses=tuple(timedelta(seconds=pause) for pause in (1, 5, 30, 300, 1800, 7200, 21600, 86400))
)


class Bell:
    """Wakes whoever waits for work; ringing twice before someone looks is ringing once."""

    def __init__(self) -> None:
        self._events: list[tuple[frozenset[str], asyncio.Event]] = []

    def listen(self, kinds: Collection[str]) -> asyncio.Event:
        """An event that is set by every ring for one of the kinds of job, and for all."""
        event = asyncio.Event()
        self._events.append((frozenset(kinds), event))
        return event

    def ring(self, kinds: frozenset[str] | None = None) -> None:
        """Wake those who carry out one of the kinds; everyone when None."""
        for theirs, event in self._events:
            if kinds is None or not theirs.isdisjoint(kinds):
                event.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a lane works: jobs in one hand, for how long it may keep them unasked, and its hands.

    More hands than one carry out batches side by side: one writes while the other sends, and a
    batch that hangs holds up itself alone. Whoever waits for the moment of each job may have
    them up to `ahead` of it, and `notice` ahead at the latest: the difference is what is
    gathered to one batch where jobs fall due one by one.
    """

    batch: int = 500
    lease_for: timedelta = timedelta(seconds=60)
    hands: int = 1
    ahead: timedelta = _NONE
    notice: timedelta = _NONE


@dataclass(slots=True, kw_only=True)
class Lane:
    """Runs some kinds of jobs beside the other lanes, so that none waits for a slow neighbour.

    `room` says how many jobs whoever carries them out can take now; the rest stays in the queue.
    """

    name: str
    database: Database
    clock: Clock
    bell: Bell
    handlers: Mapping[str, Handler]
    pace: Pace = field(default_factory=Pace)
    room: Callable[[datetime], Awaitable[Room]] | None = None
    wake_at: Callable[[datetime], None] = lambda instant: None
    lookout: Lookout | None = None  # the one it shares with its neighbours
    stopping: bool = False
    _rung: asyncio.Event = field(init=False)
    _lookout: Lookout = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _turns: dict[str, int] = field(default_factory=dict, init=False)  # when each kind had its last
    _served: int = field(default=0, init=False)
    _soon: datetime | None = field(default=None, init=False)  # what is due within the notice

    def __post_init__(self) -> None:
        self._rung = self.bell.listen(self.handlers)
        self._lookout = self.lookout or Lookout(database=self.database)
        self._lookout.join(self.handlers)

    async def step(self) -> int:
        """Lease what is due of each kind and carry it out; how many jobs were in hand."""
        worked = 0
        for kind, priorities in (await self._due()).items():
            batch = await self._lease(kind, priorities)
            if batch:
                worked += len(batch)
                await self._carry_out(kind, batch)
        return worked

    async def run(self) -> None:
        """Work with every hand until `stop`; idle, one of them listens for the bell."""
        await asyncio.gather(*(self._work() for _ in range(self.pace.hands)))

    async def _work(self) -> None:
        while not self.stopping:
            async with self._turn:
                found = await self._look()
            if found is not None:
                await self._carry_out(*found)

    async def _look(self) -> tuple[str, list[Leased]] | None:
        """A batch of the kind that has waited longest for its turn; None: it is time to stop."""
        while not self.stopping:
            self._rung.clear()
            try:
                due = await self._due()
                for kind in sorted(due, key=lambda kind: self._turns.get(kind, 0)):
                    batch = await self._lease(kind, due[kind])
                    self._turns[kind] = self._served
                    if batch:
                        return kind, batch
            except Exception:
                # The database is away or a statement failed: nothing is lost, look again soon.
                log.exception("lane.failed", lane=self.name)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._rung.wait(), 1.0)
                continue
            if self._soon is not None:
                self.wake_at(self._soon)  # it was put off till then, which nobody has ahead
            await self._rung.wait()
        return None

    async def _due(self) -> dict[str, list[Priority]]:
        """The priorities of each kind that have something due; asks to be woken for the next."""
        now, notice = self.clock.now(), self.pace.notice
        agenda = await self._lookout.agenda(self.handlers.keys())
        due: dict[str, list[Priority]] = {}
        for (kind, priority), at in agenda.items():
            if at - notice <= now:
                due.setdefault(kind, []).append(priority)
        later = [at - notice for at in agenda.values() if at - notice > now]
        if later:
            self.wake_at(min(later))
        soon = [at for at in agenda.values() if now < at <= now + notice]
        self._soon = min(soon, default=None)
        return due

    def stop(self) -> None:
        """End after the batch in hand."""
        self.stopping = True
        self._rung.set()

    async def _lease(self, kind: str, due: Sequence[Priority]) -> list[Leased]:
        limit = await self._limit()
        if limit == 0:
            return []
        async with self.database.write() as conn:
            # Read here: the kinds before this one, or the writer's queue, may have taken long, and
            # a lease that counts from before them would be over too soon.
            now = self.clock.now()
            batch = await store.lease(
                conn,
                kind,
                limit=limit,
                now=now,
                lease_for=self.pace.lease_for,
                token=secrets.token_hex(16),
                due=due,
                served=self._served,
                ahead=self.pace.ahead,
            )
        self._served += len(batch)
        return batch

    async def _limit(self) -> int:
        """How many jobs to take; none while there is no room, and then we look again in time."""
        if self.room is None:
            return self.pace.batch
        now = self.clock.now()
        room = await self.room(now)
        if room.units <= 0:
            self.wake_at(now + max(room.wait, _BREATH))
        return min(self.pace.batch, max(room.units, 0))

    async def _carry_out(self, kind: str, batch: Sequence[Leased]) -> None:
        keeper = asyncio.create_task(self._keep(batch))
        try:
            error = await self._try(kind, batch)
            if error is not None and len(batch) > 1:
                await self._one_by_one(kind, batch)
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        await self._give_back(batch, error or "left unsettled")

    async def _try(self, kind: str, batch: Sequence[Leased]) -> str | None:
        """The name of what the handler raised, if anything."""
        try:
            await self.handlers[kind](batch, self.clock.now())
        except Exception as fault:
            log.exception("job.failed", kind=kind, jobs=len(batch))
            return type(fault).__name__
        return None

    async def _one_by_one(self, kind: str, batch: Sequence[Leased]) -> None:
        """Carry out alone what failed together: one job at fault must not hold up the rest.

        Where all that is tried fails, the fault is nobody's own, and the rest waits.
        """
        async with self.database.read() as conn:
            left = await store.unsettled(conn, batch)
        failed = 0
        for leased in batch:
            if leased.job.key in left and failed < _ALL_AT_FAULT:
                error = await self._try(kind, [leased])
                failed = failed + 1 if error else 0

    async def _keep(self, batch: Sequence[Leased]) -> None:
        """Hold the leases while the handler works; one that is lost stays lost."""
        while True:
            # By the product's clock: where it runs fast, leases end as fast.
            third = self.clock.now() + self.pace.lease_for / 3
            await asyncio.sleep(self.clock.seconds_until(third))
            try:
                async with self.database.write() as conn:
                    await store.extend(conn, batch, self.clock.now() + self.pace.lease_for)
            except Exception:
                log.exception("lease.not_extended", lane=self.name)

    async def _give_back(self, batch: Sequence[Leased], error: str | None) -> None:
        now = self.clock.now()
        async with self.database.glance() as conn:
            unsettled = await store.unsettled(conn, batch)
        if not unsettled:
            return
        again, dead = [], {}
        for leased in batch:
            if leased.job.key not in unsettled:
                continue
            at = FAILED.next_attempt_at(leased.attempt, now)
            limit = leased.job.not_after
            if at is None and limit is not None and now < limit:
                at = now + FAILED.pauses[-1]  # still of use: whoever carries it out ends it
            if at is None:
                dead[leased.job.key] = (leased, error or "")
            else:
                again.append(store.Again(leased=leased, at=at, error=error))
        async with self.database.write() as conn:
            await store.retry(conn, again)
            await deadletters.bury(conn, dead, now)


@dataclass(slots=True, kw_only=True)
class Runner:
    """All lanes of a process, started and drained together."""

    lanes: Sequence[Lane]
    drain_for: timedelta = timedelta(seconds=25)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Start every lane."""
        self._tasks = [asyncio.create_task(lane.run(), name=lane.name) for lane in self.lanes]

    async def step(self) -> int:
        """One step of every lane in order, for tests and simulation.

        Most have nothing to do, so one look for all of them says who has, until one has worked.
        """
        worked, due = 0, await self._due() if self.lanes else set()
        for lane in self.lanes:
            if not due.isdisjoint(lane.handlers) and (done := await lane.step()):
                worked += done
                due = await self._due()
        return worked

    async def _due(self) -> set[str]:
        """The kinds that have something due."""
        lane, *_ = self.lanes
        async with lane.database.read() as conn:
            agenda = await waiting.agenda(
                conn, [kind for each in self.lanes for kind in each.handlers]
            )
        now = lane.clock.now()
        return {kind for (kind, _), at in agenda.items() if at <= now}

    async def drain(self) -> None:
        """Let every lane end its batch; after `drain_for` cut what is left, leases see to it."""
        for lane in self.lanes:
            lane.stop()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self.drain_for.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


Duty = Callable[[datetime], Awaitable[None]]
