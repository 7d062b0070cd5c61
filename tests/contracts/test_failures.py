"""What a contact that failed does to the survey it was for, and what it leaves alone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.errors import SendError, SendErrorKind
from channels.model import Channel
from channels.tables import addresses
from kernel.engine import Database
from kernel.journal import of_ticket
from surveys import store as surveys
from surveys.model import Invitation, InvitationState
from tests.fakes.world import World, closed, make_world

PHONE, HOURS = "+8613800138000", timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database, channels=(Channel.SMS, Channel.EMAIL))


async def invitation(world: World) -> Invitation:
    async with world.database.read() as conn:
        found = await surveys.invitations_of(conn, [("/tickets", "T-1001")])
    [only] = found["/tickets", "T-1001"]
    return only


async def open_questions(world: World) -> list[str]:
    async with world.database.read() as conn:
        rows = await conn.execute(select(addresses.c.open_thread))
    return [row.open_thread for row in rows if row.open_thread]


def refusal(kind: SendErrorKind, code: str) -> SendError:
    return SendError(kind, retryable=False, code=code)


async def test_a_reminder_that_fails_leaves_the_survey_to_be_answered(world: World) -> None:
    await world.tell(closed(email="c@example.com"))
    await world.after(2 * HOURS)
    await world.says(PHONE, "LATER")
    world.carrier.script.append(refusal(SendErrorKind.CONFIGURATION, "21408"))
    world.carrier.script.append(refusal(SendErrorKind.DEAD_ADDRESS, "21211"))
    await world.after(25 * HOURS)
    await world.after(HOURS)
    assert world.carrier.script == []
    assert (await invitation(world)).state is InvitationState.INVITED
    assert len(world.carrier.sent) == 1
    assert await world.says(PHONE, "5") != ()
    assert (await invitation(world)).state is InvitationState.IN_PROGRESS


async def test_a_reminder_that_is_not_sent_leaves_its_question_open(world: World) -> None:
    await world.tell(closed())
    await world.after(2 * HOURS)
    [thread] = await open_questions(world)
    await world.says(PHONE, "LATER")
    await world.says(PHONE, "PAUSE 30")
    await world.after(26 * HOURS)
    assert len(world.carrier.sent) == 1
    assert await open_questions(world) == [thread]


async def test_a_stop_that_the_carrier_holds_ends_the_survey_on_every_channel(world: World) -> None:
    world.carrier.script.append(refusal(SendErrorKind.OPT_OUT, "21610"))
    await world.tell(closed(email="c@example.com"))
    await world.after(2 * HOURS)
    await world.after(24 * HOURS)
    assert world.carrier.sent == []
    asked = await invitation(world)
    assert (asked.state, asked.reason) == (InvitationState.CANCELLED, "opt_out")
    async with world.database.read() as conn:
        story = [item.kind for item in await of_ticket(conn, "/tickets", "T-1001")]
    assert story.count("opt_out.recorded") == 1


async def test_a_number_at_its_cap_does_not_keep_a_free_mailbox_from_being_used(
    world: World,
) -> None:
    await world.tell(closed(customer="C-0", ticket="T-0", event="evt-0"))
    await world.after(2 * HOURS)
    await world.says(PHONE, "5")
    await world.says(PHONE, "1")
    await world.tell(closed(email="c@example.com", at=world.clock.now()))
    await world.after(3 * HOURS)
    assert [message.to for message in world.carrier.sent] == [PHONE, "c@example.com"]
