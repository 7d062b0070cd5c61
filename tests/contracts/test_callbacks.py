"""Promised calls from the wish to their end, on both databases, with scripted neighbours."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from callbacks.model import ComplaintClass, ComplaintRules
from callbacks.promises import store
from callbacks.promises.model import (
    Attempt,
    Callback,
    CallbackRules,
    CallbackState,
    CallOutcome,
    Origin,
    Slot,
)
from callbacks.promises.service import Terms, record
from channels.errors import SendError, SendErrorKind
from channels.jobs import CALLBACK, CareCall, WantedCall
from kernel import journal
from kernel.engine import Database
from scheduler import notices
from scheduler import store as jobs
from scheduler.publication import PUBLISH, PUBLISH_ALL, Publication, news_of
from scheduler.tables import jobs as jobs_table
from surveys.programs import Program
from tests.fakes.world import NOON, World, closed, make_world, told

PHONE = "+8613800138000"
MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_NEWS = (PUBLISH.name, PUBLISH_ALL.name)
#: A program that asks nothing, so that calls alone are spoken of.
SILENT = (Program(id="silent", survey=None),)


def world_of(database: Database, **more: object) -> World:
    return make_world(database, **{"programs": SILENT, **more})  # type: ignore[arg-type]


async def all_of(world: World, ticket: str = "T-1001") -> list[Callback]:
    async with world.database.read() as conn:
        return (await store.of_tickets(conn, world.vault, [("/tickets", ticket)]))[
            "/tickets", ticket
        ]


async def the_one(world: World) -> Callback:
    [item] = await all_of(world)
    return item


async def ask(world: World, **more: object) -> None:
    """The customer asks to be phoned, and it is carried out."""
    wanted = WantedCall(
        **{  # type: ignore[arg-type]
            "id": "cb_1",
            "source": "/tickets",
            "customer": "C-1",
            "ticket": "T-1001",
            "origin": "customer",
            "topic": "asked",
            **more,
        }
    )
    async with world.database.write() as conn:
        await jobs.enqueue(conn, [CALLBACK.job(wanted.id, wanted, due_at=world.clock.now())])
    await world.run()


async def kinds(world: World) -> list[str]:
    async with world.database.read() as conn:
        found = await journal.of_ticket(conn, "/tickets", "T-1001")
    return [each.kind for each in found if each.kind.startswith("callback.")]


async def board(world: World) -> list[str]:
    async with world.database.read() as conn:
        items, _ = await notices.listed(conn)
    return [item.kind for item in items]


async def published(world: World) -> list[Publication]:
    async with world.database.read() as conn:
        rows = await conn.execute(select(jobs_table).order_by(jobs_table.c.due_at))
    return [item for row in rows if row.kind in _NEWS for item in news_of(jobs.read_job(row))]


async def attempt(world: World, outcome: CallOutcome) -> Callback:
    item = await the_one(world)
    async with world.database.write() as conn:
        locked = (await store.load(conn, world.vault, [item.id], lock=True))[item.id]
        tried = Attempt(at=world.clock.now(), outcome=outcome, by="A-1")
        return await record(conn, world.vault, locked, tried, Terms())


async def test_who_asks_by_text_hears_when_we_call_and_is_reminded(database: Database) -> None:
    world = world_of(database, programs=(Program(id="asks"),))
    await world.tell(closed())
    await world.after(2 * HOURS)  # 14:00: the survey goes out
    [said] = await world.says(PHONE, "回电")
    assert said.startswith("【示例电信】好的，我们会给您回电")
    await world.run()
    item = await the_one(world)
    assert (item.origin, item.state, item.chosen) == (
        Origin.CUSTOMER,
        CallbackState.PROMISED,
        False,
    )
    assert item.slot.begin == NOON + 3 * HOURS + 30 * MINUTES
    assert "11月20日(周五)15:30-16:00" in world.carrier.texts(PHONE)[-1]
    # The survey it was asked in stays open, and asked twice it is promised once.
    assert (item.phone, item.reason) == (None, None)
    await world.says(PHONE, "请打我另一个电话13912345678")
    await world.run()
    again = await the_one(world)  # called where they said since; the agent reads what they wrote
    assert (again.id, again.slot) == (item.id, item.slot)
    assert (again.phone, again.reason) == ("+8613912345678", "请打我另一个电话13912345678")
    assert await kinds(world) == ["callback.promised", "callback.asked_again"]
    await world.after(item.slot.begin - 15 * MINUTES - world.clock.now())
    assert "提醒" in world.carrier.texts(PHONE)[-1]
    await world.after(15 * MINUTES)
    assert (await the_one(world)).state is CallbackState.DUE


async def test_a_number_said_before_the_promise_is_made_is_the_one_called(
    database: Database,
) -> None:
    world = world_of(database, programs=(Program(id="asks"),))
    await world.tell(closed())
    await world.after(2 * HOURS)
    for text in ("回电", "请打我另一个电话13912345678", "请打我另一个电话13912345679", "回电"):
        await world.says(PHONE, text)  # taken in together: one batch
    await world.run()
    assert (await the_one(world)).phone == "+8613912345679"
    assert (await kinds(world))[0] == "callback.promised"


async def test_the_customer_moves_and_cancels_it_by_text(database: Database) -> None:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    before = await the_one(world)
    [moved] = await world.says(PHONE, "改期")
    item = await the_one(world)
    assert item.slot.begin == before.slot.end
    assert f"{(item.slot.begin + 8 * HOURS):%H:%M}" in moved
    [moved] = await world.says(PHONE, "LATER")
    assert (await the_one(world)).slot.begin == item.slot.end
    assert "改到" in moved
    [dropped] = await world.says(PHONE, "NO CALL")
    assert "已取消" in dropped
    over = await the_one(world)
    assert (over.state, over.reason_closed) == (CallbackState.CANCELLED, "customer")
    sent = len(world.carrier.sent)
    await world.after(DAYS)
    assert len(world.carrier.sent) == sent
    # With no call promised, "no call" is no wish for one.
    await world.says(PHONE, "NO CALL")
    await world.run()
    assert len(await all_of(world)) == 1


async def test_a_missed_promise_is_apologised_for_and_gets_a_new_slot(database: Database) -> None:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    first = await the_one(world)
    await world.after(first.slot.end - world.clock.now())
    item = await the_one(world)
    assert (item.state, item.missed) == (CallbackState.PROMISED, 1)
    assert item.slot.begin >= first.slot.end + HOURS
    assert "很抱歉" in world.carrier.texts(PHONE)[-1]
    assert "callback.missed" in await board(world)
    for _ in range(40):
        if (await the_one(world)).state is CallbackState.MISSED:
            break
        await world.after(2 * HOURS)
    last = await the_one(world)
    assert (last.state, last.missed, last.is_open) == (CallbackState.MISSED, 4, True)
    sorry = [each for each in world.carrier.texts(PHONE) if "很抱歉" in each]
    assert len(sorry) == 4
    assert "另约" in sorry[-1]
    await world.after(3 * DAYS)
    assert len([each for each in world.carrier.texts(PHONE) if "很抱歉" in each]) == 4


async def test_the_ladder_ends_with_a_word_to_the_customer(database: Database) -> None:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    item = await the_one(world)
    for outcome, state in (
        (CallOutcome.BUSY, CallbackState.PROMISED),
        (CallOutcome.MACHINE, CallbackState.PROMISED),
        (CallOutcome.NO_ANSWER, CallbackState.EXHAUSTED),
    ):
        due = (await the_one(world)).attempt_at
        assert due is not None
        await world.after(due - world.clock.now())
        assert (await the_one(world)).state is CallbackState.DUE
        assert (await attempt(world, outcome)).state is state
    await world.run()
    assert "未能接通" in world.carrier.texts(PHONE)[-1]
    told = {each.type: each.data for each in await published(world)}
    assert told.keys() == {"callback.promised", "callback.exhausted"}
    assert told["callback.exhausted"]["state"] == "exhausted"
    assert told["callback.exhausted"]["ticket"] == "T-1001"
    assert {"phone", "notes", "reason"}.isdisjoint(told["callback.promised"])
    begin = item.slot.begin + 8 * HOURS  # on the customer's clock, though nobody told their zone
    assert told["callback.promised"]["local_time"] == f"{begin:%Y-%m-%dT%H:%M:%S}+08:00"
    assert PHONE not in str(told)
    over = await the_one(world)
    assert over.id == item.id
    assert over.reason_closed == "no_answer"
    assert (await kinds(world))[-1] == "callback.exhausted"
    assert "callback.missed" not in await kinds(world)


async def test_a_solved_ticket_needs_no_call_but_a_care_call_begins_with_it(
    database: Database,
) -> None:
    care = CareCall(topic="care", after=24 * HOURS, within=72 * HOURS, priority="high")
    world = world_of(database, programs=(Program(id="care", survey=None, callback=care),))
    await world.tell(closed(event="e-1"))
    await world.run()
    called = await the_one(world)
    assert (called.origin, called.topic, called.cycle) == (Origin.PROGRAM, "care", 1)
    # A day later it is Saturday: the first slot is on Monday.
    assert called.slot.begin == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert called.priority.name == "HIGH"
    assert world.carrier.sent == []
    await ask(world, id="cb_2")
    await world.after(HOURS)
    await world.tell(told("reopened", event="e-2", at=world.clock.now()))
    await world.run()
    assert [item.state for item in await all_of(world)] == [CallbackState.PROMISED] * 2
    await world.tell(closed(event="e-3", cycle=2, at=world.clock.now()))
    await world.tell(closed(event="e-3", cycle=2, at=world.clock.now()))
    await world.run()
    states = {item.id: (item.state, item.reason_closed) for item in await all_of(world)}
    assert states["cb_2"] == (CallbackState.CANCELLED, "ticket_solved")
    assert states[called.id] == (CallbackState.PROMISED, None)
    # One call is owed for a matter, however often the ticket is closed.
    assert len(states) == 2
    assert "已取消" in world.carrier.texts(PHONE)[-1]


async def test_a_complaint_of_a_class_is_owed_a_call(database: Database) -> None:
    owed = CareCall(topic="sorry", after=timedelta(0), within=4 * HOURS, priority="urgent")
    rules = ComplaintRules(classes=(ComplaintClass(callback=owed),))
    world = world_of(database, programs=(Program(id="asks"),), complaints=rules)
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.says(PHONE, "1")
    await world.run()
    item = await the_one(world)
    assert (item.origin, item.topic, item.priority.name) == (Origin.COMPLAINT, "sorry", "URGENT")
    assert item.complaint is not None
    assert item.slot.begin == NOON + 3 * HOURS + 30 * MINUTES
    await world.says(PHONE, "太慢了")
    await world.run()
    assert len(await all_of(world)) == 1


async def test_who_may_not_be_phoned_is_promised_nothing_and_a_person_is_told(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed(phone=None, email="c@example.com"))
    await ask(world)
    assert await all_of(world) == []
    assert await kinds(world) == ["callback.refused"]
    assert await board(world) == ["callback.refused"]


async def test_who_stops_all_contact_before_the_slot_is_not_phoned(database: Database) -> None:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    await world.says(PHONE, "STOPALL")
    item = await the_one(world)
    sent = len(world.carrier.sent)
    await world.after(item.slot.begin - world.clock.now())
    over = await the_one(world)
    assert (over.state, over.reason_closed) == (CallbackState.CANCELLED, "opt_out")
    await world.after(DAYS)
    assert len(world.carrier.sent) == sent
    assert await board(world) == []


async def test_a_wish_waits_for_a_slot_and_is_never_lost(database: Database) -> None:
    world = world_of(database, callbacks=CallbackRules(capacity=1, slot=9 * HOURS))
    for number in (1, 2):
        await world.tell(closed(number, ticket=f"T-{number}", customer=f"C-{number}"))
    for number in range(1, 11):
        await ask(world, id=f"cb_{number}", topic=f"t-{number}", customer="C-1", ticket="T-1001")
    assert len(await all_of(world)) == 10  # one a day for two weeks
    await ask(world, id="cb_last", topic="last", customer="C-2", ticket="T-1001")
    assert "callback.no_slot" in await board(world)
    before = {item.id for item in await all_of(world)}
    assert "cb_last" not in before
    await world.after(4 * DAYS)
    assert "cb_last" in {item.id for item in await all_of(world)}


async def test_one_key_is_open_once_and_the_book_never_overflows(database: Database) -> None:
    world = world_of(database)
    vault, slot = world.vault, Slot(begin=NOON, end=NOON + 30 * MINUTES)
    item = Callback(
        id="cb_a",
        source="/tickets",
        customer="C-1",
        ticket=None,
        topic="care",
        reason="私人",
        slot=slot,
        asked_at=NOON,
        phone=PHONE,
        notes="私人",
        attempt_at=NOON,
    )
    async with database.write() as conn:
        assert await store.add(conn, vault, [item, replace(item, id="cb_b")]) == {"cb_a"}
        assert await store.add(conn, vault, [replace(item, id="cb_c", topic="x")]) == {"cb_c"}
    over = replace(item, state=CallbackState.DONE, closed_at=NOON, attempt_at=None)
    async with database.write() as conn:
        [kept] = (await store.load(conn, vault, ["cb_a"], lock=True)).values()
        assert kept == item
        await store.save(conn, vault, [over])
        assert await store.add(conn, vault, [replace(item, id="cb_b")]) == {"cb_b"}
        assert len(await store.booked(conn, NOON, NOON + HOURS)) == 2
    async with database.write() as conn:
        assert await store.forget(conn, NOON + DAYS) == 1
    async with database.write() as conn:
        assert await store.forget(conn, NOON + DAYS) == 0
        found = await store.load(conn, vault, ["cb_a", "cb_b"])
    assert (found["cb_a"].phone, found["cb_a"].notes, found["cb_a"].reason) == (None, None, None)
    assert found["cb_b"].phone == PHONE


async def test_of_many_wishes_at_once_a_slot_takes_as_many_as_it_has_room_for(
    database: Database,
) -> None:
    world = world_of(database)
    for number in range(8):
        await world.tell(closed(number, ticket="T-1001", cycle=number, customer=f"C-{number}"))
    wanted = [
        WantedCall(
            id=f"cb_{number}",
            source="/tickets",
            customer=f"C-{number}",
            ticket="T-1001",
            origin="customer",
            topic="asked",
        )
        for number in range(8)
    ]
    now = world.clock.now()
    async with database.write() as conn:
        await jobs.enqueue(conn, [CALLBACK.job(item.id, item, due_at=now) for item in wanted])
        batches = [
            await jobs.lease(
                conn, CALLBACK.name, limit=1, now=now, lease_for=MINUTES, token=f"t-{number}"
            )
            for number in range(8)
        ]
    [handler] = [
        lane.handlers[CALLBACK.name] for lane in world.lanes if CALLBACK.name in lane.handlers
    ]
    await asyncio.gather(*(handler(batch, now) for batch in batches))
    begins = sorted(item.slot.begin for item in await all_of(world))
    assert len(begins) == 8
    assert max(begins.count(each) for each in begins) == 4


@pytest.mark.parametrize("word", ["改期", "不用回电"])
async def test_words_about_calls_are_the_surveys_where_no_call_is_promised(
    database: Database, word: str
) -> None:
    world = world_of(database, programs=(Program(id="asks"),))
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.says(PHONE, word)
    await world.run()
    assert await all_of(world) == []


async def test_later_is_an_open_surveys_unless_a_call_is_what_we_wrote_of_last(
    database: Database,
) -> None:
    world = world_of(database, programs=(Program(id="asks"),))
    await world.tell(closed())
    await ask(world, since=(world.clock.now() + DAYS).isoformat())
    before = await the_one(world)
    await world.after(2 * HOURS)  # it is asked
    [put_off] = await world.says(PHONE, "later")
    assert "改到" not in put_off
    assert (await the_one(world)).slot == before.slot
    await world.says(PHONE, "5")
    await world.says(PHONE, "1")
    [moved] = await world.says(PHONE, "Later")  # nothing is asked any more
    assert "改到" in moved
    assert (await the_one(world)).slot.begin >= before.slot.end


async def test_hours_that_never_meet_end_with_a_word_and_a_person(database: Database) -> None:
    # By night where the customer is, the centre is open.
    world = world_of(database)
    event = closed(phone="+16467620126")
    event["data"]["customer"]["timezone"] = "America/New_York"
    await world.tell(event)
    await ask(world)
    assert await board(world) == ["callback.no_slot"]
    await world.after(23 * HOURS)
    assert await all_of(world) == []
    for _ in range(2):
        await world.after(2 * HOURS)
    item = await the_one(world)
    assert (item.state, item.reason_closed) == (CallbackState.EXHAUSTED, "no_slot")
    await world.after(12 * HOURS)
    assert "没有合适的时段" in world.carrier.texts("+16467620126")[-1]
    assert sorted(await board(world)) == ["callback.no_slot", "callback.refused"]
    assert await _waiting(database) == 0


async def _waiting(database: Database) -> int:
    async with database.read() as conn:
        rows = await conn.execute(select(jobs_table).where(jobs_table.c.done_at.is_(None)))
    return sum(row.kind.startswith("callback.") for row in rows)


async def test_a_word_that_comes_late_waits_for_the_hours_of_all_others(
    database: Database,
) -> None:
    world = world_of(database)
    await world.tell(closed())
    await world.after(14 * HOURS)  # 02:00 in Shanghai
    sent = len(world.carrier.texts(PHONE))
    await ask(world, id="cb_now", topic="now")
    assert len(world.carrier.texts(PHONE)) == sent + 1
    world.carrier.script.append(SendError(SendErrorKind.LATER, retryable=True))
    await ask(world, id="cb_late", topic="late")
    await world.after(10 * MINUTES)
    assert len(world.carrier.texts(PHONE)) == sent + 1
    await world.after(7 * HOURS)
    assert len(world.carrier.texts(PHONE)) == sent + 2


async def test_who_got_through_needs_no_other_call_they_had_asked_for(database: Database) -> None:
    world = world_of(database)
    await world.tell(closed())
    await ask(world)
    await ask(world, id="cb_other", topic="care", origin="program")
    async with database.write() as conn:
        item = (await store.load(conn, world.vault, ["cb_other"], lock=True))["cb_other"]
        said = Attempt(at=world.clock.now() + MINUTES, outcome=CallOutcome.REACHED, by="A-1")
        await record(conn, world.vault, item, said, Terms())
    await world.after(2 * MINUTES)
    found = {each.id: each for each in await all_of(world)}
    assert found["cb_other"].state is CallbackState.DONE
    over = found["cb_1"]
    assert (over.state, over.reason_closed) == (CallbackState.CANCELLED, "got_through")
    assert "已与您通过电话" in world.carrier.texts(PHONE)[-1]


async def test_the_queue_is_by_slot_priority_and_asking_and_a_claim_ends_at_once(
    database: Database,
) -> None:
    world = world_of(database)
    item = Callback(
        id="cb_z",
        source="/tickets",
        customer="C-1",
        ticket=None,
        topic="first",
        reason=None,
        slot=Slot(begin=NOON, end=NOON + HOURS),
        asked_at=NOON - HOURS,
        attempt_at=NOON,
        state=CallbackState.CLAIMED,
        agent="A-1",
        claimed_until=NOON + MINUTES,
    )
    later = replace(item, id="cb_a", topic="second", asked_at=NOON, state=CallbackState.DUE)
    async with database.write() as conn:
        await store.add(conn, world.vault, [item, replace(later, agent=None, claimed_until=None)])
    async with database.read() as conn:
        assert [each.id for each in await store.ready(conn, world.vault, NOON)] == ["cb_a"]
        ready = await store.ready(conn, world.vault, NOON + MINUTES)
        assert [each.id for each in ready] == ["cb_z", "cb_a"]
        [first], place = await store.listed(conn, world.vault, limit=1)
        [second], _ = await store.listed(conn, world.vault, after=place, limit=1)
    assert (first.id, second.id) == ("cb_z", "cb_a")
