"""Says what the runner asks of whoever carries a kind of job out, and of whoever tells the time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from scheduler.job import Leased


class Handler(Protocol):
    """Carries out a batch of jobs of one kind.

    The handler settles every job itself (`finish` and `retry` of `scheduler.store`, `bury` of
    `scheduler.deadletters`), in the same transaction as the effects, so that a lease which was
    lost takes its effects with it. What it leaves unsettled, or all of it when it raises, the
    runner gives back for a later attempt.
    """

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Carry out `batch`."""


class Clock(Protocol):
    """Tells the time; read once, at the door, and passed down as `now`."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""

    def seconds_until(self, instant: datetime) -> float:
        """Real seconds to wait until `instant`."""

    def elapsed(self) -> float:
        """Seconds of this clock since some instant; never runs backwards, as `now` may."""
