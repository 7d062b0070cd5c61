"""No account starts more than its rate, however many ask, in process and in Redis alike."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

import pytest
from redis.asyncio import Redis

from huifang.subscriber import open_redis
from scheduler.limits import LONGEST_HOLD, Limits, LimitsAway, LocalLimits, RedisLimits
from scheduler.rates import Rate, Room, Slots

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOTHING = timedelta(0)
NOISE = timedelta(seconds=10)  # for what passes between two calls, however busy the machine

TEN = Rate(count=10, per=SECOND)
ONE = Rate(count=1, per=SECOND)
SLOW = Rate(count=60, per=HOUR)  # one a minute: what passes between two calls is nothing


def seconds(slots: Slots) -> list[float]:
    return [offset / SECOND for offset in slots.offsets]


def is_about(length: timedelta, expected: timedelta) -> bool:
    """What was left before some time passed."""
    return expected - NOISE <= length <= expected


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture(params=["local", "redis"])
async def limits(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Limits]:
    if request.param == "local":
        yield LocalLimits()
        return
    client = open_redis(redis_url)
    yield RedisLimits(client)
    await client.aclose()


# --- taking slots ---------------------------------------------------------------------------------


async def test_slots_are_evenly_spaced_and_the_first_is_at_once(limits: Limits) -> None:
    slots = await limits.reserve("a", TEN, [1] * 5, SECOND)
    assert seconds(slots) == [0, 0.1, 0.2, 0.3, 0.4]
    assert slots.wait == NOTHING


async def test_whoever_asks_next_goes_behind_those_before(limits: Limits) -> None:
    await limits.reserve("a", SLOW, [1] * 5, HOUR)
    slots = await limits.reserve("a", SLOW, [1] * 2, HOUR)
    first, second = slots.offsets
    assert is_about(first, 5 * MINUTE)
    assert second - first == MINUTE


async def test_nobody_starts_before_their_own_wait_is_over_nor_closer_than_the_rate(
    limits: Limits,
) -> None:
    waits = [timedelta(seconds=each) for each in (0.05, 0.06, 0.5, 0.5)]
    slots = await limits.reserve("a", TEN, [1] * 4, SECOND, waits)
    assert seconds(slots) == [0.3, 0.4, 0.5, 0.6]
    after = await limits.reserve("a", TEN, [1], SECOND)
    assert is_about(after.offsets[0], timedelta(seconds=0.7))


async def test_only_what_starts_soon_enough_is_granted_and_the_rest_told_when(
    limits: Limits,
) -> None:
    slots = await limits.reserve("a", TEN, [1] * 100, SECOND)
    assert seconds(slots) == [tenth / 10 for tenth in range(11)]  # the last exactly in a second
    assert slots.wait == SECOND / 10
    await limits.reserve("b", SLOW, [1] * 5, HOUR)
    none = await limits.reserve("b", SLOW, [1], 2 * MINUTE)
    assert none.offsets == ()
    assert is_about(none.wait, 3 * MINUTE)


async def test_a_message_of_three_segments_takes_three_slots_and_starts_at_its_first(
    limits: Limits,
) -> None:
    assert seconds(await limits.reserve("a", TEN, [1, 3, 1, 2, 1], SECOND)) == [
        0,
        0.1,
        0.4,
        0.5,
        0.7,
    ]


async def test_what_costs_more_than_a_span_allows_passes_and_the_next_waits_for_it(
    limits: Limits,
) -> None:
    slots = await limits.reserve("a", SLOW, [3, 1], NOTHING)
    assert slots == Slots(offsets=(NOTHING,), wait=3 * MINUTE)
    assert (await limits.reserve("a", SLOW, [1], NOTHING)).offsets == ()
    later = await limits.reserve("a", SLOW, [1], 3 * MINUTE)
    assert is_about(later.offsets[0], 3 * MINUTE)


async def test_nothing_is_free_of_cost(limits: Limits) -> None:
    assert seconds(await limits.reserve("a", TEN, [0, -4, 1], SECOND)) == [0, 0.1, 0.2]


async def test_asking_for_nothing_takes_nothing(limits: Limits) -> None:
    assert await limits.reserve("a", TEN, [], SECOND) == Slots(offsets=(), wait=NOTHING)
    assert seconds(await limits.reserve("a", TEN, [1], SECOND)) == [0]


async def test_each_account_has_a_rate_of_its_own(limits: Limits) -> None:
    await limits.reserve("a", SLOW, [1] * 5, HOUR)
    assert seconds(await limits.reserve("b", SLOW, [1], HOUR)) == [0]


async def test_time_without_a_message_earns_no_burst(limits: Limits) -> None:
    fast = Rate(count=100, per=SECOND)
    await limits.reserve("a", fast, [1], SECOND)
    await asyncio.sleep(0.1)
    assert seconds(await limits.reserve("a", fast, [1] * 3, SECOND)) == [0, 0.01, 0.02]


async def test_after_the_wait_that_was_told_another_is_granted(limits: Limits) -> None:
    fast = Rate(count=20, per=SECOND)
    for _ in range(4):
        slots = await limits.reserve("a", fast, [1], NOTHING)
        assert slots.offsets == (NOTHING,)
        await asyncio.sleep(slots.wait / SECOND + 0.002)  # timers have milliseconds


async def test_a_rate_that_does_not_divide_its_span_is_never_exceeded(limits: Limits) -> None:
    slots = await limits.reserve("a", Rate(count=7, per=SECOND), [1] * 7_001, 1_001 * SECOND)
    assert slots.offsets[7_000] == 1_000 * SECOND
    assert all(
        after - before >= SECOND
        for before, after in zip(slots.offsets, slots.offsets[7:], strict=False)
    )


async def test_a_new_rate_takes_up_where_the_old_one_ended(limits: Limits) -> None:
    await limits.reserve("a", SLOW, [1] * 3, HOUR)
    first, second = (await limits.reserve("a", TEN, [1, 1], HOUR)).offsets
    assert is_about(first, 3 * MINUTE)
    assert second - first == SECOND / 10


# --- looking --------------------------------------------------------------------------------------


async def test_the_room_is_what_could_be_taken_and_looking_takes_none(limits: Limits) -> None:
    for _ in range(3):
        assert await limits.room("a", TEN, SECOND) == Room(units=11, wait=NOTHING)
    assert len((await limits.reserve("a", TEN, [1] * 50, SECOND)).offsets) == 11


async def test_where_there_is_no_room_it_says_for_how_long(limits: Limits) -> None:
    await limits.reserve("a", SLOW, [1] * 5, HOUR)
    room = await limits.room("a", SLOW, 2 * MINUTE)
    assert room.units == 0
    assert is_about(room.wait, 3 * MINUTE)
    assert (await limits.room("a", SLOW, 7 * MINUTE)) == Room(units=3, wait=NOTHING)


async def test_an_account_that_may_be_used_at_once_has_room_without_looking_ahead(
    limits: Limits,
) -> None:
    assert await limits.room("a", ONE, NOTHING) == Room(units=1, wait=NOTHING)


# --- being told to wait ---------------------------------------------------------------------------


async def test_a_hold_lets_nobody_start_before_its_end(limits: Limits) -> None:
    await limits.hold("a", 5 * MINUTE)
    held = await limits.room("a", TEN, MINUTE)
    assert held.units == 0
    assert is_about(held.wait, 4 * MINUTE)
    first, second = (await limits.reserve("a", TEN, [1, 1], HOUR)).offsets
    assert is_about(first, 5 * MINUTE)
    assert second - first == SECOND / 10
    assert seconds(await limits.reserve("b", TEN, [1], NOTHING)) == [0]


async def test_the_longest_hold_wins(limits: Limits) -> None:
    for minutes in (2, 5, 1):
        await limits.hold("a", minutes * MINUTE)
    assert is_about((await limits.room("a", TEN, NOTHING)).wait, 5 * MINUTE)


async def test_a_hold_does_not_shorten_what_was_taken(limits: Limits) -> None:
    await limits.reserve("a", SLOW, [1] * 9, HOUR)
    await limits.hold("a", MINUTE)
    await limits.hold("a", -MINUTE)
    assert is_about((await limits.room("a", SLOW, NOTHING)).wait, 9 * MINUTE)


async def test_a_hold_ends(limits: Limits) -> None:
    await limits.hold("a", SECOND / 20)
    await asyncio.sleep(0.06)
    assert await limits.room("a", ONE, NOTHING) == Room(units=1, wait=NOTHING)


async def test_no_hold_lasts_for_ever(limits: Limits) -> None:
    await limits.hold("a", timedelta.max)
    assert is_about((await limits.room("a", TEN, NOTHING)).wait, LONGEST_HOLD)


# --- both alike -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
async def test_both_tell_the_same_story(seed: int, redis: Redis) -> None:
    random = Random(seed)
    both: list[Limits] = [LocalLimits(), RedisLimits(redis)]
    for _ in range(40):
        # Half a minute, so that what passes between two calls decides nothing.
        ahead = random.randrange(30) * MINUTE + MINUTE / 2
        match random.choice(["room", "reserve", "reserve", "hold"]):
            case "room":
                rooms = [await limits.room("a", SLOW, ahead) for limits in both]
                assert rooms[0].units == rooms[1].units
                assert abs(rooms[0].wait - rooms[1].wait) < NOISE
            case "reserve":
                costs = [random.choice([1, 1, 2, 3]) for _ in range(random.randrange(8))]
                one, other = [await limits.reserve("a", SLOW, costs, ahead) for limits in both]
                assert abs(one.wait - other.wait) < NOISE
                for left, right in zip(one.offsets, other.offsets, strict=True):
                    assert abs(left - right) < NOISE
            case _:
                span = random.randrange(40) * MINUTE
                for limits in both:
                    await limits.hold("a", span)


async def test_in_process_it_goes_by_the_clock_it_was_given() -> None:
    now = 1_000.0
    limits = LocalLimits(lambda: now)
    await limits.reserve("a", ONE, [1] * 3, MINUTE)
    assert seconds(await limits.reserve("a", ONE, [1], MINUTE)) == [3]
    now += 3.5
    assert seconds(await limits.reserve("a", ONE, [1], MINUTE)) == [0.5]
    now += 3_600
    assert seconds(await limits.reserve("a", ONE, [1], MINUTE)) == [0]


async def test_taken_one_by_one_it_is_not_exceeded_by_rounding_either() -> None:
    limits, seven = LocalLimits(lambda: 0.0), Rate(count=7, per=SECOND)
    went = [(await limits.reserve("a", seven, [1], HOUR)).offsets[0] for _ in range(700)]
    assert all(after - before >= SECOND for before, after in zip(went, went[7:], strict=False))
    assert went[-1] < 100.01 * SECOND


# --- many at once ---------------------------------------------------------------------------------


async def test_four_clients_at_once_get_each_slot_once(redis_url: str) -> None:
    async def take(seed: int) -> list[timedelta]:
        """When all that was taken starts, each unit of it, on the clock of this machine."""
        random, starts = Random(seed), []
        async with Redis.from_url(redis_url) as client:
            limits = RedisLimits(client)
            for _ in range(100):
                costs = [random.choice([1, 1, 3]) for _ in range(random.randrange(1, 6))]
                slots = await limits.reserve("a", SLOW, costs, 100 * HOUR)
                now = timedelta(seconds=time.time())
                for cost, offset in zip(costs, slots.offsets, strict=True):
                    starts += [now + offset + unit * MINUTE for unit in range(cost)]
        return starts

    taken = await asyncio.gather(*(take(seed) for seed in range(4)))
    starts = sorted(start for each in taken for start in each)
    slots = [round((start - starts[0]) / MINUTE) for start in starts]
    assert slots == list(range(len(starts)))  # none twice, none left out


async def test_what_is_kept_goes_by_itself_and_looking_keeps_nothing(redis: Redis) -> None:
    limits = RedisLimits(redis)
    await limits.room("a", SLOW, HOUR)
    await limits.reserve("a", SLOW, [1, 1], -SECOND)
    assert await redis.keys() == []
    await limits.reserve("a", SLOW, [1, 1], HOUR)
    (key,) = await redis.keys()
    assert 110_000 < await redis.pttl(key) <= 120_002


async def test_a_server_that_forgot_the_script_learns_it_again(redis: Redis) -> None:
    limits = RedisLimits(redis)
    await limits.reserve("a", SLOW, [1], HOUR)
    await redis.script_flush()
    assert is_about((await limits.reserve("a", SLOW, [1], HOUR)).offsets[0], MINUTE)


async def test_a_server_whose_clock_was_set_back_waits_for_what_was_left(redis: Redis) -> None:
    limits = RedisLimits(redis)
    await limits.reserve("a", SLOW, [1], HOUR)
    (key,) = await redis.keys()
    free, written = map(int, str(await redis.get(key)).split())
    an_hour = HOUR // timedelta(microseconds=1)
    await redis.set(key, f"{free + an_hour} {written + an_hour}")
    assert is_about((await limits.room("a", SLOW, NOTHING)).wait, MINUTE)
    await asyncio.sleep(0.1)
    left = (await limits.room("a", SLOW, NOTHING)).wait
    assert MINUTE - NOISE - SECOND / 10 <= left <= MINUTE - SECOND / 10


@asynccontextmanager
async def server(answer: asyncio.Event, port: int) -> AsyncIterator[str]:
    """Passes everything on, but holds every answer back until the event is set."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writers.extend([writer, back])
        await asyncio.gather(_pass(reader, back), _pass(there, writer, answer))

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{running.sockets[0].getsockname()[1]}/0"
    finally:
        answer.set()
        running.close()
        for each in writers:
            each.close()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, when: asyncio.Event | None = None
) -> None:
    while data := await reader.read(65_536):
        if when is not None:
            await when.wait()
        writer.write(data)


