"""The runner hands over sets, loses no job whatever a handler does, and stops when told."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from kernel.engine import Database, open_database
from scheduler import store
from scheduler.clock import MovableClock
from scheduler.job import Job, Leased, Priority
from scheduler.runner import FAILED, Bell, Lane, Pace, Runner
from scheduler.tables import jobs

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DEADLINE_S = 10.0

Act = Callable[[Sequence[Leased], datetime], Awaitable[None]]


class Hand:
    """A handler that remembers its batches, then does `act`, and finishes what `act` left."""

    def __init__(self, database: Database, act: Act | None = None) -> None:
        self.database = database
        self.act = act
        self.batches: list[list[Leased]] = []
        self.ended: set[str] = set()

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        self.batches.append(list(batch))
        if self.act is not None:
            await self.act(batch, now)
        async with self.database.write() as conn:
            self.ended |= await store.finish(conn, batch, now)

    @property
    def names(self) -> list[list[str]]:
        return [[leased.job.key for leased in batch] for batch in self.batches]


class Gate:
    """Holds a handler up until it is opened, and tells when somebody stands before it."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        self.reached.set()
        await self.opened.wait()


def lane(
    database: Database,
    clock: MovableClock,
    handlers: dict[str, Any],
    *,
    bell: Bell | None = None,
    pace: Pace | None = None,
) -> Lane:
    return Lane(
        name="+".join(handlers),
        database=database,
        clock=clock,
        bell=bell or Bell(),
        handlers=handlers,
        pace=pace or Pace(),
    )


async def put(
    database: Database,
    *keys: str,
    kind: str = "a",
    due_at: datetime = NOON,
    priority: Priority = Priority.NORMAL,
) -> None:
    async with database.write() as conn:
        await store.enqueue(
            conn,
            [Job(key=key, kind=kind, due_at=due_at, priority=priority, payload={}) for key in keys],
        )


async def row(database: Database, key: str) -> Any:
    async with database.read() as conn:
        return (await conn.execute(select(jobs).where(jobs.c.key == key))).one()


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await holds():
            await asyncio.sleep(0.01)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


# --- a step ---------------------------------------------------------------------------------------


async def test_a_step_hands_over_a_set_of_each_kind(
    database: Database, clock: MovableClock
) -> None:
    await put(database, *(f"a{number}" for number in range(5)))
    await put(database, "b0", kind="b")
    await put(database, "c0", kind="c")
    one, two = Hand(database), Hand(database)
    assert await lane(database, clock, {"a": one, "b": two}).step() == 6
    assert one.names == [["a0", "a1", "a2", "a3", "a4"]]
    assert two.names == [["b0"]]
    assert (await row(database, "c0")).attempt == 0


async def test_a_batch_is_no_larger_than_the_pace_allows_and_the_urgent_go_first(
    database: Database, clock: MovableClock
) -> None:
    await put(database, "a", "b", "c")
    await put(database, "vip", priority=Priority.VIP)
    hand = Hand(database)
    worker = lane(database, clock, {"a": hand}, pace=Pace(batch=3))
    assert [await worker.step() for _ in range(3)] == [3, 1, 0]
    assert hand.names == [["vip", "a", "b"], ["c"]]


async def test_a_step_with_nothing_due_asks_to_be_woken_for_the_earliest(
    database: Database, clock: MovableClock
) -> None:
    await put(database, "later", due_at=NOON + 9 * MINUTE)
    await put(database, "sooner", due_at=NOON + 5 * MINUTE, kind="b")
    await put(database, "not mine", due_at=NOON + MINUTE, kind="c")
    asked: list[datetime] = []
    worker = lane(database, clock, {"a": Hand(database), "b": Hand(database)})
    worker.wake_at = asked.append
    assert await worker.step() == 0
    assert asked == [NOON + 5 * MINUTE]


