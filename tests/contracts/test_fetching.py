"""Closings that lack their customer: kept at once, completed by their system, never lost."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from kernel.engine import Database, open_database
from scheduler import notices
from scheduler.deadletters import listed
from scheduler.runner import Bell, Lane
from scheduler.store import lease
from surveys import store as surveys
from tests.fakes.world import NOON, ScriptedDesk, World, closed, make_world, told
from tickets import store as tickets
from tickets.completing import unfinished
from tickets.fetching import Fetching
from tickets.jobs import FETCH
from tickets.model import Unfinished
from tickets.ports import Declined, DeskError, Facts

PHONE = "+8613800138000"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LIN = Facts(ticket={"team": "NOC-2"}, customer={"id": "C-1", "phone": PHONE})


@dataclass(slots=True, kw_only=True)
class Book(ScriptedDesk):
    """A desk that knows customers; `answers` in turn, then the last one."""

    answers: list[Facts | Declined | DeskError] = field(default_factory=lambda: [LIN])
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def fetch(self, ticket: str, customer: str | None) -> Facts | Declined:
        self.asked.append((ticket, customer))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, DeskError):
            raise answer
        return answer


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The service with a desk that can be asked."""

    world: World
    book: Book
    fetching: Fetching

    async def tells(self, customer: str | None = "C-1", **changes: Any) -> tuple[str, ...]:
        """The ids taken as new of a closing without number and mailbox."""
        found = await self.fetching.keep(bare(customer, **changes), self.world.clock.now())
        assert set(found.accepted) ^ set(found.duplicates)
        return found.accepted

    async def status(self) -> str | None:
        async with self.world.database.read() as conn:
            found = await tickets.ticket_with_closures(conn, "/tickets", "T-1001")
        return found[0].status if found else None

    async def states(self) -> Sequence[str]:
        async with self.world.database.read() as conn:
            which = [("/tickets", "T-1001")]
            return [item.state for item in (await surveys.invitations_of(conn, which))[which[0]]]

    async def raised(self) -> dict[str, int]:
        async with self.world.database.read() as conn:
            return dict(await notices.counts(conn))


def bare(customer: str | None = "C-1", **changes: Any) -> Unfinished:
    document = closed(phone=None, cycle=None, team=None, **changes)
    document["data"]["customer"]["id"] = customer
    found = unfinished(document, NOON)
    assert isinstance(found, Unfinished)
    return found


def make_scene(database: Database) -> Scene:
    world, book = make_world(database), Book()
    fetching = Fetching(
        database=database,
        clock=world.clock,
        vault=world.vault,
        desk_of=lambda source: book if source == "/tickets" else None,
        intake=world.intake,
    )
    lane = Lane(
        name=FETCH.name,
        database=database,
        clock=world.clock,
        bell=Bell(),
        handlers={FETCH.name: fetching},
    )
    world.lanes.append(lane)
    return Scene(world=world, book=book, fetching=fetching)


@pytest.fixture
async def scene(sqlite_url: str) -> AsyncIterator[Scene]:
    database = open_database(sqlite_url)
    yield make_scene(database)
    await database.close()


@pytest.fixture
def either(database: Database) -> Scene:
    """On SQLite and on PostgreSQL."""
    return make_scene(database)


@pytest.mark.parametrize("customer", ["C-1", None])
async def test_what_a_closing_lacks_is_asked_for_and_the_survey_goes_out(
    scene: Scene, customer: str | None
) -> None:
    assert await scene.tells(customer) == ("evt-1",)
    assert await scene.status() is None
    await scene.world.run()
    assert scene.book.asked == [("T-1001", customer)]
    assert await scene.status() == "closed"
    await scene.world.after(2 * HOUR)
    assert len(scene.world.carrier.texts(PHONE)) == 1


async def test_told_again_it_is_a_duplicate_before_the_answer_and_after(either: Scene) -> None:
    assert await either.tells() == ("evt-1",)
    assert await either.tells() == ()
    await either.world.run()
    assert await either.tells() == ()
    assert len(either.book.asked) == 1
    await either.world.tell(closed(2, event="evt-1"))
    assert await either.states() == ["planned"]


