"""Clocks tell aware UTC, and how long a wait for an instant really takes."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.clock import MovableClock, SystemClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_systems_clock_tells_the_machines_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_nobody_waits_for_what_has_passed() -> None:
    assert SystemClock().seconds_until(datetime.now(UTC) - HOUR) == 0.0
    assert MovableClock(NOON, speed=60).seconds_until(NOON - HOUR) == 0.0


def test_the_systems_clock_waits_as_long_as_it_is_until_then() -> None:
    assert 3_590 < SystemClock().seconds_until(datetime.now(UTC) + HOUR) <= 3_600


@pytest.mark.parametrize("speed", [0.5, 1.0, 3_600.0])
def test_a_movable_clock_runs_at_its_speed(speed: float) -> None:
    outer = time.monotonic()
    clock = MovableClock(NOON, speed=speed)
    inner = time.monotonic()
    time.sleep(0.02)
    least = timedelta(seconds=(time.monotonic() - inner) * speed)
    now = clock.now()
    most = timedelta(seconds=(time.monotonic() - outer) * speed)
    rounding = timedelta(microseconds=1)
    assert NOON + least - rounding <= now <= NOON + most + rounding
    assert now.tzinfo is UTC


def test_a_faster_clock_makes_waits_shorter() -> None:
    assert 0.9 < MovableClock(NOON, speed=3_600).seconds_until(NOON + HOUR) <= 1.0
    assert 7_000 < MovableClock(NOON, speed=0.5).seconds_until(NOON + HOUR) <= 7_200


def test_a_moved_clock_goes_on_from_there_whatever_its_speed() -> None:
    clock = MovableClock(NOON, speed=60)
    clock.advance(24 * HOUR)
    clock.advance(timedelta(0))
    assert NOON + 24 * HOUR <= clock.now() < NOON + 25 * HOUR
    assert clock.seconds_until(NOON + 24 * HOUR) == 0.0


def test_whoever_listens_hears_of_every_move_and_sees_the_new_time() -> None:
    clock = MovableClock(NOON)
    heard: list[datetime] = []
    clock.on_move(lambda: heard.append(clock.now()))
    clock.on_move(lambda: heard.append(clock.now()))
    clock.advance(HOUR)
    assert len(heard) == 2
    assert min(heard) >= NOON + HOUR
    clock.advance(HOUR)
    assert len(heard) == 4


def test_a_clock_does_not_go_back() -> None:
    clock = MovableClock(NOON)
    heard: list[datetime] = []
    clock.on_move(lambda: heard.append(clock.now()))
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-timedelta(microseconds=1))
    assert clock.now() >= NOON
    assert heard == []
