"""Keeps to the rates of carrier accounts, and counts tries, in process or, shared, in Redis."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import blake2b
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from scheduler import rates
from scheduler.rates import Rate, Room, Slots

#: A carrier that wants to be left alone for longer is asked again after this.
LONGEST_HOLD = timedelta(days=1)

_SOON = timedelta(seconds=1)  # a contact waits more cheaply than a lane does
_KEY, _TRIES = "huifang:limits:", "huifang:tries:"

# Virtual scheduling: all that is known of an account is the instant at which it is free. Whoever
# takes units moves it on by what they last; whoever holds it moves it to the hold's end. There is
# no credit for idle time, hence no burst: any span of `per` sees `count` units start, and the one
# that stands exactly at its end. The full rate needs no credit, as slots are taken ahead of time.
#
# Its own clock, read inside, so that replicas need not agree on the time. `written` tells of a
# clock that was set back, or of a replica promoted with a slower one: what was left then is left.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local hold, ahead = tonumber(ARGV[1]), tonumber(ARGV[2])
local free, written = string.match(redis.call('GET', KEYS[1]) or '0 0', '(%d+) (%d+)')
local left = free - math.max(now, tonumber(written))
local first = math.max(left, hold, 0)
local granted = 0
while granted < #ARGV - 3 and first + ARGV[granted + 3] <= ahead do
  granted = granted + 1
end
local after = first + ARGV[granted + 3]
if after > 0 and now + after ~= tonumber(free) then
  local value = string.format('%.0f %.0f', now + after, now)
  redis.call('SET', KEYS[1], value, 'PX', math.ceil(after / 1000) + 1)
end
return {granted, first, after}
"""


# The last tries of somebody, newest first: as many as are let pass, and one more.
_TRY = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local most, span = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, most)
redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000))
local oldest = redis.call('LINDEX', KEYS[1], most)
if oldest and now - tonumber(oldest) < span then return 1 end
return 0
"""


class LimitsAway(Exception):
    """Whoever counts is away: nothing was granted, and nobody may send unpaced."""


class Limits(Protocol):
    """Grants starts at an account, never more than its rate, however many processes ask.

    Offsets count from the answer. All verbs raise `LimitsAway` when whoever counts is away.
    """

    async def room(self, account: str, rate: Rate, ahead: timedelta) -> Room:
        """How many units may start at most `ahead` from now; takes none."""

    async def reserve(
        self,
        account: str,
        rate: Rate,
        costs: Sequence[int],
        ahead: timedelta,
        waits: Sequence[timedelta] = (),
    ) -> Slots:
        """Take slots for as many of the first items as may start at most `ahead` from now.

        The last granted may end later than that: three segments pass at 1/s, and the next waits.
        With `waits` none starts before its own; they stay as far apart as the rate has them, so
        that one may start later than it could by itself.
        """

    async def hold(self, account: str, span: timedelta) -> None:
        """Grant nobody a start before now + `span`, at most `LONGEST_HOLD`; the longest wins."""


class _Paced(ABC):
    """The verbs, in terms of the one step that must not be interrupted."""

    async def room(self, account: str, rate: Rate, ahead: timedelta) -> Room:
        """How many units may start at most `ahead` from now; takes none."""
        soon = rates.micros(ahead)
        _, first, _ = await self._take(account, 0, soon, [0])
        return rates.room(rate, first, soon)

    async def reserve(
        self,
        account: str,
        rate: Rate,
        costs: Sequence[int],
        ahead: timedelta,
        waits: Sequence[timedelta] = (),
    ) -> Slots:
        """Take slots for as many of the first items as may start at most `ahead` from now."""
        soon = rates.micros(ahead)
        marks = rates.marks(rate, costs)
        granted, first, free = await self._take(account, rates.latest(marks, waits), soon, marks)
        return rates.slots(marks[:granted], first, free, soon)

    async def hold(self, account: str, span: timedelta) -> None:
        """Grant nobody a start before now + `span`; the longest hold wins."""
        await self._take(account, rates.micros(min(span, LONGEST_HOLD)), 0, [0])

    @abstractmethod
    async def _take(
        self, account: str, hold: int, ahead: int, marks: Sequence[int]
    ) -> tuple[int, int, int]:
        """How many were granted, in how many µs the account was free before, and is after.

        `marks` as `rates.marks` gives them, all µs.
        """


class LocalLimits(_Paced):
    """Counts in this process; `now` are seconds that never run backwards."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._free: dict[str, int] = {}

    async def _take(
        self, account: str, hold: int, ahead: int, marks: Sequence[int]
    ) -> tuple[int, int, int]:
        now = round(self._now() * 1_000_000)
        first = max(self._free.get(account, 0) - now, hold, 0)
        granted = 0
        while granted < len(marks) - 1 and first + marks[granted] <= ahead:
            granted += 1
        after = first + marks[granted]
        self._free[account] = now + after
        return granted, first, after


class RedisLimits(_Paced):
    """Counts in Redis, by its clock, so that replicas share what an account allows.

    A reply that is lost has taken its slots: they pass unused, and are never given twice.
    """

    def __init__(self, redis: Redis, within: timedelta = _SOON) -> None:
        self._script = redis.register_script(_TAKE)
        self._within = within.total_seconds()

    async def _take(
        self, account: str, hold: int, ahead: int, marks: Sequence[int]
    ) -> tuple[int, int, int]:
        try:
            async with asyncio.timeout(self._within):
                reply: Any = await self._script([_KEY + account], [hold, ahead, *marks])
        except (RedisError, OSError) as fault:  # a timeout is an OSError
            raise LimitsAway(type(fault).__name__) from fault
        granted, first, after = (int(number) for number in reply)
        return granted, first, after


class Tries:
    """Counts in Redis how often somebody tried something, so that replicas share what they saw.

    Whoever it was is kept as a hash, and no longer than the span.
    """

    def __init__(self, redis: Redis, within: timedelta = _SOON) -> None:
        self._script = redis.register_script(_TRY)
        self._within = within.total_seconds()

    async def too_many(self, who: str, most: int, span: timedelta) -> bool:
        """Count one more try; whether more than `most` were made within `span`.

        Raises `LimitsAway` when whoever counts is away.
        """
        key = _TRIES + blake2b(who.encode(), digest_size=16).hexdigest()
        try:
            async with asyncio.timeout(self._within):
                reply: Any = await self._script([key], [most, rates.micros(span)])
        except (RedisError, OSError) as fault:  # a timeout is an OSError
            raise LimitsAway(type(fault).__name__) from fault
        return bool(reply)
