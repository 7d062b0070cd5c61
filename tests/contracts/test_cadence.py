"""The cadence rings when something is due, looks without being told, and keeps its duties."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.cadence import Cadence, Look
from scheduler.clock import MovableClock
from scheduler.runner import Bell, Duty

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SOON = timedelta(milliseconds=10)
FAST = 3_600.0  # an hour a second
DEADLINE_S = 5.0


class Stage:
    """A bell, someone who listens, and cadences that are stopped at the end."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.rung = self.bell.listen(())
        self.started: list[Cadence] = []

    def start(
        self, clock: MovableClock, every: timedelta = HOUR, **duties: tuple[timedelta, Duty]
    ) -> Cadence:
        cadence = Cadence(clock, self.bell, duties, Look(every=every))
        cadence.start()
        self.started.append(cadence)
        return cadence

    async def rings(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            await self.rung.wait()
        self.rung.clear()

    async def stays_silent(self) -> None:
        await asyncio.sleep(0.1)
        assert not self.rung.is_set()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    for cadence in stage.started:
        await cadence.stop()


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not holds():
            await asyncio.sleep(0.005)


class Work:
    """A duty that says how often it began and ended, and waits to be let go."""

    def __init__(self, *, held: bool = False) -> None:
        self.began: list[datetime] = []
        self.ended = 0
        self.may_end = asyncio.Event()
        if not held:
            self.may_end.set()

    async def __call__(self, now: datetime) -> None:
        self.began.append(now)
        await self.may_end.wait()
        self.ended += 1


# --- waking ---------------------------------------------------------------------------------------


async def test_it_rings_at_the_instant_of_a_fast_clock(stage: Stage) -> None:
    clock = MovableClock(NOON, speed=FAST)
    stage.start(clock).wake_at(NOON + 6 * MINUTE)  # in a tenth of a second
    await stage.rings()
    early = timedelta(seconds=0.002 * FAST)  # the loop's timers have milliseconds
    assert NOON + 6 * MINUTE - early <= clock.now() < NOON + 2 * HOUR


async def test_an_instant_that_has_passed_rings_at_once(stage: Stage) -> None:
    stage.start(MovableClock(NOON)).wake_at(NOON - 24 * HOUR)
    await stage.rings()


@pytest.mark.parametrize("order", [1, -1])
async def test_the_earliest_that_was_asked_for_wins(stage: Stage, order: int) -> None:
    clock = MovableClock(NOON, speed=FAST)
    cadence = stage.start(clock)
    for instant in [NOON + 3 * MINUTE, NOON + HOUR, NOON + 9 * HOUR][::order]:
        cadence.wake_at(instant)
    await stage.rings()
    assert clock.now() < NOON + HOUR


async def test_once_it_rang_it_can_be_asked_for_a_later_instant(stage: Stage) -> None:
    clock = MovableClock(NOON, speed=FAST)
    cadence = stage.start(clock)
    for _ in range(30):
        cadence.wake_at(clock.now() + timedelta(seconds=0.003 * FAST))
        await stage.rings()


async def test_a_moved_clock_is_noticed_at_once_and_can_be_asked_anew(stage: Stage) -> None:
    clock = MovableClock(NOON)
    cadence = stage.start(clock)
    clock.on_move(cadence.look)
    cadence.wake_at(NOON + HOUR)
    await stage.stays_silent()
    clock.advance(2 * HOUR)
    assert stage.rung.is_set()
    stage.rung.clear()
    cadence.wake_at(clock.now() + SOON)
    await stage.rings()


async def test_a_wake_up_rings_though_the_loop_was_held_up_past_it(stage: Stage) -> None:
    clock = MovableClock(NOON)
    cadence = stage.start(clock)
    await asyncio.sleep(0)
    cadence.wake_at(clock.now() + SOON)
    _hold_up_the_loop()
    await stage.rings()


def _hold_up_the_loop() -> None:
    """Longer than the second that APScheduler forgives of its own accord."""
    end = time.monotonic() + 1.2
    while time.monotonic() < end:
        time.sleep(0.1)


async def test_the_regular_look_rings_without_being_told(stage: Stage) -> None:
    stage.start(MovableClock(NOON), every=2 * SOON)
    for _ in range(3):
        await stage.rings()


async def test_what_is_asked_before_the_start_or_after_the_end_does_no_harm() -> None:
    clock = MovableClock(NOON)
    bell = Bell()
    rung = bell.listen(())
    cadence = Cadence(clock, bell, {})
    cadence.wake_at(NOON)
    cadence.start()
    await cadence.stop()
    await asyncio.sleep(0)
    cadence.wake_at(NOON)
    await asyncio.sleep(0.05)
    assert not rung.is_set()


# --- duties ---------------------------------------------------------------------------------------


async def test_a_duty_begins_at_once_is_told_the_time_and_comes_again(stage: Stage) -> None:
    clock = MovableClock(NOON, speed=FAST)
    work = Work()
    stage.start(clock, work=(SOON, work))
    await eventually(lambda: work.ended >= 3)
    assert NOON <= work.began[0] < work.began[1] < work.began[2] <= clock.now()


async def test_a_slow_duty_is_not_started_twice_and_holds_up_no_other(stage: Stage) -> None:
    slow, quick = Work(held=True), Work()
    stage.start(MovableClock(NOON), slow=(SOON, slow), quick=(SOON, quick))
    await eventually(lambda: quick.ended >= 4)
    assert len(slow.began) == 1
    slow.may_end.set()
    await eventually(lambda: slow.ended >= 2)


async def test_a_duty_that_fails_comes_again(stage: Stage) -> None:
    tries: list[datetime] = []

    async def fail(now: datetime) -> None:
        tries.append(now)
        raise RuntimeError

    stage.start(MovableClock(NOON), fail=(SOON, fail))
    await eventually(lambda: len(tries) >= 2)


async def test_stopping_waits_for_a_duty_under_way(stage: Stage) -> None:
    work = Work(held=True)
    cadence = stage.start(MovableClock(NOON), work=(SOON, work))
    await eventually(lambda: bool(work.began))
    stop = asyncio.create_task(cadence.stop())
    await asyncio.sleep(0.05)
    assert not stop.done()
    work.may_end.set()
    async with asyncio.timeout(DEADLINE_S):
        await stop
    assert (len(work.began), work.ended) == (1, 1)


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 4])
async def test_no_duty_begins_once_stopping_is_over(stage: Stage, turns: int) -> None:
    work = Work()
    cadence = stage.start(MovableClock(NOON), work=(SOON, work))
    for _ in range(turns):
        await asyncio.sleep(0)
    await cadence.stop()
    began = len(work.began)
    await asyncio.sleep(0.05)
    assert (len(work.began), work.ended) == (began, began)


async def test_stopping_twice_or_before_the_start_does_no_harm() -> None:
    await Cadence(MovableClock(NOON), Bell(), {}).stop()
    started = Cadence(MovableClock(NOON), Bell(), {})
    started.start()
    await started.stop()
    await started.stop()
