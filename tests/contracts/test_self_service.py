"""What a customer says by text about being contacted takes effect at once; nothing else does."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import ledger
from channels import store as people
from channels.errors import SendError, SendErrorKind
from channels.model import Channel, MessageClass, Person, Words
from channels.ports import Accepted, Message, Wanted
from channels.service import Choice, Stop, Stops
from channels.tables import inbound
from kernel import journal
from kernel.engine import Database
from surveys import store as surveys
from surveys.conversation import SurveyConversation
from surveys.model import Invitation, InvitationState
from surveys.programs import Program
from tests.fakes.world import NOON, World, closed, make_world

PHONE, OTHER = "+8613800138000", "+8613800138009"
BRITISH = "+447700900123"
HOURS = timedelta(hours=1)
DAYS = timedelta(days=1)
AT_ONCE = (Program(id="default", delay=timedelta(0)),)


async def person(world: World, customer: str = "C-1") -> Person:
    async with world.database.read() as conn:
        found = await people.load_people(conn, world.vault, [("/tickets", customer)])
    return found["/tickets", customer]


async def paused_for(world: World, customer: str = "C-1") -> timedelta:
    """The pause in whole minutes, for the world's clock goes on."""
    until = (await person(world, customer)).paused_until
    assert until is not None
    minute = timedelta(minutes=1)
    return round((until - world.clock.now()) / minute) * minute


async def invitation(world: World, ticket: str = "T-1001") -> Invitation:
    async with world.database.read() as conn:
        found = await surveys.invitations_of(conn, [("/tickets", ticket)])
    return found["/tickets", ticket][-1]


async def kinds(world: World, ticket: str = "T-1001") -> list[str]:
    async with world.database.read() as conn:
        return [entry.kind for entry in await journal.of_ticket(conn, "/tickets", ticket)]


async def readings(world: World) -> list[str]:
    async with world.database.read() as conn:
        rows = await conn.execute(select(inbound.c.reading).order_by(inbound.c.id))
    return [row.reading for row in rows]


@pytest.fixture
async def world(database: Database) -> World:
    """A customer who has just been asked."""
    made = make_world(database, programs=AT_ONCE)
    await made.tell(closed())
    await made.run()
    return made


async def test_pause_holds_everything_back_and_says_until_when(world: World) -> None:
    [answer] = await world.says(PHONE, "暂停7天")
    assert "2026年11月27日12:0" in answer
    assert "START" in answer
    assert await paused_for(world) == 7 * DAYS
    world.clock.advance(timedelta(days=40))  # past the caps: the pause alone is looked at
    await world.says(PHONE, "PAUSE 3")
    await world.tell(closed(2, ticket="T-2", at=world.clock.now()))
    await world.run()
    sent = len(world.carrier.sent)
    await world.after(3 * DAYS - HOURS)
    assert len(world.carrier.sent) == sent
    await world.after(2 * HOURS)
    assert len(world.carrier.sent) == sent + 1
    assert "preferences.changed" in await kinds(world)


async def test_a_pause_concerns_everybody_with_the_number_and_nobody_else(world: World) -> None:
    await world.tell(
        closed(2, ticket="T-2", customer="C-2"),
        closed(3, ticket="T-3", customer="C-3", phone=OTHER),
    )
    await world.says(PHONE, "PAUSE")
    assert [await paused_for(world, name) for name in ("C-1", "C-2")] == [30 * DAYS] * 2
    assert (await person(world, "C-3")).paused_until is None


async def test_an_open_question_may_still_be_answered_during_a_pause(world: World) -> None:
    await world.says(PHONE, "PAUSE")
    assert len(await world.says(PHONE, "5")) == 1
    assert (await invitation(world)).state is InvitationState.IN_PROGRESS


async def test_start_ends_a_pause_and_a_stop(world: World) -> None:
    await world.says(PHONE, "PAUSE")
    assert await world.says(PHONE, "退订") == ()
    assert await world.says(PHONE, "PAUSE 7") == ()  # kept, and not answered: they opted out
    assert await paused_for(world) == 7 * DAYS
    await world.says(PHONE, "START")
    assert (await person(world)).paused_until is None
    async with world.database.read() as conn:
        assert await people.opt_outs_of(conn, [world.vault.index(PHONE)]) == {}


async def test_a_pause_by_a_stranger_changes_nothing_and_is_not_answered(world: World) -> None:
    assert await world.says(OTHER, "PAUSE 7") == ()
    assert (await person(world)).paused_until is None
    assert await world.says(OTHER, "LATER") == ()
    assert await readings(world) == ["unmatched", "unmatched"]


