"""Measures dispatch of due contacts with the whole gate and ledger, beside those who only POST."""

import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from bench import bare, product, rivals
from bench.drain import Drained, drain
from bench.machine import Ground, running
from bench.product import Stock, stock
from bench.report import Table, median, progress, spread
from bench.rivals import Peer

_POSTGRES, _SQLITE, _BARE = "huifang, PostgreSQL", "huifang, SQLite", "bare loop, PostgreSQL"
_SLOW = (rivals.PROCRASTINATE, rivals.CELERY)  # get a fifth, lest they take all the time
_SLOW_SHARE = 5


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """Everybody in turn, `runs` times over; medians."""
    found: dict[str, list[Drained]] = {}
    with stage.database() as seeded:
        stocks = {
            _POSTGRES: await stock(stage, seeded, size),
            _SQLITE: await stock(stage, f"sqlite:///{stage.folder}/stock.sqlite3", size),
        }
        for number in range(runs):
            for name, taken in stocks.items():
                progress(f"dispatch: run {number + 1} of {runs}, {name}")
                found.setdefault(name, []).append(await ours(stage, taken))
            progress(f"dispatch: run {number + 1} of {runs}, {_BARE}")
            found.setdefault(_BARE, []).append(await bare_loop(stage, size))
            for peer in rivals.ALL:
                progress(f"dispatch: run {number + 1} of {runs}, {peer.name}")
                jobs = size // _SLOW_SHARE if peer in _SLOW else size
                found.setdefault(peer.name, []).append((await theirs(stage, peer, jobs))[1])
    return [_table(found, size)]


async def ours(stage: Ground, taken: Stock) -> Drained:
    """One dispatcher; what it sent must stand in its ledger, once."""
    async with taken.copy() as url:
        worker = product.serve(stage, product.environment(stage, url), "dispatcher")
        found = await drain(stage, taken.due, {"huifang": worker})
        if found.doubled or await product.sent(url) != taken.due:
            raise RuntimeError("the ledger and the carrier do not agree")
    return found


async def bare_loop(stage: Ground, size: int) -> Drained:
    """The loop that keeps no ledger and asks no gate."""
    with stage.database() as url:
        await bare.fill(url, size)
        environ = {"BENCH_CARRIER": stage.carrier.url}
        words = [sys.executable, "-m", "bench.bare", url]
        worker = running(words, environ, stage.folder / "bare.log")
        return await drain(stage, size, {"bare": worker})


async def theirs(stage: Ground, peer: Peer, jobs: int) -> tuple[float, Drained]:
    """A peer: jobs put in a second, and its drain."""
    async with rivals.loaded(stage, peer, jobs) as ready:
        worker: AbstractAsyncContextManager[int] = ready.work()
        return ready.put_rate, await drain(stage, jobs, {"peer": worker})


def _table(found: dict[str, list[Drained]], size: int) -> Table:
    fastest = max((peer.name for peer in rivals.ALL), key=lambda name: _rate(found[name]))
    ours_, bare_, sqlite = (_rate(found[name]) for name in (_POSTGRES, _BARE, _SQLITE))
    return Table(
        title=f"Dispatch: {size:,} due contacts, one process",
        columns=("who", "a second", "runs", "worker ms each", "PostgreSQL ms each"),
        rows=tuple(
            (name, _rate(drains), spread([each.rate for each in drains]), *_cpu(drains))
            for name, drains in sorted(found.items(), key=lambda pair: -_rate(pair[1]))
        ),
        note=(
            f"{_POSTGRES}: {ours_ / _rate(found[fastest]):.2f} of the fastest peer ({fastest}), "
            f"{ours_ / bare_:.2f} of the bare loop. SQLite: {sqlite / ours_:.2f} of PostgreSQL."
        ),
    )


def _rate(drains: Sequence[Drained]) -> float:
    return median(each.rate for each in drains)


def _cpu(drains: Sequence[Drained]) -> tuple[float, float]:
    worker = next(name for name in drains[0].cpu_ms if name not in ("carrier", "PostgreSQL"))
    return (
        median(each.cpu_ms[worker] for each in drains),
        median(each.cpu_ms["PostgreSQL"] for each in drains),
    )
