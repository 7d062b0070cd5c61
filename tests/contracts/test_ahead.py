"""Contacts are decided on a moment before they are due, as of then, and leave when they are."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from channels.jobs import SEND
from channels.model import Channel
from channels.ports import Accepted, Message
from channels.tables import contacts
from kernel.engine import Database
from scheduler import store
from scheduler.limits import LocalLimits
from scheduler.rates import Rate
from scheduler.runner import Pace
from scheduler.tables import jobs
from tests.fakes.world import World, closed, make_world

SECOND, MOMENT = timedelta(seconds=1), timedelta(milliseconds=300)
OPENING = datetime(2026, 11, 21, 1, tzinfo=UTC)  # nine o'clock in Shanghai
CLOSING = datetime(2026, 11, 20, 12, tzinfo=UTC)
DUE = CLOSING - timedelta(hours=2)


@dataclass
class Still:
    """A clock that stands still until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return self.at.timestamp()

    def seconds_until(self, instant: datetime) -> float:
        return 3_600.0


@dataclass
class Leaping(Still):
    """The same instant for somebody whose waits take no time: it is as late as they waited for."""

    of: Still = field(kw_only=True)

    def now(self) -> datetime:
        return self.of.at

    def elapsed(self) -> float:
        return self.of.elapsed()

    def seconds_until(self, instant: datetime) -> float:
        self.of.at = max(self.of.at, instant)
        return 0.0


@dataclass
class Watch:
    """A carrier that notes when it is told of each contact."""

    clock: Still
    told: list[datetime] = field(default_factory=list)

    async def send(self, message: Message) -> Accepted:
        self.told.append(self.clock.now())
        return Accepted(carrier_id=f"SM{len(self.told)}")

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        return None


@dataclass
class Scene:
    """A service a moment before contacts are due, of which it takes up what is due in `lead`."""

    world: World
    clock: Still
    watch: Watch

    async def step(self) -> int:
        [lane] = [each for each in self.world.lanes if SEND.name in each.handlers]
        return await lane.step()

    async def jobs(self) -> list[Any]:
        async with self.world.database.read() as conn:
            query = select(jobs).where(jobs.c.kind == SEND.name, jobs.c.done_at.is_(None))
            return list(await conn.execute(query.order_by(jobs.c.due_at)))


async def scene(database: Database, *due: datetime, lead: timedelta = SECOND) -> Scene:
    world = make_world(database, start=DUE - timedelta(hours=6))
    await world.tell(
        *(
            closed(
                number, ticket=f"T-{number}", customer=f"C-{number}", phone=f"+86138001300{number}0"
            )
            for number in range(len(due))
        )
    )
    async with database.write() as conn:
        keys = list(await conn.scalars(select(jobs.c.key).where(jobs.c.kind == SEND.name)))
        for key, at in zip(sorted(keys), due, strict=True):
            change = update(jobs).where(jobs.c.key == key)
            await conn.execute(change.values(due_at=at, run_at=at))
    clock = Still(min(due) - MOMENT)
    watch = Watch(clock)
    world.delivery.carriers = {Channel.SMS: watch}
    world.delivery.clock = Leaping(clock.at, of=clock)
    world.delivery.at_once = 1
    for lane in world.lanes:
        lane.clock, lane.pace = clock, Pace(ahead=lead, notice=lead)
    return Scene(world=world, clock=clock, watch=watch)


async def intended(database: Database) -> list[datetime]:
    async with database.read() as conn:
        return sorted(await conn.scalars(select(contacts.c.intended_at)))


async def test_a_contact_taken_up_before_it_is_due_leaves_when_it_is(database: Database) -> None:
    due = [DUE, DUE + SECOND / 4, DUE + SECOND / 2]
    there = await scene(database, *due)
    assert await there.step() == 3
    assert there.watch.told == due
    assert await intended(database) == due


async def test_a_rate_holds_for_what_is_taken_up_before_it_is_due(database: Database) -> None:
    there = await scene(database, DUE, DUE + SECOND / 100, DUE + SECOND / 50)
    there.world.delivery.pacing.rates = {Channel.SMS: Rate(count=5, per=SECOND)}
    there.world.delivery.pacing.limits = LocalLimits(there.clock.elapsed)
    assert await there.step() == 3
    first, second, third = there.watch.told
    assert first >= DUE
    assert second - first >= SECOND / 5
    assert third - second >= SECOND / 5


async def test_what_is_due_as_the_window_opens_is_not_put_off_for_coming_early(
    database: Database,
) -> None:
    there = await scene(database, OPENING)
    await there.step()
    assert there.watch.told == [OPENING]


async def test_what_is_due_as_the_window_closes_does_not_slip_through(database: Database) -> None:
    there = await scene(database, CLOSING)
    await there.step()
    assert there.watch.told == []
    assert [row.run_at for row in await there.jobs()] == [OPENING]


async def test_a_contact_is_not_held_until_a_clock_that_was_set_back_comes_round(
    database: Database,
) -> None:
    later = DUE + timedelta(minutes=30)
    there = await scene(database, DUE, later, lead=timedelta(hours=1))
    assert await there.step() == 2
    assert there.watch.told == [DUE]
    assert [(row.run_at, row.lease, row.attempt) for row in await there.jobs()] == [
        (later, None, 0)
    ]


async def test_what_was_put_off_is_not_taken_up_before_its_time(database: Database) -> None:
    there = await scene(database, DUE)
    later = DUE + timedelta(minutes=5)
    async with database.write() as conn:
        [leased] = await store.lease(
            conn, SEND.name, limit=1, now=DUE, lease_for=SECOND, token="t", ahead=SECOND
        )
        await store.retry(conn, [store.Again(leased=leased, at=later)])
    there.clock.at = later - MOMENT
    assert await there.step() == 0
    there.clock.at = later
    assert await there.step() == 1
    assert there.watch.told == [later]


async def test_a_lane_wakes_a_notice_before_a_job_is_due_and_for_what_was_put_off_when_it_is(
    database: Database,
) -> None:
    there = await scene(database, DUE)
    [lane] = [each for each in there.world.lanes if SEND.name in each.handlers]
    asked: list[datetime] = []
    lane.pace, lane.wake_at = Pace(ahead=SECOND / 5, notice=SECOND / 10), asked.append
    assert await lane.step() == 0
    assert asked == [DUE - SECOND / 10]
    async with database.write() as conn:
        await conn.execute(update(jobs).values(run_at=DUE + SECOND))
    there.clock.at = DUE + SECOND - SECOND / 20
    running = asyncio.create_task(lane.run())
    async with asyncio.timeout(10):
        while len(asked) < 2:
            await asyncio.sleep(0.01)
    lane.stop()
    await running
    assert asked[1:] == [DUE + SECOND]
