"""Measures a dispatcher's memory while it works off a backlog, a million contacts by choice."""

from datetime import UTC, datetime

from bench import product, rows
from bench.drain import LIMIT
from bench.machine import Ground, resident_mib
from bench.report import Table, progress
from huifang.wiring import ServiceRole
from tests import servers

_TENTHS = 10


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """What the process holds after each tenth of the backlog, `runs` times over."""
    return [await _once(stage, size) for _ in range(runs)]


async def _once(stage: Ground, size: int) -> Table:
    with stage.database() as url:
        environ = product.environment(stage, url)
        progress(f"memory: writing {size:,} due contacts")
        await product.migrate(url)
        async with product.service(environ, ServiceRole.DISPATCHER) as built:
            pattern = await rows.learn(built)
            async with built.database.write() as conn:
                await rows.plan(conn, pattern, range(size), datetime.now(UTC), 0.0)
        servers.execute(url, "VACUUM ANALYZE", "CHECKPOINT")
        await stage.carrier.reset()
        held = []
        async with product.serve(stage, environ, "dispatcher") as pid:
            for tenth in range(1, _TENTHS + 1):
                progress(f"memory: tenth {tenth} of {_TENTHS}")
                await stage.carrier.reached(size * tenth // _TENTHS, LIMIT)
                held.append((size * tenth // _TENTHS, resident_mib(pid)))
    second, last = held[1][1], held[-1][1]
    return Table(
        title=f"Memory: one dispatcher over {size:,} contacts",
        columns=("contacts sent", "MiB held"),
        rows=tuple(held),
        note=f"From the second tenth to the last: {last - second:+.1f} MiB.",
    )
