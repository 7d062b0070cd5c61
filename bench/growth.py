"""Measures whether a million contacts that wait slow down those that are due."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bench import plans, product, rows
from bench.drain import drain
from bench.machine import Ground
from bench.plans import Plans
from bench.report import Table, median, progress, spread
from huifang.wiring import ServiceRole
from tests import servers

_DUE = 4_000  # drained in each run
_LOOKED_AT = 1_000  # due while the plans are looked at: two batches
_TRAFFIC = """
SELECT blks_read, (SELECT wal_fpi FROM pg_stat_wal) AS images
FROM pg_stat_database WHERE datname = current_database()
"""
_SIZE = "SELECT pg_database_size(current_database())"
_DAYS = 30  # over which the waiting ones fall due, and the past ones were sent


class _Grown:
    """A database with so many waiting, and how to add those that are due."""

    def __init__(self, stage: Ground, url: str, waiting: int) -> None:
        self.stage, self.url, self.waiting = stage, url, waiting
        self.environ = product.environment(stage, url)
        self.rates: list[float] = []
        self.read: list[float] = []
        self.images: list[float] = []
        self.plans = Plans()
        self._next = waiting

    async def fill(self) -> None:
        """Waiting contacts, and as many sent in the past to the same customers."""
        progress(f"growth: writing {self.waiting:,} waiting contacts")
        await product.migrate(self.url)
        empty = await _bytes(self.url)
        spacing = _DAYS * 86_400 / self.waiting
        async with product.service(self.environ, ServiceRole.DISPATCHER) as built:
            self.pattern = await rows.learn(built)
            now = datetime.now(UTC)
            numbers = range(self.waiting)
            async with built.database.write() as conn:
                await rows.plan(conn, self.pattern, numbers, now + timedelta(days=1), spacing)
                await rows.remember(conn, self.pattern, numbers, now, spacing)
        servers.execute(self.url, "VACUUM ANALYZE", "CHECKPOINT")
        self.kib = (await _bytes(self.url) - empty) / 1024 / self.waiting
        await self.add(_LOOKED_AT)
        async with product.service(self.environ, ServiceRole.DISPATCHER) as built:
            with plans.caught(built.database) as self.plans:
                await built.step()
            while await built.step():
                pass

    async def add(self, due: int) -> None:
        """So many more customers, each due at once."""
        numbers = range(self._next, self._next + due)
        self._next += due
        async with product.opened(self.url) as database, database.write() as conn:
            await rows.plan(conn, self.pattern, numbers, datetime.now(UTC), 0.0)

    async def measure(self) -> None:
        """One drain."""
        await self.add(_DUE)
        worker = product.serve(self.stage, self.environ, "dispatcher")
        before = await _traffic(self.url)
        self.rates.append((await drain(self.stage, _DUE, {"huifang": worker})).rate)
        after = await _traffic(self.url)
        self.read.append((after[0] - before[0]) / _DUE)
        self.images.append((after[1] - before[1]) / _DUE)


async def _bytes(url: str) -> int:
    async with product.opened(url) as database, database.read() as conn:
        return int((await conn.execute(text(_SIZE))).scalar_one())


async def _traffic(url: str) -> tuple[int, int]:
    """Pages that were not in the server's own cache so far, and whole pages put into its log."""
    async with product.opened(url) as database, database.read() as conn:
        row = (await conn.execute(text(_TRAFFIC))).one()
        return int(row.blks_read), int(row.images)


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """Rates beside `size` waiting contacts and beside a hundredth of them, in turn."""
    # Not fewer than ten thousand: of a table of a few batches, one is best read from end to end.
    few = max(10_000, size // 100)
    with stage.database() as small, stage.database() as large:
        both = [_Grown(stage, small, few), _Grown(stage, large, size)]
        for each in both:
            await each.fill()
        for number in range(runs):
            for each in both:
                progress(f"growth: run {number + 1} of {runs}, {each.waiting:,} waiting")
                await each.measure()
    return [_rates(both), _plans(both)]


def _rates(both: list[_Grown]) -> Table:
    few, many = (median(each.rates) for each in both)
    return Table(
        title="Growth: dispatch beside contacts that wait",
        columns=(
            *("waiting", "sent in the past", "KiB for both", "contacts/s", "runs"),
            *("pages read each", "pages logged each"),
        ),
        rows=tuple(
            (
                *(each.waiting, each.waiting, each.kib, median(each.rates), spread(each.rates)),
                *(median(each.read), median(each.images)),
            )
            for each in both
        ),
        note=f"With {both[1].waiting:,} waiting the rate is {many / few:.2f} of that with few.",
    )


def _plans(both: list[_Grown]) -> Table:
    """Pages touched by each statement; a fault where one is carried out otherwise, looks at more
    rows or walks through a table.
    """
    small, large = (each.plans for each in both)
    faults = (*plans.walks(large), *plans.changes(small, large))
    return Table(
        title="Growth: pages that one batch's statements touch",
        columns=("statement", *(f"{each.waiting:,} waiting" for each in both)),
        rows=tuple(
            (f"`{statement[:90]}`", few.pages, large.by_statement[statement].pages)
            for statement, few in small.by_statement.items()
            if statement in large.by_statement
        ),
        note=""
        if faults
        else "Every statement reads by the same indexes and as many rows; none walks a table.",
        faults=faults,
    )
