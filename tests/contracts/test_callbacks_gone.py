"""Promised calls whose ticket goes, that find no slot, or that somebody calls off: who hears."""

from dataclasses import replace
from datetime import datetime

import pytest

from callbacks.dialling import outcomes
from callbacks.dialling.model import Setting
from callbacks.promises import store
from callbacks.promises.model import (
    Attempt,
    Booking,
    Callback,
    CallbackRules,
    CallbackState,
    CallOutcome,
    Slot,
)
from callbacks.promises.service import Terms, record
from callbacks.promises.web import CallbackDesk
from channels.jobs import CALLBACK, WantedCall
from kernel.endpoint import Call, Role
from kernel.engine import Database
from scheduler import store as jobs
from tests.contracts.test_callbacks import (
    HOURS,
    MINUTES,
    PHONE,
    all_of,
    ask,
    board,
    kinds,
    the_one,
    world_of,
)
from tests.fakes.world import World, closed, told

S = CallbackState


async def states(world: World, *tickets: str) -> dict[str, tuple[CallbackState, str | None]]:
    found = [item for ticket in tickets for item in await all_of(world, ticket)]
    return {item.id: (item.state, item.reason_closed) for item in found}


async def put(world: World, *items: Callback) -> None:
    async with world.database.write() as conn:
        await store.save(conn, world.vault, items)


def desk_of(world: World) -> CallbackDesk:
    return CallbackDesk(database=world.database, vault=world.vault, terms=Terms)


def call(world: World, body: dict[str, object], **path: str) -> Call:
    return Call(
        now=world.clock.now(),
        path=path,
        query={},
        body=body,
        raw=b"",
        headers={},
        url="",
        remote="",
        form=(),
        actor="zhou",
        role=Role.AGENT,
    )


async def cancel(world: World, id_: str, reason: str) -> list[str]:
    """What the customer is sent once somebody cancelled it."""
    before = len(world.carrier.texts(PHONE))
    await desk_of(world).cancel(call(world, {"reason": reason}, id=id_))
    await world.run()
    return world.carrier.texts(PHONE)[before:]


async def test_who_was_promised_a_call_hears_that_it_was_called_off(database: Database) -> None:
    world = world_of(database)
    await world.tell(closed())
    for topic in ("a", "b", "c", "d", "e"):
        await ask(world, id=f"cb_{topic}", topic=topic, origin="customer")
    await ask(world, id="cb_care", topic="care", origin="program")
    [said] = await cancel(world, "cb_a", "mistake")
    assert "约定的回电已取消" in said
    assert "处理完毕" not in said
    [said] = await cancel(world, "cb_b", "ticket_solved")
    assert "处理完毕" in said
    assert await cancel(world, "cb_c", "customer") == []
    assert await cancel(world, "cb_care", "mistake") == []  # nobody had told them of it
    async with world.database.write() as conn:
        item = (await store.load(conn, world.vault, ["cb_d"], lock=True))["cb_d"]
        reached = Attempt(at=world.clock.now(), outcome=CallOutcome.REACHED, by="A-1")
        await record(conn, world.vault, item, reached, Terms())
    assert await cancel(world, "cb_e", "mistake") == []  # they were on the phone just now
    await ask(world, id="cb_f", topic="f", origin="complaint")
    heard = len(world.carrier.texts(PHONE))
    world.clock.advance(MINUTES)
    await world.tell(closed(2, cycle=2, at=world.clock.now()))
    await world.run()
    assert (await states(world, "T-1001"))["cb_f"] == (S.CANCELLED, "ticket_solved")
    assert len(world.carrier.texts(PHONE)) == heard


