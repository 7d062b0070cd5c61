"""Of all replicas one does a duty, once an interval; who dies at it is relieved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kernel.engine import open_database
from scheduler.cadence import Cadence
from scheduler.clock import MovableClock, SystemClock
from scheduler.duties import Rota
from scheduler.runner import Bell
from scheduler.tables import duties

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DEADLINE_S = 10.0


@pytest.fixture
async def rotas(database_url: str) -> AsyncIterator[list[Rota]]:
    """Three replicas, each with its own connections."""
    databases = [open_database(database_url) for _ in range(3)]
    yield [Rota(database=database, clock=MovableClock(NOON)) for database in databases]
    for database in databases:
        await database.close()


async def does(rota: Rota, now: datetime, name: str = "sweep", every: timedelta = HOUR) -> bool:
    async with rota.turn(name, every, now) as ours:
        return ours


async def dies(rota: Rota, now: datetime) -> None:
    """Begins, and ends without a word, as a killed process does."""
    begun = asyncio.Event()

    async def begin() -> None:
        async with rota.turn("sweep", HOUR, now) as ours:
            assert ours
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(begin())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# --- once an interval -----------------------------------------------------------------------------


async def test_of_all_who_ask_at_once_one_has_it(rotas: list[Rota]) -> None:
    for day in range(5):
        asked = [does(rota, NOON + day * 24 * HOUR) for rota in rotas * 5]
        assert sorted(await asyncio.gather(*asked)) == [False] * 14 + [True]


async def test_nobody_else_has_it_while_it_is_being_done(rotas: list[Rota]) -> None:
    first, second, _ = rotas
    async with first.turn("sweep", HOUR, NOON) as ours:
        assert ours
        assert not await does(second, NOON)
        assert not await does(first, NOON)


async def test_it_is_done_once_in_each_interval(rotas: list[Rota]) -> None:
    done = [
        minute
        for minute in range(0, 240, 10)
        for rota in rotas
        if await does(rota, NOON + minute * MINUTE + SECOND)
    ]
    assert done == [0, 60, 120, 180]


async def test_replicas_may_ask_at_different_times_of_the_interval(rotas: list[Rota]) -> None:
    first, second, third = rotas
    assert await does(first, NOON + 59 * MINUTE)
    assert not await does(second, NOON + HOUR - SECOND)
    assert await does(third, NOON + HOUR)
    assert not await does(first, NOON + HOUR + 59 * MINUTE)
    assert await does(first, NOON + 2 * HOUR)


async def test_what_began_in_an_interval_counts_for_that_one(rotas: list[Rota]) -> None:
    first, second, _ = rotas
    async with first.turn("sweep", HOUR, NOON + 59 * MINUTE):
        pass
    assert await does(second, NOON + HOUR)


async def test_each_duty_has_its_own_turns_and_interval(rotas: list[Rota]) -> None:
    first, second, _ = rotas
    assert await does(first, NOON)
    assert await does(second, NOON, "report", MINUTE)
    assert await does(second, NOON + MINUTE, "report", MINUTE)
    assert not await does(second, NOON + MINUTE)


async def test_it_is_asked_for_often_enough_to_miss_no_interval(rotas: list[Rota]) -> None:
    assert rotas[0].ask_every(HOUR) == 30 * SECOND
    assert rotas[0].ask_every(10 * SECOND) == 5 * SECOND


# --- those who fail -------------------------------------------------------------------------------


async def test_a_duty_whose_holder_died_is_taken_over_after_its_lease(rotas: list[Rota]) -> None:
    first, second, third = rotas
    await dies(first, NOON)
    assert not await does(second, NOON + MINUTE - SECOND)
    assert await does(second, NOON + MINUTE)
    assert not await does(third, NOON + 2 * MINUTE)


async def test_a_duty_that_failed_comes_again_after_its_lease(rotas: list[Rota]) -> None:
    first, second, _ = rotas
    with pytest.raises(ZeroDivisionError):
        async with first.turn("sweep", HOUR, NOON):
            raise ZeroDivisionError
    assert not await does(second, NOON + MINUTE - SECOND)
    assert await does(second, NOON + MINUTE)


async def test_a_short_interval_has_a_short_lease(rotas: list[Rota]) -> None:
    first, second, _ = rotas
    with pytest.raises(ZeroDivisionError):
        async with first.turn("sweep", 10 * SECOND, NOON):
            raise ZeroDivisionError
    assert await does(second, NOON + 10 * SECOND, every=10 * SECOND)


async def test_who_was_relieved_ends_nothing_that_is_anothers(rotas: list[Rota]) -> None:
    first, second, third = rotas
    before, after = NOON - MINUTE / 2, NOON + MINUTE / 2
    async with AsyncExitStack() as stopped, AsyncExitStack() as relieving:
        assert await stopped.enter_async_context(first.turn("sweep", HOUR, before))
        assert await relieving.enter_async_context(second.turn("sweep", HOUR, after))
        await stopped.aclose()
        assert not await does(third, after + SECOND)
        await relieving.aclose()
        assert not await does(third, NOON + 59 * MINUTE)
        assert await does(third, NOON + HOUR)


class Hand:
    """A clock that only the test moves; waiting for any instant takes a moment."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> datetime:
        return self.instant

    def seconds_until(self, instant: datetime) -> float:
        return 0.005

    def elapsed(self) -> float:
        return self.instant.timestamp()