async def test_what_one_says_shortens_nobody_elses_pause(world: World) -> None:
    await world.tell(closed(2, ticket="T-2", customer="C-2"))
    await choose(world, "C-2", paused_until=world.clock.now() + 20 * DAYS)
    await world.says(PHONE, "PAUSE 7")
    assert [await paused_for(world, name) for name in ("C-1", "C-2")] == [7 * DAYS, 20 * DAYS]
    await world.says(PHONE, "PAUSE 3")  # their own they may shorten
    assert [await paused_for(world, name) for name in ("C-1", "C-2")] == [3 * DAYS, 20 * DAYS]
    await world.says(PHONE, "PAUSE 40")
    assert [await paused_for(world, name) for name in ("C-1", "C-2")] == [40 * DAYS] * 2
    await world.says(PHONE, "START")
    assert (await person(world)).paused_until is None
    assert await paused_for(world, "C-2") == 40 * DAYS


async def test_start_is_noted_only_where_it_ended_something(world: World) -> None:
    [asked_again] = await world.says(PHONE, "START")
    assert "5" in asked_again, "nothing was held back: it is a reply like any other"
    assert "opt_in.recorded" not in await kinds(world)
    await world.says(PHONE, "PAUSE 7")
    await world.says(PHONE, "START")
    assert (await kinds(world)).count("opt_in.recorded") == 1
    await world.says(PHONE, "STOP")
    await world.says(PHONE, "START")
    await world.says(PHONE, "START")
    assert (await kinds(world)).count("opt_in.recorded") == 2


async def test_help_is_in_the_chosen_language_and_not_for_whom_we_must_leave_alone(
    world: World,
) -> None:
    [chinese] = await world.says(PHONE, "HELP")
    await choose(world, locale="en")
    [english] = await world.says(PHONE, "HELP")
    assert "暂停" in chinese
    assert "PAUSE" in english
    await choose(world, do_not_contact=True)
    assert await world.says(PHONE, "HELP") == ()
    assert (await readings(world))[-1] == "help"


async def test_the_same_pause_told_twice_by_the_carrier_is_answered_the_same(world: World) -> None:
    first = await world.says(PHONE, "PAUSE 7", sid="SM1")
    until = (await person(world)).paused_until
    world.clock.advance(HOURS)
    assert await world.says(PHONE, "PAUSE 7", sid="SM1") == first
    assert (await person(world)).paused_until == until


async def test_we_speak_as_the_customer_does(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE, start=NOON + 6 * HOURS)
    event = closed(phone=BRITISH)
    event["data"]["customer"] |= {"locale": "en", "timezone": "Europe/London"}
    await world.tell(event)
    await world.run()
    [later] = await world.says(BRITISH, "Later")
    [pause] = await world.says(BRITISH, "Pause 2 weeks")
    assert "ask again" in later
    assert "4 December 2026, 10:0" in pause


async def test_later_asks_once_more_a_day_on_and_is_no_answer(world: World) -> None:
    asked = len(world.carrier.texts(PHONE))
    [answer] = await world.says(PHONE, "稍后")
    assert "再问您" in answer
    found = await invitation(world)
    assert (found.state, found.asked) == (InvitationState.INVITED, 0)
    await world.after(23 * HOURS)
    assert len(world.carrier.texts(PHONE)) == asked
    await world.after(2 * HOURS)
    texts = world.carrier.texts(PHONE)
    assert len(texts) == asked + 1
    assert texts[-1] == texts[0]
    await world.says(PHONE, "later")  # the second time there is nothing more to come
    await world.after(3 * DAYS)
    assert len(world.carrier.texts(PHONE)) == asked + 1
    assert len(await world.says(PHONE, "5")) == 1
    assert (await kinds(world)).count("question.postponed") == 2
    async with world.database.read() as conn:
        past = await ledger.of_thread(conn, world.vault, found.id)
    assert [one.message_class for one in past].count(MessageClass.REMINDER) == 1


async def test_who_answers_before_the_day_is_over_is_not_asked_again(world: World) -> None:
    await world.says(PHONE, "LATER")
    await world.says(PHONE, "5")
    await world.says(PHONE, "1")
    await world.after(2 * DAYS)
    assert len(world.carrier.texts(PHONE)) == 1


async def test_who_has_paused_is_promised_no_question_within_the_pause(world: World) -> None:
    await world.says(PHONE, "PAUSE 3")
    [answer] = await world.says(PHONE, "稍后")
    assert "再问您" not in answer
    await world.after(2 * DAYS)
    assert len(world.carrier.texts(PHONE)) == 1


