"""What must not happen to a customer, or be lost of what one said, when things go wrong."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from callbacks import store as complaints
from callbacks.complaint import overdue
from callbacks.model import Complaint
from channels import ledger, outcomes
from channels import store as people
from channels.errors import SendError, SendErrorKind
from channels.model import Channel, OptOut, OptOutState
from channels.ports import OutcomeKind
from channels.tables import customers, inbound, opt_outs
from kernel import journal
from kernel.engine import Database, metadata
from kernel.vault import open_vault
from scheduler import deadletters
from scheduler import store as jobs
from scheduler.store import LeaseLost
from surveys import store as surveys
from surveys.model import InvitationState
from surveys.programs import Program
from tests.fakes.world import NOON, World, closed, make_world, told
from tickets.jobs import REOPEN
from tickets.ports import Declined, DeskError

PHONE, OTHER = "+8613800138000", "+8613800138009"
HOURS = timedelta(hours=1)
AT_ONCE = (Program(id="default", delay=timedelta(0)),)


async def states(world: World, ticket: str = "T-1001") -> list[InvitationState]:
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", ticket)]))["/tickets", ticket]
    return [item.state for item in found]


async def complaint(world: World, ticket: str = "T-1001") -> Complaint:
    async with world.database.read() as conn:
        found = await complaints.of_tickets(conn, world.vault, [("/tickets", ticket)])
    [item] = found["/tickets", ticket]
    return item


async def test_nothing_leaves_in_the_last_minute_before_closing(database: Database) -> None:
    almost = NOON + 8 * HOURS - timedelta(seconds=30)  # 19:59:30 in Shanghai
    world = make_world(database, programs=AT_ONCE, start=almost)
    await world.tell(closed(at=almost))
    await world.run()
    await world.after(timedelta(minutes=2))
    await world.after(12 * HOURS)
    assert world.carrier.sent == []
    await world.after(2 * HOURS)
    [message] = world.carrier.sent
    assert message.valid_for is not None
    assert message.valid_for <= 11 * 3600


async def test_one_row_that_does_not_open_holds_up_nobody_else(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(
        *(
            closed(n, ticket=f"T-{n}", customer=f"C-{n}", phone=f"+861380013800{n}")
            for n in range(1, 6)
        )
    )
    async with database.write() as conn:
        await conn.execute(
            update(customers).where(customers.c.id == "C-3").values(phone=b"\x01bad")
        )
    await world.run()
    assert {message.to[-1] for message in world.carrier.sent} == {"1", "2", "4", "5"}


async def test_a_rotated_key_forgets_neither_the_question_nor_the_caps(
    database: Database,
) -> None:
    old, new = b"o" * 32, b"n" * 32
    before = make_world(database, programs=AT_ONCE, vault=open_vault([old]))
    await before.tell(closed())
    await before.run()
    assert len(before.carrier.sent) == 1
    world = make_world(database, programs=AT_ONCE, vault=open_vault([new, old]))
    await world.tell(closed(2, ticket="T-2", customer="C-2"))
    await world.run()
    assert world.carrier.sent == []
    assert len(await world.says(PHONE, "1")) == 1
    assert await states(world) == [InvitationState.IN_PROGRESS]


async def test_nobody_is_invited_elsewhere_while_answering(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE, channels=(Channel.SMS, Channel.EMAIL))
    await world.tell(closed(email="a@example.com"))
    await world.run()
    async with database.write() as conn:
        ids = [item.contact for item in world.carrier.sent]
        [contact] = (await ledger.load(conn, world.vault, ids)).values()
        failed = outcomes.outcome(contact, OutcomeKind.FAILED, "30003")
        conversations = world.delivery.conversations
        await outcomes.tell(conn, conversations, [(contact.conversation, failed)], NOON)
    # The receipt was wrong: the text arrived, and is answered before the mail goes out.
    assert len(await world.says(PHONE, "2")) == 1
    await world.run()
    assert [message.to for message in world.carrier.sent] == [PHONE]


async def test_a_reply_is_no_answer_to_a_question_that_never_left(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.carrier.script.append(
        SendError(SendErrorKind.LATER, retryable=True, code="20429", detail="")
    )
    await world.tell(closed())
    [send] = [lane for lane in world.lanes if lane.name == "contact.send"]
    await send.step()
    assert await world.says(PHONE, "1") == ()
    await world.run()
    assert world.desk.orders == []
    async with database.read() as conn:
        readings = [row.reading for row in await conn.execute(select(inbound.c.reading))]
    assert readings == ["unmatched"]


async def test_an_opt_out_the_carrier_holds_is_one_of_ours(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.carrier.script.append(
        SendError(SendErrorKind.OPT_OUT, retryable=False, code="21610", detail="")
    )
    await world.tell(closed())
    await world.run()
    assert await states(world) == [InvitationState.CANCELLED]
    async with database.read() as conn:
        rows = list(await conn.execute(select(opt_outs.c.channel, opt_outs.c.how)))
    assert [(row.channel, row.how) for row in rows] == [("sms", "carrier")]


async def test_an_opt_out_between_decision_and_send_is_in_time(database: Database) -> None:
    world = make_world(database)
    await world.tell(closed())
    index = world.vault.index(PHONE)
    stop = OptOut(channel="all", at=NOON, how="agent", state=OptOutState.PROVISIONAL)
    async with database.write() as conn:
        await people.opt_out(conn, [(index, stop)])
    await world.after(3 * HOURS)
    assert world.carrier.sent == []
    assert await states(world) == [InvitationState.SUPPRESSED]


async def test_a_silent_desk_tells_a_person_and_a_dead_one_too(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.desk.script.extend([DeskError("503")] * 20)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1")
    await world.run()
    for _ in range(8):
        await world.after(timedelta(minutes=10))
    assert (await complaint(world)).attention == "desk_silent"
    for _ in range(9):
        await world.after(timedelta(hours=24))
    found = await complaint(world)
    assert (found.reopen, found.attention) == ("refused", "desk_unreachable")
    assert len(world.desk.orders) == 10
    async with database.read() as conn:
        dead = await deadletters.listed(conn)
    assert [letter.job.kind for letter in dead] == [REOPEN.name]


async def test_what_a_desk_left_unanswered_is_ordered_before_the_notice_of_it(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.desk.script.extend([DeskError("desk answered 403", misconfigured=True)] * 20)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1")
    await world.run()
    world.clock.advance(HOURS)
    now = world.clock.now()
    [lane] = [lane for lane in world.lanes if REOPEN.name in lane.handlers]
    async with database.write() as conn:
        batch = await jobs.lease(
            conn, REOPEN.name, limit=1, now=now, lease_for=HOURS, token="lease-1"
        )
    written: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def _note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("INSERT INTO"):
            written.append(statement.split()[2])

    await lane.handlers[REOPEN.name](batch, now)
    # The order of locks: whoever acknowledges the notice meanwhile waits for nobody in a ring.
    assert [name for name in written if name != "journal"] == ["jobs", "notices"]


async def test_later_answers_and_words_reach_the_complaint(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1 师傅没来")
    await world.says(PHONE, "没解决")
    await world.says(PHONE, "等了三天")
    await world.run()
    found = await complaint(world)
    assert found.answers == {"satisfaction": 1, "resolved": False}
    assert found.comment == "师傅没来\n等了三天"


async def test_a_note_that_a_desk_refuses_for_good_is_told_on_the_timeline(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1")
    await world.run()
    world.desk.script.append(Declined(reason="desk answered 422"))
    await world.says(PHONE, "没解决")
    await world.says(PHONE, "等了三天")
    await world.run()
    assert len(world.desk.remarks) == 1
    async with database.read() as conn:
        told = await journal.of_ticket(conn, "/tickets", "T-1001")
    [refused] = [each for each in told if each.kind == "ticket.note_refused"]
    assert refused.detail == {"reason": "desk answered 422"}


async def test_strangers_who_ask_for_help_meet_silence(database: Database) -> None:
    world = make_world(database)
    assert await world.says(OTHER, "HELP") == ()
    await world.tell(closed())
    await world.after(2 * HOURS)
    [text] = await world.says(PHONE, "帮助")
    assert "退订" in text


async def test_a_reply_and_a_reopening_at_once_lose_neither(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    for number in range(6):
        ticket, phone = f"T-{number}", f"+861380013810{number}"
        at = world.clock.now()
        await world.tell(
            closed(event=f"e-{number}", ticket=ticket, customer=f"C-{number}", phone=phone, at=at)
        )
        await world.run()
        later = told("reopened", event=f"r-{number}", ticket=ticket, at=at + timedelta(seconds=1))
        world.clock.advance(timedelta(seconds=2))
        said, taken = await asyncio.gather(world.says(phone, "1"), world.tell(later))
        assert taken.accepted == (f"r-{number}",)
        [state] = await states(world, ticket)
        async with database.read() as conn:
            [found] = await surveys.responses_of(conn, world.vault, "/tickets", ticket)
        # Whoever came first: an answer in time goes on, one that was late is kept and thanked.
        assert said
        assert found.answers == {"satisfaction": 1}
        assert state is (InvitationState.CANCELLED if found.late else InvitationState.IN_PROGRESS)


async def test_a_lost_lease_writes_nothing(database: Database) -> None:
    world = make_world(database)
    await world.tell(closed())
    world.clock.advance(3 * HOURS)
    now = world.clock.now()
    minute = timedelta(minutes=1)
    async with database.write() as conn:
        stale = await jobs.lease(
            conn, "contact.send", limit=9, now=now, lease_for=minute, token="stale"
        )
    later = now + 2 * minute
    async with database.write() as conn:
        await jobs.lease(conn, "contact.send", limit=9, now=later, lease_for=minute, token="new")
    with pytest.raises(LeaseLost):
        await world.delivery(stale, later)
    assert world.carrier.sent == []
    assert await states(world) == [InvitationState.PLANNED]


async def test_nothing_personal_can_be_read_in_any_table(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    event = closed(email="wang.secret@example.com")
    event["data"]["customer"]["name"] = "王小雨"
    event["data"]["ticket"]["agent"]["name"] = "周敏"
    await world.tell(event)
    await world.run()
    await world.says(PHONE, "1 师傅没来")
    await world.says(PHONE, "2")
    await world.says(PHONE, "等了三天没人管")
    await world.run()
    secrets = (PHONE, "wang.secret", "王小雨", "周敏", "师傅没来", "等了三天")
    hidden = [form for text in secrets for form in (text, json.dumps(text)[1:-1])]
    async with database.read() as conn:
        for table in metadata.sorted_tables:
            rows = [repr(tuple(row)) for row in await conn.execute(select(table))]
            raw = "".join(rows)
            found = [form for form in hidden if form in raw or repr(form.encode())[2:-1] in raw]
            assert found == [], f"{table.name} shows {found}"
    assert (await complaint(world)).comment == "师傅没来\n等了三天没人管"


async def test_our_answers_too_fall_silent_for_who_must_not_be_contacted(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed())
    await world.run()
    async with database.write() as conn:
        await conn.execute(update(customers).values(do_not_contact=True))
    assert await world.says(PHONE, "1") == ()
    await world.run()
    assert (await complaint(world)).rating == 1


async def test_deadlines_unmet_are_overdue(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1")
    await world.run()
    found = await complaint(world)
    assert overdue(found, found.respond_by - timedelta.resolution) == []
    assert overdue(found, found.respond_by) == ["respond"]
    assert overdue(found, found.opened_at + 3 * HOURS) == ["respond", "resolve"]


async def test_who_opted_out_elsewhere_is_not_answered_though_a_question_is_open(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed())
    await world.run()
    stop = OptOut(channel="sms", at=NOON, how="agent", state=OptOutState.FINAL)
    async with database.write() as conn:
        await people.opt_out(conn, [(world.vault.index(PHONE), stop)])
    assert await world.says(PHONE, "5") == ()
    async with database.read() as conn:
        readings = [row.reading for row in await conn.execute(select(inbound.c.reading))]
    assert readings == ["opted_out"]