async def test_whoever_is_still_at_it_after_a_lease_keeps_it(rotas: list[Rota]) -> None:
    clock, second = Hand(), rotas[1]
    first = Rota(database=rotas[0].database, clock=clock)
    async with first.turn("sweep", HOUR, NOON) as ours:
        assert ours
        for _ in range(6):
            clock.instant += MINUTE / 2
            async with asyncio.timeout(DEADLINE_S):
                while await held_until(second) < clock.instant + MINUTE:
                    await asyncio.sleep(0.005)
            assert not await does(second, clock.instant)
    assert not await does(second, NOON + 59 * MINUTE)


async def held_until(rota: Rota) -> datetime:
    async with rota.database.read() as conn:
        until: datetime = (await conn.execute(select(duties.c.leased_until))).scalar_one()
    return until


# --- with cadences --------------------------------------------------------------------------------


async def test_three_cadences_do_a_duty_once_an_interval(rotas: list[Rota]) -> None:
    every, clock = 0.6 * SECOND, SystemClock()
    began: list[datetime] = []
    enough = asyncio.Event()

    async def work(now: datetime) -> None:
        began.append(now)
        if len(began) == 4:
            enough.set()

    cadences = [
        Cadence(
            clock,
            Bell(),
            {"work": (every, work)},
            rota=Rota(database=rota.database, clock=clock),
        )
        for rota in rotas
    ]
    for cadence in cadences:
        cadence.start()
    async with asyncio.timeout(DEADLINE_S):
        await enough.wait()
    for cadence in cadences:
        await cadence.stop()
    intervals = [now.timestamp() // every.total_seconds() for now in began]
    assert len(set(intervals)) == len(intervals)


async def test_what_failed_is_done_again_long_before_the_next_interval(rotas: list[Rota]) -> None:
    done = asyncio.Event()
    tries = 0

    async def work(now: datetime) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ZeroDivisionError
        done.set()

    clock = MovableClock(NOON)
    shared = Rota(database=rotas[0].database, clock=clock, lease_for=SECOND / 5)
    cadence = Cadence(clock, Bell(), {"work": (HOUR, work)}, rota=shared)
    cadence.start()
    async with asyncio.timeout(DEADLINE_S):
        await done.wait()
    await cadence.stop()


async def test_what_was_done_is_not_done_again_by_a_replica_that_starts(rotas: list[Rota]) -> None:
    clock, began = MovableClock(NOON), 0

    async def work(now: datetime) -> None:
        nonlocal began
        began += 1

    for rota in rotas:
        shared = Rota(database=rota.database, clock=clock, lease_for=SECOND / 5)
        cadence = Cadence(clock, Bell(), {"work": (HOUR, work)}, rota=shared)
        cadence.start()
        await asyncio.sleep(0.1)  # in which it would begin
        await cadence.stop()
    assert began == 1
