"""Keeps the time inside phone calls: with the sandbox's clock, faster than it, or by jumps."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

POLL_S = 0.03
BUSY_S = 0.0005
QUIET_TURNS = 6
MAX_SPEED = 10_000.0

Advance = Callable[[timedelta], Awaitable[None]]


@dataclass(order=True, slots=True)
class _Wait:
    due: float
    serial: int
    over: asyncio.Event = field(compare=False)
    given_up: bool = field(default=False, compare=False)


class Pace:
    """Seconds as callers live them; `speed` None jumps over every wait that nobody fills."""

    def __init__(
        self, now: Callable[[], datetime], *, speed: float | None, advance: Advance | None
    ) -> None:
        self._now = now
        self._advance = advance
        self._zero = now()
        self._before = 0.0
        self._busy = 0
        self._serials = itertools.count()
        self._waits: list[_Wait] = []
        self._driver: asyncio.Task[None] | None = None
        self.speed = speed

    def change(self, speed: float | None) -> None:
        """Go on at another speed; raises ValueError unless it is above 0 or None."""
        if speed is not None and not 0 < speed <= MAX_SPEED:
            raise ValueError(f"speed is above 0, at most {MAX_SPEED:.0f}, or null for jumps")
        self._before, self._zero, self.speed = self.elapsed(), self._now(), speed

    def elapsed(self) -> float:
        """Return the seconds lived so far."""
        return self._before + (self._now() - self._zero).total_seconds() * (self.speed or 1.0)

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`; a clock that is moved ends the wait."""
        due = self.elapsed() + seconds
        while (left := due - self.elapsed()) > 0:
            if self.speed is None:
                await self._jump(due)
            else:
                await asyncio.sleep(min(max(left / self.speed, 0.001), POLL_S))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """No jump happens while the product is at work."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    async def during(self, work: Coroutine[None, None, None]) -> None:
        """Carry out work beside a call without letting time jump over it."""
        with self.busy():
            await work

    async def close(self) -> None:
        """Jump no more."""
        if self._driver is not None:
            self._driver.cancel()
            await asyncio.gather(self._driver, return_exceptions=True)

    async def _jump(self, due: float) -> None:
        wait = _Wait(due, next(self._serials), asyncio.Event())
        heapq.heappush(self._waits, wait)
        if self._driver is None or self._driver.done():
            self._driver = asyncio.get_running_loop().create_task(self._drive())
        try:
            await wait.over.wait()
        finally:
            wait.given_up = True

    async def _drive(self) -> None:
        """End one wait after the other, the earliest first."""
        while self._waits:
            first = self._waits[0]
            # Whoever waits at another speed than by jumps looks after itself.
            if not first.given_up and self.speed is None:
                if not await self._quiet(first):
                    continue
                await self._pass_until(first.due)
            heapq.heappop(self._waits).over.set()

    async def _quiet(self, first: _Wait) -> bool:
        """Whether nobody has anything to do before that wait is over."""
        for _ in range(QUIET_TURNS):
            await asyncio.sleep(BUSY_S if self._busy else 0)
            if self._busy or first.given_up or self._waits[0] is not first:
                return False
        return self.speed is None

    async def _pass_until(self, due: float) -> None:
        if self._advance is not None and (left := due - self.elapsed()) > 0:
            await self._advance(timedelta(seconds=left))
        # A clock that cannot be moved is outlived; a moved one may be a microsecond short.
        self._before += max(0.0, due - self.elapsed())
