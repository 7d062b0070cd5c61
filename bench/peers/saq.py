"""saq: lists and a sorted set in Redis, a timer that moves what is due from one to the other."""

import asyncio
import math
import sys
import time
from typing import Any

import uvloop
from saq import Queue, Worker

from bench.peers.errand import Errand, begin, errand, say_put
from bench.peers.posting import post

_AT_ONCE = 100
_PUT_AT_ONCE = 50


async def run(_: Any, *, number: int) -> None:
    """The job."""
    await post(number)


async def _put(wanted: Errand) -> None:
    queue = Queue.from_url(wanted.redis)
    await queue.connect()
    room = asyncio.Semaphore(_PUT_AT_ONCE)

    async def one(number: int) -> None:
        async with room:
            # It knows whole seconds only; rounded up, so that nothing goes before its time.
            due = math.ceil(wanted.due_at(number))
            await queue.enqueue("run", number=number, scheduled=due, ttl=-1)

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(1, wanted.jobs + 1)))
    say_put(started)
    await queue.disconnect()


async def _work(wanted: Errand) -> None:
    queue = Queue.from_url(wanted.redis)
    begin()
    await Worker(queue, functions=[run], concurrency=_AT_ONCE).start()


if __name__ == "__main__":
    uvloop.run(_put(errand()) if sys.argv[1] == "put" else _work(errand()))
