"""Replies in flight share a transaction, and each is read as if it had come alone."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger, store
from channels.answering import Answered
from channels.heard import Inbound
from channels.inbox import Inbox
from channels.model import Address, Channel
from channels.ports import Reply, Said
from channels.tables import inbound, opt_outs
from kernel.engine import Database
from kernel.faults import Unavailable
from scheduler.tables import jobs, notices
from surveys.conversation import SurveyConversation
from surveys.delivery import CONVERSATION
from surveys.programs import Program
from surveys.tables import answers, invitations
from tests.fakes.world import World, closed, make_world

AT_ONCE = (Program(id="default", delay=timedelta(0), reminders=()),)
FEW, MANY = 10, 36
STRANGER = "+8613700000000"
UNCLEAR = ("answer", "not_understood")


@pytest.fixture
async def world(database: Database) -> World:
    """A world in which some customers have just been asked."""
    made = make_world(database, programs=AT_ONCE)
    await ask(made, range(FEW))
    return made


async def ask(world: World, numbers: Sequence[int]) -> None:
    asked = [closed(n, ticket=f"T-{n}", customer=f"C-{n}", phone=phone(n)) for n in numbers]
    await world.tell(*asked)
    await world.run()
    assert len(world.carrier.sent) == max(numbers) + 1


def phone(number: int) -> str:
    return f"+86138001380{number:02d}"


def text(sid: str, sender: str, words: str) -> Inbound:
    return Inbound(id=sid, channel=Channel.SMS, sender=sender, text=words)


def said(world: World, numbers: Sequence[int], words: str = "4", sid: str = "SM") -> list[Inbound]:
    return [text(f"{sid}{number}", phone(number), words) for number in numbers]


async def at_once(
    inbox: Inbox, now: datetime, messages: Sequence[Inbound], apart: timedelta = timedelta(0)
) -> list[tuple[Answered, ...] | BaseException]:
    """What is answered to messages that all come while the first is read, so far apart."""
    first = asyncio.create_task(inbox.receive(messages[0], now))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the first is under way
    came: list[Awaitable[tuple[Answered, ...]]] = [first]
    came += [inbox.receive(each, now + n * apart) for n, each in enumerate(messages) if n]
    return await asyncio.gather(*came, return_exceptions=True)


async def readings(world: World) -> dict[str, tuple[str, str | None]]:
    async with world.database.read() as conn:
        rows = await conn.execute(select(inbound.c.id, inbound.c.reading, inbound.c.reason))
        return {row.id: (row.reading, row.reason) for row in rows}


async def values(world: World) -> list[int]:
    async with world.database.read() as conn:
        return list(await conn.scalars(select(answers.c.value)))


def commits(world: World) -> list[None]:
    counted: list[None] = []
    world.database.listeners.append(lambda told: counted.append(None))
    return counted


@dataclass(slots=True, kw_only=True)
class Failing(SurveyConversation):
    """Fails where one reply is among those it is told."""

    id: str = ""
    fault: Exception = field(default_factory=lambda: ValueError("poison"))
    told: list[int] = field(default_factory=list)  # how many replies, each time

    async def on_reply(
        self, conn: AsyncConnection, replies: Sequence[Reply], now: datetime
    ) -> Mapping[str, Said]:
        self.told.append(len(replies))
        if any(reply.id == self.id for reply in replies):
            raise self.fault
        # By its own name: a dataclass with slots is another class than the one `super` knows.
        return await SurveyConversation.on_reply(self, conn, replies, now)


def failing(world: World, sid: str, fault: Exception) -> tuple[Inbox, Failing]:
    conversation = world.inbox.conversations[CONVERSATION]
    assert isinstance(conversation, SurveyConversation)
    same = {each.name: getattr(conversation, each.name) for each in fields(conversation)}
    made = Failing(**same, id=sid, fault=fault)
    conversations = {**world.inbox.conversations, CONVERSATION: made}
    return replace(world.inbox, conversations=conversations), made


async def test_who_comes_while_one_is_read_shares_the_next_transaction_of_a_constant_size(
    world: World,
) -> None:
    counted = commits(world)
    statements: list[str] = []

    async def spent(numbers: Sequence[int], words: str, answers: int) -> int:
        """Statements that the second transaction takes, the first being that of the first."""
        before = len(counted)
        statements.clear()
        await at_once(world.inbox, world.clock.now(), said(world, numbers[:1], words, words))
        alone = len(statements)
        told = await at_once(world.inbox, world.clock.now(), said(world, numbers[1:], words, words))
        assert all(isinstance(each, tuple) and len(each) == answers for each in told)
        assert len(counted) - before == 3
        return len(statements) - alone * 2

    @event.listens_for(world.database.engine.sync_engine, "before_cursor_execute")
    def _note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    await ask(world, range(FEW, MANY))
    # Of the texts after the first, one is read by itself and the others after it, together.
    few = await spent(range(4), "4", 1)
    assert await spent(range(4, MANY), "4", 1) == few
    assert len(await values(world)) == MANY
    for words in ("STOP", "别再给我发短信了"):  # a word is certain, of a sentence a person is told
        few = await spent(range(4), words, 0)
        assert await spent(range(4, MANY), words, 0) == few
        async with world.database.write() as conn:
            await conn.execute(delete(opt_outs))


async def test_stops_in_flight_are_heard_together_before_what_their_senders_say_after_them(
    world: World,
) -> None:
    stops = ("STOP", "退订", "stop all", "please stop texting me", "TD")
    came = [text("SM0", phone(0), "4")]
    came += [text(f"SM{number}", phone(number), words) for number, words in enumerate(stops, 1)]
    came += [text("SM8", phone(8), "4"), text("SM9", phone(9), "5"), text("SM1-2", phone(1), "5")]
    counted = commits(world)
    told = await at_once(world.inbox, world.clock.now(), came)
    assert [len(each) for each in told if isinstance(each, tuple)] == [1, *[0] * 5, 1, 1, 0]
    assert len(counted) == 3  # the first; the stops; the others
    read = await readings(world)
    assert {read.pop(f"SM{number}") for number in range(1, 6)} == {("opt_out", None)}
    assert read.pop("SM1-2") == ("opted_out", "opted_out")
    assert set(read.values()) == {("answer", None)}
    async with world.database.read() as conn:
        rows = await conn.execute(select(opt_outs.c.proof, opt_outs.c.channel, opt_outs.c.state))
        kept = {row.proof: (row.channel, row.state) for row in rows}
        ended = await conn.scalars(
            select(invitations.c.ticket).where(invitations.c.reason == "opt_out")
        )
        assert set(ended) == {f"T-{number}" for number in range(1, 6)}
        found = await conn.scalars(select(notices.c.subject))
        assert list(found) == ["SM4"]
        said = await conn.scalars(select(jobs.c.key).where(jobs.c.kind == "event.publish"))
        news = {key.rpartition(":")[2] for key in said if "customer.opted_out" in key}
        assert news == {f"SM{number}" for number in range(1, 6)}
    assert kept == {
        "SM1": ("sms", "final"),
        "SM2": ("sms", "final"),
        "SM3": ("all", "final"),
        "SM4": ("sms", "provisional"),
        "SM5": ("sms", "final"),
    }


async def test_two_texts_of_one_number_are_read_in_order_and_copies_answered_the_same(
    world: World,
) -> None:
    ours = phone(0)
    came = [
        text("SM1", phone(1), "4"),
        text("SM0-1", ours, "1"),
        text("SM0-1", ours, "1"),
        text("SM0-2", ours, "3"),
        text("SM2", phone(2), "2"),  # read with the first of theirs, though it came after both
    ]
    counted = commits(world)
    told = await at_once(world.inbox, world.clock.now(), came, timedelta(seconds=1))
    assert told[1] == told[2] != told[3]
    assert all(isinstance(each, tuple) for each in told)
    assert len(counted) == 4  # the first; one of each number; the copy; what was said after it
    alone = make_world(world.database, programs=AT_ONCE)
    assert await alone.inbox.receive(came[1], world.clock.now()) == told[1]
    read = await readings(world)
    assert read.pop("SM0-2") == UNCLEAR  # as an answer to the second question
    assert read == dict.fromkeys(("SM1", "SM0-1", "SM2"), ("answer", None))
    assert sorted(await values(world)) == [1, 2, 4]
    async with world.database.read() as conn:
        rows = await conn.execute(select(inbound.c.id, inbound.c.at))
        kept = {row.id: row.at for row in rows}
    assert kept["SM0-1"] <= kept["SM0-2"]


async def test_two_numbers_in_one_thread_are_read_one_after_the_other(world: World) -> None:
    other = "+8613900139000"
    vault, now = world.vault, world.clock.now()
    async with world.database.write() as conn:
        ring, since = vault.indexes(phone(0)), now - timedelta(days=1)
        [asked] = await ledger.of_address(conn, vault, ring, since)
        where = Address(channel=Channel.SMS, value=other, index=vault.index(other))
        await store.add_addresses(conn, [where.index])
        await ledger.intend(conn, vault, [replace(asked, id="c_other", address=where)])
    came = [text("SM9", phone(9), "4"), text("SM0", phone(0), "1"), text("SMx", other, "5")]
    await at_once(world.inbox, now, came)
    assert (await readings(world))["SMx"] == UNCLEAR  # as an answer to the second question
    assert sorted(await values(world)) == [1, 4]


async def test_whatever_comes_among_answers_is_read_as_if_it_came_alone(world: World) -> None:
    # After the first: the stops; what asks nothing of us; the wish and the stranger, by themselves.
    counted = commits(world)
    came = [
        text("SM1", phone(1), "4"),
        text("SM2", phone(2), "STOP"),
        text("SM3", phone(3), "5"),
        text("SM4", STRANGER, "5"),
        text("SM5", phone(5), "请给我打电话"),
        text("SM6", phone(6), "[自动回复] 您好，我现在有事不在"),
        text("SM7", phone(2), "5"),
    ]
    told = await at_once(world.inbox, world.clock.now(), came)
    assert [len(each) for each in told if isinstance(each, tuple)] == [1, 0, 1, 0, 1, 0, 0]
    assert await readings(world) == {
        "SM1": ("answer", None),
        "SM2": ("opt_out", None),
        "SM3": ("answer", None),
        "SM4": ("unmatched", "stranger"),
        "SM5": ("call_me", None),
        "SM6": ("auto_reply", None),
        "SM7": ("opted_out", "opted_out"),
    }
    assert len(counted) == 5


async def test_a_reply_that_cannot_be_read_fails_nobody_else(world: World) -> None:
    inbox, conversation = failing(world, "SM3", ValueError("poison"))
    told = await at_once(inbox, world.clock.now(), said(world, range(6)))
    assert [number for number, each in enumerate(told) if isinstance(each, ValueError)] == [3]
    assert sum(isinstance(each, tuple) and len(each) == 1 for each in told) == 5
    assert sorted(await readings(world)) == ["SM0", "SM1", "SM2", "SM4", "SM5"]
    assert conversation.told == [1, 5, 1, 1, 1, 1, 1]
    # It comes again, and is read.
    [again] = said(world, [3])
    assert len(await world.inbox.receive(again, world.clock.now())) == 1


async def test_where_the_database_is_away_everybody_is_told_to_come_again(world: World) -> None:
    inbox, conversation = failing(world, "SM3", ConnectionError("away"))
    told = await at_once(inbox, world.clock.now(), said(world, range(6)))
    away = [each for each in told if isinstance(each, Unavailable)]
    assert len(away) == 5
    assert all(int(each.headers["Retry-After"]) > 0 for each in away)
    assert conversation.told == [1, 5]  # nobody was tried alone
    assert sorted(await readings(world)) == ["SM0"]


async def test_a_number_that_was_given_up_is_alive_again_once_somebody_texts_from_it(
    world: World,
) -> None:
    index = world.vault.index(phone(3))
    async with world.database.write() as conn:
        await store.mark_dead(conn, [index], Channel.SMS.value)
    await world.inbox.receive(text("SM3", phone(3), "4"), world.clock.now())
    async with world.database.write() as conn:
        row = (await store.lock_addresses(conn, [index]))[index]
    assert (row.dead, row.dead_channel) == (False, None)
