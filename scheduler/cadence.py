"""Keeps the cadence: the wake-up for the next due job, a regular look, and periodic duties."""

import asyncio
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler.duties import Rota
from scheduler.ports import Clock
from scheduler.runner import Bell, Duty

log = structlog.get_logger("scheduler")

_WAKE = "wake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How often to look without being told.

    Jobs of other processes and steps of the machine's clock make no sound here, so the wake-up
    alone would be late or never.
    """

    every: timedelta = timedelta(milliseconds=500)


class Cadence:
    """APScheduler in the event loop; its jobs only ring or start a duty, so none is skipped.

    Without a rota this process does every duty each time; with one, the replicas take turns.
    """

    def __init__(
        self,
        clock: Clock,
        bell: Bell,
        duties: Mapping[str, tuple[timedelta, Duty]],
        look: Look | None = None,
        rota: Rota | None = None,
    ) -> None:
        self._clock = clock
        self._bell = bell
        self.duties = duties
        self._rota = rota
        self._every = (look or Look()).every
        # A missed wake-up still rings, however late: misfire_grace_time None never drops one.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True}
        )
        self._armed: datetime | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stopped = False

    def start(self) -> None:
        """Begin; call in the running loop."""
        self._scheduler.add_job(
            self._on_look, "interval", seconds=self._every.total_seconds(), id="look"
        )
        for name, (every, duty) in self.duties.items():
            ask = every if self._rota is None else self._rota.ask_every(every)
            self._scheduler.add_job(
                self._on_duty,
                "interval",
                seconds=ask.total_seconds(),
                args=[name, every, duty],
                id=f"duty:{name}",
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    def wake_at(self, instant: datetime) -> None:
        """Ring at `instant` of the product's clock; the earliest asked for wins."""
        if not self._scheduler.running or (self._armed is not None and self._armed <= instant):
            return
        self._armed = instant
        real = datetime.now(UTC) + timedelta(seconds=self._clock.seconds_until(instant))
        self._scheduler.add_job(
            self._on_wake, "date", run_date=real, id=_WAKE, replace_existing=True
        )

    def look(self) -> None:
        """Look at once: the clock was moved, so what is armed stands at the wrong time."""
        self._armed = None
        self._bell.ring()

    async def stop(self) -> None:
        """End the cadence and wait for duties under way; APScheduler's own wait does not wait."""
        again, self._stopped = self._stopped, True
        if self._scheduler.running and not again:
            # What it has begun ends first: it would call a cancelled look an error.
            self._scheduler.remove_all_jobs()
            await asyncio.sleep(0)
            self._scheduler.shutdown(wait=False)
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _on_wake(self) -> None:
        self._armed = None
        self._bell.ring()

    async def _on_look(self) -> None:
        # After a step of the machine's clock an armed wake-up stands at the wrong time too.
        self.look()

    async def _on_duty(self, name: str, every: timedelta, duty: Duty) -> None:
        if self._stopped:  # APScheduler had it in hand already
            return
        before = self._running.get(name)
        if before is None or before.done():
            self._running[name] = asyncio.create_task(self._perform(name, every, duty))

    async def _perform(self, name: str, every: timedelta, duty: Duty) -> None:
        now = self._clock.now()
        turn = nullcontext(True) if self._rota is None else self._rota.turn(name, every, now)
        try:
            async with turn as ours:
                if ours:
                    await duty(now)
        except Exception:
            log.exception("duty.failed", duty=name)