async def test_a_lease_counts_from_when_it_is_taken(
    database: Database, clock: MovableClock
) -> None:
    async def take_long(batch: Sequence[Leased], now: datetime) -> None:
        clock.advance(5 * MINUTE)

    async def in_time(batch: Sequence[Leased], now: datetime) -> None:
        assert all(leased.leased_until > now + 50 * SECOND for leased in batch)

    await put(database, "slow")
    await put(database, "next", kind="b")
    second = Hand(database, in_time)
    await lane(database, clock, {"a": Hand(database, take_long), "b": second}).step()
    assert second.ended == {"next"}


async def test_a_handler_that_raises_gives_its_jobs_back_with_a_pause(
    database: Database, clock: MovableClock
) -> None:
    async def fail(batch: Sequence[Leased], now: datetime) -> None:
        raise RuntimeError("with a text that may name a customer")

    await put(database, "a", "b")
    hand = Hand(database, fail)
    worker = lane(database, clock, {"a": hand})
    before = clock.now()
    assert await worker.step() == 2
    for key in ("a", "b"):
        found = await row(database, key)
        assert before + SECOND <= found.run_at <= clock.now() + SECOND
        assert (found.error, found.attempt, found.lease) == ("RuntimeError", 1, None)
    assert await worker.step() == 0
    hand.act = None
    clock.advance(SECOND)
    assert await worker.step() == 2
    assert [leased.attempt for leased in hand.batches[-1]] == [2, 2]
    assert hand.ended == {"a", "b"}


async def test_one_job_at_fault_does_not_hold_up_those_beside_it(
    database: Database, clock: MovableClock
) -> None:
    async def fail(batch: Sequence[Leased], now: datetime) -> None:
        if any(leased.job.key == "bad" for leased in batch):
            raise RuntimeError

    await put(database, "a", "bad", "c")
    hand = Hand(database, fail)
    assert await lane(database, clock, {"a": hand}).step() == 3
    assert hand.ended == {"a", "c"}
    bad = await row(database, "bad")
    assert (bad.error, bad.attempt, bad.outcome) == ("RuntimeError", 1, None)


async def test_where_all_fail_a_few_are_tried_alone_and_the_rest_wait(
    database: Database, clock: MovableClock
) -> None:
    async def fail(batch: Sequence[Leased], now: datetime) -> None:
        raise RuntimeError

    await put(database, *(f"{number:02d}" for number in range(20)))
    hand = Hand(database, fail)
    assert await lane(database, clock, {"a": hand}).step() == 20
    assert [len(batch) for batch in hand.batches] == [20, 1, 1, 1, 1, 1]
    assert {(await row(database, f"{number:02d}")).error for number in range(20)} == {
        "RuntimeError"
    }


async def test_a_failing_kind_does_not_hinder_the_next(
    database: Database, clock: MovableClock
) -> None:
    async def fail(batch: Sequence[Leased], now: datetime) -> None:
        raise RuntimeError

    await put(database, "a")
    await put(database, "b", kind="b")
    second = Hand(database)
    assert await lane(database, clock, {"a": Hand(database, fail), "b": second}).step() == 2
    assert second.ended == {"b"}


async def test_what_a_handler_leaves_unsettled_is_given_back(
    database: Database, clock: MovableClock
) -> None:
    async def settle_some(batch: Sequence[Leased], now: datetime) -> None:
        done, deferred, dead, _left = batch
        async with database.write() as conn:
            await store.finish(conn, [done], now)
            again = store.Again(leased=deferred, at=NOON + 60 * MINUTE, burn=False)
            await store.retry(conn, [again])
            await store.bury(conn, {dead.job.key: (dead, "no use")}, now)

    await put(database, "1 done", "2 deferred", "3 dead", "4 left")
    assert await lane(database, clock, {"a": settle_some}).step() == 4
    assert (await row(database, "1 done")).outcome == "done"
    assert (await row(database, "2 deferred")).run_at == NOON + 60 * MINUTE
    assert (await row(database, "3 dead")).error == "no use"
    left = await row(database, "4 left")
    assert (left.error, left.outcome, left.lease) == ("left unsettled", None, None)
    assert NOON + SECOND <= left.run_at <= clock.now() + SECOND


