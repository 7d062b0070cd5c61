"""Events of requests in flight share commits, and nobody is promised what cannot be kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from kernel.engine import Database, open_database
from kernel.faults import Unavailable
from surveys.tables import invitations
from tests.fakes.outside import until, wire
from tests.fakes.world import NOON, closed, make_world
from tickets.gathering import Gathering
from tickets.intake import read_event
from tickets.model import Event, Refused
from tickets.ports import Follower, News
from tickets.service import Intake, Taken
from tickets.tables import closures, events

SOON = timedelta(seconds=0.3)


@pytest.fixture
def intake(database: Database) -> Intake:
    return make_world(database).intake


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """Another process's way to the same database."""
    opened = open_database(database_url)
    yield opened
    await opened.close()


def event(number: int, **changes: Any) -> Event:
    facts = {"ticket": f"T-{number}", "customer": f"C-{number}", **changes}
    read = read_event(closed(number, **facts), NOON)
    assert not isinstance(read, Refused)
    return read


def ids(numbers: Sequence[int]) -> list[str]:
    return sorted(f"evt-{number}" for number in numbers)


async def kept(database: Database) -> list[str]:
    async with database.read() as conn:
        return sorted(await conn.scalars(select(events.c.id)))


async def plans(database: Database) -> int:
    async with database.read() as conn:
        return int(await conn.scalar(select(func.count()).select_from(invitations)) or 0)


@asynccontextmanager
async def stuck(other: Database, number: int = 1) -> AsyncIterator[None]:
    """Somebody writes the event `number` and does not come to an end."""
    async with other.engine.connect() as conn, conn.begin() as transaction:
        row = {"source": "/tickets", "id": f"evt-{number}", "type": "x"}
        await conn.execute(insert(events).values(**row, time=NOON, received_at=NOON))
        try:
            yield
        finally:
            await transaction.rollback()


@dataclass(frozen=True, kw_only=True)
class Refusing:
    """A follower that cannot take one event."""

    behind: Follower
    id: str

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        if any(item.event.envelope.id == self.id for item in news):
            raise IntegrityError("INSERT", {}, Exception("a value no column holds"))
        await self.behind.on_news(conn, news, now)


@dataclass(frozen=True, kw_only=True)
class Away:
    """A follower whose database goes away at one event."""

    behind: Follower
    id: str

    async def on_news(self, conn: AsyncConnection, news: Sequence[News], now: datetime) -> None:
        if any(item.event.envelope.id == self.id for item in news):
            raise ConnectionError("away")
        await self.behind.on_news(conn, news, now)


def refusing(intake: Intake, id: str) -> Intake:
    return replace(intake, follower=Refusing(behind=intake.follower, id=id))


async def test_an_answer_is_given_after_the_commit(intake: Intake, other: Database) -> None:
    gathering = Gathering(intake=intake)
    assert await gathering.take([event(1)], NOON) == Taken(accepted=("evt-1",), duplicates=())
    assert await kept(other) == ["evt-1"]
    assert await plans(other) == 1
    assert await gathering.take([event(1)], NOON) == Taken(accepted=(), duplicates=("evt-1",))


async def test_an_empty_batch_is_answered_without_a_transaction(intake: Intake) -> None:
    commits: list[None] = []
    intake.database.listeners.append(lambda told: commits.append(None))
    assert await Gathering(intake=intake).take([], NOON) == Taken(accepted=(), duplicates=())
    assert commits == []


async def test_who_comes_while_one_is_committed_shares_the_next(intake: Intake) -> None:
    gathering = Gathering(intake=intake)
    commits: list[None] = []
    intake.database.listeners.append(lambda told: commits.append(None))
    first = asyncio.create_task(gathering.take([event(0)], NOON))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the first is under way
    rest = await asyncio.gather(*(gathering.take([event(n)], NOON) for n in range(1, 50)))
    assert (await first).accepted == ("evt-0",)
    assert [item.accepted for item in rest] == [(f"evt-{n}",) for n in range(1, 50)]
    assert len(commits) == 2
    assert await plans(intake.database) == 50


async def test_one_event_told_fifty_times_at_once_to_two_replicas_is_accepted_once(
    intake: Intake, other: Database
) -> None:
    pair = [Gathering(intake=intake), Gathering(intake=make_world(other).intake)]
    told = await asyncio.gather(*(pair[n % 2].take([event(1)], NOON) for n in range(50)))
    assert sum(len(item.accepted) for item in told) == 1
    assert sum(len(item.duplicates) for item in told) == 49
    assert await plans(other) == 1


async def test_twenty_events_of_one_closing_told_at_once_to_two_replicas_plan_once(
    intake: Intake, other: Database
) -> None:
    pair = [Gathering(intake=intake), Gathering(intake=make_world(other).intake)]
    same = [event(1, event=f"other-{n}") for n in range(20)]
    told = await asyncio.gather(*(pair[n % 2].take([same[n]], NOON) for n in range(20)))
    assert all(len(item.accepted) == 1 for item in told)
    assert await plans(other) == 1


async def test_an_event_that_cannot_be_kept_fails_nobody_else(intake: Intake) -> None:
    gathering = Gathering(intake=refusing(intake, "evt-2"))
    batches = [[event(0)], [event(1)], [event(2)], [event(3), event(4)]]
    with capture_logs() as logged:
        told = await asyncio.gather(*(gathering.take(batch, NOON) for batch in batches))
    assert [item.accepted for item in told] == [("evt-0",), ("evt-1",), (), ("evt-3", "evt-4")]
    assert [refused.id for item in told for refused in item.refused] == ["evt-2"]
    assert [line["id"] for line in logged if line["event"] == "intake.poison"] == ["evt-2"]
    assert await kept(intake.database) == ids([0, 1, 3, 4])