async def test_who_stops_after_later_is_not_asked_again(world: World) -> None:
    await world.says(PHONE, "LATER")
    await world.says(PHONE, "T")
    await world.after(2 * DAYS)
    assert len(world.carrier.texts(PHONE)) == 1


async def test_later_costs_one_of_the_contacts_that_a_program_allows(database: Database) -> None:
    once = (Program(id="default", delay=timedelta(0), max_contacts=1),)
    world = make_world(database, programs=once)
    await world.tell(closed())
    await world.run()
    [answer] = await world.says(PHONE, "稍后再说")
    assert "再问您" not in answer
    await world.after(3 * DAYS)
    assert len(world.carrier.texts(PHONE)) == 1
    assert len(await world.says(PHONE, "5")) == 1


async def test_later_does_not_outlive_the_invitation(database: Database) -> None:
    short = (Program(id="default", delay=timedelta(0), expires_after=20 * HOURS),)
    world = make_world(database, programs=short)
    await world.tell(closed())
    await world.run()
    await world.says(PHONE, "later")
    await world.after(3 * DAYS)
    assert len(world.carrier.texts(PHONE)) == 1


async def test_later_without_an_open_survey_is_set_aside(world: World) -> None:
    await world.says(PHONE, "5")
    await world.says(PHONE, "1")
    assert await world.says(PHONE, "LATER") == ()
    assert (await readings(world))[-1] == "unmatched"
    assert (await kinds(world))[-1] == "reply.set_aside"


async def test_a_sentence_with_later_in_it_is_an_answer(world: World) -> None:
    await world.says(PHONE, "稍后再说吧,这次不满意")
    assert "question.postponed" not in await kinds(world)


async def stop(world: World, channel: str = "sms", customer: str = "C-1") -> bool:
    """An agent records what the customer said on the phone."""
    stops = Stops(vault=world.vault, conversations=world.inbox.conversations)
    wish = Stop(
        source="/tickets",
        customer=customer,
        thread=None,
        channel=channel,
        how="on the phone",
        proof="recording 7",
        by="front desk",
    )
    return await world.database.transact(lambda conn: stops.record(conn, wish, world.clock.now()))


