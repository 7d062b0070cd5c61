"""What becomes of an invitation that was given up: its words wait, a clear answer takes it up."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels import archive, ledger, outcomes
from channels.model import ContactState
from channels.ports import OutcomeKind
from channels.tables import addresses, contacts
from kernel import journal
from kernel.engine import Database
from surveys import store as surveys
from surveys.model import Invitation, InvitationState, Response
from surveys.programs import Program
from tests.fakes.world import World, closed, make_world

PHONE, DAYS = "+8613800138000", timedelta(days=1)
AT_ONCE = (Program(id="default", delay=timedelta(0), reminders=()),)


@pytest.fixture
async def world(database: Database) -> World:
    made = make_world(database, programs=AT_ONCE)
    await made.tell(closed())
    await made.run()
    return made


async def invitation(world: World) -> Invitation:
    async with world.database.read() as conn:
        found = await surveys.invitations_of(conn, [("/tickets", "T-1001")])
    [only] = found["/tickets", "T-1001"]
    return only


async def response(world: World) -> Response:
    async with world.database.read() as conn:
        [only] = await surveys.responses_of(conn, world.vault, "/tickets", "T-1001")
    return only


async def waiting(world: World) -> list[tuple[str, str | None]]:
    """The words that wait for a person, each with its reason."""
    async with world.database.read() as conn:
        found, _ = await archive.listed(conn, world.vault, after=None, limit=10)
    return [(item.text, item.reason) for item in found]


async def give_up(world: World) -> None:
    said = [await world.says(PHONE, text) for text in ("4-5", "3-4", "2-3")]
    assert [len(each) for each in said] == [1, 1, 1]
    assert len(set(said)) == 3, "nothing is said twice in the same words"
    assert "不再打扰" in said[2][0]


async def test_all_that_nobody_could_read_waits_for_a_person(world: World) -> None:
    await world.says(PHONE, "4-5")
    assert await waiting(world) == [], "as long as we ask again, nobody else has to"
    said = [await world.says(PHONE, text) for text in ("3-4", "2-3")]
    assert "不再打扰" in said[1][0]
    assert sorted(await waiting(world)) == [
        (text, "not_understood") for text in ("2-3", "3-4", "4-5")
    ]
    assert await world.says(PHONE, "1-2") == ()
    assert len(await waiting(world)) == 4
    assert (await invitation(world)).state is InvitationState.EXPIRED


async def test_a_clear_answer_in_time_takes_up_what_was_given_up(world: World) -> None:
    await give_up(world)
    [following] = await world.says(PHONE, "5")
    assert "解决" in following
    asked, found = await invitation(world), await response(world)
    assert (asked.state, asked.reason) == (InvitationState.IN_PROGRESS, None)
    assert (found.late, found.rating) == (False, 5)
    async with world.database.read() as conn:
        row = (await conn.execute(select(addresses.c.open_thread))).one()
        story = [entry.kind for entry in await journal.of_ticket(conn, "/tickets", "T-1001")]
    assert (story.count("invitation.expired"), story.count("invitation.resumed")) == (1, 1)
    assert row.open_thread == asked.id, "and nobody else is asked on this number meanwhile"
    await world.says(PHONE, "1")
    assert (await invitation(world)).state is InvitationState.COMPLETED
    assert (await response(world)).completed_at is not None


async def test_what_was_given_up_midway_goes_on_where_it_stood(world: World) -> None:
    await world.says(PHONE, "5")
    await give_up(world)
    assert (await invitation(world)).reason == "not_understood"
    assert await world.says(PHONE, "1") != ()
    found, asked = await response(world), await invitation(world)
    assert found.answers == {"satisfaction": 5, "resolved": True}
    assert (asked.state, asked.reason, found.late) == (InvitationState.COMPLETED, None, False)


async def test_once_its_time_is_over_an_answer_is_late_all_the_same(world: World) -> None:
    await give_up(world)
    await world.after(8 * DAYS)
    await world.says(PHONE, "5")
    assert (await response(world)).late
    assert (await invitation(world)).state is InvitationState.EXPIRED


async def test_what_was_taken_up_expires_with_its_time(world: World) -> None:
    await give_up(world)
    await world.says(PHONE, "5")
    await world.after(8 * DAYS)
    asked = await invitation(world)
    assert (asked.state, asked.reason) == (InvitationState.EXPIRED, "unanswered")


async def test_a_reply_proves_that_a_message_arrived_whatever_its_receipt_said(
    world: World,
) -> None:
    async with world.database.write() as conn:
        ids = [item.contact for item in world.carrier.sent]
        await conn.execute(update(contacts).values(state=ContactState.FAILED.value))
        [contact] = (await ledger.load(conn, world.vault, ids)).values()
        failed = outcomes.outcome(contact, OutcomeKind.FAILED, "30008")
        told = [(contact.conversation, failed)]
        await outcomes.tell(conn, world.delivery.conversations, told, world.clock.now())
    await world.run()
    assert (await invitation(world)).state is InvitationState.UNREACHABLE
    [following] = await world.says(PHONE, "4")
    assert "解决" in following
    assert (await invitation(world)).state is InvitationState.IN_PROGRESS
    assert ((await response(world)).rating, (await response(world)).late) == (4, False)
    await world.after(8 * DAYS)
    assert (await invitation(world)).state is InvitationState.EXPIRED, "it ends all the same"


async def test_what_never_left_the_house_is_answered_by_nobody(world: World) -> None:
    async with world.database.write() as conn:
        lost = update(contacts).values(state=ContactState.FAILED.value, sent_at=None)
        await conn.execute(lost)
    assert await world.says(PHONE, "4") == ()
    assert await waiting(world) == [("4", "stranger")]
