"""What was put off is looked at again when somebody asks for it, and nothing else is."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from kernel.engine import Database
from scheduler import store
from scheduler.job import Job, Leased, Priority
from scheduler.store import Again
from scheduler.tables import jobs

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BECAUSE = ("window", "cap")


def job(key: str, priority: Priority = Priority.NORMAL, kind: str = "contact.send") -> Job:
    return Job(key=key, kind=kind, due_at=NOON, payload={}, priority=priority)


async def lease(database: Database, kind: str = "contact.send") -> list[Leased]:
    async with database.write() as conn:
        return await store.lease(
            conn, kind, limit=10_000, now=NOON, lease_for=HOUR, token=f"token-{kind}"
        )


async def put_off(
    database: Database, *wanted: Job, why: str = "window", burn: bool = False
) -> None:
    async with database.write() as conn:
        await store.enqueue(conn, wanted)
    for kind in {item.kind for item in wanted}:
        batch = await lease(database, kind)
        async with database.write() as conn:
            await store.retry(
                conn, [Again(leased=item, at=NOON + HOUR, error=why, burn=burn) for item in batch]
            )


async def bring(database: Database, at: datetime = NOON, limit: int = 1_000) -> int:
    async with database.write() as conn:
        return await store.bring_forward(conn, "contact.send", BECAUSE, at, limit=limit)


async def times(database: Database) -> dict[str, datetime]:
    async with database.read() as conn:
        rows = await conn.execute(select(jobs.c.key, jobs.c.run_at))
        return {row.key: row.run_at for row in rows}


async def test_only_what_was_put_off_for_a_reason_named_is_brought_forward(
    database: Database,
) -> None:
    await put_off(database, job("window"))
    await put_off(database, job("cap"), why="cap")
    await put_off(database, job("failed"), why="TimeoutError", burn=True)
    await put_off(database, job("another", kind="ticket.reopen"))
    async with database.write() as conn:
        held = job("held")
        await store.enqueue(conn, [held])
    await lease(database)
    async with database.write() as conn:
        later = Job(key="later", kind="contact.send", due_at=NOON + HOUR, payload={})
        await store.enqueue(conn, [later])
    at = NOON + timedelta(minutes=1)
    assert await bring(database, at) == 2
    found = await times(database)
    assert {key for key, run_at in found.items() if run_at == at} == {"window", "cap"}
    assert set(found.values()) == {at, NOON + HOUR}
    assert await bring(database, at) == 0


async def test_one_put_off_again_is_brought_forward_again(database: Database) -> None:
    await put_off(database, job("one"))
    assert await bring(database) == 1
    batch = await lease(database)
    async with database.write() as conn:
        await store.retry(conn, [Again(leased=batch[0], at=NOON + HOUR, error="cap", burn=False)])
    assert batch[0].attempt == 1
    assert await bring(database) == 1


async def test_many_go_in_parts_of_bounded_size_the_urgent_first_and_spread(
    database: Database,
) -> None:
    await put_off(
        database,
        *(job(f"n-{number}") for number in range(7)),
        *(job(f"v-{number}", Priority.VIP) for number in range(3)),
    )
    seconds = timedelta(seconds=1)
    moved = [await bring(database, NOON + seconds * part, limit=4) for part in range(4)]
    assert moved == [4, 4, 2, 0]
    found = await times(database)
    assert {found[f"v-{number}"] for number in range(3)} == {NOON}
    assert sorted(found.values()) == [NOON] * 4 + [NOON + seconds] * 4 + [NOON + 2 * seconds] * 2


async def test_two_who_bring_forward_at_once_share_the_work(database: Database) -> None:
    await put_off(database, *(job(f"n-{number}") for number in range(100)))
    moved = await asyncio.gather(*(bring(database, limit=60) for _ in range(2)))
    rest = await bring(database)
    assert sum(moved) + rest == 100
    assert max(moved) == 60
    assert set((await times(database)).values()) == {NOON}