async def test_of_one_request_the_event_that_cannot_be_kept_is_named(intake: Intake) -> None:
    gathering = Gathering(intake=refusing(intake, "evt-2"))
    with capture_logs():
        told = await gathering.take([event(1), event(2), event(3)], NOON)
    assert told.accepted == ("evt-1", "evt-3")
    [refused] = told.refused
    assert (refused.id, refused.path) == ("evt-2", "event")
    assert "IntegrityError" in refused.reason


async def test_a_caller_who_goes_away_changes_nothing_for_the_others(
    intake: Intake, other: Database
) -> None:
    gathering = Gathering(intake=intake)
    async with stuck(other):
        tasks = [asyncio.create_task(gathering.take([event(1)], NOON))]
        await asyncio.sleep(0.05)
        tasks += [asyncio.create_task(gathering.take([event(n)], NOON)) for n in (2, 3, 4)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()  # under way
        tasks[2].cancel()  # waiting
        await asyncio.sleep(0)
    left = [await tasks[n] for n in (1, 3)]
    assert [item.accepted for item in left] == [("evt-2",), ("evt-4",)]
    assert await kept(other) == ids([1, 2, 4])


async def test_more_than_may_wait_is_refused_at_once_and_taken_later(
    intake: Intake, other: Database
) -> None:
    gathering = Gathering(intake=intake, most_waiting=3)
    async with stuck(other):
        waiting = [asyncio.create_task(gathering.take([event(n)], NOON)) for n in (1, 2, 3)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="too many") as refused:
            await gathering.take([event(4)], NOON)
        assert int(refused.value.headers["Retry-After"]) > 0
    await asyncio.gather(*waiting)
    assert await kept(other) == ids([1, 2, 3])
    assert (await gathering.take([event(4)], NOON)).accepted == ("evt-4",)


async def test_a_database_too_slow_is_told_to_senders_and_recovered_from(
    intake: Intake, other: Database
) -> None:
    gathering = Gathering(intake=intake, patience=SOON)
    loop = asyncio.get_running_loop()
    async with stuck(other):
        began = loop.time()
        with pytest.raises(Unavailable, match="in time"):
            await gathering.take([event(1)], NOON)
        assert loop.time() - began < 5
        with pytest.raises(Unavailable, match="in time"):
            await gathering.take([event(2)], NOON)
    await gathering.close()
    # It was under way when its sender was told to come again.
    assert (await gathering.take([event(1), event(2)], NOON)).duplicates == ("evt-1",)
    assert await kept(other) == ids([1, 2])


async def test_a_database_that_goes_away_refuses_at_once_and_comes_back_by_itself(
    postgresql_url: str,
) -> None:
    address = urlsplit(postgresql_url)
    async with wire(address.port or 5432) as line:
        database = open_database(postgresql_url.replace(f":{address.port}", f":{line.port}"))
        gathering = Gathering(intake=make_world(database).intake)
        await gathering.take([event(1)], NOON)
        await line.cut()
        for number in (2, 3):
            async with asyncio.timeout(5):
                with pytest.raises(Unavailable):
                    await gathering.take([event(number)], NOON)
        await line.mend()

        async def taken_again() -> bool:
            try:
                return bool((await gathering.take([event(4)], NOON)).accepted)
            except Unavailable:
                return False

        await until(taken_again, "the database back")
        assert await kept(database) == ids([1, 4])
        await database.close()


async def test_a_number_beyond_64_bits_is_kept_with_its_event(intake: Intake) -> None:
    taken = await Gathering(intake=intake).take([event(1, meter=10**30)], NOON)
    assert taken.accepted == ("evt-1",)


async def test_many_events_are_kept_side_by_side_and_each_ticket_s_in_one_commit(
    intake: Intake, other: Database
) -> None:
    commits: list[None] = []
    intake.database.listeners.append(lambda told: commits.append(None))
    later = NOON + timedelta(minutes=5)
    told = [event(n, cycle=None) for n in range(60)]
    told += [event(n, cycle=None, event=f"again-{n}", at=later) for n in range(60)]
    told += [event(7), event(99, event="evt-3"), event(60)]
    outcomes = await intake.settle(told, later)
    assert outcomes == [True] * 120 + [False, False, True]
    assert len(commits) == (1 if intake.database.writer else 2)
    assert await plans(other) == 121
    async with other.read() as conn:
        query = select(closures.c.ticket, closures.c.cycle).order_by(closures.c.closed_at)
        cycles = {(row.ticket, row.cycle) for row in await conn.execute(query)}
    assert cycles == {(f"T-{n}", cycle) for n in range(60) for cycle in (1, 2)} | {("T-60", 1)}


async def test_where_one_of_two_commits_fails_all_is_told_again_and_kept_once(
    intake: Intake,
) -> None:
    away = replace(intake, follower=Away(behind=intake.follower, id="evt-5"))
    told = [event(n) for n in range(120)]
    with pytest.raises(ConnectionError):
        await away.settle(told, NOON)
    before = await kept(intake.database)
    assert "evt-5" not in before
    outcomes = await intake.settle(told, NOON)
    assert outcomes == [item.envelope.id not in before for item in told]
    assert await kept(intake.database) == ids(range(120))
    assert await plans(intake.database) == 120
