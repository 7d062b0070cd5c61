"""What becomes of a promised call while it is dialled, or when nobody can make it any more."""

from dataclasses import replace
from datetime import datetime

import pytest

from callbacks.dialling import outcomes
from callbacks.dialling import store as dials
from callbacks.dialling.conversation import CallbackCalls
from callbacks.dialling.legs import send_of
from callbacks.dialling.model import Agent, Dial, Presence, Setting, Stage
from callbacks.dialling.waiting import Assigning
from callbacks.promises import follows, store
from callbacks.promises.decide import LEASE, claim
from callbacks.promises.model import Callback, CallbackState, CallOutcome, DialMode
from channels.model import MessageClass
from channels.ports import Outcome, OutcomeKind
from kernel.engine import Database
from scheduler import store as jobs
from tests.contracts.test_callbacks import (
    DAYS,
    HOURS,
    MINUTES,
    PHONE,
    ask,
    attempt,
    board,
    the_one,
    world_of,
)
from tests.fakes.world import World, closed


async def promised(database: Database) -> World:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    return world


async def put(world: World, **changed: object) -> Callback:
    item = replace(await the_one(world), **changed)  # type: ignore[arg-type]
    async with world.database.write() as conn:
        await store.save(conn, world.vault, [item])
    return item


async def dialling(world: World) -> datetime:
    """An agent dials it, in its slot."""
    item = await the_one(world)
    await world.after(item.slot.begin - world.clock.now())
    await put(world, state=CallbackState.DIALING, agent="A-1")
    return item.slot.begin


async def test_who_wants_no_call_while_it_is_dialled_is_not_called_again(
    database: Database,
) -> None:
    world = await promised(database)
    await dialling(world)
    [said] = await world.says(PHONE, "NO CALL")
    assert "不会再给您回电" in said
    over = await the_one(world)
    assert (over.state, over.reason_closed) == (CallbackState.CANCELLED, "customer")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (CallOutcome.NO_ANSWER, CallbackState.CANCELLED),
        (CallOutcome.REACHED, CallbackState.DONE),
    ],
)
async def test_a_ticket_solved_during_a_dial_needs_no_second_one(
    database: Database, outcome: CallOutcome, state: CallbackState
) -> None:
    world = await promised(database)
    await dialling(world)
    await world.tell(closed(event="e-9", cycle=2, at=world.clock.now()))
    await world.run()
    assert (await the_one(world)).state is CallbackState.DIALING  # who dials goes on
    await attempt(world, outcome)
    await world.after(2 * MINUTES)
    assert (await the_one(world)).state is state


async def test_who_chooses_another_slot_for_an_open_call_is_called_in_that_one(
    database: Database,
) -> None:
    world = await promised(database)
    before = await the_one(world)
    begin = before.slot.begin + 2 * HOURS
    slot = [begin.isoformat(), (begin + 30 * MINUTES).isoformat()]
    await ask(world, id="cb_page", origin="page", slot=slot)
    item = await the_one(world)
    assert (item.id, item.slot.begin, item.chosen) == (before.id, begin, True)
    last = world.carrier.texts(PHONE)[-1]
    assert f"{begin + 8 * HOURS:%H:%M}" in last
    sent = len(world.carrier.sent)
    await world.after(before.slot.begin - world.clock.now())
    assert (await the_one(world)).state is CallbackState.PROMISED
    assert len(world.carrier.sent) == sent  # no reminder of the slot that is not
    # Without a slot, and for one that is gone, what there is stands.
    await ask(world, id="cb_text")
    await ask(world, id="cb_late", origin="page", slot=[before.slot.begin.isoformat()] * 2)
    assert (await the_one(world)).slot == item.slot


async def test_a_call_that_could_not_be_placed_in_time_leaves_the_promise_standing(
    database: Database,
) -> None:
    world = await promised(database)
    begin = await dialling(world)
    item = await the_one(world)
    dial = Dial(
        id="d_1",
        callback=item.id,
        agent="A-1",
        mode=DialMode.CUSTOMER_FIRST,
        phone_ix=world.vault.index(PHONE),
        at=begin,
        contact="c_1",
        stage=Stage.INTENDED,
        leg_at=begin,
    )
    calls = CallbackCalls(vault=world.vault, ends=outcomes.Ends(vault=world.vault, setting=Setting))
    late = Outcome(
        kind=OutcomeKind.SUPPRESSED,
        contact="c_1",
        thread=item.id,
        message_class=MessageClass.PROMISED_CALLBACK,
        channel=None,
        reason="stale",
    )
    async with world.database.write() as conn:
        await dials.add(conn, [dial])
        await calls.on_outcome(conn, [late, late], world.clock.now())
        [over] = (await dials.of_callbacks(conn, [item.id]))[item.id]
        assert await dials.rung_since(conn, [dial.phone_ix], begin) == 0  # no phone rang
    assert (over.outcome, over.reason) == (CallOutcome.DECLINED, "carrier_away")
    item = await the_one(world)
    assert (item.state, item.slot.begin, len(item.attempts)) == (CallbackState.DUE, begin, 1)