async def test_a_job_that_always_fails_is_tried_by_the_ladder_and_then_a_dead_letter(
    database: Database, clock: MovableClock
) -> None:
    tries: list[datetime] = []

    async def fail(batch: Sequence[Leased], now: datetime) -> None:
        tries.append(now)
        raise RuntimeError

    await put(database, "a")
    worker = lane(database, clock, {"a": fail})
    for pause in FAILED.pauses:
        assert await worker.step() == 1
        assert await worker.step() == 0
        assert (await row(database, "a")).outcome is None
        clock.advance(pause)
    assert await worker.step() == 1
    found = await row(database, "a")
    assert (found.outcome, found.error, found.attempt) == ("dead", "RuntimeError", 9)
    clock.advance(timedelta(days=9))
    assert await worker.step() == 0
    assert len(tries) == len(FAILED.pauses) + 1 == 9


# --- leases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("speed", "lease_for"), [(1.0, 0.2 * SECOND), (600.0, 2 * MINUTE)])
async def test_the_lease_of_a_slow_handler_is_extended_however_fast_the_clock_runs(
    database: Database, speed: float, lease_for: timedelta
) -> None:
    gate = Gate()
    hand = Hand(database, gate)
    worker = lane(
        database,
        MovableClock(NOON, speed=speed),
        {"a": hand},
        pace=Pace(lease_for=lease_for),
    )
    await put(database, "a")
    step = asyncio.create_task(worker.step())
    async with asyncio.timeout(DEADLINE_S):
        await gate.reached.wait()
        [[leased]] = hand.batches

        async def extended_twice() -> bool:
            return bool((await row(database, "a")).run_at > leased.leased_until + lease_for / 3)

        await eventually(extended_twice)
        gate.opened.set()
        assert await step == 1
    assert hand.ended == {"a"}
    assert (await row(database, "a")).attempt == 1


async def test_a_lease_that_was_lost_stays_lost_and_takes_its_effects_with_it(
    database: Database, clock: MovableClock
) -> None:
    gate = Gate()
    hand = Hand(database, gate)
    worker = lane(database, clock, {"a": hand}, pace=Pace(lease_for=0.06 * SECOND))
    await put(database, "cancelled", "taken")
    step = asyncio.create_task(worker.step())
    async with asyncio.timeout(DEADLINE_S):
        await gate.reached.wait()
        async with database.write() as conn:
            await store.cancel(conn, ["cancelled"], NOON)
            [rival] = await store.lease(
                conn,
                "a",
                limit=9,
                now=clock.now() + 60 * MINUTE,
                lease_for=60 * MINUTE,
                token=secrets.token_hex(16),
            )
        await asyncio.sleep(0.1)  # time enough for the keeper to try
        gate.opened.set()
        await step
    assert hand.ended == set()
    assert (await row(database, "cancelled")).outcome == "cancelled"
    taken = await row(database, "taken")
    assert (taken.lease, taken.run_at, taken.attempt) == (rival.lease, rival.leased_until, 2)


# --- lanes that run -------------------------------------------------------------------------------


async def test_a_slow_lane_does_not_hold_up_another(
    database: Database, clock: MovableClock
) -> None:
    gate = Gate()
    slow, quick = Hand(database, gate), Hand(database)
    await put(database, "slow")
    await put(database, "quick", kind="b")
    runner = Runner(lanes=[lane(database, clock, {"a": slow}), lane(database, clock, {"b": quick})])
    runner.start()

    async def quick_is_done() -> bool:
        return quick.ended == {"quick"}

    async with asyncio.timeout(DEADLINE_S):
        await gate.reached.wait()
        await eventually(quick_is_done)
        assert slow.ended == set()
        gate.opened.set()
        await runner.drain()
    assert slow.ended == {"slow"}


