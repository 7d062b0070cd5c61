"""What a carrier's account can take: rates, pauses it asks for, and outages that burn nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.errors import SendError, SendErrorKind
from channels.model import Channel
from channels.pacing import Pacing
from kernel.engine import Database
from kernel.journal import of_ticket
from scheduler.limits import LimitsAway, LocalLimits
from scheduler.rates import Rate
from scheduler.tables import jobs
from tests.fakes.world import World, closed, make_world

HOURS, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
AWAY = SendError(SendErrorKind.LATER, retryable=True, detail="no connection", away=True)


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


def closures(first: int, last: int) -> list[dict[str, object]]:
    return [
        closed(
            event=f"evt-{number}",
            ticket=f"T-{number}",
            customer=f"C-{number}",
            phone=f"+861380013{number:04d}",
        )
        for number in range(first, last)
    ]


async def attempts(world: World) -> set[int]:
    """How many attempts the waiting contacts have used up."""
    async with world.database.read() as conn:
        rows = await conn.execute(select(jobs.c.attempt).where(jobs.c.kind == "contact.send"))
    return {row.attempt for row in rows}


async def test_no_more_go_out_than_the_account_takes_and_the_rest_wait_their_turn(
    world: World,
) -> None:
    world.delivery.pacing.rates = {Channel.SMS: Rate(count=2, per=MINUTE)}
    await world.tell(*closures(0, 3))
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == 1
    await world.after(20 * SECOND)
    assert len(world.carrier.sent) == 1
    await world.after(11 * SECOND)
    assert len(world.carrier.sent) == 2
    await world.after(31 * SECOND)
    assert len(world.carrier.sent) == 3


async def test_a_contact_put_off_for_the_rate_says_so_once(world: World) -> None:
    world.delivery.pacing.rates = {Channel.SMS: Rate(count=1, per=10 * MINUTE)}
    await world.tell(*closures(0, 3))
    await world.after(2 * HOURS)
    for _ in range(3):
        await world.after(10 * MINUTE)
    told = []
    for number in range(3):
        async with world.database.read() as conn:
            story = await of_ticket(conn, "/tickets", f"T-{number}")
        decisions = [item.detail for item in story if item.kind == "decision"]
        told.append([item.get("reason") for item in decisions if item["verdict"] == "defer"])
        assert decisions[-1]["verdict"] == "allow"
    assert sorted(told) == [[], ["rate"], ["rate"]]


async def test_a_text_of_three_segments_takes_three_places(world: World) -> None:
    limits = LocalLimits(world.clock.elapsed)
    pacing = Pacing(rates={Channel.SMS: Rate(count=1, per=SECOND)}, limits=limits)
    first = await pacing.reserve(Channel.SMS, [3, 1], world.clock.now())
    assert len(first.offsets) == 1
    again = await pacing.reserve(Channel.SMS, [1], world.clock.now())
    assert again.offsets == ()
    assert timedelta(seconds=1.9) < again.wait <= 2 * SECOND
    assert (await pacing.room([Channel.SMS], world.clock.now())).units == 0


async def test_a_pause_that_a_carrier_asks_for_holds_back_the_whole_account(world: World) -> None:
    world.carrier.script.append(
        SendError(SendErrorKind.LATER, retryable=True, code="20429", retry_after=7 * MINUTE)
    )
    await world.tell(*closures(0, 1))
    await world.after(2 * HOURS)
    await world.tell(*closures(1, 3))
    await world.after(5 * MINUTE)
    assert world.carrier.sent == []
    await world.after(3 * MINUTE)
    assert len(world.carrier.sent) == 3


async def test_an_outage_is_noticed_and_nobody_is_called_until_one_has_tried(world: World) -> None:
    world.delivery.at_once = 1
    world.carrier.script.extend([AWAY] * 6)
    await world.tell(*closures(0, 30))
    await world.after(2 * HOURS)
    assert world.carrier.sent == []
    assert len(world.carrier.script) == 1  # five calls said enough; the other contacts waited
    assert await attempts(world) == {0}
    await world.after(2 * SECOND)
    assert world.carrier.script == []  # one tried, and found nobody either
    assert world.carrier.sent == []
    await world.after(MINUTE)
    await world.after(MINUTE)
    assert len(world.carrier.sent) == 30
    assert len({message.contact for message in world.carrier.sent}) == 30


async def test_while_whoever_counts_is_away_nothing_goes_out(world: World) -> None:
    class Away(LocalLimits):
        async def _take(self, *asked: object) -> tuple[int, int, int]:
            raise LimitsAway("ConnectionError")

    counted = world.delivery.pacing.limits
    world.delivery.pacing.limits = Away()
    await world.tell(*closures(0, 2))
    await world.after(2 * HOURS)
    assert world.carrier.sent == []
    assert (await world.delivery.room(world.clock.now())).units == 0
    world.delivery.pacing.limits = counted
    await world.after(2 * SECOND)
    assert len(world.carrier.sent) == 2
