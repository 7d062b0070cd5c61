"""Claims by five hundred with SKIP LOCKED, POSTs and deletes: no gate, no ledger, only speed."""

import asyncio
import os
import sys

import aiohttp
import asyncpg
import uvloop

BATCH = 500
AT_ONCE = 64

_TABLE = """
CREATE TABLE due (id bigint PRIMARY KEY, run_at timestamptz NOT NULL);
CREATE INDEX ON due (run_at);
"""
_CLAIM = """
UPDATE due SET run_at = now() + interval '60 s' WHERE id IN (
  SELECT id FROM due WHERE run_at <= now() ORDER BY run_at LIMIT $1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


async def fill(url: str, count: int) -> None:
    """The table, with so many rows due."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_TABLE)
        await connection.execute(
            "INSERT INTO due SELECT n, now() FROM generate_series(1, $1::bigint) n", count
        )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def work(url: str, carrier: str) -> None:
    """Empty the table, then idle until somebody stops us."""
    connection = await asyncpg.connect(url)
    room = asyncio.Semaphore(AT_ONCE)
    target = f"{carrier}/2010-04-01/Accounts/AC0/Messages.json"
    async with aiohttp.ClientSession() as session:

        async def post(number: int) -> None:
            form = {
                "To": f"+86{13_900_000_000 + number}",
                "From": "+8610655500001",
                "Body": "您的工单已处理,请评价:5非常满意 4满意 3一般 2不满意 1非常不满意",
                "StatusCallback": f"http://127.0.0.1:8080/status?contact={number}",
            }
            async with room, session.post(target, data=form) as answer:
                await answer.read()

        await (await session.get(f"{carrier}/begin")).read()
        while rows := await connection.fetch(_CLAIM, BATCH):
            await asyncio.gather(*(post(row["id"]) for row in rows))
            await connection.execute(
                "DELETE FROM due WHERE id = ANY($1)", [row["id"] for row in rows]
            )
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(work(sys.argv[1], os.environ["BENCH_CARRIER"]))
