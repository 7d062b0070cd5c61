"""APScheduler 3: one date trigger a job, kept in Redis or through SQLAlchemy."""

import asyncio
import sys
import time
from datetime import UTC
from urllib.parse import urlsplit

import uvloop
from apscheduler.jobstores.redis import RedisJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bench.peers.errand import Errand, begin, errand, say_put
from bench.peers.posting import post


def _store(name: str, wanted: Errand) -> RedisJobStore | SQLAlchemyJobStore:
    if name == "redis":
        place = urlsplit(wanted.redis)
        return RedisJobStore(host=place.hostname, port=place.port)
    return SQLAlchemyJobStore(wanted.postgres.replace("postgresql://", "postgresql+psycopg://"))


def _scheduler(name: str, wanted: Errand) -> AsyncIOScheduler:
    # Without the grace it deletes what is overdue, unrun; without the instances it skips.
    return AsyncIOScheduler(
        jobstores={"default": _store(name, wanted)},
        job_defaults={"misfire_grace_time": None, "max_instances": 1},
        timezone=UTC,
    )


async def _put(scheduler: AsyncIOScheduler, wanted: Errand) -> None:
    scheduler.start(paused=True)
    started = time.perf_counter()
    for number in range(1, wanted.jobs + 1):
        scheduler.add_job(post, "date", run_date=wanted.due(number), args=[number])
    say_put(started)
    scheduler.shutdown(wait=False)


async def _work(scheduler: AsyncIOScheduler) -> None:
    begin()
    scheduler.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    ERRAND = errand()
    SCHEDULER = _scheduler(sys.argv[2], ERRAND)
    uvloop.run(_put(SCHEDULER, ERRAND) if sys.argv[1] == "put" else _work(SCHEDULER))
