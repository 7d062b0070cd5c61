"""Claims jobs as one process of several until none is left, and prints the keys it got."""

import asyncio
import json
import secrets
import sys
from datetime import datetime, timedelta

from kernel.engine import Database, open_database
from scheduler import store
from scheduler.job import Leased

READY = "ready"


async def claim(url: str, kind: str, now: datetime) -> list[str]:
    """The keys of all jobs that this process could lease; a line on stdin starts it."""
    database = open_database(url)
    await database.ping()
    print(READY, flush=True)  # noqa: T201 - this is how it speaks to the test
    await asyncio.to_thread(sys.stdin.readline)
    keys: list[str] = []
    while batch := await _lease(database, kind, now):
        keys.extend(leased.job.key for leased in batch)
        await asyncio.sleep(0.001)  # as a handler would, it leaves the others a turn
    await database.close()
    return keys


async def _lease(database: Database, kind: str, now: datetime) -> list[Leased]:
    async with database.write() as conn:
        return await store.lease(
            conn,
            kind,
            limit=50,
            now=now,
            lease_for=timedelta(hours=1),
            token=secrets.token_hex(16),
        )


if __name__ == "__main__":
    url, kind, now = sys.argv[1:]
    print(json.dumps(asyncio.run(claim(url, kind, datetime.fromisoformat(now)))))  # noqa: T201
