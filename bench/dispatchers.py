"""Measures one dispatcher and two on one database, and works out what would bound ten."""

import time
from datetime import UTC, datetime, timedelta

from bench import product
from bench.drain import Drained, drain
from bench.machine import Ground
from bench.product import stock
from bench.report import Table, median, progress, spread

_TEN = 10


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """One and two in turn, `runs` times over; all falls due when both are there."""
    found: dict[int, list[Drained]] = {1: [], 2: []}
    with stage.database() as seeded:
        stocked = await stock(stage, seeded, size)
        settle = 2 * await product.settling(stocked)  # both start, on two cores
        for number in range(runs):
            for workers, drains in found.items():
                progress(f"dispatchers: run {number + 1} of {runs}, {workers} of them")
                async with stocked.copy() as url:
                    drains.append(await _drain(stage, url, size, workers, settle))
    return [_table(found, size)]


async def _drain(stage: Ground, url: str, size: int, workers: int, settle: float) -> Drained:
    first = time.time() + settle
    await product.space_out(url, datetime.fromtimestamp(first, UTC), timedelta(0))
    servings = {
        f"dispatcher {number}": product.serve(stage, product.environment(stage, url), "dispatcher")
        for number in range(1, workers + 1)
    }
    found = await drain(stage, size, servings, first)
    if found.doubled or await product.sent(url) != size:
        raise RuntimeError("the ledger and the carrier do not agree")
    return found


def _table(found: dict[int, list[Drained]], size: int) -> Table:
    rows = []
    for workers, drains in found.items():
        spent = [_spent(each) for each in drains]
        columns = [median(each[place] for each in spent) for place in range(3)]
        rates = [each.rate for each in drains]
        rows.append((workers, median(rates), spread(rates), *columns))
    database = float(rows[0][4])
    return Table(
        title=f"Dispatchers: {size:,} contacts, two cores for all",
        columns=(
            "dispatchers",
            "contacts/s",
            "runs",
            "dispatchers, ms each",
            "PostgreSQL, ms each",
            "carrier, ms each",
        ),
        rows=tuple(rows),
        note=(
            f"PostgreSQL needs {database:.2f} ms of processor a contact: each of its cores carries "
            f"{1000 / database:,.0f} contacts/s, whatever the number of dispatchers. {_TEN} "
            f"dispatchers of {float(rows[0][3]):.2f} ms a contact, on cores of their own, would "
            f"ask for {_TEN * 1000 / float(rows[0][3]):,.0f} contacts/s, which is "
            f"{_TEN * database / float(rows[0][3]):.1f} cores of PostgreSQL."
        ),
    )


def _spent(drained: Drained) -> tuple[float, float, float]:
    """Milliseconds a contact of all dispatchers, the database, the carrier."""
    spent = dict(drained.cpu_ms)
    database, carrier = spent.pop("PostgreSQL"), spent.pop("carrier")
    return sum(spent.values()), database, carrier
