"""What a person must be told: on the board at once and once, mailed once, until acknowledged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from callbacks.model import ComplaintClass, ComplaintRules
from channels import settling
from channels.errors import SendError, SendErrorKind
from channels.jobs import SEND
from channels.policy import DEFAULT
from channels.ports import Accepted, Message
from channels.render import Brand, Render
from channels.tables import contacts
from huifang.paths import templates
from huifang.ruleterms import PersonRole
from huifang.telling import MOST_AN_HOUR, Telling, mail_id
from kernel import cursors
from kernel.engine import Database
from kernel.journal import of_ticket
from scheduler import deadletters, notices
from scheduler import store as jobs
from scheduler.job import Job
from scheduler.notices import CUSTOMER_CARE, TELL, Item, Notice
from scheduler.runner import Bell, Lane
from surveys.programs import Program
from tests.fakes.world import NOON, World, closed, make_world
from tickets.ports import DeskError

PHONE = "+8613800138000"
HOURS, MINUTES, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
AT_ONCE = (Program(id="default", delay=timedelta(0)),)
LEAD, MANAGER = "lead@example.com", "manager@example.com"
PEOPLE = {"team_lead": PersonRole(email=LEAD), "manager": PersonRole(email=MANAGER)}
LOST = SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="TimeoutError", away=True)
AWAY = SendError(SendErrorKind.LATER, retryable=True, detail="no connection", away=True)
MATTER = Notice(kind="desk.silent", subject="k_1", source="/tickets", ticket="T-1")


@dataclass(slots=True, kw_only=True)
class Relay:
    """Takes mails; `script` refuses the next ones, `lost` after taking them."""

    sent: list[Message] = field(default_factory=list)
    script: list[SendError] = field(default_factory=list)
    lost: list[SendError] = field(default_factory=list)

    async def send(self, message: Message) -> Accepted:
        if self.script:
            raise self.script.pop(0)
        self.sent.append(message)
        if self.lost:
            raise self.lost.pop(0)
        return Accepted(carrier_id="<id>")

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        raise AssertionError("nobody asks a mail server for its list")


@dataclass(slots=True, kw_only=True)
class Staff:
    """A world, and the lane that mails its people."""

    world: World
    relay: Relay
    telling: Telling
    unmailed: Counter[str]

    async def raised(self, *found: Notice) -> set[str]:
        async with self.world.database.write() as conn:
            return await notices.raise_many(conn, found, self.world.clock.now())

    async def board(self, **asked: Any) -> list[Item]:
        async with self.world.database.read() as conn:
            items, _ = await notices.listed(conn, standing=True, **asked)
        return items

    async def acknowledged(self, item: str) -> Item | None:
        async with self.world.database.write() as conn:
            now = self.world.clock.now()
            return await notices.acknowledge(conn, item, "A-7", "key", now)


MONTH = timedelta(days=30)
#: Nobody is told of deadlines here.
PATIENT = ComplaintRules(classes=(ComplaintClass(respond=MONTH, resolve=MONTH, tell=MONTH),))


def staff(database: Database, people: dict[str, PersonRole] = PEOPLE, **more: Any) -> Staff:
    world = make_world(database, programs=AT_ONCE, complaints=PATIENT, **more)
    relay, unmailed = Relay(), Counter[str]()
    telling = Telling(
        database=database,
        render=Render(templates=templates(), brand=Brand()),
        people=people,
        mail=relay,
        public_url="https://care.example.com",
        count_unmailed=lambda reason: unmailed.update([reason]),
    )
    world.lanes.append(
        Lane(
            name=TELL.name,
            database=database,
            clock=world.clock,
            bell=Bell(),
            handlers={TELL.name: telling},
        )
    )
    return Staff(world=world, relay=relay, telling=telling, unmailed=unmailed)


def boxes(messages: Sequence[Message]) -> list[tuple[str, ...]]:
    return [(message.to, *message.also) for message in messages]


async def test_a_second_low_score_is_mailed_once_and_stands_until_acknowledged(
    database: Database,
) -> None:
    people = staff(database, rules=replace(DEFAULT, caps=()))
    world = people.world
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1")
    await world.run()
    assert await people.board() == []
    await world.after(26 * DAY)
    await world.tell(closed(event="again", cycle=2, at=world.clock.now()))
    await world.run()
    await world.says(PHONE, "2")
    await world.after(DAY)
    second = "complaint.needs_a_person"
    [item] = await people.board(kind=second)
    assert (item.kind, item.ticket) == (second, "T-1001")
    assert item.facts["reason"] == "reopened_before"
    assert (item.told, item.roles) == (("team_lead",), CUSTOMER_CARE)
    [mail] = [each for each in people.relay.sent if "需要人工处理" in (each.subject or "")]
    assert boxes([mail]) == [(LEAD,)]
    assert "T-1001" in (mail.subject or "")
    assert "A person must look at it" in mail.text
    assert "https://care.example.com/complaints" in mail.text
    assert PHONE not in mail.text
    # Programs that show HTML have the same in both languages, with a button to the board each.
    assert mail.html is not None
    assert mail.html.count('href="https://care.example.com/complaints"') == 2
    for said in ("需要人工处理", "A person must look at it", "T-1001", 'lang="en"', 'lang="zh-CN"'):
        assert said in mail.html
    assert PHONE not in mail.html
    taken = await people.acknowledged(item.id)
    assert taken is not None
    assert taken.acknowledged_by == "A-7"
    assert await people.acknowledged(item.id) is None
    assert await people.board(kind=second) == []
    async with database.read() as conn:
        story = [entry.kind for entry in await of_ticket(conn, "/tickets", "T-1001")]
    assert story[-2:] == ["notice.told", "notice.acknowledged"]


async def test_a_matter_is_one_item_however_often_it_is_told(database: Database) -> None:
    people = staff(database)
    daily = Notice(kind="carrier.misconfigured", subject="sms:1", again_after=DAY)
    assert await people.raised(MATTER, MATTER, daily) == {MATTER.id, daily.id}
    assert await people.raised(daily, MATTER) == set()
    await people.world.run()
    for matter in (MATTER, daily):
        await people.acknowledged(matter.id)
    people.world.clock.advance(DAY - MINUTES)
    assert await people.raised(MATTER, daily) == set()
    people.world.clock.advance(MINUTES)
    # What was settled is settled; what comes again a day later is news again, and mailed again.
    assert await people.raised(MATTER, daily) == {daily.id}
    await people.world.run()
    [item] = await people.board()
    assert (item.id, item.round, item.acknowledged_by) == (daily.id, 2, None)
    names = [mail.contact for mail in people.relay.sent]
    assert sorted(names) == sorted(
        [mail_id(MATTER.id, 1), mail_id(daily.id, 1), mail_id(daily.id, 2)]
    )


async def test_a_board_is_read_page_by_page_newest_first(database: Database) -> None:
    people = staff(database)
    found = [Notice(kind=f"k{number % 2}", subject=str(number)) for number in range(5)]
    for number, item in enumerate(found):
        if number != 3:  # two stand at the same instant
            people.world.clock.advance(MINUTES)
        await people.raised(item)
    await people.acknowledged(found[1].id)
    seen: list[str] = []
    after: cursors.Place | None = None
    while True:
        async with database.read() as conn:
            items, after = await notices.listed(conn, standing=True, after=after, limit=2)
        seen += [item.subject for item in items]
        after = cursors.read(cursors.write(after) or "")
        if after is None:
            break
    assert seen[0] == "4"
    assert sorted(seen) == ["0", "2", "3", "4"]
    assert seen[-1] == "0"
    assert [item.subject for item in await people.board(kind="k1")] == ["3"]
    async with database.read() as conn:
        assert await notices.counts(conn) == {"k0": 3, "k1": 1}
        done, _ = await notices.listed(conn, standing=False)
    assert [item.subject for item in done] == ["1"]


async def test_an_uncertain_mail_is_repeated_once_under_its_name_and_one_that_surely_never_left_is(
    database: Database,
) -> None:
    people = staff(database)
    people.relay.script += [AWAY] * 3
    people.relay.lost += [LOST] * 9
    await people.raised(MATTER)
    for _ in range(20):
        await people.world.after(15 * MINUTES)
    assert [mail.contact for mail in people.relay.sent] == [mail_id(MATTER.id, 1)] * 2
    assert people.unmailed == {"uncertain": 1}
    [item] = await people.board()
    assert (item.told_at, item.tries) == (None, 2)


async def test_where_nobody_can_be_mailed_the_matter_stands_on_the_board_all_the_same(
    database: Database,
) -> None:
    people = staff(database, {"team_lead": PersonRole(), "manager": PersonRole()})
    await people.raised(MATTER)
    await people.world.run()
    people.telling.people, people.telling.mail = PEOPLE, None
    await people.raised(Notice(kind="desk.silent", subject="k_2"))
    await people.world.run()
    assert people.unmailed == {"no_mailbox": 1, "no_mail_server": 1}
    assert len(await people.board()) == 2
    # Where the role it is for has no mailbox, whoever has one hears of it.
    people.telling.people = {"team_lead": PersonRole(), "manager": PersonRole(email=MANAGER)}
    people.telling.mail = people.relay
    await people.raised(Notice(kind="desk.silent", subject="k_3"))
    both = Notice(kind="x", subject="k_4", roles=("team_lead", "manager"))
    await people.raised(both)
    await people.world.run()
    people.telling.people = PEOPLE
    await people.raised(Notice(kind="x", subject="k_5", roles=("team_lead", "manager")))
    await people.world.run()
    assert boxes(people.relay.sent) == [(MANAGER,), (MANAGER,), (LEAD, MANAGER)]


async def test_a_flood_of_one_kind_is_mailed_in_part_and_listed_whole(database: Database) -> None:
    people = staff(database)
    await people.raised(*(Notice(kind="flood", subject=str(n)) for n in range(MOST_AN_HOUR + 5)))
    await people.raised(MATTER)
    await people.world.run()
    floods = [mail for mail in people.relay.sent if mail.contact != mail_id(MATTER.id, 1)]
    assert (len(floods), len(people.relay.sent)) == (MOST_AN_HOUR, MOST_AN_HOUR + 1)
    assert ["many of this kind" in mail.text for mail in floods].count(True) == 1
    assert people.unmailed == {"many": 5}
    assert len(await people.board(kind="flood")) == MOST_AN_HOUR + 5
    await people.world.after(2 * HOURS)
    await people.raised(Notice(kind="flood", subject="later"))
    await people.world.run()
    assert len(people.relay.sent) == MOST_AN_HOUR + 2


async def test_an_account_that_is_wrong_is_one_matter_for_all_its_contacts(
    database: Database,
) -> None:
    people = staff(database)
    world = people.world
    wrong = SendError(SendErrorKind.CONFIGURATION, retryable=True, code="21608")
    world.carrier.script += [wrong] * 6
    for number in range(3):
        one = closed(number, ticket=f"T-{number}", customer=f"C-{number}", phone=f"{PHONE}{number}")
        await world.tell(one)
    await world.run()
    await world.after(6 * MINUTES)
    [item] = await people.board()
    assert (item.kind, item.facts) == (
        "carrier.misconfigured",
        {"channel": "sms", "code": "21608"},
    )
    assert boxes(people.relay.sent) == [(LEAD, MANAGER)]


async def test_a_silent_desk_is_told_of_with_the_ticket_that_waits(database: Database) -> None:
    people = staff(database)
    world = people.world
    world.desk.script.extend([DeskError("503")] * 9)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "1")
    await world.run()
    await world.after(29 * MINUTES)
    assert await people.board() == []
    for _ in range(4):
        await world.after(10 * MINUTES)
    [item] = await people.board()
    assert (item.kind, item.ticket, item.source) == ("desk.silent", "T-1001", "/tickets")


async def test_a_probable_stop_waits_on_the_board_and_is_not_settled_from_there(
    database: Database,
) -> None:
    people = staff(database)
    world = people.world
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "请不要再给我发短信了")
    await world.says(PHONE, "请不要再给我发短信了！")
    await world.run()
    [item] = await people.board()
    assert (item.kind, item.ticket) == ("opt_out.provisional", "T-1001")
    assert item.facts == {"channel": "sms", "customer": "C-1"}
    await people.acknowledged(item.id)
    await world.tell(closed(event="next", ticket="T-2", at=world.clock.now()))
    await world.after(60 * DAY)
    assert len(world.carrier.sent) == 1


async def test_what_is_given_up_is_one_matter_a_kind_and_news_again_after_it_was_seen(
    database: Database,
) -> None:
    people = staff(database)
    now = people.world.clock.now()

    async def give_up(*keys: str) -> None:
        async with database.write() as conn:
            payload = {"source": "/tickets", "ticket": f"T-{keys[0]}"}
            job = Job(key="", kind="some.kind", due_at=now, payload=payload)
            await jobs.enqueue(
                conn, [Job(key=key, kind=job.kind, due_at=now, payload=payload) for key in keys]
            )
            held = await jobs.lease(
                conn, "some.kind", limit=9, now=now, lease_for=MINUTES, token=keys[0]
            )
            dead = {leased.job.key: (leased, "DeskError") for leased in held}
            await deadletters.bury(conn, dead, now)

    await give_up("a", "b", "c")
    await give_up("d")
    [item] = await people.board()
    assert (item.kind, item.subject, item.ticket) == ("deadletter.new", "some.kind", "T-a")
    assert item.facts == {"job": "some.kind", "key": "a", "error": "DeskError"}
    await people.acknowledged(item.id)
    await give_up("e")
    [item] = await people.board()
    assert (item.facts["key"], item.round) == ("e", 2)
    async with database.read() as conn:
        assert await deadletters.count(conn) == 5


async def test_an_unsure_contact_is_settled_beside_any_backlog_and_told_of_in_the_end(
    database: Database,
) -> None:
    people = staff(database)
    world = people.world
    await world.tell(closed())
    world.carrier.lost.append(LOST)
    await world.run()
    # An overdue backlog, and a carrier's account that has no room for any of it.
    world.lanes = [lane for lane in world.lanes if SEND.name not in lane.handlers]
    for number in range(2, 5):
        one = closed(number, ticket=f"T-{number}", customer=f"C-{number}", phone=f"{PHONE}{number}")
        await world.tell(one)
    async with database.read() as conn:
        [unsure], _ = await settling.unsure(conn)
    assert (unsure.ticket, unsure.channel, unsure.attempt) == ("T-1001", "sms", 1)
    await world.after(31 * timedelta(seconds=1))
    async with database.read() as conn:
        assert await settling.unsure(conn) == ([], None)
    assert len(world.carrier.sent) == 1
    assert await people.board() == []


async def test_a_contact_whose_fate_nobody_will_ever_know_is_told_of_with_its_ticket(
    database: Database,
) -> None:
    people = staff(database)
    world = people.world
    world.carrier.listable = False
    world.carrier.lost.append(LOST)
    await world.tell(closed())
    await world.run()
    await world.after(MINUTES)
    [item] = await people.board()
    assert (item.kind, item.source, item.ticket) == ("contact.unsettled", "/tickets", "T-1001")
    async with database.read() as conn:
        [unsure], more = await settling.unsure(conn, before=world.clock.now())
        assert await settling.unsure(conn, before=NOON) == ([], None)
    assert (item.facts["contact"], more) == (unsure.id, None)
    assert len(world.carrier.sent) == 1


async def test_what_was_put_off_and_is_then_not_wanted_any_more_waits_no_longer(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.carrier.script += [SendError(SendErrorKind.LATER, retryable=True, code="30001")] * 2
    for number in (1, 2):
        one = closed(number, ticket=f"T-{number}", customer=f"C-{number}", phone=f"{PHONE}{number}")
        await world.tell(one)
    await world.run()
    await world.says(f"{PHONE}1", "STOP")
    await world.after(8 * DAY)
    async with database.read() as conn:
        rows = (await conn.execute(select(contacts.c.state, contacts.c.error))).all()
    assert sorted((row.state, row.error) for row in rows) == [
        ("failed", "cancelled"),
        ("failed", "stale"),
    ]
