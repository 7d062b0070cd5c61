"""Complaints from the low score to their end, on both databases, with scripted neighbours."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from callbacks import store as complaints
from callbacks.model import (
    Circumstances,
    ClockKind,
    Complaint,
    ComplaintClass,
    ComplaintRules,
    ComplaintState,
    Telling,
)
from callbacks.tables import complaints as complaint_rows
from callbacks.web import ComplaintDesk
from channels.errors import SendError, SendErrorKind
from channels.model import Channel
from kernel import journal
from kernel.endpoint import Call, Role
from kernel.engine import Database
from kernel.faults import Conflict
from scheduler import notices
from scheduler.notices import Item
from surveys import store as surveys
from tests.fakes.world import World, closed, make_world, told
from tickets.ports import Declined

PHONE = "+8613800138000"
ALL = ("1", "2", "晚上断线")  # every question answered
MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database, channels=(Channel.SMS, Channel.EMAIL))


async def complain(world: World, words: Sequence[str] = ("1",), **facts: Any) -> None:
    """A ticket is closed, its customer asked, and answers with a low score."""
    await world.tell(closed(at=world.clock.now(), **facts))
    await world.after(2 * HOURS)
    for said in words:
        await world.says(PHONE, said)
    await world.run()


async def the_one(world: World, ticket: str = "T-1001") -> Complaint:
    async with world.database.read() as conn:
        found = await complaints.of_tickets(conn, world.vault, [("/tickets", ticket)])
    [item] = found["/tickets", ticket]
    return item


async def step(
    world: World,
    name: str,
    *,
    rules: ComplaintRules | None = None,
    patience: timedelta = timedelta(0),
    **body: Any,
) -> dict[str, Any]:
    desk = ComplaintDesk(
        database=world.database,
        vault=world.vault,
        rules=lambda: rules or ComplaintRules(),
        patience=patience,
    )
    call = Call(
        now=world.clock.now(),
        path={"id": (await the_one(world)).id},
        query={},
        body=body,
        raw=b"",
        headers={},
        url="",
        remote="",
        form=(),
        actor="desk-key",
        role=Role.AGENT,
    )
    answer = await getattr(desk, name)(call)
    found: dict[str, Any] = answer.body
    return found


async def board(world: World, kind: str) -> list[Item]:
    async with world.database.read() as conn:
        return (await notices.listed(conn, kind=kind))[0]


async def story(world: World, prefix: str = "complaint.") -> list[str]:
    async with world.database.read() as conn:
        entries = await journal.of_ticket(conn, "/tickets", "T-1001")
    return [entry.kind for entry in entries if entry.kind.startswith(prefix)]


async def escalations(world: World) -> list[tuple[str, str]]:
    async with world.database.read() as conn:
        entries = await journal.of_ticket(conn, "/tickets", "T-1001")
    return [
        (entry.detail["deadline"], entry.detail["role"])
        for entry in entries
        if entry.kind == "complaint.escalated"
    ]


async def test_nobody_acknowledges_and_it_climbs_until_somebody_does(world: World) -> None:
    await complain(world)
    item = await the_one(world)
    assert (item.owner, item.classed) == ("A-7", "default")
    await world.after(15 * MINUTES - timedelta(seconds=1))
    assert await escalations(world) == []
    await world.after(timedelta(seconds=1))
    [notice] = await board(world, "complaint.escalated")
    assert (notice.roles, notice.round) == (("team_lead",), 1)
    await world.after(15 * MINUTES)
    await world.after(15 * MINUTES)
    climbed = [("respond", "team_lead"), ("respond", "manager"), ("respond", "manager")]
    assert await escalations(world) == climbed
    [notice] = await board(world, "complaint.escalated")
    assert (notice.roles, notice.round) == (("manager",), 3)
    await step(world, "acknowledge", by="A-9")
    [notice] = await board(world, "complaint.escalated")
    assert notice.acknowledged_by == "A-9"
    await world.after(45 * MINUTES)
    assert await escalations(world) == climbed


async def test_what_is_done_in_time_never_escalates(world: World) -> None:
    await complain(world)
    await world.after(10 * MINUTES)
    await step(world, "acknowledge", by="A-9")
    await step(world, "start")
    await world.after(80 * MINUTES)
    await step(world, "resolve", how="换了光猫")
    await step(world, "tell", text="已更换光猫,并减免本月费用")
    await world.run()
    shown = await step(world, "close")
    assert shown["state"] == "closed"
    await world.after(24 * HOURS)
    assert await escalations(world) == []
    assert await board(world, "complaint.escalated") == []


async def test_an_unresolved_one_climbs_until_the_notice_is_acknowledged(world: World) -> None:
    await complain(world)
    await step(world, "acknowledge", by="A-9")
    await world.after(2 * HOURS)
    await world.after(2 * HOURS)
    first = [("resolve", "team_lead"), ("resolve", "manager")]
    assert [each for each in await escalations(world) if each[0] == "resolve"] == first
    async with world.database.write() as conn:
        for item in (await notices.listed(conn, standing=True))[0]:
            await notices.acknowledge(conn, item.id, "boss", "key", world.clock.now())
    await world.after(2 * HOURS)
    await world.after(2 * HOURS)
    assert [each for each in await escalations(world) if each[0] == "resolve"] == first


async def test_a_desk_that_closes_at_once_is_no_recovery(world: World) -> None:
    await complain(world)
    await world.tell(closed(2, cycle=2, at=world.clock.now()))
    await world.run()
    assert (await the_one(world)).state is ComplaintState.REGISTERED
    [notice] = await board(world, "complaint.closed_unacknowledged")
    assert notice.ticket == "T-1001"
    await world.tell(closed(3, event="again", cycle=2, at=world.clock.now()))
    await world.run()
    assert len(await board(world, "complaint.closed_unacknowledged")) == 1


@pytest.mark.parametrize("steps", [["acknowledge"], ["acknowledge", "start"]])
async def test_the_next_closing_resolves_and_asks_once_whether_it_is_settled(
    world: World, steps: list[str]
) -> None:
    await complain(world, ALL)
    for name in steps:
        body: dict[str, Any] = {"by": "A-9"} if name == "acknowledge" else {}
        await step(world, name, **body)
    await world.tell(closed(2, cycle=2, at=world.clock.now()))
    await world.run()
    item = await the_one(world)
    assert item.state is ComplaintState.RESOLVED
    # A system that closes it once more meanwhile takes nothing from that question.
    await world.tell(closed(3, cycle=3, at=world.clock.now() + MINUTES))
    await world.after(24 * HOURS)  # the cap on contacts; none on invitations
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", "T-1001")]))["/tickets", "T-1001"]
    assert [each.survey for each in found] == ["csat", "recovery", "recovery"]
    assert [each.reason for each in found][1] == "closed_again"
    assert len(world.carrier.texts(PHONE)) == 2
    await world.says(PHONE, "1")
    await world.run()
    assert len(world.desk.orders) == 1  # a second low goes to a person
    await world.tell(closed(4, cycle=4, at=world.clock.now()))
    await world.after(48 * HOURS)
    async with world.database.read() as conn:
        found = (await surveys.invitations_of(conn, [("/tickets", "T-1001")]))["/tickets", "T-1001"]
    assert [each.survey for each in found][3:] == ["csat"]


async def resolved(world: World, **facts: Any) -> None:
    await complain(world, ALL, **facts)
    await step(world, "acknowledge", by="A-9")
    await step(world, "start")
    await step(world, "resolve", how="换了光猫")


async def test_the_closing_of_a_linked_follow_up_resolves_its_complaint(world: World) -> None:
    world.desk.script.append(Declined(reason="410"))
    await complain(world, ALL)
    assert (await the_one(world)).follow_up == "T-NEW"
    await step(world, "acknowledge", by="A-7")
    # Another system's ticket of that name has nothing to do with it.
    other = closed(2, ticket="T-NEW", at=world.clock.now())
    await world.tell({**other, "source": "/other"})
    assert (await the_one(world)).state is ComplaintState.ACKNOWLEDGED
    await world.tell(closed(3, ticket="T-NEW", at=world.clock.now()))
    await world.run()
    assert (await the_one(world)).state is ComplaintState.RESOLVED


async def test_a_complaint_goes_on_with_the_ticket_that_its_own_went_up_in(world: World) -> None:
    await complain(world, ALL)
    await step(world, "acknowledge", by="A-7")

    def merged(ticket: str, into: str) -> dict[str, Any]:
        event = told("merged", event=f"e-{ticket}-{into}", ticket=ticket, at=world.clock.now())
        event["data"]["ticket"]["merged_into"] = into
        return event

    # Nobody had time to note where the first merger led when the next one was told.
    await world.tell(merged("T-1001", "T-2"), merged("T-2", "T-3"))
    await world.run()
    assert (await the_one(world)).follow_up == "T-3"
    # Nor here that the last one is closed, and that it went up in one where it came from.
    closing = closed(5, ticket="T-4", at=world.clock.now())
    await world.tell(merged("T-3", "T-4"), closing, merged("T-4", "T-3"))
    await world.run()
    item = await the_one(world)
    assert (item.follow_up, item.state) == ("T-4", ComplaintState.RESOLVED)
    assert (await story(world))[-4:] == ["complaint.followed"] * 3 + ["complaint.resolved"]


async def test_a_result_reaches_the_customer_and_only_then_it_is_told(world: World) -> None:
    await resolved(world)
    shown = await step(world, "tell", text="已更换光猫")
    assert shown["state"] == "resolved"
    with pytest.raises(Conflict) as refused:
        await step(world, "tell", text="再说一遍")
    assert refused.value.extra["possible"] == ["assign", "classify"]
    await world.run()
    text = world.carrier.texts(PHONE)[-1]
    assert text.startswith("【示例电信】")
    assert "T-1001" in text
    assert "已更换光猫" in text
    item = await the_one(world)
    assert (item.state, item.telling) == (ComplaintState.TOLD, Telling.SENT)
    assert await world.says(PHONE, "谢谢") == ()
    shown = await step(world, "close")
    assert (await story(world))[-6:] == [
        *("complaint.acknowledged", "complaint.started", "complaint.resolved"),
        *("complaint.telling", "complaint.told", "complaint.closed"),
    ]
    assert shown["history"][-1]["detail"]["by"] == "desk-key"
    by_kind = {each["kind"]: each["detail"] for each in shown["history"]}
    assert by_kind["complaint.resolved"]["how"] == "换了光猫"
    assert by_kind["complaint.telling"]["text"] == "已更换光猫"


async def test_telling_waits_a_moment_for_the_message_to_leave(world: World) -> None:
    await resolved(world)
    telling = asyncio.create_task(step(world, "tell", text="已更换光猫", patience=10 * MINUTES))
    while not telling.done():
        await world.run()
        await asyncio.sleep(0.01)
    assert (telling.result()["state"], telling.result()["telling"]) == ("told", "sent")
    assert (await step(world, "close"))["state"] == "closed"


async def test_telling_waits_as_long_as_it_says_and_no_longer(world: World) -> None:
    await resolved(world)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    shown = await step(world, "tell", text="已更换光猫", patience=timedelta(milliseconds=100))
    assert shown["telling"] == "going"
    assert 0.1 <= loop.time() - begun < 5


async def test_what_cannot_be_looked_at_again_is_answered_as_it_was_told(world: World) -> None:
    await resolved(world)
    telling = asyncio.create_task(step(world, "tell", text="已更换光猫", patience=10 * MINUTES))
    while "complaint.telling" not in await story(world):
        await asyncio.sleep(0.01)
    async with world.database.write() as conn:
        await conn.execute(delete(complaint_rows))
    assert (await telling)["telling"] == "going", "the step was taken: no 404"


async def test_by_mail_it_is_a_letter_in_the_customers_language(database: Database) -> None:
    world = make_world(database, channels=(Channel.SMS, Channel.EMAIL))
    await resolved(world, email="a@example.com")
    world.carrier.script.append(
        SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, code="21614", detail="no mobile")
    )
    await step(world, "tell", text="已更换光猫")
    await world.run()
    mail = world.carrier.sent[-1]
    assert (mail.to, mail.subject) == ("a@example.com", "示例电信：您反映的问题的处理结果")
    assert "已更换光猫" in mail.text
    assert (await the_one(world)).state is ComplaintState.TOLD


async def test_whom_no_message_reaches_a_person_calls_on(world: World) -> None:
    await resolved(world)
    await world.says(PHONE, "退订")
    await step(world, "tell", text="已更换光猫")
    await world.run()
    item = await the_one(world)
    assert (item.state, item.telling) == (ComplaintState.RESOLVED, Telling.FAILED)
    [notice] = await board(world, "complaint.not_told")
    assert notice.facts["reason"] == "opt_out"
    assert (await step(world, "close"))["state"] == "closed"


def legal() -> ComplaintRules:
    return ComplaintRules(
        classes=(
            ComplaintClass(
                id="legal",
                when=Circumstances(words=("律师",)),
                respond=5 * MINUTES,
                escalate_to=("manager",),
            ),
            ComplaintClass(id="vip", when=Circumstances(tags=("vip",)), clock=ClockKind.BUSINESS),
            ComplaintClass(),
        )
    )


async def test_words_that_come_later_move_it_to_their_class(database: Database) -> None:
    world = make_world(database, complaints=legal())
    await complain(world, ["1", "2"], team="NOC-2", agent={})
    before = await the_one(world)
    assert (before.classed, before.owner) == ("default", "NOC-2")
    await world.says(PHONE, "再不修我找律师")
    await world.run()
    item = await the_one(world)
    assert item.classed == "legal"
    assert item.respond_by == item.opened_at + 5 * MINUTES
    await world.after(5 * MINUTES)
    assert await escalations(world) == [("respond", "manager")]
    await world.after(5 * MINUTES)
    await world.after(5 * MINUTES)  # when the first class would have had its say
    assert await escalations(world) == [("respond", "manager")] * 3


async def test_a_class_chosen_by_hand_stays_and_sets_the_deadlines_anew(
    database: Database,
) -> None:
    world = make_world(database, complaints=legal())
    await complain(world, ["1", "2"], tags=["vip"])
    assert (await the_one(world)).classed == "vip"
    shown = await step(world, "classify", rules=legal(), classed="default")
    assert shown["class"] == "default"
    await world.says(PHONE, "我找律师")
    await world.run()
    item = await the_one(world)
    assert (item.classed, item.comment) == ("default", "我找律师")
    await world.after(15 * MINUTES)
    assert await escalations(world) == [("respond", "team_lead")]


async def test_what_agents_write_stands_in_no_journal(world: World) -> None:
    await resolved(world)
    await step(world, "tell", text="李四先生,已更换光猫")
    await world.run()
    async with world.database.read() as conn:
        entries = await journal.of_ticket(conn, "/tickets", "T-1001")
    said = "".join(str(dict(entry.detail)) for entry in entries)
    assert "光猫" not in said


async def test_they_are_listed_and_counted_by_what_is_unmet(world: World) -> None:
    await complain(world)
    opened: datetime = (await the_one(world)).opened_at
    later = opened + 3 * HOURS
    async with world.database.read() as conn:

        async def found(now: datetime, **more: Any) -> int:
            return len((await complaints.listed(conn, world.vault, now, **more))[0])

        assert await found(later, late=True) == 1
        assert await found(later, late=False) == 0
        assert await found(opened, late=True) == 0
        assert await found(opened, owner="A-7", state=ComplaintState.REGISTERED) == 1
        assert await found(opened, owner="A-8") == 0
        assert await complaints.counts(conn, later) == (
            {"registered": 1},
            {"respond": 1, "resolve": 1, "tell": 0},
        )


async def test_beyond_the_capacity_reopens_wait_for_room_the_oldest_and_worst_first(
    database: Database,
) -> None:
    world = make_world(database, complaints=ComplaintRules(capacity=1))
    phones = [f"+861380013800{number}" for number in range(3)]
    for number, phone in enumerate(phones):
        await world.tell(closed(number, ticket=f"T-{number}", customer=f"C-{number}", phone=phone))
    await world.after(2 * HOURS)
    await world.says(phones[0], "2")
    await world.run()
    await world.says(phones[1], "2")
    await world.says(phones[2], "1")
    await world.run()
    assert [order.ticket for order in world.desk.orders] == ["T-0"]
    [notice] = await board(world, "complaint.paced")
    assert (notice.roles, notice.round) == (("manager",), 1)
    await world.after(MINUTES)
    assert len(world.desk.orders) == 1
    async with world.database.write() as conn:
        [item] = await complaints.lock_open(conn, world.vault, [("/tickets", "T-0")])
        await complaints.save(conn, world.vault, [replace(item, state=ComplaintState.CLOSED)])
    await world.after(MINUTES)
    await world.after(5 * MINUTES)
    assert [order.ticket for order in world.desk.orders] == ["T-0", "T-2"]
    assert len(await board(world, "complaint.paced")) == 1
    assert (await the_one(world, "T-1")).reopen == "waiting"
