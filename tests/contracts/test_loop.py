"""One closed ticket goes all the way round, on both databases, with scripted neighbours."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from callbacks import store as complaints
from channels import ledger
from channels.errors import SendError, SendErrorKind
from channels.model import Channel, ContactState
from kernel import journal
from kernel.engine import Database
from surveys import store as surveys
from surveys.model import InvitationState
from surveys.programs import Match, Program, Repeat
from tests.fakes.world import NOON, World, closed, make_world, told
from tickets import store as tickets
from tickets.ports import Declined, DeskError

PHONE = "+8613800138000"
HOURS = timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)


async def kinds(world: World, ticket: str = "T-1001") -> list[str]:
    async with world.database.read() as conn:
        return [entry.kind for entry in await journal.of_ticket(conn, "/tickets", ticket)]


async def state(world: World, ticket: str = "T-1001") -> list[tuple[InvitationState, str | None]]:
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", ticket)]))["/tickets", ticket]
    return [(item.state, item.reason) for item in found]


async def reopens(world: World, ticket: str = "T-1001") -> int:
    async with world.database.read() as conn:
        found = await tickets.ticket_with_closures(conn, "/tickets", ticket)
    assert found is not None
    return found[0].reopens


async def test_a_low_answer_reopens_the_ticket(world: World) -> None:
    await world.tell(closed())
    await world.run()
    assert world.carrier.sent == []
    await world.after(2 * HOURS)
    [text] = world.carrier.texts(PHONE)
    assert text.startswith("【示例电信】工单T-1001已处理")
    [question] = await world.says(PHONE, "1")
    assert "解决" in question
    await world.run()
    [order] = world.desk.orders
    assert (order.ticket, order.score, order.rating, order.question) == (
        "T-1001",
        20.0,
        1,
        "satisfaction",
    )
    assert await reopens(world) == 1
    [asks] = await world.says(PHONE, "2")
    assert "很抱歉" in asks
    world.desk.script.append(DeskError("away"))
    [thanks] = await world.says(PHONE, "师傅没来,晚上还是断线")
    assert "感谢" in thanks
    await world.run()
    await world.after(timedelta(seconds=1))
    [lost, noted] = world.desk.remarks  # said after the order, it follows as a note
    assert lost == noted
    assert (noted.ticket, noted.comment) == ("T-1001", "师傅没来,晚上还是断线")
    assert noted.key != order.key
    assert await state(world) == [(InvitationState.COMPLETED, None)]
    async with world.database.read() as conn:
        found = await complaints.of_tickets(conn, world.vault, [("/tickets", "T-1001")])
    [complaint] = found["/tickets", "T-1001"]
    assert complaint.comment == "师傅没来,晚上还是断线"
    assert complaint.reopen == "accepted"
    story = await kinds(world)
    order_told = [
        "ticket.closed",
        "decision",
        "contact.sent",
        "invitation.invited",
        "reply.received",
        "answer.recorded",
        "response.low",
        "complaint.registered",
        "ticket.reopened_by_us",
        "complaint.comment_added",
    ]
    places = [story.index(kind) for kind in order_told]
    assert places == sorted(places)


async def test_a_content_customer_is_thanked_and_nothing_reopens(world: World) -> None:
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.says(PHONE, "非常满意")
    [end] = await world.says(PHONE, "解决了")
    assert "感谢" in end
    await world.run()
    assert world.desk.orders == []
    assert await state(world) == [(InvitationState.COMPLETED, None)]


async def test_the_same_closure_told_many_ways_plans_once(world: World) -> None:
    same = [closed()] * 3 + [closed(event=f"other-{number}") for number in range(20)]
    taken = await asyncio.gather(*(world.tell(document) for document in same))
    assert sum(len(item.accepted) for item in taken) == 21
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == 1
    assert len(await state(world)) == 1


async def test_a_second_closing_without_a_cycle_is_another_closure_and_meets_the_cap(
    world: World,
) -> None:
    await world.tell(closed(cycle=None))
    await world.after(2 * HOURS)
    later = NOON + 3 * HOURS
    world.clock.advance(HOURS)
    await world.tell(closed(2, cycle=None, at=later), closed(3, cycle=None, at=later))
    await world.after(2 * HOURS)
    assert [item[0] for item in await state(world)] == [
        InvitationState.INVITED,
        InvitationState.SUPPRESSED,
    ]
    assert len(world.carrier.sent) == 1


async def test_reopened_before_the_send_sends_nothing(world: World) -> None:
    await world.tell(closed())
    await world.tell(told("reopened", event="evt-2", at=NOON + timedelta(minutes=5)))
    await world.after(24 * HOURS)
    assert world.carrier.sent == []
    assert await state(world) == [(InvitationState.CANCELLED, "reopened")]


async def test_a_ticket_closed_again_before_anybody_was_asked_is_asked_about_once(
    database: Database,
) -> None:
    once = Program(id="once", when=Match(team=("A",)), repeat=Repeat.ONCE_PER_TICKET)
    world = make_world(database, programs=(once, Program(id="each")))
    cases = [(team, together) for team in "AB" for together in (True, False)]
    names = [f"T-{number}" for number in range(len(cases))]
    for number, (team, together) in enumerate(cases):
        about: dict[str, Any] = {"ticket": names[number], "customer": f"C-{number}", "team": team}
        about["phone"] = f"+861380013800{number}"
        first, second = (f"{names[number]}-{cycle}" for cycle in (1, 2))
        back, again = NOON + timedelta(minutes=5), NOON + timedelta(minutes=9)
        news = [
            told("reopened", event=f"{first}-back", ticket=names[number], at=back),
            closed(event=second, cycle=2, at=again, **about),
        ]
        await world.tell(closed(event=first, **about))
        for some in [news] if together else [[each] for each in news]:
            await world.tell(*some)
    await world.after(3 * HOURS)
    for ticket in names:
        found = [item[0] for item in await state(world, ticket)]
        assert found == [InvitationState.CANCELLED, InvitationState.INVITED], ticket
    assert len(world.carrier.sent) == len(names)
    later = closed(event="T-0-3", ticket="T-0", customer="C-0", cycle=3, at=NOON + HOURS, team="A")
    await world.tell(later)
    assert len(await state(world, "T-0")) == 2


async def test_an_older_reopening_told_late_cancels_nothing(world: World) -> None:
    await world.tell(closed(at=NOON))
    await world.tell(told("reopened", event="evt-2", at=NOON - timedelta(minutes=5)))
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == 1


async def test_the_echo_of_our_own_reopening_changes_nothing(world: World) -> None:
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.says(PHONE, "1")
    await world.run()
    at = world.clock.now()
    await world.tell(told("reopened", event="echo", at=at))
    await world.says(PHONE, "2")
    await world.says(PHONE, "等了三天")
    await world.run()
    assert await state(world) == [(InvitationState.COMPLETED, None)]
    assert len(world.desk.orders) == 1


async def test_a_stop_word_wins_over_the_open_question(world: World) -> None:
    await world.tell(closed())
    await world.after(2 * HOURS)
    assert await world.says(PHONE, "退订") == ()
    assert await world.says(PHONE, "5") == ()
    assert await state(world) == [(InvitationState.CANCELLED, "opt_out")]
    await world.tell(closed(2, ticket="T-2"))
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == 1
    assert await state(world, "T-2") == [(InvitationState.SUPPRESSED, "opt_out")]


async def test_the_same_message_gets_the_same_answer(world: World) -> None:
    await world.tell(closed())
    await world.after(2 * HOURS)
    first = await world.says(PHONE, "1", sid="SMsame")
    again = await asyncio.gather(*(world.says(PHONE, "1", sid="SMsame") for _ in range(5)))
    assert set(again) == {first}
    await world.run()
    assert (await kinds(world)).count("answer.recorded") == 1


async def test_what_nobody_could_read_is_asked_again_twice_at_most(world: World) -> None:
    await world.tell(closed())
    await world.after(2 * HOURS)
    texts = [await world.says(PHONE, "4-5") for _ in range(4)]
    assert [len(item) for item in texts] == [1, 1, 1, 0]
    assert await state(world) == [(InvitationState.EXPIRED, "not_understood")]


async def test_night_is_waited_for(database: Database) -> None:
    world = make_world(database, start=NOON + 10 * HOURS)  # 22:00 in Shanghai
    await world.tell(closed(at=NOON + 10 * HOURS))
    await world.after(3 * HOURS)
    assert world.carrier.sent == []
    await world.after(9 * HOURS)
    assert len(world.carrier.sent) == 1
    assert "decision" in await kinds(world)


async def test_two_customers_who_share_a_number_are_asked_one_after_the_other(
    world: World,
) -> None:
    await world.tell(closed(1), closed(2, ticket="T-2", customer="C-2"))
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == 1


async def test_an_unsure_send_is_looked_up_and_not_repeated(world: World) -> None:
    world.carrier.lost.append(SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="lost"))
    await world.tell(closed())
    await world.after(2 * HOURS)
    assert await state(world) == [(InvitationState.PLANNED, None)]
    await world.after(timedelta(minutes=1))
    assert len(world.carrier.sent) == 1
    assert await state(world) == [(InvitationState.INVITED, None)]


async def test_a_send_that_is_proven_absent_goes_again_under_the_same_contact(
    world: World,
) -> None:
    world.carrier.script.append(SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="lost"))
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.after(timedelta(minutes=1))
    [message] = world.carrier.sent
    async with world.database.read() as conn:
        found = await ledger.load(conn, world.vault, [message.contact])
    assert (found[message.contact].state, found[message.contact].attempt) == (
        ContactState.SENT,
        2,
    )


async def test_a_reply_proves_that_we_asked(world: World) -> None:
    world.carrier.lost.append(SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="lost"))
    await world.tell(closed())
    await world.after(2 * HOURS)
    assert len(await world.says(PHONE, "5")) == 1
    await world.after(timedelta(minutes=5))
    assert len(world.carrier.sent) == 1


async def test_a_dead_number_tries_the_next_channel_at_once(database: Database) -> None:
    world = make_world(database, channels=(Channel.SMS, Channel.EMAIL))
    world.carrier.script.append(
        SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, code="21614", detail="no mobile")
    )
    await world.tell(closed(email="a@example.com"))
    await world.after(2 * HOURS)
    [mail] = world.carrier.sent
    assert mail.to == "a@example.com"
    assert mail.headers is not None
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert "T-1001" in mail.text
    assert "回T退订" not in mail.text


async def test_a_carrier_that_says_later_is_asked_later(world: World) -> None:
    pause = timedelta(minutes=7)
    world.carrier.script.append(
        SendError(SendErrorKind.LATER, retryable=True, code="20429", detail="", retry_after=pause)
    )
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.after(timedelta(minutes=6))
    assert world.carrier.sent == []
    await world.after(timedelta(minutes=2))
    assert len(world.carrier.sent) == 1


async def test_a_desk_that_does_not_answer_is_asked_again_under_the_same_key(
    world: World,
) -> None:
    world.desk.script.extend([DeskError("503"), DeskError("timeout")])
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.says(PHONE, "1")
    for _ in range(4):
        await world.after(timedelta(seconds=6))
    assert len(world.desk.orders) == 3
    assert len({order.key for order in world.desk.orders}) == 1
    assert await reopens(world) == 1


async def test_a_desk_that_refuses_is_asked_for_a_linked_ticket(world: World) -> None:
    world.desk.script.append(Declined(reason="desk answered 409"))
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.says(PHONE, "1")
    await world.run()
    assert [order.follow_up for order in world.desk.orders] == [False, True]
    assert [order.customer for order in world.desk.orders] == [None, "C-1"]
    assert await reopens(world) == 0
    async with world.database.read() as conn:
        found = await complaints.of_tickets(conn, world.vault, [("/tickets", "T-1001")])
    [complaint] = found["/tickets", "T-1001"]
    assert (complaint.reopen, complaint.follow_up) == ("follow_up", "T-NEW")


async def test_an_invitation_nobody_answers_expires(world: World) -> None:
    await world.tell(closed())
    await world.after(2 * HOURS)
    await world.after(8 * 24 * HOURS)
    assert await state(world) == [(InvitationState.EXPIRED, "unanswered")]
    [thanks] = await world.says(PHONE, "5")
    assert "已经结束" in thanks
    assert await world.says(PHONE, "5") == ()


async def test_a_wish_not_to_be_contacted_survives_closings_told_at_the_same_time(
    world: World,
) -> None:
    wish = {
        "specversion": "1.0",
        "id": "wish",
        "source": "/tickets",
        "type": "customer.preferences_changed",
        "time": NOON.isoformat(),
        "data": {"customer": {"id": "C-1", "preferences": {"do_not_contact": True}}},
    }
    later = [
        closed(number, ticket=f"T-{number}", at=NOON + timedelta(seconds=number))
        for number in range(1, 10)
    ]
    await asyncio.gather(*(world.tell(document) for document in (*later[:5], wish, *later[5:])))
    await world.after(3 * HOURS)
    assert world.carrier.sent == []
    assert await state(world, "T-9") == [(InvitationState.SUPPRESSED, "do_not_contact")]