async def test_draining_waits_for_the_batch_in_hand_and_takes_no_other(
    database: Database, clock: MovableClock
) -> None:
    gate = Gate()
    hand = Hand(database, gate)
    await put(database, "first", "second")
    runner = Runner(lanes=[lane(database, clock, {"a": hand}, pace=Pace(batch=1))])
    runner.start()
    async with asyncio.timeout(DEADLINE_S):
        await gate.reached.wait()
        drain = asyncio.create_task(runner.drain())
        await asyncio.sleep(0.05)
        assert not drain.done()
        gate.opened.set()
        await drain
    assert (hand.names, hand.ended) == ([["first"]], {"first"})
    assert (await row(database, "second")).attempt == 0


async def test_a_drain_that_takes_too_long_leaves_the_rest_to_the_lease(
    database: Database, clock: MovableClock
) -> None:
    gate = Gate()
    hand = Hand(database, gate)
    await put(database, "a")
    runner = Runner(
        lanes=[lane(database, clock, {"a": hand})], drain_for=timedelta(milliseconds=50)
    )
    runner.start()
    async with asyncio.timeout(DEADLINE_S):
        await gate.reached.wait()
        await runner.drain()
    successor = Hand(database)
    worker = lane(database, clock, {"a": successor})
    assert await worker.step() == 0
    clock.advance(MINUTE)
    assert await worker.step() == 1
    assert (hand.ended, successor.ended) == (set(), {"a"})


async def test_stopping_wakes_an_idle_lane(database: Database, clock: MovableClock) -> None:
    worker = lane(database, clock, {"a": Hand(database)})
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(0.05)
    assert not running.done()
    worker.stop()
    async with asyncio.timeout(DEADLINE_S):
        await running


async def test_a_ring_wakes_every_idle_lane(database: Database, clock: MovableClock) -> None:
    bell = Bell()
    hands = {"a": Hand(database), "b": Hand(database)}
    runner = Runner(lanes=[lane(database, clock, {kind: hands[kind]}, bell=bell) for kind in hands])
    runner.start()
    await asyncio.sleep(0.05)
    await put(database, "a")
    await put(database, "b", kind="b")
    bell.ring()

    async def both_are_done() -> bool:
        return [hands[kind].ended for kind in hands] == [{"a"}, {"b"}]

    await eventually(both_are_done)
    await runner.drain()


async def test_a_job_saved_while_the_lane_looked_is_not_overlooked(
    database: Database, clock: MovableClock
) -> None:
    bell = Bell()
    gate = Gate()
    hand = Hand(database, gate)
    await put(database, "first")
    runner = Runner(lanes=[lane(database, clock, {"a": hand}, bell=bell)])
    runner.start()
    async with asyncio.timeout(DEADLINE_S):
        await gate.reached.wait()
        await put(database, "second")
        bell.ring()
        gate.opened.set()

        async def both_are_done() -> bool:
            return hand.ended == {"first", "second"}

        await eventually(both_are_done)
        await runner.drain()


async def test_a_lane_outlives_a_database_that_fails(tmp_path: Path, clock: MovableClock) -> None:
    database = open_database(f"sqlite:///{tmp_path}/late.sqlite3")
    bell = Bell()
    hand = Hand(database)
    worker = lane(database, clock, {"a": hand}, bell=bell)
    with pytest.raises(OperationalError):
        await worker.step()
    runner = Runner(lanes=[worker])
    runner.start()
    await asyncio.sleep(0.05)
    async with database.write() as conn:
        await conn.run_sync(jobs.create)
    await put(database, "a")
    bell.ring()

    async def is_done() -> bool:
        return hand.ended == {"a"}

    await eventually(is_done)
    await runner.drain()
    await database.close()
