"""Keeps the rota of periodic duties, so that of all replicas one does each, once an interval."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import or_, update

from kernel.engine import Database
from kernel.sql import insert_new
from scheduler.ports import Clock
from scheduler.store import reclaim
from scheduler.tables import duties

log = structlog.get_logger("scheduler")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOKS_BACK = timedelta(minutes=10)  # for leases that ran out


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """Gives a duty to whoever asks first in an interval; intervals are counted from 1970.

    Whoever has it keeps it while at work. If it dies or fails, the duty may be had again when its
    lease ends, in the same interval. A duty must bear being done twice all the same: whoever was
    stopped for longer than a lease goes on without knowing.
    """

    database: Database
    clock: Clock
    lease_for: timedelta = timedelta(seconds=60)

    def ask_every(self, every: timedelta) -> timedelta:
        """How often to ask, so that no interval passes unasked and the dead are soon relieved."""
        return self._lease(every) / 2

    @asynccontextmanager
    async def turn(self, name: str, every: timedelta, now: datetime) -> AsyncIterator[bool]:
        """Whether it is ours to do `name` now; held inside, and done for the interval after.

        What is raised inside leaves it to be done again once the lease has ended.
        """
        lease = secrets.token_hex(16)
        if not await self._claim(name, every, now, lease):
            yield False
            return
        keeper = asyncio.create_task(self._keep(name, every, lease))
        try:
            yield True
        finally:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
        await self._settle(name, lease, done_at=now, lease=None, leased_until=None)

    def _lease(self, every: timedelta) -> timedelta:
        return min(every, self.lease_for)

    async def _claim(self, name: str, every: timedelta, now: datetime, lease: str) -> bool:
        mine = {"lease": lease, "leased_until": now + self._lease(every)}
        undone = or_(duties.c.done_at.is_(None), duties.c.done_at < _begin(every, now))
        unheld = or_(duties.c.lease.is_(None), duties.c.leased_until <= now)
        async with self.database.write() as conn:
            taken = await conn.execute(
                update(duties)
                .where(duties.c.name == name, undone, unheld)
                .values(mine)
                .returning(duties.c.name)
            )
            if taken.first() is not None:
                return True
            return bool(await insert_new(conn, duties, [{"name": name, **mine}], ["name"]))

    async def _keep(self, name: str, every: timedelta, lease: str) -> None:
        """Hold the lease while the duty is done; one that is lost stays lost."""
        length = self._lease(every)
        while True:
            await asyncio.sleep(self.clock.seconds_until(self.clock.now() + length / 3))
            try:
                await self._settle(name, lease, leased_until=self.clock.now() + length)
            except Exception:
                log.exception("lease.not_extended", duty=name)

    async def _settle(self, name: str, held: str, **values: datetime | str | None) -> None:
        async with self.database.write() as conn:
            await conn.execute(
                update(duties).where(duties.c.name == name, duties.c.lease == held).values(values)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclaiming:
    """A duty: what a dead process held of some kinds of jobs takes its old place in the queue."""

    database: Database
    kinds: Sequence[str]

    async def __call__(self, now: datetime) -> None:
        """Look at the leases that ran out lately."""
        for kind in self.kinds:
            async with self.database.write() as conn:
                await reclaim(conn, kind, now - _LOOKS_BACK, now)


def _begin(every: timedelta, now: datetime) -> datetime:
    """When the interval began in which `now` lies."""
    return now - (now - _EPOCH) % every
