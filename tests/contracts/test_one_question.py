"""A number is asked one thing at a time, by text or by phone, whoever shares it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from channels.errors import SendError, SendErrorKind
from channels.model import Channel
from channels.policy import DEFAULT, Rules
from channels.tables import addresses
from kernel.engine import Database
from surveys import store as surveys
from surveys.programs import Match, Program
from tests.fakes.world import World, closed, make_world

NUMBER = "+8613800138000"
TICKET = ("/tickets", "T-1")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FREE = Rules(window=DEFAULT.window, caps=())  # no cap hides what the rule does


def program(id: str, *channels: Channel) -> Program:
    """One that asks at once, and only once, after the tickets of a team with its name."""
    return Program(
        id=id,
        when=Match(team=(id,)),
        delay=timedelta(0),
        channels=channels,
        reminders=(),
        fallback_after=timedelta(days=30),
    )


@pytest.fixture
def world(database: Database) -> World:
    programs = (program("calls", Channel.VOICE), program("texts", Channel.SMS))
    channels = (Channel.SMS, Channel.VOICE)
    return make_world(database, programs=programs, rules=FREE, channels=channels)


async def ask(world: World, team: str, ticket: str, customer: str) -> None:
    await world.tell(closed(event=ticket, ticket=ticket, customer=customer, team=team))
    await world.run()


async def open_until(world: World) -> timedelta:
    """How long the number's open question lasts."""
    async with world.database.read() as conn:
        row = (await conn.execute(select(addresses))).one()
    until: datetime = row.open_until
    return until - world.clock.now()


async def test_a_call_waits_until_the_text_to_the_same_number_was_answered(world: World) -> None:
    await ask(world, "texts", "T-1", "C-1")
    await ask(world, "calls", "T-2", "C-2")
    await world.after(2 * HOUR)
    assert [message.contact for message in world.carrier.sent] == [world.carrier.sent[0].contact]
    for answer in ("5", "已解决", "好"):
        await world.says(NUMBER, answer)
        await world.run()
    assert len(world.carrier.sent) == 2


async def test_a_text_waits_for_the_call_that_is_made_to_the_number(world: World) -> None:
    await ask(world, "calls", "T-1", "C-1")
    await ask(world, "texts", "T-2", "C-2")
    assert len(world.carrier.sent) == 1
    await world.after(HOUR - timedelta(seconds=1))
    assert len(world.carrier.sent) == 1
    await world.after(timedelta(seconds=1))
    assert len(world.carrier.sent) == 2
    assert await open_until(world) > 300 * 24 * HOUR


async def test_two_that_share_a_number_are_not_called_in_one_batch(world: World) -> None:
    await world.tell(
        closed(event="e-1", ticket="T-1", customer="C-1", team="calls"),
        closed(event="e-2", ticket="T-2", customer="C-2", team="calls"),
    )
    await world.run()
    assert len(world.carrier.sent) == 1
    await world.after(HOUR)
    assert len(world.carrier.sent) == 2


async def test_a_call_of_its_own_does_not_shorten_the_question_that_was_texted(
    database: Database,
) -> None:
    both = Program(
        id="default",
        delay=timedelta(0),
        channels=(Channel.SMS, Channel.VOICE),
        reminders=(),
        fallback_after=HOUR,
    )
    channels = (Channel.SMS, Channel.VOICE)
    world = make_world(database, programs=(both,), rules=FREE, channels=channels)
    await world.tell(closed())
    await world.run()
    await world.after(HOUR)
    assert len(world.carrier.sent) == 2
    assert await open_until(world) > 300 * 24 * HOUR


async def test_who_texts_an_answer_to_a_call_has_the_question_open_from_then_on(
    database: Database,
) -> None:
    either = Program(
        id="default", delay=timedelta(0), channels=(Channel.VOICE, Channel.SMS), reminders=()
    )
    channels = (Channel.SMS, Channel.VOICE)
    world = make_world(database, programs=(either,), rules=FREE, channels=channels)
    await world.tell(closed())
    await world.run()
    await world.says(NUMBER, "2")
    assert await open_until(world) > 300 * 24 * HOUR


# --- The same ticket, closed again ---


async def states(world: World) -> list[tuple[str, str | None]]:
    async with world.database.read() as conn:
        found = await surveys.invitations_of(conn, [TICKET])
    return [(item.state.value, item.reason) for item in found[TICKET]]


