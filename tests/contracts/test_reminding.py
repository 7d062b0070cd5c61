"""Asking again: reminders, the next channel, expiry, and the survey after a complaint."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from channels.errors import SendError, SendErrorKind
from channels.model import Channel, MessageClass
from channels.policy import DEFAULT, Rules
from channels.tables import addresses, contacts
from kernel.engine import Database
from scheduler.tables import jobs
from surveys import store as surveys
from surveys.model import Invitation, InvitationState, Response
from surveys.programs import Program, Repeat
from surveys.waiting import Overdue
from tests.fakes.world import NOON, World, closed, make_world, told

PHONE, MAILBOX = "+8613800138000", "a@example.com"
TICKET = "T-1001"
HOURS, MINUTES, DAYS = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
UNCAPPED = Rules(window=DEFAULT.window)


async def asked(database: Database, rules: Rules = DEFAULT, **program: Any) -> World:
    """A world in which a customer with a number and a mailbox has just been asked by SMS."""
    wanted = Program(**{"id": "default", "delay": timedelta(0), **program})
    channels = (Channel.SMS, Channel.EMAIL)
    world = make_world(database, programs=(wanted,), channels=channels, rules=rules)
    await world.tell(closed(email=MAILBOX))
    await world.run()
    return world


async def invitation(world: World, ticket: str = TICKET) -> Invitation:
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", ticket)]))["/tickets", ticket]
    return found[-1]


async def response(world: World) -> Response:
    async with world.database.read() as conn:
        return (await surveys.responses_of(conn, world.vault, "/tickets", TICKET))[-1]


async def classes(world: World) -> list[tuple[str, str]]:
    async with world.database.read() as conn:
        rows = await conn.execute(select(contacts).order_by(contacts.c.intended_at))
    return [
        (row.message_class, row.channel)
        for row in rows
        if row.message_class != MessageClass.CONVERSATION
    ]


async def test_who_does_not_answer_is_reminded_once_and_then_asked_by_mail(
    database: Database,
) -> None:
    world = await asked(database)
    await world.after(23 * HOURS)
    assert await classes(world) == [("invitation", "sms")]
    await world.after(HOURS + MINUTES)
    assert await classes(world) == [("invitation", "sms"), ("reminder", "sms")]
    assert len(set(world.carrier.texts(PHONE))) == 1
    await world.after(2 * DAYS)
    assert (await classes(world))[2:] == [("reminder", "email")]
    assert len(world.carrier.texts(MAILBOX)) == 1
    assert (await invitation(world)).channel == "email"
    [_] = await world.says(PHONE, "5")  # the number is still a way to answer
    assert (await response(world)).rating == 5
    await world.after(10 * DAYS)
    assert len(await classes(world)) == 3
    assert (await invitation(world)).state is InvitationState.EXPIRED


async def test_a_reminder_waits_for_the_hours_like_everything_else(database: Database) -> None:
    world = await asked(database, reminders=(10 * HOURS,))  # 22:00 in Shanghai
    await world.after(11 * HOURS)
    assert len(await classes(world)) == 1
    await world.after(14 * HOURS)
    assert (await classes(world))[1:] == [("reminder", "sms")]


@pytest.mark.parametrize("text", ["5", "T", "稍后"])
async def test_nobody_is_reminded_who_answers_or_stops_or_said_when(
    database: Database, text: str
) -> None:
    world = await asked(database, rules=UNCAPPED, fallback_after=6 * DAYS, reminders=(2 * HOURS,))
    await world.says(PHONE, text)
    await world.after(4 * HOURS)
    assert len(await classes(world)) == 1


async def test_nobody_is_reminded_of_a_ticket_that_was_reopened(database: Database) -> None:
    world = await asked(database)
    await world.tell(told("reopened", event="r-1", at=NOON + HOURS))
    await world.after(5 * DAYS)
    assert len(await classes(world)) == 1


@pytest.mark.parametrize("most", [1, 2, 3])
async def test_no_invitation_takes_more_contacts_than_its_program_allows(
    database: Database, most: int
) -> None:
    spans = tuple(number * HOURS for number in range(1, 6))
    world = await asked(
        database, rules=UNCAPPED, reminders=spans, fallback_after=2 * HOURS, max_contacts=most
    )
    for _ in range(8):
        await world.after(HOURS)
    await world.after(3 * DAYS)
    assert len(await classes(world)) == most


async def test_a_reminder_that_fails_moves_nothing_and_a_first_send_that_does_begins_anew(
    database: Database,
) -> None:
    dead = SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, code="21614", detail="")
    wanted = Program(id="default", delay=timedelta(0))
    world = make_world(database, programs=(wanted,), channels=(Channel.SMS, Channel.EMAIL))
    world.carrier.script.append(dead)
    await world.tell(closed(email=MAILBOX))
    await world.run()
    assert await classes(world) == [("invitation", "sms"), ("invitation", "email")]
    await world.after(DAYS + MINUTES)
    assert (await classes(world))[2:] == [("reminder", "email")]
    found = await invitation(world)
    assert (found.state, found.channel) == (InvitationState.INVITED, "email")


async def test_the_next_channel_but_one_has_its_turn_where_the_next_cannot(
    database: Database,
) -> None:
    wanted = Program(id="default", delay=timedelta(0), reminders=())
    every = (Channel.SMS, Channel.EMAIL, Channel.VOICE)
    world = make_world(database, programs=(wanted,), channels=every, rules=UNCAPPED)
    await world.tell(closed(email=MAILBOX))
    await world.run()
    dead = SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, code="550", detail="")
    world.carrier.script.append(dead)
    await world.after(3 * DAYS + MINUTES)
    assert [channel for _, channel in await classes(world)] == ["sms", "email", "voice"]
    assert (await invitation(world)).state is InvitationState.INVITED


async def test_whoever_complained_is_asked_whether_it_was_settled_in_spite_of_the_cap(
    database: Database,
) -> None:
    world = await asked(database, repeat=Repeat.ONCE_PER_TICKET)
    await world.says(PHONE, "1")
    await world.says(PHONE, "2")
    await world.says(PHONE, "跳过")
    await world.run()
    [order] = world.desk.orders
    await world.tell(told("reopened", event="r-1", at=world.clock.now()))
    world.clock.advance(26 * HOURS)
    await world.tell(closed(2, cycle=2, at=world.clock.now()))
    await world.run()
    found = await invitation(world)
    assert (found.survey, found.state) == ("recovery", InvitationState.INVITED)
    assert (await classes(world))[-1] == ("recovery", "sms")
    await world.says(PHONE, "1")
    await world.run()
    assert world.desk.orders == [order]  # the loop goes round once by itself
    world.clock.advance(26 * HOURS)
    await world.tell(closed(3, cycle=3, at=world.clock.now()))
    await world.run()
    assert (await classes(world))[-1] == ("recovery", "sms")


async def test_what_is_over_ends_though_its_job_was_lost(database: Database) -> None:
    world = await asked(database, reminders=(), channels=("sms",))
    async with database.write() as conn:
        await conn.execute(delete(jobs).where(jobs.c.kind.like("invitation.%")))
    await world.after(7 * DAYS + 11 * HOURS)
    duty = Overdue(database=database)
    await duty(world.clock.now())
    await world.run()
    assert (await invitation(world)).state is InvitationState.INVITED
    await world.after(2 * HOURS)
    for _ in range(2):
        await duty(world.clock.now())
        await world.run()
    ended = await invitation(world)
    assert (ended.state, ended.reason) == (InvitationState.EXPIRED, "unanswered")
    async with database.read() as conn:
        assert not (
            await conn.execute(select(addresses).where(addresses.c.open_thread.is_not(None)))
        ).all()
        kinds = (
            await conn.execute(select(jobs.c.kind).where(jobs.c.kind.like("invitation.%")))
        ).all()
    assert len(kinds) == 1
