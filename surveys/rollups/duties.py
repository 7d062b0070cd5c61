"""Keeps the sums of figures up to date, as a periodic duty asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel.engine import Database
from surveys.fates import ledger as fates
from surveys.rollups import ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Folding:
    """A duty; `timezone` is the service centre's, whose days the sums are of."""

    database: Database
    timezone: Callable[[], str]

    async def __call__(self, now: datetime) -> None:
        """Fold all that is marked; begin anew where days were cut in another zone, or never."""
        async with self.database.read() as conn:
            zone, known = await ledger.begun(conn), await ledger.state(conn)
            counted = await fates.state(conn)
            waiting = await ledger.waiting(conn, 1) or await fates.waiting(conn, 1)
        if zone != self.timezone():
            await self.begin()
        elif counted is None:
            async with self.database.write() as conn:
                await ledger.begin_fates(conn)
        elif known is not None and not waiting:
            return
        while await self.step() is not None:
            pass

    async def begin(self) -> None:
        """Forget all sums, to count everything anew."""
        async with self.database.write() as conn:
            await ledger.begin_anew(conn, self.timezone())

    async def step(self) -> int | None:
        """Fold one part; how many invitations or closings that were, None where nothing is left."""
        return await self.database.transact(ledger.fold)
