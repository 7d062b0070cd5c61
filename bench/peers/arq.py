"""arq: a sorted set in Redis that a worker polls."""

import asyncio
import sys
import time
from typing import Any

import uvloop
from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker, func

from bench.peers.errand import Errand, begin, errand, say_put
from bench.peers.posting import post

_AT_ONCE = 200
_PUT_AT_ONCE = 50


async def run(_: dict[str, Any], number: int) -> None:
    """The job."""
    await post(number)


async def _put(wanted: Errand) -> None:
    pool = await create_pool(RedisSettings.from_dsn(wanted.redis))
    room = asyncio.Semaphore(_PUT_AT_ONCE)

    async def one(number: int) -> None:
        async with room:
            await pool.enqueue_job("run", number, _defer_until=wanted.due(number))

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(1, wanted.jobs + 1)))
    say_put(started)
    await pool.aclose()


async def _work(wanted: Errand) -> None:
    polling = {} if wanted.poll is None else {"poll_delay": wanted.poll}
    worker = Worker(
        functions=[func(run, name="run", keep_result=0)],
        redis_settings=RedisSettings.from_dsn(wanted.redis),
        max_jobs=_AT_ONCE,
        queue_read_limit=5 * _AT_ONCE,
        handle_signals=False,
        **polling,
    )
    begin()
    await worker.async_run()


if __name__ == "__main__":
    uvloop.run(_put(errand()) if sys.argv[1] == "put" else _work(errand()))
