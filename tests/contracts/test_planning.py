"""What a closing earns is planned once, and what was planned in vain is made good."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, select, update

from channels.errors import nobody_there
from channels.model import Channel
from channels.ports import Accepted, Message
from huifang.replanning import Replanning, without_plan
from kernel.engine import Database
from kernel.journal import journal
from scheduler.job import Priority
from scheduler.tables import jobs
from surveys import store as surveys
from surveys.programs import Match, Program, Repeat
from surveys.tables import invitations
from surveys.waiting import Overdue
from tests.fakes.world import NOON, ScriptedCarrier, World, closed, make_world
from tickets.tables import events

PHONE, TICKET = "+8613800138000", ("/tickets", "T-1001")
HOUR = timedelta(hours=1)
_DECIDED = journal.c.kind == "decision"
AT_ONCE = (Program(id="default", delay=timedelta(0)),)


async def states(world: World) -> list[tuple[int, str, str | None]]:
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [TICKET]))[TICKET]
    return sorted((item.cycle, item.state.value, item.reason) for item in found)


def again(number: int, hours: int, **more: Any) -> dict[str, Any]:
    """The ticket closed once more, though nobody told that it was reopened."""
    return closed(number, cycle=number, at=NOON + hours * HOUR, **more)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_ticket_closed_again_is_asked_about_once_and_as_it_is_now(
    database: Database, at_once: bool
) -> None:
    world = make_world(database)
    events = [closed(), again(2, hours=1)]
    for batch in [events] if at_once else [[event] for event in events]:
        await world.tell(*batch)
    assert await states(world) == [(1, "cancelled", "closed_again"), (2, "planned", None)]
    await world.after(2 * HOUR)
    assert world.carrier.sent == []
    await world.after(HOUR)
    assert len(world.carrier.texts(PHONE)) == 1


async def test_a_closing_that_earns_nothing_takes_nothing_from_the_one_before(
    database: Database,
) -> None:
    once = Program(id="default", repeat=Repeat.ONCE_PER_TICKET)
    world = make_world(database, programs=(once,))
    await world.tell(closed())
    await world.tell(again(2, hours=1), again(3, hours=1, close_reason="inactivity"))
    assert await states(world) == [(1, "planned", None)]


async def test_whoever_was_asked_already_may_still_answer_when_the_ticket_is_closed_again(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed())
    await world.run()
    await world.tell(again(2, hours=1))
    assert [state for _, state, _ in await states(world)] == ["invited", "planned"]


async def test_what_is_on_its_way_stands_though_its_ticket_is_closed_again_meanwhile(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)

    class Meanwhile(ScriptedCarrier):
        async def send(self, message: Message) -> Accepted:
            await world.tell(closed(2, cycle=2, at=NOON + HOUR / 60))
            return await ScriptedCarrier.send(self, message)

    world.delivery.carriers = {Channel.SMS: Meanwhile()}
    await world.tell(closed())
    await world.run()
    assert [state for _, state, _ in await states(world)] == ["invited", "planned"]


# --- What no plan is left for ---


async def lose(world: World, *tables: Table) -> None:
    """What an administrator does who empties tables by hand."""
    async with world.database.write() as conn:
        for table in tables:
            await conn.execute(delete(table))


async def sweep(world: World) -> int:
    """Two hours on, look for what lost its plan; how many were beyond help."""
    world.clock.advance(2 * HOUR)
    await Replanning(database=world.database, planning=world.planning)(world.clock.now())
    async with world.database.read() as conn:
        return await without_plan(conn)


async def decisions(world: World) -> int:
    async with world.database.read() as conn:
        rows = await conn.execute(select(journal.c.id).where(_DECIDED))
    return len(rows.all())


async def test_where_all_is_well_nothing_is_decided_twice(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(
        closed(),
        closed(2, ticket="T-2", customer="C-2", tags=["spam"]),
        closed(3, ticket="T-3", customer="C-3", phone=None),
    )
    await world.run()
    before = await decisions(world)
    assert await sweep(world) == 0
    await world.run()
    assert (await decisions(world), len(world.carrier.sent)) == (before, 1)


@pytest.mark.parametrize("lost", [(invitations, jobs), (jobs,)])
async def test_what_lost_its_plan_is_planned_again_and_asked_about_once(
    database: Database, lost: tuple[Table, ...]
) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed(), closed(2, ticket="T-2", customer="C-2", tags=["spam"]))
    await lose(world, *lost)
    assert await sweep(world) == 0
    assert await states(world) == [(1, "planned", None)]
    assert await sweep(world) == 0
    await world.run()
    assert len(world.carrier.texts(PHONE)) == 1


async def test_one_broken_event_holds_up_no_other_and_a_vip_goes_first_again(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    vip = closed(2, ticket="T-2", customer="C-2", phone="+8613900139000")
    vip["data"]["customer"]["tier"] = "vip"
    await world.tell(closed(), vip, closed(3, ticket="T-3", customer="C-3", phone="+8613900139001"))
    await lose(world, jobs)
    async with world.database.write() as conn:
        await conn.execute(delete(invitations).where(invitations.c.ticket != "T-2"))
        await conn.execute(update(events).values(payload=b"torn").where(events.c.id == "evt-1"))
    assert await sweep(world) == 1
    async with world.database.read() as conn:
        rows = list(await conn.execute(select(jobs.c.payload, jobs.c.priority)))
    planned = {row.payload["customer"]: row.priority for row in rows if "customer" in row.payload}
    assert planned == {"C-2": Priority.VIP, "C-3": Priority.NORMAL}


async def test_what_cannot_be_planned_again_is_counted_until_its_time_is_over(
    database: Database,
) -> None:
    world = make_world(database)
    await world.tell(closed())
    await lose(world, invitations, jobs)
    async with world.database.write() as conn:
        await conn.execute(update(events).values(payload=None))
    assert [await sweep(world), await sweep(world)] == [1, 1]
    world.clock.advance(72 * HOUR)
    assert await sweep(world) == 0


async def test_what_was_never_sent_is_over_with_its_use_though_its_job_is_lost(
    database: Database,
) -> None:
    world = make_world(database)
    await world.tell(closed())
    await lose(world, jobs)
    world.clock.advance(timedelta(days=8))
    await Overdue(database=world.database)(world.clock.now())
    await world.run()
    assert await states(world) == [(1, "suppressed", "stale")]


async def test_what_others_collect_is_sent_by_nobody_and_ends_unanswered(
    database: Database,
) -> None:
    world = make_world(database, programs=(Program(id="counter", collect_only=True),))
    await world.tell(closed())
    await lose(world, jobs)
    assert await sweep(world) == 0
    world.clock.advance(timedelta(days=8))
    await Overdue(database=world.database)(world.clock.now())
    await world.run()
    assert world.carrier.sent == []
    assert await states(world) == [(1, "expired", "unanswered")]


async def test_what_an_outage_over_night_made_useless_is_dropped_with_the_reason(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.planning.catalogue = replace(world.planning.catalogue, useful_until=10 * HOUR)
    world.clock.advance(7 * HOUR)  # to 19:00 where the customer is
    world.carrier.script = [nobody_there("the carrier is away")] * 3
    await world.tell(closed(at=world.clock.now()))
    await world.run()
    assert len(world.carrier.script) == 2, "tried in time, and nobody was there"
    for _ in range(16):
        await world.after(HOUR)
    assert world.carrier.sent == []
    assert await states(world) == [(1, "suppressed", "stale")]


async def test_a_program_may_ask_for_a_field_that_only_the_event_knows(database: Database) -> None:
    hard = Match(attributes=(("ticket.severity", ("1",)),))
    world = make_world(database, programs=(Program(id="hard", when=hard),))
    world.planning.catalogue = replace(
        world.planning.catalogue, agents={"A-7": (PHONE,), "A-8": ("+8613900139000",)}
    )
    mine: dict[str, Any] = {"customer": "C-2", "ticket": "T-2", "agent": {"id": "A-8"}}
    await world.tell(
        closed(severity=2),
        closed(2, severity=1, **mine),
        closed(3, severity=1, ticket="T-3", customer="C-3"),
    )
    async with world.database.read() as conn:
        rows = await conn.execute(select(invitations.c.ticket, invitations.c.program))
        told = await conn.execute(select(journal.c.ticket, journal.c.detail).where(_DECIDED))
    assert [tuple(row) for row in rows] == [("T-2", "hard")]
    reasons = {row.ticket: row.detail.get("reason") for row in told}
    assert reasons == {"T-1001": "no_program", "T-2": None, "T-3": "own_ticket"}
