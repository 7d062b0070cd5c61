"""While a call is under way its number is left alone, and only the phone proves that it was."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from channels.errors import SendError, SendErrorKind
from channels.gate import Board
from channels.jobs import Send
from channels.model import Address, Channel, Person
from channels.policy import DEFAULT
from channels.tables import contacts
from kernel.engine import Database
from surveys.programs import Program
from tests.fakes.world import NOON, World, closed, make_world, told

PHONE, HOURS, MINUTES = "+8613800138000", timedelta(hours=1), timedelta(minutes=1)


def world_of(database: Database) -> World:
    by_phone = Program(id="default", channels=("voice",))
    uncapped = replace(DEFAULT, caps=())
    return make_world(database, programs=(by_phone,), channels=(Channel.VOICE,), rules=uncapped)


async def calls(world: World) -> list[tuple[str, bool]]:
    """The state of each call, and whether we know the carrier's id of it."""
    query = select(contacts.c.state, contacts.c.carrier_id).where(contacts.c.channel == "voice")
    async with world.database.read() as conn:
        rows = await conn.execute(query.order_by(contacts.c.intended_at))
    return [(row.state, row.carrier_id is not None) for row in rows]


async def test_a_number_does_not_ring_in_the_call_of_a_survey_that_was_cancelled_meanwhile(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed())
    await world.after(30 * MINUTES)
    later = closed(ticket="T-2", customer="C-2", event="evt-2", at=NOON + 30 * MINUTES)
    await world.tell(later)
    await world.after(90 * MINUTES)
    assert await calls(world) == [("sent", True)]
    await world.tell(told("reopened", event="evt-3", at=world.clock.now()))
    await world.after(40 * MINUTES)
    assert len(world.carrier.sent) == 1
    await world.after(2 * HOURS)
    assert [message.to for message in world.carrier.sent] == [PHONE, PHONE]


async def test_a_text_does_not_prove_that_a_call_was_made(database: Database) -> None:
    world = world_of(database)
    world.carrier.lost.append(SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="lost"))
    await world.tell(closed())
    await world.after(2 * HOURS)
    assert await calls(world) == [("unknown", False)]
    await world.says(PHONE, "5")
    assert await calls(world) == [("unknown", False)]
    await world.after(5 * MINUTES)
    assert await calls(world) == [("sent", True)]


def test_a_number_that_is_about_to_be_called_is_not_called_by_another_of_the_same_batch() -> None:
    board = Board(
        people={("s", "C-1"): Person(source="s", id="C-1", phone=PHONE)},
        addresses={
            (("s", "C-1"), channel): Address(channel=channel, value=PHONE, index=b"ix")
            for channel in (Channel.SMS, Channel.VOICE)
        },
        others={},
        opt_outs={},
        dead={},
        open_threads={},
        by_person={},
        by_address={},
        at=NOON,
    )
    promised = Send(
        contact="c_1",
        conversation="dial",
        thread="cb_1",
        message_class="promised_callback",
        source="s",
        customer="C-1",
        ticket=None,
        wanted=["voice"],
        fixed=None,
    )
    asking = replace(
        promised, contact="c_2", thread="iv_1", message_class="invitation", wanted=["voice", "sms"]
    )
    later = board.copy()
    later.fold(promised, Channel.VOICE, NOON)
    for seen, other in ((later, "cb_1"), (board, None)):
        facts = seen.facts(asking, None)
        assert facts is not None
        assert facts.reachable[Channel.VOICE].open_question == other
        assert facts.reachable[Channel.SMS].open_question is None
