"""What the streams hold of an erased customer goes; what nobody took in, and others', stays."""

import json
from typing import Any

from huifang.streams import Streams, Traces
from huifang.subscriber import open_redis
from tests.fakes.world import closed
from tickets.privacy import Subject

STREAM, GROUP = "t:events", "g"
NAME = "赵无极"


def entry(customer: str, number: int) -> dict[Any, Any]:
    return {"event": json.dumps(closed(number, customer=customer, ticket=f"T-{number}"))}


async def test_entries_of_the_customer_go_and_others_stay(redis_url: str) -> None:
    redis = open_redis(redis_url)
    await redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    for number, customer in enumerate(("C-1", "C-2", "C-1")):
        await redis.xadd(STREAM, entry(customer, number))
    taken: Any = await redis.xreadgroup(GROUP, "one", {STREAM: ">"}, count=3)
    ids = [id_ for id_, _ in taken[STREAM]]
    await redis.xack(STREAM, GROUP, ids[0], ids[1])  # the third is still in hand
    await redis.xadd(STREAM, entry("C-1", 9))  # and the fourth nobody has read
    dead = f"{STREAM}:dead"
    kept = await redis.xadd(dead, entry("C-2", 7))
    await redis.xadd(dead, entry("C-1", 8))
    await redis.xadd(dead, {"event": f"{{half of it, {NAME}", "reason": "not JSON"})
    subject = Subject(source="/tickets", customer="C-1", tickets=frozenset())
    streams = Streams(redis=redis, stream=STREAM, group=GROUP)
    traces = Traces(is_told_of=subject.is_told_of, words=[NAME])
    assert await streams.wipe(traces) == 3
    assert [id_ for id_, _ in await redis.xrange(STREAM)][:2] == ids[1:]
    assert await redis.xlen(STREAM) == 3
    assert [id_ for id_, _ in await redis.xrange(dead)] == [kept]
    assert await streams.wipe(traces) == 0
    await redis.aclose()


async def test_without_a_stream_or_redis_there_is_nothing_to_do(redis_url: str) -> None:
    subject = Subject(source="/tickets", customer="C-1", tickets=frozenset())
    traces = Traces(is_told_of=subject.is_told_of, words=[])
    redis = open_redis(redis_url)
    assert await Streams(redis=redis, stream=STREAM, group=GROUP).wipe(traces) == 0
    assert await Streams(redis=None, stream=STREAM, group=GROUP).wipe(traces) == 0
    await redis.aclose()
