"""A reply that comes again: read once, answered the same, and never taken for another."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import func, select
from sqlalchemy import text as sql

from channels import store
from channels.answering import Answered
from channels.heard import Inbound
from channels.model import Channel
from channels.tables import contacts, inbound
from huifang.hearing import Hearing
from kernel.barrier import Barrier
from kernel.engine import Database, open_database
from kernel.journal import journal
from kernel.vault import open_vault
from scheduler.tables import jobs
from surveys.programs import Program
from surveys.tables import figure_marks
from tests.fakes.outside import until
from tests.fakes.world import World, closed, make_world

PHONE = "+8613800138000"
SECOND, SECONDS = timedelta(seconds=1), timedelta(seconds=10)
AT_ONCE = (Program(id="default", delay=timedelta(0), reminders=()),)


class Broken(Barrier):
    """Where nobody comes through."""

    async def reach(self, step: str) -> None:
        raise RuntimeError(step)


@pytest.fixture
async def world(database: Database) -> World:
    """A world in which the customer has just been asked."""
    made = make_world(database, programs=AT_ONCE)
    await made.tell(closed())
    await made.run()
    return made


def text(id_: str, words: str, **more: Any) -> Inbound:
    return Inbound(id=id_, sender=PHONE, text=words, **{"channel": Channel.SMS, **more})


def started(world: World) -> Hearing:
    """What hears an SMSC, in a process that begins now."""
    return Hearing(inbox=world.inbox, receipts=cast(Any, None), clock=world.clock)


async def heard(world: World) -> list[str]:
    async with world.database.read() as conn:
        return sorted((await conn.execute(select(inbound.c.id))).scalars())


async def test_copies_that_come_at_once_are_read_once_and_all_answered_the_same(
    world: World,
) -> None:
    counted = (inbound, contacts, journal, jobs, figure_marks)

    async def counts() -> list[int]:
        async with world.database.read() as conn:
            sizes = [select(func.count()).select_from(table) for table in counted]
            return [(await conn.execute(size)).scalar_one() for size in sizes]

    async def copies(words: str) -> set[tuple[Answered, ...]]:
        now = world.clock.now()
        came = [world.inbox.receive(text("SM1", words), now) for _ in range(4)]
        return set(await asyncio.gather(*came))

    [said] = await copies("1")
    assert said
    kept = await counts()
    assert await copies("STOP") == {said}
    # Nothing is left of what was done for them.
    assert await counts() == kept


async def test_a_text_that_could_not_be_taken_at_first_is_still_known_again(world: World) -> None:
    await started(world).on_message(text("smpp-1", "1", apart=True))
    world.clock.advance(SECONDS)
    hearing = started(world)
    taken, hearing.inbox = hearing.inbox, replace(world.inbox, barrier=Broken())
    with pytest.raises(RuntimeError):
        await hearing.on_message(text("smpp-2", "1", apart=True))
    hearing.inbox = taken
    await hearing.on_message(text("smpp-3", "1", apart=True))
    assert await heard(world) == ["smpp-1"]


async def test_the_same_words_are_an_answer_of_their_own_once_they_were_asked_for_again(
    world: World,
) -> None:
    await started(world).on_message(text("smpp-1", "1", apart=True))
    await world.after(SECOND)  # the next question has left
    await world.inbox.receive(text("CA1-0", "STOP", channel=Channel.VOICE), world.clock.now())
    world.clock.advance(SECONDS)
    hearing = started(world)
    for number, words in enumerate(("1", "STOP"), 2):
        await hearing.on_message(text(f"smpp-{number}", words, apart=True))
    assert await heard(world) == ["CA1-0", "smpp-1", "smpp-2", "smpp-3"]


async def test_while_keys_change_no_reply_holds_the_old_row_and_waits_for_the_new(
    postgresql_url: str,
) -> None:
    database = open_database(postgresql_url)
    world = make_world(database, vault=open_vault([b"n" * 32, b"o" * 32]))
    new, old = world.vault.indexes(PHONE)
    here = "wait_event_type = 'Lock' AND datname = current_database()"
    waits = sql(f"SELECT count(*) FROM pg_stat_activity WHERE {here}")

    async def waiting() -> bool:
        async with database.read() as conn:
            return bool((await conn.execute(waits)).scalar_one())

    async with database.write() as conn:
        await store.add_addresses(conn, [old])
    async with database.write() as conn:
        await store.add_addresses(conn, [new])
        reading = asyncio.create_task(world.says(PHONE, "1"))
        await until(waiting, "a reply that waits for the row")
        await conn.execute(sql("SET LOCAL lock_timeout = '200ms'"))
        assert len(await store.lock_addresses(conn, [old, new])) == 2
    await reading
    await database.close()