async def test_a_stop_between_two_attempts_ends_the_trying(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    world.carrier.script = [SendError(SendErrorKind.LATER, retryable=True)]
    await world.tell(closed())
    await world.run()
    assert await stop(world)
    await world.after(2 * DAYS)
    assert world.carrier.sent == []
    found = await invitation(world)
    assert (found.state, found.reason) == (InvitationState.CANCELLED, "opt_out")
    entries = await kinds(world)
    assert entries.count("opt_out.recorded") == 1


class _Stopping:
    """A carrier that is busy; while it says so, somebody opts out."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked = 0

    async def send(self, message: Message) -> Accepted:
        self.asked += 1
        await stop(self.world)
        raise SendError(SendErrorKind.LATER, retryable=True)

    async def find(self, message: Message, known: frozenset[str]) -> Accepted | None:
        return None


async def test_a_stop_while_the_carrier_thinks_ends_the_trying(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    carrier = _Stopping(world)
    world.delivery.carriers = {Channel.SMS: carrier}
    await world.tell(closed())
    await world.run()
    await world.after(2 * DAYS)
    assert carrier.asked == 1


@dataclass(slots=True, kw_only=True)
class _Watched(SurveyConversation):
    """Ends surveys, and meanwhile has somebody else try to lock an address."""

    database: Database
    address: bytes
    others: list[asyncio.Task[None]]
    got_it: bool = False

    async def on_opt_out(
        self, conn: AsyncConnection, threads: Sequence[str], now: datetime
    ) -> None:
        other = asyncio.create_task(self._lock())
        self.others.append(other)
        done, _ = await asyncio.wait({other}, timeout=0.3)
        self.got_it = bool(done)
        await SurveyConversation.on_opt_out(self, conn, threads, now)

    async def _lock(self) -> None:
        async with self.database.write() as conn:
            await people.lock_addresses(conn, [self.address])


async def test_who_stops_mails_holds_the_number_as_well_before_anything_is_ended(
    database: Database,
) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed(email="li@example.test"))
    await world.run()
    told = world.inbox.conversations["survey"]
    assert isinstance(told, SurveyConversation)
    watched = _Watched(
        vault=world.vault,
        brand=told.brand,
        public_url=told.public_url,
        secret_keys=told.secret_keys,
        database=database,
        address=world.vault.index(PHONE),
        others=[],
    )
    world.inbox.conversations = {"survey": watched}
    assert await stop(world, "email")
    assert len(watched.others) == 1
    assert not watched.got_it  # a reply would now hold the number, and wait for the survey
    await asyncio.wait_for(watched.others[0], timeout=10)
    assert (await invitation(world)).state is InvitationState.CANCELLED
    async with database.read() as conn:
        found = await people.opt_outs_of(conn, [world.vault.index(PHONE)])
    assert found == {}


async def test_a_stop_covers_every_address_of_the_customer(database: Database) -> None:
    world = make_world(database, programs=AT_ONCE)
    await world.tell(closed(email="li@example.test"))
    assert await stop(world, "all")
    assert not await stop(world, "sms")  # covered already
    ring = [world.vault.index(value) for value in (PHONE, "li@example.test")]
    async with world.database.read() as conn:
        found = await people.opt_outs_of(conn, ring)
    assert [[one.channel for one in found[ix]] for ix in ring] == [["all"], ["all"]]
    assert {one.proof for stops in found.values() for one in stops} == {"recording 7"}


async def choose(world: World, customer: str = "C-1", **wishes: Any) -> None:
    choice = Choice(source="/tickets", customer=customer, wishes=wishes, how="api", by="a desk")
    await world.database.transact(
        lambda conn: Stops(vault=world.vault, conversations=world.inbox.conversations).choose(
            conn, choice, world.clock.now()
        )
    )


async def test_choices_and_events_at_once_lose_nothing(world: World) -> None:
    at = world.clock.now()
    events = [
        closed(number, ticket=f"T-{number}", at=at + timedelta(seconds=number))
        for number in range(2, 8)
    ]
    for event in events:
        event["data"]["customer"] |= {"locale": "fr", "timezone": "Europe/Paris", "tier": "vip"}
    work: list[Awaitable[Any]] = [world.tell(event) for event in events]
    work += [choose(world, locale="en"), choose(world, channels=("email", "sms"))]
    work += [choose(world, window=("10:00", "12:00")), choose(world, timezone="Asia/Urumqi")]
    work += [world.says(PHONE, "PAUSE 7")]
    await asyncio.gather(*work)
    known = await person(world)
    assert (known.locale, known.channels, known.window, known.timezone, known.tier) == (
        "en",
        ("email", "sms"),
        ("10:00", "12:00"),
        "Asia/Urumqi",
        "vip",
    )
    assert known.paused_until is not None


def changed(at: datetime, **customer: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"changed-{at.isoformat()}",
        "source": "/tickets",
        "type": "customer.preferences_changed",
        "time": at.isoformat(),
        "data": {"customer": {"id": "C-1", **customer}},
    }


async def test_a_choice_yields_to_a_later_change_of_preferences_alone(world: World) -> None:
    await choose(world, locale="en", channels=("email",))
    world.clock.advance(HOURS)
    event = closed(2, ticket="T-2", at=world.clock.now())
    event["data"]["customer"]["preferences"] = {"channels": ["voice"]}
    await world.tell(event, changed(NOON - HOURS, locale="fr", preferences={"channels": ["sms"]}))
    known = await person(world)
    assert (known.locale, known.channels) == ("en", ("email",))
    await world.tell(changed(world.clock.now(), locale="fr", preferences={"channels": ["sms"]}))
    known = await person(world)
    assert (known.locale, known.channels, known.own_locale) == ("fr", ("sms",), "fr")


async def test_a_survey_is_planned_in_the_language_that_was_chosen(world: World) -> None:
    await choose(world, locale="en")
    await world.tell(closed(2, ticket="T-2", at=world.clock.now()))
    assert (await invitation(world, "T-2")).locale == "en"


async def test_what_goes_out_is_in_the_language_chosen_since_it_was_planned(
    database: Database,
) -> None:
    world = make_world(database)
    await world.tell(closed())
    item = await invitation(world)
    wanted = Wanted(
        contact="c_1",
        thread=item.id,
        message_class=MessageClass.INVITATION,
        name=None,
        locale="en-GB",
    )
    conversation = world.inbox.conversations["survey"]
    async with database.write() as conn:
        words = (await conversation.compose(conn, [wanted], world.clock.now()))["c_1"]
    assert isinstance(words, Words)
    assert (words.locale, words.text.isascii()) == ("en", True)
    assert (await invitation(world)).locale == "en"


async def test_a_conversation_goes_on_in_the_language_chosen_meanwhile(world: World) -> None:
    await choose(world, locale="en")
    [answer] = await world.says(PHONE, "5")
    assert "?" in answer
    assert (await invitation(world)).locale == "en"
    assert answer.removeprefix("【示例电信】").isascii()
