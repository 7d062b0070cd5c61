"""Measures closings per second, from a stream or over HTTP, to a durable plan."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from redis.asyncio import Redis
from sqlalchemy import func, select

from bench import product
from bench.machine import Ground, cpu_seconds
from bench.report import Table, median, progress, quantile, spread
from huifang.subscriber import open_redis
from surveys.tables import invitations

_STREAM, _GROUP = "tickets:events", "huifang"
_PIPELINED = 1_000
_BATCH = 100  # events in one request
_BATCHES_AT_ONCE = 8
_SINGLES_AT_ONCE = 64
_SINGLES_SHARE = 4  # of the size: one by one is slow, above all without gathering
_LOOK = 0.005
_LIMIT = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One run: closings a second, milliseconds of processor each, and how long a sender waits."""

    rate: float
    worker_ms: float
    database_ms: float
    waited_ms: Sequence[float] = ()


async def run(stage: Ground, runs: int, size: int) -> list[Table]:
    """Every way in, in turn, `runs` times over; medians."""
    singles = max(_BATCH, size // _SINGLES_SHARE)
    ways: dict[str, tuple[int, Callable[[], AbstractAsyncContextManager[Taken]]]] = {
        _FROM_STREAM: (size, lambda: _stream(stage, size)),
        _IN_BATCHES: (size, lambda: _http(stage, _requests(size, _BATCH), _BATCHES_AT_ONCE)),
        _SINGLE: (singles, lambda: _http(stage, _requests(singles, 1), _SINGLES_AT_ONCE)),
        _ALONE: (
            singles,
            lambda: _http(stage, _requests(singles, 1), _SINGLES_AT_ONCE, gathered=False),
        ),
    }
    found: dict[str, list[Taken]] = {name: [] for name in ways}
    for number in range(runs):
        for name, (_, way) in ways.items():
            progress(f"ingest: run {number + 1} of {runs}, {name}")
            async with way() as taken:
                found[name].append(taken)
    return [_table(found, {name: count for name, (count, _) in ways.items()})]


_FROM_STREAM = "from the stream"
_IN_BATCHES = f"HTTP, {_BATCH} a request, {_BATCHES_AT_ONCE} at once"
_SINGLE = f"HTTP, one a request, {_SINGLES_AT_ONCE} at once"
_ALONE = f"HTTP, one a request, {_SINGLES_AT_ONCE} at once, a commit each"


@asynccontextmanager
async def _stream(stage: Ground, size: int) -> AsyncIterator[Taken]:
    """Everything is in the stream before the subscriber starts; settled is committed."""
    stage.empty_valkey()
    redis = open_redis(stage.valkey)
    with stage.database() as url:
        await product.migrate(url)
        await _fill(redis, size)
        await stage.carrier.reset()
        environ = product.environment(stage, url, redis=True)
        async with product.serve(stage, environ, "subscriber") as pid:
            begun = await stage.carrier.begun(_LIMIT)
            spent = _spent(stage, pid)
            await _settled(redis, size)
            ended = time.time()
            spent = [
                after - before for after, before in zip(_spent(stage, pid), spent, strict=True)
            ]
        await _prove(url, size)
        yield _taken(size, ended - begun, spent)
    await redis.aclose()


async def _fill(redis: Redis, size: int) -> None:
    now = datetime.now(UTC)
    for start in range(0, size, _PIPELINED):
        pipe = redis.pipeline(transaction=False)
        for number in range(start, min(size, start + _PIPELINED)):
            text = json.dumps(product.document(number, now), ensure_ascii=False)
            pipe.xadd(_STREAM, {"event": text})
        await pipe.execute()


async def _settled(redis: Redis, size: int) -> None:
    """Wait until the group has read all entries and acknowledged them."""
    end = time.monotonic() + _LIMIT
    while time.monotonic() < end:
        groups = {group["name"]: group for group in await redis.xinfo_groups(_STREAM)}
        group = groups.get(_GROUP)
        if group and (group["entries-read"] or 0) >= size and not group["pending"]:
            return
        await asyncio.sleep(_LOOK)
    raise TimeoutError("the subscriber did not take everything in time")


@asynccontextmanager
async def _http(
    stage: Ground, bodies: Iterator[bytes], at_once: int, *, gathered: bool = True
) -> AsyncIterator[Taken]:
    """So many requests in flight, each answered after its events are committed."""
    with stage.database() as url:
        await product.migrate(url)
        environ = product.environment(stage, url)
        target = f"http://{environ['HUIFANG_BIND']}/v1/events"
        module = "huifang serve --role api" if gathered else "bench.plain"
        async with product.start(stage, environ, *module.split()) as pid:
            spent = _spent(stage, pid)
            started = time.perf_counter()
            accepted, waited = await _post(target, bodies, at_once)
            seconds = time.perf_counter() - started
            spent = [
                after - before for after, before in zip(_spent(stage, pid), spent, strict=True)
            ]
        await _prove(url, accepted)
        yield _taken(accepted, seconds, spent, waited)


def _requests(size: int, batch: int) -> Iterator[bytes]:
    """Bodies made beforehand: what is measured is the product, not json.dumps."""
    now = datetime.now(UTC)
    documents = [product.document(number, now) for number in range(size)]
    parts = [documents[start : start + batch] for start in range(0, size, batch)]
    bodies: list[object] = [part if batch > 1 else part[0] for part in parts]
    return iter([json.dumps(body, ensure_ascii=False).encode() for body in bodies])


async def _post(target: str, bodies: Iterator[bytes], at_once: int) -> tuple[int, list[float]]:
    """How many events were accepted, and the milliseconds that each request took."""
    accepted = 0
    waited: list[float] = []
    headers = {
        "Authorization": f"Bearer {product.KEY}",
        "Content-Type": "application/json",  # the body tells one event from a batch
    }

    async def sender(session: aiohttp.ClientSession) -> None:
        nonlocal accepted
        for body in bodies:  # shared: each sender takes the next
            started = time.perf_counter()
            async with session.post(target, data=body, headers=headers) as answer:
                if answer.status != 202:
                    raise RuntimeError(f"answered {answer.status}: {await answer.text()}")
                accepted += len((await answer.json())["accepted"])
            waited.append((time.perf_counter() - started) * 1000)

    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(sender(session))
    return accepted, waited


async def _prove(url: str, expected: int) -> None:
    """What was accepted must be planned."""
    async with product.opened(url) as database, database.read() as conn:
        planned = (await conn.execute(select(func.count()).select_from(invitations))).scalar_one()
    if planned != expected:
        raise RuntimeError(f"{expected} closings were accepted, {planned} are planned")


def _spent(stage: Ground, pid: int) -> list[float]:
    return [cpu_seconds(pid), cpu_seconds(stage.postmaster)]


def _taken(
    count: int, seconds: float, spent: Sequence[float], waited: Sequence[float] = ()
) -> Taken:
    worker, database = (each * 1000 / count for each in spent)
    return Taken(rate=count / seconds, worker_ms=worker, database_ms=database, waited_ms=waited)


def _table(found: dict[str, list[Taken]], counts: dict[str, int]) -> Table:
    single, alone = (median(each.rate for each in found[name]) for name in (_SINGLE, _ALONE))
    return Table(
        title="Ingestion: closings to a durable plan, one process, PostgreSQL",
        columns=(
            "way in",
            "closings",
            "a second",
            "runs",
            "worker ms each",
            "PostgreSQL ms each",
            "request p50 ms",
            "request p99 ms",
        ),
        rows=tuple(
            (
                name,
                counts[name],
                median(each.rate for each in taken),
                spread([each.rate for each in taken]),
                median(each.worker_ms for each in taken),
                median(each.database_ms for each in taken),
                *(_waited(taken, share) for share in (0.5, 0.99)),
            )
            for name, taken in found.items()
        ),
        note=f"Gathering makes single events {single / alone:.2f} times as fast.",
    )


def _waited(taken: Sequence[Taken], share: float) -> float | None:
    if not taken[0].waited_ms:
        return None
    return median(quantile(each.waited_ms, share) for each in taken)