async def test_a_deleted_ticket_has_no_calls_and_a_merged_one_takes_them_along(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed(1), closed(2, ticket="T-2"))
    await ask(world, id="cb_1", topic="one")
    await ask(world, id="cb_2", topic="two")
    busy = (await all_of(world))[1]
    await put(world, replace(busy, state=S.DIALING, agent="A-1"))
    await world.after(MINUTES)
    merged = told("merged", event="e-3", at=world.clock.now())
    merged["data"]["ticket"]["merged_into"] = "T-2"
    await world.tell(merged)
    await world.run()
    assert (await states(world, "T-2")).keys() == {"cb_1"}
    assert await kinds(world) == ["callback.promised"] * 2 + ["callback.followed"]
    await put(world, busy)
    await world.after(MINUTES)  # once the dial is over it follows, too
    assert (await states(world, "T-2")).keys() == {"cb_1", "cb_2"}
    wanted = {"customer": "C-1", "ticket": "T-1001", "topic": "agent", "priority": "normal"}
    asked = call(world, {**wanted, "chosen": False})
    booked = str((await desk_of(world).book(asked)).body["id"])
    await world.run()  # what an agent books for the ticket that is gone, too
    assert (await states(world, "T-2")).keys() == {"cb_1", "cb_2", booked}
    await cancel(world, booked, "customer")
    await world.tell(closed(4, ticket="T-2", cycle=2, at=world.clock.now(), close_reason="spam"))
    await ask(world, id="cb_3", topic="three", ticket="T-2", origin="program")
    await world.tell(told("deleted", event="e-5", ticket="T-2", at=world.clock.now()))
    await world.run()
    over = (S.CANCELLED, "deleted")
    found = await states(world, "T-2")
    assert found.pop(booked) == (S.CANCELLED, "customer")
    assert found == dict.fromkeys(("cb_1", "cb_2", "cb_3"), over)
    texts = world.carrier.texts(PHONE)
    assert sum("约定的回电已取消" in each for each in texts) == 2


async def test_a_call_goes_all_the_way_with_tickets_merged_one_into_the_other(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed(1), *(closed(n, ticket=f"T-{n}") for n in (2, 3)))
    await ask(world, id="cb_1", topic="one")
    await ask(world, id="cb_2", topic="two", ticket="T-2")
    busy = (await all_of(world))[0]
    await put(world, replace(busy, state=S.DIALING, agent="A-1"))

    async def merge(number: int, ticket: str, into: str) -> None:
        event = told("merged", event=f"m-{number}", ticket=ticket, at=world.clock.now())
        event["data"]["ticket"]["merged_into"] = into
        await world.tell(event)

    await world.after(MINUTES)
    await merge(1, "T-1001", "T-2")
    await merge(2, "T-2", "T-3")
    await world.tell(told("deleted", event="e-4", ticket="T-2", at=world.clock.now()))
    await world.run()
    assert await states(world, "T-3") == {"cb_2": (S.PROMISED, None)}
    await put(world, busy)
    await merge(3, "T-2", "T-3")
    await world.after(MINUTES)
    assert (await states(world, "T-3")).keys() == {"cb_1", "cb_2"}
    await ask(world, id="cb_3", topic="three", ticket="T-2")  # of before: it went up in T-3
    await world.run()
    assert (await states(world, "T-3")).keys() == {"cb_1", "cb_2", "cb_3"}
    await merge(4, "T-3", "T-1001")  # a ring
    await world.after(MINUTES)
    ring = await states(world, "T-1001", "T-2", "T-3")
    assert ring == dict.fromkeys(("cb_1", "cb_2", "cb_3"), (S.PROMISED, None))


async def test_a_closing_by_a_clock_ahead_of_ours_settles_no_wish_that_came_after_it(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed(at=world.clock.now() + 5 * MINUTES))
    await ask(world)
    assert (await the_one(world)).state is S.PROMISED


