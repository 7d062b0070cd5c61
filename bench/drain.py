"""Measures how fast whoever it is empties what is due, by what arrives at the carrier."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass

from bench.machine import Ground, cpu_seconds

LIMIT = 1_800.0  # seconds for anything to end


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """One drain: contacts a second, processor milliseconds a contact by process."""

    rate: float
    cpu_ms: Mapping[str, float]
    doubled: int


async def drain(
    stage: Ground,
    count: int,
    workers: Mapping[str, AbstractAsyncContextManager[int]],
    first: float | None = None,
) -> Drained:
    """Start the workers, wait for `count` messages at the carrier, and stop them.

    The time runs from when the first worker says that it is at work, imported and settled, to the
    last message: whoever loads all that is due before the first POST is not given that for
    nothing. With `first`, in seconds since 1970, all is due then, and the time runs from there.
    """
    await stage.carrier.reset()
    if first is not None:
        await stage.carrier.begin(first)
    async with AsyncExitStack() as started:
        pids = {"carrier": stage.carrier.pid, "PostgreSQL": stage.postmaster}
        for name, worker in workers.items():
            pids[name] = await started.enter_async_context(worker)
        begun = await stage.carrier.begun(LIMIT)
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        await stage.carrier.reached(count, LIMIT)
        after = {name: cpu_seconds(pid) for name, pid in pids.items()}
        found = await stage.carrier.report()
    return Drained(
        rate=count / (found["last"] - begun),
        cpu_ms={name: (after[name] - before[name]) * 1000 / count for name in pids},
        doubled=found["doubled"],
    )
