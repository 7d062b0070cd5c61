"""Answers customers' replies on PostgreSQL, beside a bare handler that makes one indexed update."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
import asyncpg

from bench import product
from bench.machine import Ground, cpu_seconds
from bench.report import Table, median, progress, quantile, spread
from channels.signature import twilio_sign
from tests import servers

_WANTED = 0.3  # of the bare handler's rate
_AT_ONCE = 64
_STEADY, _SECONDS = 200, 5  # replies a second, and for how long
_PATH = "/carriers/twilio/sms"
_FORM = "application/x-www-form-urlencoded"
_LOOK = 0.1
_LIMIT = 600.0
_FULL = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    rate: float
    spent_ms: float  # of the handler's processor, a reply
    median_ms: float
    slow_ms: float  # 99 of 100 are quicker
    put_off: int  # answers of 503, asked again at once


async def run(stage: Ground, runs: int, size: int) -> Sequence[Table]:
    """Both, in turn: as fast as they can, then at a steady rate."""
    many = size + _STEADY * _SECONDS
    with stage.database() as template:
        progress(f"replies: asking {many:,} customers")
        stocked = await product.stock(stage, template, many)
        async with product.serve(stage, product.environment(stage, template), "dispatcher"):
            end = time.monotonic() + _LIMIT
            while await product.sent(template) < many:
                if time.monotonic() > end:
                    raise TimeoutError("not all customers were asked")
                await asyncio.sleep(_LOOK)
        servers.execute(template, "VACUUM ANALYZE", "CHECKPOINT")
        ours, bare = [], []
        for number in range(runs):
            progress(f"replies: run {number + 1} of {runs}")
            async with stocked.copy() as url, _product(stage, url) as (pid, base, token):
                ours.append(await _measure(pid, base, token, size, many))
            with stage.database() as url:
                async with _bare(stage, url, many) as (pid, base):
                    bare.append(await _measure(pid, base, "", size, many))
    return [_table(ours, bare, size)]


@asynccontextmanager
async def _product(stage: Ground, url: str) -> Any:
    environ = product.environment(stage, url)
    base = f"http://{environ['HUIFANG_BIND']}"
    environ["HUIFANG_PUBLIC_URL"] = base
    async with product.serve(stage, environ, "api") as pid:
        yield pid, base, environ["HUIFANG_TWILIO_AUTH_TOKEN"]


@asynccontextmanager
async def _bare(stage: Ground, url: str, many: int) -> Any:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE asked (phone text PRIMARY KEY, said text)")
    rows = [(product.phone(number),) for number in range(many)]
    await connection.copy_records_to_table("asked", records=rows, columns=["phone"])
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    port = servers.free_port()
    environ = {"BENCH_DATABASE": url, "BENCH_PORT": str(port)}
    async with product.start(stage, environ, "bench.updating") as pid:
        yield pid, f"http://127.0.0.1:{port}"


async def _measure(pid: int, base: str, token: str, size: int, many: int) -> _Run:
    asked = [_request(base, token, number) for number in range(many)]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        put_off = 0

        async def post(item: tuple[bytes, dict[str, str]]) -> float:
            nonlocal put_off
            body, headers = item
            began = time.perf_counter()
            text, status = b"", _FULL
            while status == _FULL:
                async with session.post(base + _PATH, data=body, headers=headers) as answer:
                    text, status = await answer.read(), answer.status
                put_off += status == _FULL
            if status != 200:
                raise RuntimeError(f"{status}: {text[:200]!r}")
            return time.perf_counter() - began

        waiting: Iterator[tuple[bytes, dict[str, str]]] = iter(asked[:size])

        async def some() -> None:
            for item in waiting:
                await post(item)

        spent, began = cpu_seconds(pid), time.perf_counter()
        await asyncio.gather(*(some() for _ in range(_AT_ONCE)))
        rate = size / (time.perf_counter() - began)
        spent_ms = (cpu_seconds(pid) - spent) / size * 1_000
        loop, steady = asyncio.get_running_loop(), []
        first = loop.time()
        for number, item in enumerate(asked[size:]):
            await asyncio.sleep(max(0.0, first + number / _STEADY - loop.time()))
            steady.append(asyncio.create_task(post(item)))
        took = [seconds * 1_000 for seconds in await asyncio.gather(*steady)]
    return _Run(
        rate=rate,
        spent_ms=spent_ms,
        median_ms=median(took),
        slow_ms=quantile(took, 0.99),
        put_off=put_off,
    )


def _request(base: str, token: str, number: int) -> tuple[bytes, dict[str, str]]:
    form = [
        ("MessageSid", f"SM{number:032d}"),
        ("AccountSid", "AC" + "0" * 32),
        ("From", product.phone(number)),
        ("To", "+8610655500001"),
        ("Body", str(3 + number % 3)),
    ]
    signature = twilio_sign(token, base + _PATH, form)
    headers = {"Content-Type": _FORM, "X-Twilio-Signature": signature}
    return urlencode(form).encode(), headers


def _table(ours: Sequence[_Run], bare: Sequence[_Run], size: int) -> Table:
    shares = [one.rate / other.rate for one, other in zip(ours, bare, strict=True)]
    share = median(shares)
    faults = () if share >= _WANTED else (f"replies reach {share:.2f} of a bare handler's rate",)
    return Table(
        title=f"Replies answered, {size:,} at {_AT_ONCE} at once, then {_STEADY} a second",
        columns=("who", "replies/s", "runs", "processor ms", "median ms", "99 % ms", "share"),
        rows=(
            _row("huifang serve --role api", ours, share),
            _row("bare aiohttp handler, one indexed update", bare, 1.0),
        ),
        note=f"Shares by run: {spread(shares)}. At least {_WANTED} is wanted. "
        f"Put off by the product: {sum(each.put_off for each in ours)}.",
        faults=faults,
    )


def _row(who: str, runs: Sequence[_Run], share: float) -> tuple[object, ...]:
    rates = [each.rate for each in runs]
    times = [(each.spent_ms, each.median_ms, each.slow_ms) for each in runs]
    return who, median(rates), spread(rates), *map(median, zip(*times, strict=True)), share
