"""Whoever guesses at links is counted once over all replicas, and by each while Redis is away."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from channels.limits import Guesses
from channels.strangers import MOST_UNKNOWN
from huifang.subscriber import open_redis
from scheduler.limits import LimitsAway, Tries
from tests.fakes.world import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    yield client
    await client.aclose()


async def test_replicas_share_the_count_whoever_is_asked(redis: Redis) -> None:
    replicas = [Guesses(tries=Tries(redis)) for _ in range(3)]
    tried = [
        await replicas[number % 3].too_many("2001:db8:1:2::7", NOON)
        for number in range(MOST_UNKNOWN + 2)
    ]
    assert tried == [False] * MOST_UNKNOWN + [True] * 2
    assert await replicas[0].too_many("2001:db8:1:2::8", NOON), "the same household"
    assert not await replicas[0].too_many("203.0.113.9", NOON)


async def test_what_is_longer_ago_does_not_count_and_nobody_is_named(redis: Redis) -> None:
    tries, short = Tries(redis), timedelta(microseconds=1)
    assert not any([await tries.too_many("198.51.100.1", 1, short) for _ in range(5)])
    assert not await tries.too_many("198.51.100.1", 5, MINUTE), "of older ones, one was kept"
    keys = await redis.keys("huifang:tries:*")
    assert len(keys) == 1
    assert "198.51" not in str(keys)
    assert 0 < await redis.pttl(keys[0]) <= 60_000


async def test_while_redis_is_away_each_replica_counts_for_itself() -> None:
    away = Tries(open_redis("redis://127.0.0.1:1/0"))
    with pytest.raises(LimitsAway):
        await away.too_many("198.51.100.1", MOST_UNKNOWN, MINUTE)
    guesses = Guesses(tries=away)
    tried = [await guesses.too_many("198.51.100.1", NOON) for _ in range(MOST_UNKNOWN + 1)]
    assert tried == [False] * MOST_UNKNOWN + [True]
