"""However many contacts want out at once, and however many send them, a cap is never passed."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.model import Channel
from channels.policy import DEFAULT, Cap, Counts, OnCap, Rules
from kernel.engine import Database, open_database
from kernel.journal import journal
from surveys.programs import Program
from tests.fakes.world import World, closed, make_world

PHONE = "+8613800138000"
DAY = timedelta(days=1)
AT_ONCE = (Program(id="default", delay=timedelta(0), reminders=()),)
#: Of no use any more by the time the cap ends, an invitation is dropped at once.
HELD = {"cap", "one_open_question", "stale"}


def many(count: int, **more: Any) -> list[dict[str, Any]]:
    """As many tickets of one customer, closed in one second."""
    return [closed(n, ticket=f"T-{n}", **more) for n in range(count)]


async def verdicts(database: Database) -> Counter[tuple[str, str]]:
    """How often the contact policy said what, and for which reason."""
    async with database.read() as conn:
        rows = await conn.execute(select(journal.c.detail).where(journal.c.kind == "decision"))
        said = [row.detail for row in rows if "contact" in row.detail]
    return Counter((item["verdict"], item.get("reason") or "-") for item in said)


async def test_ten_contacts_of_one_person_in_one_batch_are_one(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(*many(10))
    await world.run()
    assert len(world.carrier.texts(PHONE)) == 1
    said = await verdicts(database)
    assert said.pop(("allow", "-")) == 1
    assert sum(said.values()) == 9
    assert {reason for _, reason in said} <= HELD
    for _ in range(31):
        await world.after(DAY)
    assert len(world.carrier.texts(PHONE)) == 1


async def test_a_number_that_two_customers_share_is_texted_once(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(*many(5, customer="C-1"))
    await world.tell(*(closed(10 + n, ticket=f"S-{n}", customer="C-2") for n in range(5)))
    await world.run()
    assert len(world.carrier.texts(PHONE)) == 1
    assert {reason for _, reason in await verdicts(database)} <= {"-", *HELD}


async def test_one_person_with_a_new_number_each_time_is_texted_once(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    for number in range(3):
        await world.tell(closed(number, ticket=f"T-{number}", phone=f"+861380013800{number}"))
        await world.run()
    assert len(world.carrier.sent) == 1


@pytest.mark.parametrize("on_cap", list(OnCap))
async def test_a_cap_of_three_lets_out_three_and_says_why_of_the_rest(
    database: Database, on_cap: OnCap
) -> None:
    three = Cap(counts=Counts.CONTACTS, limit=3, per=DAY)
    rules = Rules(window=DEFAULT.window, caps=(three,), on_cap=on_cap)
    world = make_world(database, programs=AT_ONCE, rules=rules, channels=(Channel.EMAIL,))
    await world.tell(*many(10, phone=None, email="a@example.com"))
    await world.run()
    assert len(world.carrier.sent) == 3
    verdict = "defer" if on_cap is OnCap.DEFER else "suppress"
    said = await verdicts(database)
    assert said == {("allow", "-"): 3, (verdict, "cap"): 7}
    await world.after(DAY)
    assert len(world.carrier.sent) == (6 if on_cap is OnCap.DEFER else 3)


async def test_four_dispatchers_at_once_pass_no_cap(postgresql_url: str) -> None:
    databases = [open_database(postgresql_url) for _ in range(4)]
    worlds: list[World] = [make_world(each, programs=AT_ONCE) for each in databases]
    try:
        for start in range(0, 40, 4):
            for n, world in enumerate(worlds):
                await world.tell(closed(start + n, ticket=f"T-{start + n}", customer=f"C-{n % 2}"))
            await asyncio.gather(*(step(world) for world in worlds))
        await asyncio.gather(*(world.run() for world in worlds))
        assert sum(len(world.carrier.sent) for world in worlds) == 1
    finally:
        await asyncio.gather(*(each.close() for each in databases))


async def step(world: World) -> None:
    for lane in world.lanes:
        await lane.step()
