"""The time inside the sandbox's calls, without a call."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.pace import Pace

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    async def advance(self, by: timedelta) -> None:
        self.at += by


def noting(pace: Pace, done: list[str]) -> Callable[[str, float], Awaitable[None]]:
    async def wait(name: str, seconds: float) -> None:
        await pace.sleep(seconds)
        done.append(name)

    return wait


async def test_waits_end_in_their_order_by_jumps_of_the_clock() -> None:
    clock, done = Clock(), list[str]()
    pace = Pace(clock.now, speed=None, advance=clock.advance)
    wait = noting(pace, done)
    await asyncio.gather(wait("hour", 3600), wait("now", 0.001), wait("minute", 60))
    assert done == ["now", "minute", "hour"]
    assert clock.at - START == timedelta(hours=1)
    assert pace.elapsed() == pytest.approx(3600)
    await pace.close()


async def test_a_clock_that_cannot_be_moved_is_outlived() -> None:
    clock = Clock()
    pace = Pace(clock.now, speed=None, advance=None)
    await pace.sleep(3600)
    assert (clock.at, pace.elapsed()) == (START, 3600)
    await pace.close()


async def test_no_jump_happens_while_the_product_is_at_work_nor_for_a_wait_given_up() -> None:
    clock, done = Clock(), list[str]()
    pace = Pace(clock.now, speed=None, advance=clock.advance)
    wait = noting(pace, done)
    with pace.busy():
        waiting = asyncio.ensure_future(wait("minute", 60))
        given_up = asyncio.ensure_future(wait("second", 1))
        for _ in range(50):
            await asyncio.sleep(0)
        assert (done, clock.at) == ([], START)
        given_up.cancel()
    await waiting
    assert clock.at - START == timedelta(minutes=1)
    await pace.close()


async def test_calls_go_as_much_faster_than_the_clock_as_is_wished() -> None:
    clock, done = Clock(), list[str]()
    pace = Pace(clock.now, speed=10.0, advance=clock.advance)
    waiting = asyncio.ensure_future(noting(pace, done)("minute", 60))
    await asyncio.sleep(0)
    clock.at += timedelta(seconds=5)
    await asyncio.sleep(0.05)
    assert done == []
    clock.at += timedelta(seconds=1)
    async with asyncio.timeout(5):
        await waiting
    assert pace.elapsed() == pytest.approx(60)


async def test_a_speed_that_is_changed_holds_for_waits_that_are_open() -> None:
    clock, done = Clock(), list[str]()
    pace = Pace(clock.now, speed=1.0, advance=clock.advance)
    waiting = asyncio.ensure_future(noting(pace, done)("hour", 3600))
    await asyncio.sleep(0)
    pace.change(None)
    await waiting
    assert clock.at - START == timedelta(hours=1)
    with pytest.raises(ValueError, match="speed"):
        pace.change(0)
    await pace.close()