async def test_a_server_that_is_not_there_is_away_at_once() -> None:
    limits = RedisLimits(open_redis("redis://127.0.0.1:1/0"))
    began = time.monotonic()
    for call in (
        limits.reserve("a", TEN, [1], SECOND),
        limits.room("a", TEN, SECOND),
        limits.hold("a", SECOND),
    ):
        with pytest.raises(LimitsAway):
            await call
    assert time.monotonic() - began < 2


async def test_a_server_that_is_silent_is_away_soon_and_no_slot_is_given_twice(
    redis: Redis, redis_url: str
) -> None:
    answer = asyncio.Event()
    answer.set()
    port = redis.connection_pool.connection_kwargs["port"]
    async with server(answer, port) as url:
        client = open_redis(url)
        limits = RedisLimits(client, within=SECOND / 5)
        assert seconds(await limits.reserve("a", SLOW, [1], HOUR)) == [0]
        answer.clear()
        began = time.monotonic()
        with pytest.raises(LimitsAway):
            await limits.reserve("a", SLOW, [1, 1, 1], HOUR)
        assert 0.2 <= time.monotonic() - began < 2
        answer.set()
        # The three whose grant nobody heard of pass unused; and no late answer is taken for this.
        assert is_about((await limits.reserve("a", SLOW, [1], HOUR)).offsets[0], 4 * MINUTE)
        assert await limits.room("b", SLOW, MINUTE / 2) == Room(units=1, wait=NOTHING)
        await client.aclose()


async def test_a_server_that_cannot_count_is_away(redis: Redis) -> None:
    limits = RedisLimits(redis)
    await redis.lpush("huifang:limits:a", "somebody else's")
    with pytest.raises(LimitsAway):
        await limits.reserve("a", TEN, [1], SECOND)
