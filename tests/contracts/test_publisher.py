"""What happened is told to others: on the stream, to desks that listen, under one id for ever."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from huifang.publisher import Publisher
from huifang.subscriber import open_redis
from kernel.engine import Database
from sandbox import signing
from scheduler import deadletters
from scheduler import store as jobs
from scheduler.clock import MovableClock
from scheduler.job import Job
from scheduler.publication import PUBLISH, publish
from scheduler.runner import Bell, Lane
from tests.fakes.outside import DESK_SECRET, Outside, Recorder, outside, serving, wire
from tests.fakes.world import NOON
from tickets.desks.webhook import WebhookDesk
from tickets.ports import Desk

OUT = "huifang:events"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def world(clock: MovableClock) -> AsyncIterator[Outside]:
    async with outside(now=clock.now) as found:
        yield found


def desk_at(url: str, clock: MovableClock) -> WebhookDesk:
    return WebhookDesk(url=url, clock=clock, secret=DESK_SECRET)


def nobody(source: str) -> Desk | None:
    return None


def lane(
    database: Database,
    clock: MovableClock,
    redis: Redis | None,
    desk_of: Callable[[str], Desk | None] = nobody,
) -> Lane:
    publisher = Publisher(database=database, redis=redis, out_stream=OUT, desk_of=desk_of)
    return Lane(
        name="publication",
        database=database,
        clock=clock,
        bell=Bell(),
        handlers={PUBLISH.name: publisher},
    )


def news(key: str = "r_1", at: datetime = NOON, type_: str = "response.low", **data: Any) -> Job:
    return publish(type_, key, at, source="/tickets", ticket="T-1001", data={"score": 20.0, **data})


async def enqueue(database: Database, *wanted: Job) -> None:
    async with database.write() as conn:
        await jobs.enqueue(conn, list(wanted))


async def published(redis: Redis) -> list[dict[str, Any]]:
    return [json.loads(fields["event"]) for _, fields in await redis.xrange(OUT)]


async def test_an_event_on_the_stream_is_a_cloud_event(
    database: Database, clock: MovableClock, redis: Redis
) -> None:
    await enqueue(database, news(), news("i_1", type_="survey.invited"))
    assert await lane(database, clock, redis).step() == 2
    entries = await redis.xrange(OUT)
    assert all(list(fields) == ["event"] for _, fields in entries)
    by_id = {event["id"]: event for event in await published(redis)}
    assert by_id["response.low:r_1"] == {
        "specversion": "1.0",
        "id": "response.low:r_1",
        "source": "huifang",
        "type": "response.low",
        "time": NOON.isoformat(),
        "subject": "T-1001",
        "datacontenttype": "application/json",
        "data": {"ticket": "T-1001", "source": "/tickets", "score": 20.0},
    }
    assert by_id["survey.invited:i_1"]["type"] == "survey.invited"


async def test_the_same_news_is_published_once(
    database: Database, clock: MovableClock, redis: Redis
) -> None:
    await enqueue(database, news())
    work = lane(database, clock, redis)
    await work.step()
    await enqueue(database, news(score=40.0), news())
    assert await work.step() == 0
    assert [event["id"] for event in await published(redis)] == ["response.low:r_1"]


async def test_while_redis_is_away_events_wait_and_go_out_under_the_same_id(
    database: Database, clock: MovableClock, redis: Redis, redis_url: str
) -> None:
    port = urlsplit(redis_url).port or 6379
    async with wire(port) as line:
        through = open_redis(redis_url.replace(f":{port}", f":{line.port}"))
        work = lane(database, clock, through)
        await line.cut()
        await enqueue(database, news(), news("r_2"))
        assert await work.step() == 2
        assert await work.step() == 0  # not before the pause is over
        clock.advance(timedelta(seconds=2))
        assert await work.step() == 2
        await line.mend()
        clock.advance(timedelta(seconds=6))
        assert await work.step() == 2
        clock.advance(timedelta(days=2))
        assert await work.step() == 0
        await through.aclose()
    ids = sorted(event["id"] for event in await published(redis))
    assert ids == ["response.low:r_1", "response.low:r_2"]


async def test_what_nobody_takes_for_days_is_a_dead_letter(
    database: Database, clock: MovableClock, redis_url: str
) -> None:
    port = urlsplit(redis_url).port or 6379
    async with wire(port) as line:
        through = open_redis(redis_url.replace(f":{port}", f":{line.port}"))
        await line.cut()
        work = lane(database, clock, through)
        await enqueue(database, news())
        attempts = 0
        for _ in range(20):
            attempts += await work.step()
            clock.advance(timedelta(days=2))
        await through.aclose()
    assert attempts == 1 + len(PUBLISH.ladder.pauses)
    async with database.read() as conn:
        assert await deadletters.count(conn) == 1


async def test_a_desk_hears_events_as_signed_standard_webhooks(
    database: Database, clock: MovableClock, redis: Redis
) -> None:
    recorder = Recorder()
    async with serving(recorder.application()) as url:
        desk = desk_at(f"{url}/hook", clock)
        await enqueue(database, news(comment_id="x"))
        await lane(database, clock, redis, lambda source: desk).step()
        await desk.close()
    [heard] = recorder.heard
    assert (heard.method, heard.path) == ("POST", "/hook")
    assert heard.headers["content-type"] == "application/json"
    assert signing.webhook_fault(DESK_SECRET, heard.headers, heard.body, clock.now()) is None
    forged = heard.body.replace(b"20.0", b"99.0")
    assert signing.webhook_fault(DESK_SECRET, heard.headers, forged, clock.now()) is not None
    body = json.loads(heard.body)
    assert body["type"] == "response.low"
    assert datetime.fromisoformat(body["timestamp"]) == NOON
    assert body["data"] == {
        "ticket": "T-1001",
        "source": "/tickets",
        "score": 20.0,
        "comment_id": "x",
    }
    assert len(await published(redis)) == 1


async def test_a_desk_that_is_down_hears_it_later_under_the_same_id(
    database: Database, clock: MovableClock, redis: Redis, world: Outside
) -> None:
    desk = desk_at(world.desk_url, clock)
    work = lane(database, clock, redis, lambda source: desk)
    world.fault("desk", "status", 503)
    await enqueue(database, news())
    await work.step()
    clock.advance(timedelta(seconds=2))
    await work.step()
    await desk.close()
    heard = list(world.world.deliveries)
    assert [each.status for each in heard] == [503, 204]
    assert heard[0].webhook_id == heard[1].webhook_id
    assert heard[0].body == heard[1].body
    # The stream had it the first time already: at least once, and readers know it by its id.
    assert {event["id"] for event in await published(redis)} == {"response.low:r_1"}


async def test_a_desk_that_never_wants_to_hear_is_not_asked_again(
    database: Database, clock: MovableClock, redis: Redis, world: Outside
) -> None:
    desk = desk_at(world.desk_url, clock)
    work = lane(database, clock, redis, lambda source: desk)
    world.fault("desk", "status", 410, times=None)
    await enqueue(database, news())
    await work.step()
    clock.advance(timedelta(days=2))
    assert await work.step() == 0
    await desk.close()
    assert len(world.world.deliveries) == 1
    assert len(await published(redis)) == 1


async def test_without_redis_only_the_desk_of_the_event_s_source_hears(
    database: Database, clock: MovableClock, world: Outside
) -> None:
    desk = desk_at(world.desk_url, clock)
    work = lane(database, clock, None, lambda source: desk if source == "/tickets" else None)
    other = publish("response.low", "r_9", NOON, source="/other", ticket="T-9", data={})
    await enqueue(database, news(), other)
    assert await work.step() == 2
    await desk.close()
    assert [each.ticket for each in world.world.deliveries] == ["T-1001"]
    clock.advance(timedelta(days=2))
    assert await work.step() == 0
