"""The stream of events on a real Valkey: read once, acknowledged once, nothing lost or stuck."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from huifang.subscriber import BLOCK, Subscriber, open_redis
from kernel.engine import Database, open_database
from scheduler import notices
from surveys.tables import invitations
from tests.fakes.outside import until, wire
from tests.fakes.world import World, closed, make_world
from tickets.ports import Follower, News
from tickets.service import Intake
from tickets.tables import closures, events

STREAM, GROUP, DEAD = "tickets:events", "huifang", "tickets:events:dead"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    opened = open_database(sqlite_url)
    yield make_world(opened)
    await opened.close()


@pytest.fixture
def subscriber(world: World, redis: Redis) -> Subscriber:
    return reader(world, redis)


def reader(world: World, redis: Redis, consumer: str = "one", **more: Any) -> Subscriber:
    options: dict[str, Any] = {
        "redis": redis,
        "intake": world.intake,
        "clock": world.clock,
        "stream": STREAM,
        "group": GROUP,
        "consumer": consumer,
        **more,
    }
    return Subscriber(**options)


@asynccontextmanager
async def running(*subscribers: Subscriber) -> AsyncIterator[None]:
    for each in subscribers:
        each.start()
    try:
        yield
    finally:
        await asyncio.gather(*(each.stop() for each in subscribers))


async def tell(redis: Redis, *documents: Any) -> list[str]:
    """Add entries to the stream; a text goes as it is."""
    async with redis.pipeline(transaction=False) as pipe:
        for document in documents:
            text = document if isinstance(document, str) else json.dumps(document)
            pipe.xadd(STREAM, {"event": text})
        return list(await pipe.execute())


def ticket(number: int) -> dict[str, Any]:
    return closed(
        number,
        ticket=f"T-{number}",
        customer=f"C-{number}",
        phone=f"+861380013{number % 10_000:04d}",
    )


async def pending(redis: Redis) -> int:
    return int((await redis.xpending(STREAM, GROUP))["pending"])


async def dead(redis: Redis) -> list[dict[str, str]]:
    return [fields for _, fields in await redis.xrange(DEAD)]


async def kept(database: Database) -> list[str]:
    async with database.read() as conn:
        return sorted(await conn.scalars(select(events.c.id)))


async def planned(database: Database) -> tuple[int, int]:
    """How many closures and invitations there are."""
    async with database.read() as conn:
        counts = [
            await conn.scalar(select(func.count()).select_from(table))
            for table in (closures, invitations)
        ]
    return int(counts[0] or 0), int(counts[1] or 0)


@dataclass(frozen=True, kw_only=True)
class Refusing:
    """A follower that cannot take some events."""

    behind: Follower
    harm: Callable[[], Exception]
    ids: frozenset[str]

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        if any(item.event.envelope.id in self.ids for item in news):
            raise self.harm()
        await self.behind.on_news(conn, news, now)


def refusing(world: World, harm: Callable[[], Exception], *ids: str) -> Intake:
    follower = Refusing(behind=world.intake.follower, harm=harm, ids=frozenset(ids))
    return replace(world.intake, follower=follower)


def integrity() -> Exception:
    return IntegrityError("INSERT", {}, Exception("a value no column holds"))


async def test_what_is_told_is_kept_planned_and_acknowledged(
    world: World, redis: Redis, subscriber: Subscriber
) -> None:
    counted: list[tuple[str, int]] = []
    subscriber.on_taken = lambda result, count: counted.append((result, count))
    await tell(redis, ticket(1), ticket(2), ticket(1))
    assert await subscriber.step() == 3
    assert await kept(world.database) == ["evt-1", "evt-2"]
    assert await planned(world.database) == (2, 2)
    assert await pending(redis) == 0
    assert await dead(redis) == []
    assert dict(counted) == {"accepted": 2, "duplicate": 1, "rejected": 0}


async def test_entries_told_before_anyone_listened_are_read_too(
    world: World, redis: Redis, subscriber: Subscriber
) -> None:
    await tell(redis, ticket(1))
    await subscriber.step()
    late = reader(world, redis, "two")
    await tell(redis, ticket(2))
    await late.step()
    assert await kept(world.database) == ["evt-1", "evt-2"]


async def test_what_cannot_be_read_goes_to_the_dead_letters_with_its_reason(
    world: World, redis: Redis, subscriber: Subscriber
) -> None:
    nameless = ticket(2)
    del nameless["data"]["customer"]["id"]
    ids = await tell(redis, "not json", nameless, ticket(1), {**ticket(3), "type": "odd"})
    no_field = await redis.xadd(STREAM, {"other": "x", "trace": "t-1"})
    await subscriber.step()
    letters = await dead(redis)
    assert [letter["path"] for letter in letters] == ["event", "data.customer.id", "type", "event"]
    assert [letter["entry"] for letter in letters] == [ids[0], ids[1], ids[3], no_field]
    assert all(letter["reason"] for letter in letters)
    assert letters[0]["event"] == "not json"
    assert json.loads(letters[1]["event"]) == nameless
    assert letters[3]["trace"] == "t-1"
    assert await kept(world.database) == ["evt-1"]
    assert await pending(redis) == 0
    async with world.database.read() as conn:
        [notice], _ = await notices.listed(conn)
    assert (notice.kind, notice.subject) == ("deadletter.new", "stream")
    assert notice.facts["key"] == ids[0]


async def test_bytes_that_are_no_text_are_buried_and_hold_nothing_up(
    subscriber: Subscriber, redis: Redis, world: World
) -> None:
    await redis.xadd(STREAM, {"event": b"\xff\xfe{}"})
    await tell(redis, ticket(1))
    await subscriber.step()
    [letter] = await dead(redis)
    assert letter["reason"] == "the entry is not UTF-8"
    assert await kept(world.database) == ["evt-1"]
    assert await pending(redis) == 0


async def test_an_event_too_long_is_a_dead_letter_cut_short(
    world: World, redis: Redis, subscriber: Subscriber
) -> None:
    await tell(redis, json.dumps({**ticket(1), "note": "x" * 1_100_000}), ticket(2))
    await subscriber.step()
    [letter] = await dead(redis)
    assert "too long" in letter["reason"]
    assert len(letter["event"]) == 1_000_000
    assert await kept(world.database) == ["evt-2"]


async def test_a_poisonous_event_never_holds_up_the_others(
    database: Database, redis: Redis
) -> None:
    world = make_world(database)
    subscriber = reader(world, redis)
    subscriber.intake = refusing(world, integrity, "evt-2")
    [_, poison, _, _] = await tell(redis, *(ticket(n) for n in (1, 2, 3, 4)))
    with capture_logs() as logged:
        await subscriber.step()
    assert [(line["event"], line["id"]) for line in logged] == [("intake.poison", "evt-2")]
    assert await kept(world.database) == ["evt-1", "evt-3", "evt-4"]
    assert await planned(world.database) == (3, 3)
    [letter] = await dead(redis)
    assert (letter["entry"], letter["path"]) == (poison, "event")
    assert "IntegrityError" in letter["reason"]
    assert await pending(redis) == 0
    await tell(redis, ticket(5))
    await subscriber.step()
    assert "evt-5" in await kept(world.database)


async def test_what_is_kept_after_a_poisonous_batch_is_counted(
    database: Database, redis: Redis
) -> None:
    world = make_world(database)
    subscriber = reader(world, redis)
    counted: dict[str, int] = {}
    subscriber.on_taken = lambda result, count: counted.update({result: count})
    subscriber.intake = refusing(world, lambda: ValueError("odd"), "evt-2")
    await tell(redis, ticket(1), ticket(2), ticket(1))
    with capture_logs():
        await subscriber.step()
    assert counted == {"accepted": 1, "duplicate": 1, "rejected": 1}


async def test_nothing_is_acknowledged_while_the_database_is_away(
    world: World, redis: Redis, subscriber: Subscriber
) -> None:
    subscriber.intake = refusing(world, lambda: ConnectionError("away"), "evt-2")
    await tell(redis, ticket(1), ticket(2))
    with pytest.raises(ConnectionError):
        await subscriber.step()
    assert await pending(redis) == 2
    assert await dead(redis) == []
    assert await kept(world.database) == []
    await tell(redis, ticket(3))
    await reader(world, redis).step()  # the same consumer, started again
    assert await kept(world.database) == ["evt-1", "evt-2", "evt-3"]
    assert await pending(redis) == 0


async def test_of_a_backlog_the_next_batch_is_read_ahead_and_kept_in_order(
    world: World, redis: Redis
) -> None:
    subscriber = reader(world, redis, batch=2)
    await tell(redis, *(ticket(n) for n in range(1, 6)))
    assert await subscriber.step() == 2
    assert await kept(world.database) == ["evt-1", "evt-2"]
    assert await pending(redis) == 2, "the next two are in hand already"
    assert [await subscriber.step(), await subscriber.step()] == [2, 1]
    assert await pending(redis) == 0
    assert await kept(world.database) == [f"evt-{n}" for n in range(1, 6)]


async def test_what_was_read_ahead_is_settled_before_the_end(world: World, redis: Redis) -> None:
    subscriber = reader(world, redis, batch=2)
    await tell(redis, *(ticket(n) for n in range(1, 8)))
    await subscriber.step()
    subscriber.stopping = True
    await subscriber.run()
    assert await pending(redis) == 0
    assert await kept(world.database) == ["evt-1", "evt-2", "evt-3", "evt-4"]


async def test_what_was_read_ahead_of_a_failure_is_read_again_in_its_turn(
    world: World, redis: Redis
) -> None:
    subscriber = reader(world, redis, batch=2)
    subscriber.intake = refusing(world, lambda: ConnectionError("away"), "evt-1")
    await tell(redis, *(ticket(n) for n in range(1, 6)))
    with pytest.raises(ConnectionError):
        await subscriber.step()
    assert await pending(redis) == 4
    assert await kept(world.database) == []
    await reader(world, redis, batch=2).step()  # the same consumer, started again
    assert await kept(world.database) == [f"evt-{n}" for n in range(1, 6)]
    assert await pending(redis) == 0


async def test_entries_of_a_dead_consumer_are_claimed_after_a_while(
    world: World, redis: Redis
) -> None:
    await tell(redis, ticket(1), ticket(2))
    await redis.xgroup_create(STREAM, GROUP, id="0")
    await redis.xreadgroup(GROUP, "crashed", {STREAM: ">"})
    await tell(redis, ticket(3))
    patient = reader(world, redis, "patient", idle=timedelta(hours=1))
    await patient.step()
    assert await kept(world.database) == ["evt-3"]
    await tell(redis, ticket(4))
    heir = reader(world, redis, "heir", idle=timedelta(milliseconds=1))

    async def taken() -> bool:
        await heir.step()
        return await pending(redis) == 0

    await until(taken, "the crashed consumer's entries")
    assert {"evt-1", "evt-2", "evt-3"} <= set(await kept(world.database))
    count = len(await kept(world.database))
    assert await planned(world.database) == (count, count)


async def test_own_leftovers_are_read_first_after_a_restart_however_many(
    world: World, redis: Redis
) -> None:
    await tell(redis, *(ticket(number) for number in range(7)))
    await redis.xgroup_create(STREAM, GROUP, id="0")
    await redis.xreadgroup(GROUP, "one", {STREAM: ">"}, count=5)
    again = reader(world, redis, batch=2)
    await again.step()
    assert await kept(world.database) == [f"evt-{number}" for number in range(7)]
    assert await pending(redis) == 0


@pytest.mark.parametrize("how", ["leftover", "claimed"])
async def test_an_entry_trimmed_before_it_was_kept_holds_nothing_up(
    world: World, redis: Redis, how: str
) -> None:
    ids = await tell(redis, ticket(1), ticket(2))
    await redis.xgroup_create(STREAM, GROUP, id="0")
    await redis.xreadgroup(GROUP, "one", {STREAM: ">"})
    await redis.xdel(STREAM, ids[0])
    own = how == "leftover"
    again = reader(world, redis, "one" if own else "two", idle=timedelta(milliseconds=1))

    async def settled() -> bool:
        await again.step()
        return await pending(redis) == 0

    await tell(redis, ticket(3))
    await until(settled, "the trimmed entry settled")
    assert "evt-2" in await kept(world.database)
    if own:
        [letter] = await dead(redis)
        assert letter["entry"] == ids[0]
        assert "trimmed" in letter["reason"]


async def test_a_stream_that_was_wiped_is_joined_anew(
    world: World, redis: Redis, subscriber: Subscriber
) -> None:
    async with running(subscriber):
        await tell(redis, ticket(1))
        await until(lambda: kept(world.database), "the first event")
        await redis.flushall()
        await tell(redis, ticket(2))

        async def both() -> bool:
            return await kept(world.database) == ["evt-1", "evt-2"]

        await until(both, "the event after the wipe")
    assert await pending(redis) == 0


async def test_two_consumers_share_two_thousand_entries_and_each_is_planned_once(
    database: Database, database_url: str, redis: Redis, redis_url: str
) -> None:
    """Every event is told twice: half of the doubles meet the other consumer."""
    other = open_database(database_url)
    second = open_redis(redis_url)
    counted: list[tuple[str, int]] = []
    pair = [
        reader(
            make_world(opened),
            client,
            f"consumer-{number}",
            batch=250,
            on_taken=lambda result, count: counted.append((result, count)),
        )
        for number, (opened, client) in enumerate(((database, redis), (other, second)))
    ]
    documents = [ticket(number) for number in range(1_000)]
    await tell(redis, *documents, *documents)

    async def settled() -> bool:
        return sum(count for _, count in counted) == 2_000

    async with running(*pair):
        await until(settled, "2,000 entries settled")
        names = await redis.xinfo_consumers(STREAM, GROUP)
        assert len(names) == 2
    assert await planned(database) == (1_000, 1_000)
    assert sum(count for result, count in counted if result == "accepted") == 1_000
    assert await pending(redis) == 0
    assert await dead(redis) == []
    await second.aclose()
    await other.close()


async def test_an_idle_subscriber_ends_within_one_wait(subscriber: Subscriber) -> None:
    loop = asyncio.get_running_loop()
    subscriber.start()

    async def joined() -> bool:
        return bool(await subscriber.redis.exists(STREAM))

    await until(joined, "the group made")
    started = loop.time()
    await subscriber.stop()
    assert loop.time() - started < BLOCK.total_seconds() + 1


async def test_redis_may_go_away_and_come_back(world: World, redis: Redis, redis_url: str) -> None:
    address = urlsplit(redis_url)
    async with wire(address.port or 6379) as line:
        through = open_redis(redis_url.replace(f":{address.port}", f":{line.port}"))
        async with running(reader(world, through)):
            await tell(redis, ticket(1))
            await until(lambda: kept(world.database), "the first event")
            await line.cut()
            await tell(redis, ticket(2), ticket(3))
            await asyncio.sleep(0.1)
            assert await kept(world.database) == ["evt-1"]
            await line.mend()

            async def all_three() -> bool:
                return await kept(world.database) == ["evt-1", "evt-2", "evt-3"]

            await until(all_three, "the events told while it was away")

            async def acknowledged() -> bool:
                return await pending(redis) == 0

            await until(acknowledged, "the entries acknowledged")
        await through.aclose()
    assert await planned(world.database) == (3, 3)


async def test_the_database_may_go_away_and_come_back(postgresql_url: str, redis: Redis) -> None:
    address = urlsplit(postgresql_url)
    async with wire(address.port or 5432) as line:
        database = open_database(postgresql_url.replace(f":{address.port}", f":{line.port}"))
        world = make_world(database)
        async with running(reader(world, redis, batch=10)):
            await tell(redis, ticket(1))
            await until(lambda: kept(database), "the first event")
            with capture_logs() as logged:
                await line.cut()
                await tell(redis, *(ticket(number) for number in range(2, 32)))

                async def paused() -> bool:
                    return any(line["event"] == "subscriber.waiting" for line in logged)

                await until(paused, "the subscriber's pause")
                # No more is read than the batch in hand, and nobody is blamed.
                assert 0 < await pending(redis) <= 10
                assert await dead(redis) == []
                await line.mend()

                async def settled() -> bool:
                    return len(await kept(database)) == 31 and await pending(redis) == 0

                await until(settled, "the events told while it was away")
        assert {line["event"] for line in logged} <= {"subscriber.waiting"}
        assert await planned(database) == (31, 31)
        assert await dead(redis) == []
        await database.close()
