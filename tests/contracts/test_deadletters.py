"""What was given up is listed, tried again by the same rules, or settled for good."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from callbacks import store as complaints
from channels.jobs import SEND
from huifang.deadletters import DeadLetters
from huifang.subscriber import Subscriber, open_redis
from kernel.engine import Database, open_database
from kernel.journal import journal
from scheduler import deadletters, store
from scheduler.job import Job
from surveys.programs import Program
from tests.fakes.world import NOON, World, closed, make_world
from tickets.jobs import REOPEN
from tickets.ports import DeskError

PHONE = "+8613800138000"
STREAM, GROUP, DEAD = "tickets:events", "huifang", "tickets:events:dead"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
AT_ONCE = (Program(id="default", delay=timedelta(0)),)
WHO = {"actor": "command line"}


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    yield client
    await client.aclose()


def letters(database: Database, redis: Redis | None = None) -> DeadLetters:
    return DeadLetters(database=database, redis=redis, stream=STREAM)


async def dead_jobs(database: Database, *keys: str, kind: str = "contact.send") -> None:
    """Jobs that were leased three times and given up, a minute after each other."""
    for number, key in enumerate(keys):
        at = NOON + number * MINUTE
        async with database.write() as conn:
            payload = {"source": "/tickets", "ticket": f"T-{key}"}
            await store.enqueue(conn, [Job(key=key, kind=kind, due_at=NOON, payload=payload)])
        for attempt in range(3):
            async with database.write() as conn:
                [leased] = await store.lease(
                    conn, kind, limit=1, now=at, lease_for=MINUTE, token=f"{key}-{attempt}"
                )
                if attempt < 2:
                    await store.retry(conn, [store.Again(leased=leased, at=at)])
                else:
                    await store.bury(conn, {key: (leased, "DeskError")}, at)


async def told(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """What the journal says of dead letters."""
    async with database.read() as conn:
        rows = await conn.execute(
            select(journal.c.kind, journal.c.about, journal.c.detail)
            .where(journal.c.kind.like("deadletter.%"))
            .order_by(journal.c.id)
        )
        return [(row.kind, row.about, row.detail) for row in rows]


async def test_they_are_listed_newest_first_and_by_kind(database: Database) -> None:
    await dead_jobs(database, "a", "b")
    await dead_jobs(database, "c", kind="event.publish")
    found = await letters(database).listed(None, 10)
    assert [letter.key for letter in found] == ["b", "a", "c"]
    assert (found[0].attempts, found[0].error, found[0].ticket) == (3, "DeskError", "T-b")
    assert [letter.key for letter in await letters(database).listed("event.publish", 10)] == ["c"]
    assert [letter.key for letter in await letters(database).listed(None, 1)] == ["b"]


async def test_one_that_is_replayed_is_due_again_with_all_its_tries(database: Database) -> None:
    await dead_jobs(database, "a", "b")
    now = NOON + DAY
    assert await letters(database).replay(["a", "never", "a"], now) == ["a"]
    async with database.write() as conn:
        [leased] = await store.lease(
            conn, "contact.send", limit=9, now=now, lease_for=MINUTE, token="again"
        )
    assert (leased.job.key, leased.attempt, leased.job.due_at) == ("a", 1, NOON)
    assert [letter.key for letter in await letters(database).listed(None, 10)] == ["b"]
    assert await told(database) == [("deadletter.replayed", "a", {"kind": "contact.send", **WHO})]


async def test_one_that_is_dropped_is_over_and_its_reason_is_kept(database: Database) -> None:
    await dead_jobs(database, "a", "b")
    why = "the desk is gone, ask 13800138000"
    assert await letters(database).drop(["a"], why, NOON + DAY) == ["a"]
    assert await letters(database).drop(["a"], why, NOON + DAY) == []
    assert await letters(database).replay(["a"], NOON + DAY) == []
    [(kind, about, detail)] = await told(database)
    assert (kind, about) == ("deadletter.dropped", "a")
    assert detail["reason"].startswith("the desk is gone")
    assert "13800138000" not in detail["reason"]
    async with database.write() as conn:
        await store.purge(conn, NOON + 2 * DAY)
        assert await deadletters.count(conn) == 1


async def test_all_or_all_of_a_kind_are_replayed_however_many(database: Database) -> None:
    await dead_jobs(database, "a", "b", "c")
    await dead_jobs(database, "d", kind="event.publish")
    assert await letters(database).replay_all("contact.send", NOON + DAY) == 3
    assert await letters(database).replay_all("contact.send", NOON + DAY) == 0
    assert await letters(database).replay_all(None, NOON + DAY) == 1
    assert await letters(database).listed(None, 10) == []


async def test_a_contact_that_is_replayed_passes_the_same_gate(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed())
    await give_up(world, SEND.name)
    night = NOON + timedelta(hours=10)
    world.clock.advance(night - world.clock.now())
    assert await letters(database).replay_all(None, night) == 1
    await world.run()
    assert world.carrier.sent == []
    await world.after(timedelta(hours=12))
    assert len(world.carrier.texts(PHONE)) == 1


async def give_up(world: World, kind: str) -> None:
    async with world.database.write() as conn:
        batch = await store.lease(
            conn, kind, limit=1, now=world.clock.now(), lease_for=MINUTE, token="x"
        )
        dead = {leased.job.key: (leased, "gone") for leased in batch}
        await store.bury(conn, dead, world.clock.now())


async def test_a_reopening_that_was_given_up_is_made_up_for(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.desk.script.extend([DeskError("503")] * 10)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1")
    await world.run()
    for _ in range(9):
        await world.after(DAY * 4)
    assert len(world.desk.orders) == 10
    [letter] = await letters(database).listed(None, 10)
    assert letter.kind == REOPEN.name
    await letters(database).replay([letter.key], world.clock.now())
    await world.run()
    assert len(world.desk.orders) == 11
    assert len({order.key for order in world.desk.orders}) == 1
    async with database.read() as conn:
        found = await complaints.of_tickets(conn, world.vault, [("/tickets", "T-1001")])
    [complaint] = found["/tickets", "T-1001"]
    assert (complaint.reopen, complaint.attention) == ("accepted", None)


async def unread(redis: Redis, *documents: dict[str, Any] | str) -> None:
    for document in documents:
        text = document if isinstance(document, str) else json.dumps(document)
        await redis.xadd(DEAD, {"event": text, "reason": "broken", "path": "event", "entry": "1-1"})


async def test_what_could_not_be_read_is_listed_and_goes_back_to_the_stream(
    sqlite_world: World, redis: Redis
) -> None:
    world = sqlite_world
    await unread(redis, closed())
    both = letters(world.database, redis)
    await dead_jobs(world.database, "a")
    found = await both.listed(None, 10)
    assert {letter.kind for letter in found} == {"stream", "contact.send"}
    [letter] = await both.listed("stream", 10)
    assert letter.error == "event: broken"
    assert await both.replay([letter.key, f"{DEAD}:nonsense", f"{DEAD}:9-9"], NOON) == [letter.key]
    assert await redis.xlen(DEAD) == 0
    [(_, fields)] = await redis.xrange(STREAM)
    assert set(fields) == {"event"}
    subscriber = reader(world, redis)
    assert await subscriber.step() == 1
    async with world.database.read() as conn:
        assert "evt-1" in str((await conn.execute(select(journal.c.detail))).all())
    assert await told(world.database) == [
        ("deadletter.replayed", letter.key, {"kind": "stream", **WHO}),
    ]


async def test_what_cannot_be_read_again_comes_back_once_and_not_for_ever(
    sqlite_world: World, redis: Redis
) -> None:
    await unread(redis, "{", "[", closed())
    both = letters(sqlite_world.database, redis)
    assert await both.replay_all(None, NOON) == 3
    subscriber = reader(sqlite_world, redis)
    await subscriber.step()
    assert len(await both.listed(None, 10)) == 2
    # One of which nothing is left can be dropped, and holds up no other.
    await redis.xadd(DEAD, {"reason": "trimmed", "path": "event", "entry": "1-1"})
    assert await both.replay_all("stream", NOON) == 2
    [empty] = await both.listed("stream", 10)
    assert await both.replay([empty.key], NOON) == []
    assert await both.drop([empty.key], "trimmed", NOON) == [empty.key]
    assert await redis.xlen(DEAD) == 0


@pytest.fixture
async def sqlite_world(sqlite_url: str) -> AsyncIterator[World]:
    opened = open_database(sqlite_url)
    yield make_world(opened, programs=AT_ONCE)
    await opened.close()


def reader(world: World, redis: Redis) -> Subscriber:
    return Subscriber(
        redis=redis,
        intake=world.intake,
        clock=world.clock,
        stream=STREAM,
        group=GROUP,
        consumer="one",
    )