async def ask_again(world: World) -> None:
    """Have the ticket closed once more, though nobody told that it was reopened."""
    at = world.clock.now()
    await world.tell(
        closed(event="T-1-2", ticket="T-1", customer="C-1", team="texts", cycle=2, at=at)
    )
    await world.run()


async def first_sent_at(world: World) -> datetime:
    """As figures know it: what answers are timed from."""
    async with world.database.read() as conn:
        first, *_ = (await surveys.invitations_of(conn, [TICKET]))[TICKET]
    assert first.expires_at is not None
    return first.expires_at - first.lasts


@pytest.mark.parametrize("said", [(), ("1",), ("1", "2")])
async def test_a_survey_left_unfinished_makes_way_once_its_ticket_was_closed_again(
    database: Database, said: tuple[str, ...]
) -> None:
    world = make_world(database, programs=(program("texts", Channel.SMS),), rules=FREE)
    await ask(world, "texts", "T-1", "C-1")
    for words in said:
        await world.says(NUMBER, words)
    sent = await first_sent_at(world)
    await world.after(HOUR)
    await ask_again(world)
    assert await states(world) == [("expired", "closed_again"), ("invited", None)]
    assert abs(await first_sent_at(world) - sent) < timedelta(seconds=1)
    assert len(world.carrier.texts(NUMBER)) == 2
    await world.says(NUMBER, "5")
    assert [state for state, _ in await states(world)] == ["expired", "in_progress"]


async def test_who_goes_on_answering_is_left_to_it_until_an_hour_after_their_last_words(
    database: Database,
) -> None:
    world = make_world(database, programs=(program("texts", Channel.SMS),), rules=FREE)
    await ask(world, "texts", "T-1", "C-1")
    await world.says(NUMBER, "1")
    await world.after(MINUTE)
    await ask_again(world)
    await world.after(50 * MINUTE)
    await world.says(NUMBER, "2")
    await world.after(HOUR - MINUTE)
    assert [state for state, _ in await states(world)] == ["in_progress", "planned"]
    assert len(world.carrier.texts(NUMBER)) == 1
    await world.after(MINUTE)
    assert await states(world) == [("expired", "closed_again"), ("invited", None)]


async def test_a_survey_that_was_to_make_way_goes_on_once_the_later_one_is_withdrawn(
    database: Database,
) -> None:
    world = make_world(database, programs=(program("texts", Channel.SMS),), rules=FREE)
    await ask(world, "texts", "T-1", "C-1")
    await world.says(NUMBER, "1")
    await ask_again(world)
    await world.after(MINUTE)
    reopened = closed(event="reopened", ticket="T-1", customer="C-1", at=world.clock.now())
    await world.tell({**reopened, "type": "ticket.reopened"})
    await world.after(2 * HOUR)
    assert await states(world) == [("in_progress", None), ("cancelled", "reopened")]


async def test_a_survey_makes_way_though_nobody_knew_at_first_whether_it_went_out(
    database: Database,
) -> None:
    world = make_world(database, programs=(program("texts", Channel.SMS),), rules=FREE)
    world.carrier.lost.append(SendError(SendErrorKind.AMBIGUOUS, retryable=True))
    await ask(world, "texts", "T-1", "C-1")
    await ask_again(world)
    assert await states(world) == [("planned", None), ("planned", "one_open_question")]
    await world.after(10 * MINUTE)
    assert await states(world) == [("invited", None), ("planned", "one_open_question")]
    await world.after(HOUR)
    assert await states(world) == [("expired", "closed_again"), ("invited", None)]
    assert len(world.carrier.texts(NUMBER)) == 2


async def test_a_survey_that_keeps_nobody_waiting_makes_way_for_none(database: Database) -> None:
    by_mail = replace(program("mails", Channel.EMAIL), id="mails")
    channels = (Channel.SMS, Channel.EMAIL)
    texts = program("texts", Channel.SMS)
    world = make_world(database, programs=(by_mail, texts), rules=FREE, channels=channels)
    await world.tell(closed(event="1", ticket="T-1", team="mails", email="c@example.com"))
    await world.run()
    await ask(world, "texts", "T-2", "C-2")
    await ask_again(world)
    await world.after(3 * HOUR)
    assert await states(world) == [("invited", None), ("planned", "one_open_question")]
    for answer in ("5", "已解决", "好"):
        await world.says(NUMBER, answer)
    await world.run()
    assert await states(world) == [("invited", None), ("invited", None)]