async def test_whoever_forgets_a_claim_gets_no_other(database: Database) -> None:
    world = await promised(database)
    async with world.database.write() as conn:
        await dials.say(conn, "A-1", Presence.THERE, world.clock.now())
    item = await the_one(world)
    await world.after(item.slot.begin - world.clock.now())
    mine = claim(await the_one(world), "A-1", world.clock.now())
    assert isinstance(mine, Callback)
    async with world.database.write() as conn:
        await store.save(conn, world.vault, [mine])
        await jobs.enqueue(conn, follows.claimed(mine, world.clock.now(), "A-1", "").jobs)
    await world.after(LEASE)
    assert (await the_one(world)).state is CallbackState.DUE
    async with world.database.read() as conn:
        assert (await dials.presence(conn))["A-1"].state is Presence.AWAY


async def test_who_claimed_a_call_of_tomorrow_gets_one_of_today(database: Database) -> None:
    world = await promised(database)
    item = await the_one(world)
    ahead = replace(
        item,
        id="cb_ahead",
        topic="ahead",
        ticket=None,
        state=CallbackState.CLAIMED,
        agent="A-1",
        attempt_at=item.slot.begin + DAYS,
        claimed_until=item.slot.begin + DAYS + LEASE,
    )
    async with world.database.write() as conn:
        await store.add(conn, world.vault, [ahead])
        await dials.say(conn, "A-1", Presence.THERE, world.clock.now())
    await world.after(item.slot.begin + MINUTES - world.clock.now())
    agents = {"A-1": Agent(id="A-1", phone="+8613900139001")}
    assign = Assigning(
        database=world.database, vault=world.vault, setting=lambda: Setting(agents=agents)
    )
    await assign(world.clock.now())
    taken = await the_one(world)
    assert (taken.state, taken.agent) == (CallbackState.CLAIMED, "A-1")


async def test_a_slot_missed_once_is_apologised_for_once(database: Database) -> None:
    world = await promised(database)
    item = await put(world, missed=3)  # the next one waits for a person
    await world.after(item.slot.end - world.clock.now())
    missed = await the_one(world)
    assert (missed.state, missed.missed) == (CallbackState.MISSED, 4)
    mine = claim(missed, "A-1", world.clock.now())
    assert isinstance(mine, Callback)
    await put(world, state=mine.state, agent="A-1", claimed_until=mine.claimed_until)
    await world.after(DAYS)
    assert len([each for each in world.carrier.texts(PHONE) if "很抱歉" in each]) == 1
    assert (await board(world)).count("callback.missed") == 1


async def test_a_chosen_slot_opens_no_other_hour(database: Database) -> None:
    world = await promised(database)
    item = await put(world, chosen=True)
    dial = Dial(
        id="d_1",
        callback=item.id,
        agent="A-1",
        mode=DialMode.AGENT_FIRST,
        phone_ix=world.vault.index(PHONE),
        at=item.slot.begin,
        contact="c_1",
    )
    late = item.slot.end + LEASE
    bound = [
        send_of(world.vault, item, dial, at).bound
        for at in (item.slot.begin, late - MINUTES, late, late + 5 * HOURS)
    ]
    assert bound == [False, False, True, True]


async def test_whom_the_gate_forbids_to_phone_is_told_nothing_false_and_a_person_is_told(
    database: Database,
) -> None:
    world = await promised(database)
    await dialling(world)
    ends = outcomes.Ends(vault=world.vault, setting=Setting)
    sent = len(world.carrier.sent)
    async with world.database.write() as conn:
        id_ = (await the_one(world)).id
        item = (await store.load(conn, world.vault, [id_], lock=True))[id_]
        over = await ends.refuse(conn, item, "A-1", "no_zone", None, world.clock.now())
    assert (over.state, over.reason_closed) == (CallbackState.CANCELLED, "no_zone")
    await world.run()
    assert len(world.carrier.sent) == sent  # least of all that their case was settled
    assert "callback.refused" in await board(world)
