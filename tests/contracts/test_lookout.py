"""Proves that lanes which look at once share one look, and that none is told of the past."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import event

from kernel.engine import Database
from scheduler import store
from scheduler.job import Job, Priority
from scheduler.waiting import Lookout

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@contextmanager
def looks(database: Database) -> Iterator[list[str]]:
    """The statements about jobs that wait, as they are sent."""
    found: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if "run_at" in statement and not statement.startswith("INSERT"):
            found.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def job(kind: str, minutes: int) -> Job:
    at = NOON + timedelta(minutes=minutes)
    return Job(key=f"{kind}:{minutes}", kind=kind, due_at=at, payload={})


async def test_those_who_ask_at_once_are_told_by_one_look_each_what_is_theirs(
    database: Database,
) -> None:
    lookout = Lookout(database=database)
    async with database.write() as conn:
        await store.enqueue(conn, [job("test.one", 1), job("test.two", 2), job("test.two", 3)])
    with looks(database) as statements:
        one, two, none = await asyncio.gather(
            lookout.agenda(["test.one"]), lookout.agenda(["test.two"]), lookout.agenda(["test.no"])
        )
    assert one == {("test.one", Priority.NORMAL): NOON + timedelta(minutes=1)}
    assert two == {("test.two", Priority.NORMAL): NOON + timedelta(minutes=2)}
    assert none == {}
    assert len(statements) == 1


async def test_whoever_asks_during_a_look_is_told_of_what_is_committed_by_then(
    database: Database,
) -> None:
    lookout = Lookout(database=database)
    early = asyncio.create_task(lookout.agenda(["test.one"]))
    with looks(database) as statements:
        while not statements:  # its look has begun, and may see nothing that comes from now on
            await asyncio.sleep(0)
    async with database.write() as conn:
        await store.enqueue(conn, [job("test.one", 1)])
    late = await lookout.agenda(["test.one"])
    assert late == {("test.one", Priority.NORMAL): NOON + timedelta(minutes=1)}
    await early


async def test_one_who_is_cancelled_takes_the_answer_from_nobody(database: Database) -> None:
    lookout = Lookout(database=database)
    async with database.write() as conn:
        await store.enqueue(conn, [job("test.one", 1)])
    first = asyncio.create_task(lookout.agenda(["test.one"]))
    second = asyncio.create_task(lookout.agenda(["test.one"]))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == {("test.one", Priority.NORMAL): NOON + timedelta(minutes=1)}
    assert (await asyncio.gather(first, return_exceptions=True))[0].__class__ is (
        asyncio.CancelledError
    )
