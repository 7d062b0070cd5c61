"""Measures how late contacts leave at a steady two hundred a second, beside the peers."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench import product, rivals
from bench.machine import Ground
from bench.product import Stock, stock
from bench.report import Table, median, progress, quantile
from bench.rivals import Peer

RATE = 200  # contacts that fall due in a second
_PUT_RATE = 400  # jobs a second that even the slowest peer puts in
_LIMIT = 120.0

_OURS = {"huifang, PostgreSQL": "postgresql", "huifang, SQLite": "sqlite"}
_THEIRS = (
    rivals.APSCHEDULER_REDIS,
    rivals.APSCHEDULER_SQL,
    rivals.ARQ,
    rivals.ARQ_OFTEN,
    rivals.SAQ,
    rivals.PROCRASTINATE,
    rivals.CELERY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Milliseconds from due to arrived."""

    half: float
    most: float  # 99 of 100 are below it
    worst: float


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """Everybody in turn, `runs` times over; medians of each run's quantiles."""
    found: dict[str, list[Late]] = {}
    with stage.database() as seeded:
        stocks = {
            "postgresql": await stock(stage, seeded, size),
            "sqlite": await stock(stage, f"sqlite:///{stage.folder}/stock.sqlite3", size),
        }
        settle = await product.settling(stocks["postgresql"])
        for number in range(runs):
            for name, kind in _OURS.items():
                progress(f"lateness: run {number + 1} of {runs}, {name}")
                found.setdefault(name, []).append(await _ours(stage, stocks[kind], settle))
            for peer in _THEIRS:
                progress(f"lateness: run {number + 1} of {runs}, {peer.name}")
                found.setdefault(peer.name, []).append(await _theirs(stage, peer, size, settle))
    return [_table(found, size)]


async def _ours(stage: Ground, taken: Stock, settle: float) -> Late:
    async with taken.copy() as url:
        first = datetime.now(UTC) + timedelta(seconds=settle)
        due = await product.space_out(url, first, timedelta(seconds=1 / RATE))
        worker = product.serve(stage, product.environment(stage, url), "dispatcher")
        return await _wait(stage, worker, due, never_early=True)


async def _theirs(stage: Ground, peer: Peer, jobs: int, settle: float) -> Late:
    await rivals.install(peer)
    first = time.time() + jobs / _PUT_RATE + settle
    due = {str(number): first + (number - 1) / RATE for number in range(1, jobs + 1)}
    async with rivals.loaded(stage, peer, jobs, first, 1 / RATE) as ready:
        return await _wait(stage, ready.work(), due)


async def _wait(
    stage: Ground,
    worker: AbstractAsyncContextManager[int],
    due: Mapping[str, float],
    *,
    never_early: bool = False,
) -> Late:
    await stage.carrier.reset()
    async with worker:
        if await stage.carrier.begun(_LIMIT) > min(due.values()):
            raise RuntimeError("the worker started after the first contact was due")
        await stage.carrier.reached(len(due), max(due.values()) - time.time() + _LIMIT)
        arrived = await stage.carrier.arrivals()
    late = [(arrived[contact] - at) * 1000 for contact, at in due.items()]
    if never_early and min(late) < 0:
        raise RuntimeError(f"a contact arrived {-min(late):.2f} ms before it was due")
    return Late(half=quantile(late, 0.5), most=quantile(late, 0.99), worst=max(late))


def _table(found: Mapping[str, Sequence[Late]], size: int) -> Table:
    return Table(
        title=f"Lateness: {size:,} contacts due at {RATE} a second",
        columns=("who", "p50 ms", "p99 ms", "worst ms"),
        rows=tuple(
            (
                name,
                median(each.half for each in runs),
                median(each.most for each in runs),
                median(each.worst for each in runs),
            )
            for name, runs in found.items()
        ),
    )