async def test_a_system_that_is_away_is_asked_until_it_is_back(scene: Scene) -> None:
    away = DeskError("desk answered 503")
    scene.book.answers = [away, away, away, away, away, away, LIN]
    await scene.tells()
    await scene.world.run()
    await scene.world.after(MINUTE)
    assert await scene.raised() == {}
    await scene.world.after(10 * MINUTE)
    await scene.world.after(31 * MINUTE)
    assert await scene.raised() == {"fetch.silent": 1}
    assert await scene.status() is None
    for _ in range(4):
        await scene.world.after(2 * HOUR)
    assert await scene.status() == "closed"
    assert len(scene.world.carrier.texts(PHONE)) == 1


async def test_a_pause_it_asks_for_is_kept(scene: Scene) -> None:
    scene.book.answers = [DeskError("desk answered 429", retry_after=10 * MINUTE), LIN]
    await scene.tells()
    await scene.world.run()
    await scene.world.after(9 * MINUTE)
    assert len(scene.book.asked) == 1
    await scene.world.after(MINUTE)
    assert await scene.status() == "closed"


async def test_a_wrong_token_is_told_at_once_and_only_once(scene: Scene) -> None:
    scene.book.answers = [DeskError("desk answered 401", misconfigured=True)]
    for number in range(3):
        await scene.tells(event=f"evt-{number}", ticket=f"T-{number}")
    await scene.world.run()
    assert await scene.raised() == {"desk.misconfigured": 1}
    scene.book.answers = [LIN]
    await scene.world.after(2 * HOUR)
    assert len(scene.world.carrier.texts(PHONE)) == 1  # one open question at a time


async def test_a_closing_is_superseded_by_what_happened_while_its_system_was_asked(
    scene: Scene,
) -> None:
    scene.book.answers = [DeskError("desk answered 503"), LIN]
    await scene.tells()
    await scene.world.run()
    await scene.world.tell(told("reopened", event="evt-2", at=NOON + timedelta(milliseconds=1)))
    await scene.world.after(2 * HOUR)
    assert await scene.status() == "reopened"
    assert scene.world.carrier.sent == []


async def test_a_customer_nobody_knows_costs_the_closing_nothing_it_had(scene: Scene) -> None:
    scene.book.answers = [Declined(reason="gone")]
    await scene.tells()
    await scene.world.run()
    assert await scene.status() == "closed"


async def test_a_closing_without_any_customer_is_a_dead_letter_that_a_person_is_told_of(
    either: Scene,
) -> None:
    either.book.answers = [Declined(reason="gone")]
    await either.tells(None)
    await either.world.run()
    async with either.world.database.read() as conn:
        [dead] = await listed(conn)
    assert (dead.job.kind, dead.error) == ("ticket.fetch", "data.customer.id: needed")
    assert await either.raised() == {"deadletter.new": 1}


async def test_no_number_is_readable_in_what_waits(scene: Scene) -> None:
    document = closed(phone=None, email="lin.wei@example.com")
    found = unfinished(document, NOON)
    assert isinstance(found, Unfinished)
    await scene.fetching.keep(found, NOON)
    async with scene.world.database.write() as conn:
        [leased] = await lease(
            conn, FETCH.name, limit=1, now=NOON, lease_for=MINUTE, token="lease-1"
        )
    assert "lin.wei" not in str(leased.job.payload)


async def test_carried_out_twice_it_is_taken_in_once(either: Scene) -> None:
    await either.tells()
    now = either.world.clock.now()
    async with either.world.database.write() as conn:
        batch = await lease(conn, FETCH.name, limit=1, now=now, lease_for=MINUTE, token="lease-1")
    await either.fetching(batch, now)
    await either.fetching(batch, now)
    assert await either.states() == ["planned"]


async def test_a_desk_that_lets_nobody_in_is_told_at_once_and_the_order_waits(
    scene: Scene,
) -> None:
    world = scene.world
    await world.tell(closed())
    await world.after(2 * HOUR)
    world.desk.script.append(DeskError("desk answered 403", misconfigured=True))
    await world.says(PHONE, "1")
    await world.run()
    assert (await scene.raised())["desk.misconfigured"] == 1
    await world.after(MINUTE)
    assert [order.follow_up for order in world.desk.orders] == [False, False]
    async with world.database.read() as conn:
        found = await tickets.ticket_with_closures(conn, "/tickets", "T-1001")
    assert found is not None
    assert found[0].reopens == 1