async def test_who_asks_anew_before_the_morning_is_not_told_then_that_it_is_cancelled(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    await world.after(10 * HOURS - MINUTES)
    first = [item for item in await all_of(world) if item.is_open]
    assert await cancel(world, first[0].id, "mistake") == []  # it is late
    await world.after(11 * HOURS)
    await ask(world, id="cb_2", origin="customer")
    await world.after(2 * HOURS)
    texts = world.carrier.texts(PHONE)
    assert not any("已取消" in each for each in texts)
    assert "callback.not_told" not in await board(world)


@pytest.mark.parametrize("end", ["closed", "merged", "deleted"])
async def test_what_ends_a_ticket_between_wish_and_promise_is_heard(
    database: Database, end: str
) -> None:
    world = world_of(database)
    await world.tell(closed(1), closed(2, ticket="T-2"))
    await world.run()
    asked = WantedCall(
        id="cb_1", source="/tickets", customer="C-1", ticket="T-1001", origin="customer", topic="x"
    )
    owed = replace(asked, id="cb_2", origin="complaint", topic="y")
    async with world.database.write() as conn:
        at = world.clock.now()
        await jobs.enqueue(conn, [CALLBACK.job(each.id, each, due_at=at) for each in (asked, owed)])
    world.clock.advance(MINUTES)
    now = world.clock.now()
    await world.tell(
        closed(3, cycle=2, at=now) if end == "closed" else told(end, event="e-3", at=now)
    )
    await world.run()
    if end == "merged":  # into what nobody said: the wish stands
        assert (await states(world, "T-1001"))["cb_1"] == (S.PROMISED, None)
        return
    reason = "ticket_solved" if end == "closed" else "deleted"
    assert await states(world, "T-1001") == {"cb_1": (S.CANCELLED, reason)}
    [said] = world.carrier.texts(PHONE)
    assert "已取消" in said
    assert sorted(await kinds(world)) == ["callback.cancelled", "callback.refused"]
    assert await board(world) == []


async def test_what_was_missed_looks_for_a_slot_until_it_is_told_that_there_is_none(
    database: Database,
) -> None:
    rules = CallbackRules(capacity=1, book=Booking(latest=3 * HOURS))
    world = world_of(database, callbacks=rules)
    await world.tell(closed())
    await ask(world)
    item = await the_one(world)
    begin = item.slot.end + HOURS
    others = [
        replace(item, id=f"cb_o{n}", topic=f"o{n}", ticket=None, slot=_slot(begin, n))
        for n in range(5)  # all that lies within three hours
    ]
    async with world.database.write() as conn:
        await store.add(conn, world.vault, others)
    await world.after(item.slot.end - world.clock.now())
    missed = await the_one(world)
    assert (missed.state, missed.missed) == (S.MISSED, 1)
    assert "另约" in world.carrier.texts(PHONE)[-1]
    await world.after(HOURS)  # at the full hour there is room
    found = await the_one(world)
    assert (found.state, found.missed) == (S.PROMISED, 1)
    assert found.slot.begin >= begin + 2 * HOURS
    local = f"{found.slot.begin + 8 * HOURS:%H:%M}"
    assert f"我们将于11月20日(周五){local}" in world.carrier.texts(PHONE)[-1]
    await world.after(found.slot.end - world.clock.now())
    assert (await the_one(world)).state is S.MISSED  # the centre closes soon
    for _ in range(4):
        await world.after(HOURS)
    over = await the_one(world)
    assert (over.state, over.reason_closed) == (S.EXHAUSTED, "no_slot")
    await world.after(14 * HOURS)  # in the morning
    texts = world.carrier.texts(PHONE)
    assert sum("没有合适的时段" in each for each in texts) == 1
    assert sorted(await board(world)) == ["callback.missed"] * 2 + ["callback.refused"]


def _slot(begin: datetime, number: int) -> Slot:
    at = begin + number * 30 * MINUTES
    return Slot(begin=at, end=at + 30 * MINUTES)


async def test_what_the_gate_puts_off_beyond_its_slot_gets_another_and_the_customer_hears(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    first = await the_one(world)
    ends = outcomes.Ends(vault=world.vault, setting=Setting)

    async def refuse(until: datetime) -> Callback:
        async with world.database.write() as conn:
            item = (await store.load(conn, world.vault, [first.id], lock=True))[first.id]
            item = replace(item, state=S.DIALING, agent="A-1")
            await ends.refuse(conn, item, "A-1", "window", until, world.clock.now())
        await world.run()
        return await the_one(world)

    early = await refuse(world.clock.now() + MINUTES)  # dialled ahead, it is not due any sooner
    assert (early.attempt_at, early.slot) == (first.slot.begin, first.slot)
    await world.after(first.slot.begin - 10 * MINUTES - world.clock.now())
    assert "提醒" in world.carrier.texts(PHONE)[-1]
    await world.after(first.slot.begin - world.clock.now())
    sent = len(world.carrier.sent)
    within = first.slot.begin + 10 * MINUTES
    item = await refuse(within)
    assert (item.slot, item.attempt_at) == (first.slot, within)
    assert len(world.carrier.sent) == sent  # the promise can be kept yet
    beyond = first.slot.end + 2 * HOURS
    item = await refuse(beyond)
    assert (item.state, item.missed, item.agent) == (S.PROMISED, 0, None)
    assert item.slot.begin >= beyond
    assert item.attempt_at == item.slot.begin
    [said] = [each.text for each in world.carrier.sent[sent:]]
    assert "无法在约定的时间" in said
    assert f"{item.slot.begin + 8 * HOURS:%H:%M}" in said
