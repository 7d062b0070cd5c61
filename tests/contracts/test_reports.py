"""Scheduled reports: each period once whoever looks, caught up once, never sent twice by doubt."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, update

from channels.errors import SendError, SendErrorKind
from channels.ports import Accepted, Message
from channels.render import Brand, Render
from huifang.paths import templates
from huifang.reporting.schedule import QUEUED, SEND, SENDING, Scheduling
from huifang.reporting.sending import Reporting
from huifang.reporting.tables import report_mails
from huifang.rules import Rules
from huifang.ruleterms import Agent, PersonRole, ReportRule
from kernel.engine import Database, open_database
from kernel.journal import journal
from kernel.vault import open_vault
from scheduler import notices
from scheduler.clock import MovableClock
from scheduler.runner import Bell, Lane
from tests.fakes.world import NOON
from tests.fakes.year import year

DAY, HOURS = timedelta(days=1), timedelta(hours=1)
VAULT = open_vault([bytes(32)])
MANAGER, AGENT = "boss@example.com", "a7@example.com"
DAILY = ReportRule(id="daily", every="day", to=("manager",))
LOST = SendError(SendErrorKind.AMBIGUOUS, retryable=True, detail="TimeoutError", away=True)
AWAY = SendError(SendErrorKind.LATER, retryable=True, detail="no connection", away=True)
REFUSED = SendError(SendErrorKind.DEAD_ADDRESS, retryable=False, detail="refused")


@dataclass(slots=True, kw_only=True)
class Relay:
    """Takes mails; `script` answers the next ones with an error."""

    sent: list[Message] = field(default_factory=list)
    script: list[Exception] = field(default_factory=list)

    async def send(self, message: Message) -> Accepted:
        if self.script:
            raise self.script.pop(0)
        self.sent.append(message)
        return Accepted(carrier_id="<id>")

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        raise AssertionError("nobody asks a mail server for its list")


@dataclass(slots=True, kw_only=True)
class Office:
    """The duty and the lane that mails, with a clock to move."""

    database: Database
    clock: MovableClock
    relay: Relay
    reporting: Reporting
    lane: Lane

    async def look(self, now: datetime | None = None) -> None:
        """The duty, and whatever it has to be sent."""
        rules = self.reporting.rules
        await Scheduling(database=self.database, rules=lambda: rules)(now or self.clock.now())
        while await self.lane.step():
            pass

    async def after(self, span: timedelta) -> None:
        self.clock.advance(span)
        await self.look()

    async def states(self) -> dict[tuple[str, str], str]:
        of = report_mails.c
        async with self.database.read() as conn:
            rows = await conn.execute(select(of.period, of.locale, of.state))
        return {(row.period, row.locale): row.state for row in rows}

    async def board(self) -> list[tuple[str, object]]:
        async with self.database.read() as conn:
            items, _ = await notices.listed(conn, standing=True)
        return [(item.kind, item.facts["why"]) for item in items]


def office(
    database: Database,
    *reports: ReportRule,
    people: dict[str, PersonRole] | None = None,
    agents: Sequence[Agent] = (),
) -> Office:
    rules = Rules(
        people=people or {"manager": PersonRole(email=MANAGER)},
        agents=tuple(agents),
        reports=reports or (DAILY,),
    )
    relay, clock = Relay(), MovableClock(NOON)
    reporting = Reporting(
        database=database,
        vault=VAULT,
        render=Render(templates=templates(), brand=Brand()),
        rules=rules,
        mail=relay,
        public_url="https://care.example.com",
    )
    lane = Lane(
        name="reports",
        database=database,
        clock=clock,
        bell=Bell(),
        handlers={SEND.name: reporting},
    )
    return Office(database=database, clock=clock, relay=relay, reporting=reporting, lane=lane)


@pytest.fixture
async def embedded(sqlite_url: str) -> AsyncIterator[Database]:
    """What does not depend on the database is tried on one."""
    opened = open_database(sqlite_url)
    yield opened
    await opened.close()


async def test_a_report_that_is_new_begins_with_its_next_period_and_goes_out_once(
    database: Database,
) -> None:
    people = office(database)
    await people.look()
    assert people.relay.sent == []
    await people.after(19 * HOURS)  # 07:00 in Shanghai
    assert people.relay.sent == []
    await people.after(HOURS)
    [mail] = people.relay.sent
    assert (mail.to, mail.subject) == (MANAGER, "示例电信：daily 2026-11-20")
    for _ in range(3):
        await people.after(HOURS)
    assert people.relay.sent == [mail]
    assert await people.states() == {
        ("2026-11-19", "zh-CN"): "passed_over",
        ("2026-11-20", "zh-CN"): "sent",
    }


async def test_a_week_without_anybody_looking_is_caught_up_by_one_report(
    embedded: Database,
) -> None:
    people = office(embedded)
    await people.look()
    await people.after(7 * DAY)
    assert [mail.subject for mail in people.relay.sent] == ["示例电信：daily 2026-11-26"]
    await people.after(DAY)
    assert len(people.relay.sent) == 2


async def test_replicas_that_look_at_once_send_one_report(database: Database) -> None:
    people = office(database)
    await people.look()
    people.clock.advance(DAY)
    rules = people.reporting.rules
    duty = Scheduling(database=database, rules=lambda: rules)
    await asyncio.gather(*(duty(people.clock.now()) for _ in range(3)))
    await asyncio.gather(*(people.lane.step() for _ in range(3)))
    assert len(people.relay.sent) == 1


async def test_each_reader_gets_their_own_language_with_the_figures_of_the_api(
    database: Database,
) -> None:
    await year(database, VAULT, NOON, size=900)
    monthly = ReportRule(id="monthly", every="month", to=("manager", "A-7"))
    agents = [Agent(id="A-7", email=AGENT, locale="en")]
    people = office(database, monthly, agents=agents)
    await people.look(NOON - 31 * DAY)
    await people.look()
    english, chinese = sorted(people.relay.sent, key=lambda mail: mail.to)
    assert (english.to, chinese.to) == (AGENT, MANAGER)
    assert chinese.subject == "示例电信：monthly 2026-10"
    assert english.subject == "示例电信: monthly 2026-10"
    for words in ("== Overall ==", "Satisfied | ", "✗ missed", "== By team ==", "NOC-2 | "):
        assert words in english.text, english.text
    for words in ("== 总体 ==", "== 投诉挽回 ==", "== 未回访的原因 ==", "== 最差的意见 =="):
        assert words in chinese.text, chinese.text
    assert "/?from=2026-10-01&to=2026-10-31&tz=Asia%2FShanghai" in chinese.text
    assert chinese.html is not None
    assert chinese.html.count("<table width") == chinese.text.count("\n== ")
    [workbook] = chinese.attachments
    assert workbook.name == "huifang-2026-10.xlsx"
    with zipfile.ZipFile(BytesIO(workbook.content)) as book:
        assert "xl/worksheets/sheet2.xml" in book.namelist()


async def test_comments_are_masked_and_reading_them_is_audited(embedded: Database) -> None:
    await year(embedded, VAULT, NOON, size=900)
    people = office(embedded, replace(DAILY, id="m", every="month", team="NOC-2"))
    await people.look(NOON - 31 * DAY)
    await people.look()
    [mail] = people.relay.sent
    assert "（NOC-2）" in (mail.subject or "")
    assert "按班组" not in mail.text
    assert "13800138000" not in mail.text + str(mail.html)
    async with embedded.read() as conn:
        query = select(journal.c.actor).where(journal.c.kind == "comments.read")
        assert (await conn.execute(query)).scalars().all() == ["report m"]


async def test_a_relay_that_is_away_gets_the_report_when_it_is_back(embedded: Database) -> None:
    people = office(embedded)
    await people.look()
    people.relay.script = [AWAY, AWAY]
    await people.after(DAY)
    assert people.relay.sent == []
    assert await people.board() == []
    for _ in range(4):
        await people.after(timedelta(minutes=10))
    assert len(people.relay.sent) == 1


async def test_what_may_have_left_is_not_sent_again_and_a_person_is_told(
    embedded: Database,
) -> None:
    people = office(embedded)
    await people.look()
    people.relay.script = [LOST]
    await people.after(DAY)
    for _ in range(3):
        await people.after(HOURS)
    assert people.relay.sent == []
    assert await people.board() == [("report.unsure", "uncertain")]


async def test_who_dies_while_sending_leaves_no_second_mail(embedded: Database) -> None:
    people = office(embedded)
    await people.look()
    people.clock.advance(DAY)
    rules = people.reporting.rules
    await Scheduling(database=embedded, rules=lambda: rules)(people.clock.now())
    async with embedded.write() as conn:
        begun = update(report_mails).where(report_mails.c.state == QUEUED)
        await conn.execute(begun.values(state=SENDING))
    await people.look()
    assert people.relay.sent == []
    assert await people.board() == [("report.unsure", "uncertain")]
    await people.after(DAY)
    assert [mail.subject for mail in people.relay.sent] == ["示例电信：daily 2026-11-21"]


@pytest.mark.parametrize("why", ["no_mailbox", "no_mail_server", "refused"])
async def test_a_report_that_cannot_be_mailed_is_told_on_the_board(
    embedded: Database, why: str
) -> None:
    nobody = {"manager": PersonRole()}
    people = office(embedded, people=nobody if why == "no_mailbox" else None)
    await people.look()
    if why == "no_mail_server":
        people.reporting.mail = None
    people.relay.script = [REFUSED]
    await people.after(DAY)
    assert people.relay.sent == []
    assert await people.board() == [("report.unsent", why)]


async def test_a_report_taken_out_of_the_configuration_is_not_sent(embedded: Database) -> None:
    people = office(embedded)
    await people.look()
    people.clock.advance(DAY)
    rules = people.reporting.rules
    await Scheduling(database=embedded, rules=lambda: rules)(people.clock.now())
    people.reporting.rules = replace(rules, reports=())
    while await people.lane.step():
        pass
    assert people.relay.sent == []
    assert await people.board() == []
