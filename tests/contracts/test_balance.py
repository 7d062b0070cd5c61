"""Contacts in the balance: what comes late says nothing, and no fault on the way forgets one."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.errors import SendError, SendErrorKind
from channels.jobs import SEND
from channels.model import Channel
from channels.pacing import Pacing
from channels.ports import Accepted, Message
from channels.tables import contacts
from kernel.engine import Database
from scheduler.limits import LocalLimits
from scheduler.runner import Bell, Lane
from scheduler.tables import jobs
from surveys.tables import invitations
from tests.fakes.world import NOON, ScriptedCarrier, World, closed, make_world

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
AWAY = SendError(SendErrorKind.LATER, retryable=True, detail="no connection", away=True)
LOST = SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="TimeoutError", away=True)
PHONE = "+8613800138000"


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


async def contact_and_job(world: World) -> tuple[str, str | None]:
    async with world.database.read() as conn:
        contact = (await conn.execute(select(contacts.c.state))).scalar_one()
        job = (await conn.execute(select(jobs.c.outcome).where(jobs.c.kind == SEND.name))).one()
    return contact, job.outcome


async def test_a_timeout_that_comes_late_raises_no_doubt_about_what_was_proven_absent(
    world: World,
) -> None:
    """One process hangs in its call; another settles, hears a stop, and ends the contact."""
    lane = next(lane for lane in world.lanes if SEND.name in lane.handlers)

    class Hanging(ScriptedCarrier):
        async def send(self, message: Message) -> Accepted:
            world.delivery.carriers = {Channel.SMS: world.carrier}
            world.clock.advance(2 * MINUTE)
            await world.says(PHONE, "STOP")
            await world.run()
            raise LOST

    await world.tell(closed())
    world.clock.advance(2 * HOUR)
    world.delivery.carriers = {Channel.SMS: Hanging()}
    await lane.step()
    await world.after(HOUR)
    assert world.carrier.sent == []
    assert await contact_and_job(world) == ("failed", "done")


async def test_pauses_that_a_carrier_asks_for_use_up_no_attempts(world: World) -> None:
    later = SendError(SendErrorKind.LATER, retryable=True, code="20429", retry_after=MINUTE)
    world.carrier.script.extend([later] * 9)
    await world.tell(closed())
    await world.after(2 * HOUR)
    for _ in range(9):
        async with world.database.read() as conn:
            query = select(jobs.c.attempt).where(jobs.c.kind == SEND.name)
            assert (await conn.execute(query)).scalar_one() <= 1
        await world.after(61 * SECOND)
    assert world.carrier.script == []
    await world.after(HOUR)
    assert await contact_and_job(world) == ("sent", "done")


async def test_without_a_carrier_contacts_end_and_nothing_spins(database: Database) -> None:
    world = make_world(database, channels=())
    woken: list[timedelta] = []
    lane = Lane(
        name="contacts",
        database=database,
        clock=world.clock,
        bell=Bell(),
        handlers={SEND.name: world.delivery},
        room=world.delivery.room,
        wake_at=lambda at: woken.append(at - world.clock.now()),
    )
    await world.tell(closed())
    world.clock.advance(2 * HOUR)
    assert [await lane.step() for _ in range(2)] == [1, 0]
    assert all(wait > timedelta(0) for wait in woken)
    async with database.read() as conn:
        assert (await conn.execute(select(invitations.c.state))).scalar_one() == "unreachable"


async def test_a_clock_that_is_set_back_keeps_no_account_closed() -> None:
    pacing = Pacing()
    for _ in range(5):
        await pacing.heard(Channel.SMS, AWAY, NOON)
    assert pacing.pause(Channel.SMS, NOON) > timedelta(0)
    assert pacing.pause(Channel.SMS, NOON - HOUR) == timedelta(0)
    assert (await pacing.room([Channel.SMS], NOON - HOUR)).units == 1


async def test_one_call_at_a_time_tries_whether_anybody_is_there() -> None:
    pacing = Pacing()
    for _ in range(5):
        await pacing.heard(Channel.SMS, AWAY, NOON)
    soon = NOON + 2 * SECOND
    first = await pacing.reserve(Channel.SMS, [1, 1], soon)
    other = await pacing.reserve(Channel.SMS, [1, 1], soon)
    assert (len(first.offsets), len(other.offsets)) == (1, 0)
    await pacing.heard(Channel.SMS, None, soon)
    assert len((await pacing.reserve(Channel.SMS, [1, 1], soon)).offsets) == 2


async def test_what_the_last_contacts_went_by_says_how_many_to_take_up(database: Database) -> None:
    pacing = Pacing()
    both = [Channel.EMAIL, Channel.SMS]
    pacing.went({Channel.SMS: [2] * 10}, timedelta(0), NOON)
    pacing.rates = {}
    free = (await pacing.room([Channel.SMS], NOON)).units
    assert (await pacing.room(both, NOON)).units == free  # two segments each, none by mail
    pacing.went({Channel.SMS: [1]}, 10 * MINUTE, NOON)
    full = await pacing.room(both, NOON)
    assert (full.units, full.wait) == (0, SECOND)


async def test_a_clock_that_is_set_back_leaves_room_after_a_batch_that_had_none() -> None:
    pacing = Pacing()
    pacing.went({Channel.SMS: [1]}, HOUR, NOON)
    assert (await pacing.room([Channel.SMS], NOON)).units == 0
    assert (await pacing.room([Channel.SMS], NOON - HOUR)).units > 0


async def test_nobody_tries_for_an_account_that_is_held() -> None:
    pacing = Pacing()
    for _ in range(5):
        await pacing.heard(Channel.SMS, AWAY, NOON)
    soon = NOON + 2 * SECOND
    await pacing.limits.hold("sms", HOUR)
    assert (await pacing.reserve(Channel.SMS, [1, 1], soon)).offsets == ()
    pacing.limits = LocalLimits()
    assert len((await pacing.reserve(Channel.SMS, [1], soon)).offsets) == 1
    assert (await pacing.reserve(Channel.SMS, [1], soon)).offsets == ()  # one tries already
