"""What is forgotten when its time is over, and what must not be."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from callbacks.tables import complaints
from channels.tables import contacts, inbound
from channels.terms import Cap, Counts
from huifang.retention import Retention
from huifang.rules import Rules
from kernel.engine import Database
from kernel.journal import PART, Entry, append, journal, of_ticket
from scheduler.notices import acknowledge, listed
from scheduler.tables import jobs
from surveys import store as surveys
from surveys.programs import Program
from surveys.tables import answers, responses
from tests.fakes.world import World, closed, make_world
from tickets.tables import closures, events

HAPPY, ANGRY = "+8613800138000", "+8613800138009"
DAY = timedelta(days=1)
AT_ONCE = (Program(id="default", delay=timedelta(0)),)


async def values(database: Database, column: Any) -> list[Any]:
    async with database.read() as conn:
        return sorted(await conn.scalars(select(column).where(column.is_not(None))))


async def story(database: Database, ticket: str) -> int:
    async with database.read() as conn:
        return len(await of_ticket(conn, "/tickets", ticket))


async def two_customers(database: Database) -> World:
    """One is content and done; the other is not, and nobody has made it good."""
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed(1, ticket="T-1", customer="C-1", phone=HAPPY))
    await world.tell(closed(2, ticket="T-2", customer="C-2", phone=ANGRY))
    await world.run()
    await world.says(HAPPY, "5")
    await world.says(HAPPY, "1")
    await world.says(ANGRY, "1")
    await world.says(ANGRY, "2")
    await world.says(ANGRY, "师傅没来")
    await world.run()
    return world


async def test_what_is_past_its_time_is_forgotten_and_what_is_open_is_kept(
    database: Database,
) -> None:
    world = await two_customers(database)
    rules = Rules()
    retention = Retention(database=database, rules=lambda: rules)

    async def forget(span: timedelta) -> None:
        world.clock.advance(span)
        await retention.often(world.clock.now())
        await retention.daily(world.clock.now())

    async def tickets() -> set[str]:
        return set(await values(database, contacts.c.ticket))

    await forget(36 * DAY)
    assert await values(database, jobs.c.done_at) == []
    assert len(await values(database, events.c.id)) == 2
    assert await tickets() == {"T-1", "T-2"}

    # A cap that looks back a year still counts what was sent.
    rules = replace(
        Rules(),
        policy=replace(Rules().policy, caps=(Cap(counts=Counts.CONTACTS, limit=1, per=365 * DAY),)),
    )
    await forget(165 * DAY)
    assert await tickets() == {"T-1", "T-2"}
    assert await values(database, events.c.id) == []

    rules = Rules()
    before = len(await values(database, inbound.c.id))
    await forget(timedelta(0))
    assert await tickets() == {"T-2"}
    assert (before, len(await values(database, inbound.c.id))) == (5, 3)
    assert await story(database, "T-1") > 0

    await forget(530 * DAY)
    assert (await story(database, "T-1"), await story(database, "T-2") > 0) == (0, True)
    assert await tickets() == {"T-2"}
    assert len(await values(database, answers.c.words)) == 1
    assert len(await values(database, complaints.c.comment)) == 1

    async with database.write() as conn:
        await conn.execute(update(complaints).values(state="closed"))
    await forget(timedelta(0))
    assert await tickets() == set()
    assert await values(database, inbound.c.id) == []
    assert await story(database, "T-2") == 0
    assert await values(database, answers.c.words) == []
    assert await values(database, complaints.c.comment) == []
    # Scores stay, and a closure that is told again plans nothing new.
    assert await values(database, responses.c.rating) == [1, 5]
    assert await values(database, closures.c.ticket) == ["T-1", "T-2"]
    async with database.read() as conn:
        [angry] = await surveys.responses_of(conn, world.vault, "/tickets", "T-2")
    assert (angry.rating, angry.comments) == (1, ())
    await world.tell(closed(9, event="late", ticket="T-1", customer="C-1", phone=HAPPY))
    await world.run()
    assert len(world.carrier.sent) == 2


async def test_a_notice_is_kept_until_somebody_acknowledged_it_and_then_as_the_journal(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    retention = Retention(database=database, rules=Rules)
    await world.tell(closed(1, ticket="T-1", phone=ANGRY))
    await world.run()
    await world.says(ANGRY, "请不要再给我发短信了")
    world.clock.advance(1000 * DAY)
    await retention.daily(world.clock.now())
    async with database.write() as conn:
        [item], _ = await listed(conn)
        await acknowledge(conn, item.id, "A-7", "key", world.clock.now())
    world.clock.advance(729 * DAY)
    await retention.daily(world.clock.now())
    async with database.read() as conn:
        assert len((await listed(conn))[0]) == 1
    world.clock.advance(2 * DAY)
    await retention.daily(world.clock.now())
    async with database.read() as conn:
        assert (await listed(conn))[0] == []


async def test_many_parts_are_walked_to_the_end_past_what_is_kept(database: Database) -> None:
    world = await two_customers(database)
    now = world.clock.now()
    many = 2 * PART + 100
    async with database.write() as conn:
        await append(
            conn,
            [
                Entry(
                    at=now,
                    kind="test",
                    about=str(number),
                    source="/tickets",
                    ticket="T-2" if number % PART == PART - 1 else f"T-old-{number}",
                )
                for number in range(many)
            ],
        )
    world.clock.advance(731 * DAY)
    await Retention(database=database, rules=Rules).daily(world.clock.now())
    async with database.read() as conn:
        left = await conn.scalars(select(journal.c.ticket).where(journal.c.kind == "test"))
        assert list(left) == ["T-2", "T-2"]
