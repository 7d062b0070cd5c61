"""Every verb of the job store does what it says, on both databases and from many hands at once."""

import asyncio
import itertools
import json
import random
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import Database
from scheduler import deadletters, store, waiting
from scheduler.job import Job, Leased, Priority
from scheduler.tables import jobs
from tests.contracts import claimer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
KIND = "test.work"
ROOT = Path(__file__).resolve().parents[2]


def job(
    name: str | int,
    *,
    due_at: datetime = NOON,
    priority: Priority = Priority.NORMAL,
    kind: str = KIND,
) -> Job:
    return Job(
        key=f"{kind}:{name}", kind=kind, due_at=due_at, priority=priority, payload={"name": name}
    )


def many(count: int) -> list[Job]:
    return [job(f"{number:05d}") for number in range(count)]


def key(name: str | int) -> str:
    return f"{KIND}:{name}"


def keys(batch: list[Leased]) -> list[str]:
    return [leased.job.key for leased in batch]


async def put(database: Database, *wanted: Job) -> set[str]:
    async with database.write() as conn:
        return await store.enqueue(conn, wanted)


async def take(
    database: Database,
    *,
    kind: str = KIND,
    limit: int = 100,
    now: datetime = NOON,
    lease_for: timedelta = MINUTE,
) -> list[Leased]:
    async with database.write() as conn:
        return await store.lease(
            conn, kind, limit=limit, now=now, lease_for=lease_for, token=secrets.token_hex(16)
        )


async def finish(database: Database, *batch: Leased) -> set[str]:
    async with database.write() as conn:
        return await store.finish(conn, batch, NOON)


async def cancel(database: Database, *wanted: str) -> set[str]:
    async with database.write() as conn:
        return await store.cancel(conn, wanted, NOON)


async def retry(database: Database, leased: Leased, at: datetime, **more: Any) -> None:
    async with database.write() as conn:
        await store.retry(conn, [store.Again(leased=leased, at=at, **more)])


async def bury(database: Database, leased: Leased, why: str, now: datetime = NOON) -> None:
    async with database.write() as conn:
        await store.bury(conn, {leased.job.key: (leased, why)}, now)


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction that is rolled back at its end."""
    with suppress(ZeroDivisionError):
        async with database.write() as conn:
            yield conn
            raise ZeroDivisionError


async def rows(database: Database) -> dict[str, Any]:
    """The whole table by key."""
    async with database.read() as conn:
        return {row.key: row for row in await conn.execute(select(jobs))}


# --- enqueue --------------------------------------------------------------------------------------


async def test_a_job_comes_back_as_it_was_put_in(database: Database) -> None:
    wanted = Job(
        key="k",
        kind=KIND,
        due_at=NOON.astimezone(timezone(timedelta(hours=8))),
        not_after=NOON + timedelta(days=1, microseconds=7),
        priority=Priority.VIP,
        payload={"text": "回访“好”", "none": None, "deep": {"list": [1, 2.5, True]}},
    )
    assert await put(database, wanted) == {"k"}
    [leased] = await take(database)
    assert leased.job == wanted
    assert leased.job.due_at.tzinfo is UTC
    assert (leased.attempt, leased.leased_until) == (1, NOON + MINUTE)


async def test_a_key_known_before_is_left_as_it_is(database: Database) -> None:
    await put(database, job(1))
    assert await put(database, job(1, due_at=NOON + MINUTE), job(2)) == {key(2)}
    assert (await rows(database))[key(1)].due_at == NOON


async def test_the_same_key_twice_in_one_call_is_saved_once(database: Database) -> None:
    assert await put(database, job(1), job(1, due_at=NOON + MINUTE)) == {key(1)}
    assert (await rows(database))[key(1)].due_at == NOON


@pytest.mark.parametrize("end", [finish, cancel])
async def test_a_key_that_ended_is_not_saved_again(
    database: Database, end: Callable[..., Awaitable[set[str]]]
) -> None:
    await put(database, job(1))
    [leased] = await take(database)
    assert await end(database, leased if end is finish else key(1)) == {key(1)}
    assert await put(database, job(1)) == set()
    assert await take(database) == []


async def test_fifty_who_save_the_same_keys_at_once_save_each_once(database: Database) -> None:
    async def one(seed: int) -> set[str]:
        wanted = many(40)
        random.Random(seed).shuffle(wanted)
        return await put(database, *wanted)

    written = await asyncio.gather(*(one(seed) for seed in range(50)))
    assert sorted(each for some in written for each in some) == [each.key for each in many(40)]


async def test_a_rolled_back_transaction_leaves_no_job_and_no_lease(database: Database) -> None:
    await put(database, job(1))
    async with undone(database) as conn:
        await store.enqueue(conn, [job(2)])
        await store.lease(conn, KIND, limit=9, now=NOON, lease_for=MINUTE, token="t")
    [leased] = await take(database)
    assert (leased.job.key, leased.attempt) == (key(1), 1)


# --- lease ----------------------------------------------------------------------------------------


async def test_the_most_urgent_go_first_then_those_due_longest(database: Database) -> None:
    await put(
        database,
        job("late", due_at=NOON - MINUTE),
        job("vip", priority=Priority.VIP),
        job("later", due_at=NOON - 9 * MINUTE),
        job("call", priority=Priority.CALLBACK),
        job("recovery", priority=Priority.RECOVERY),
        job("old vip", priority=Priority.VIP, due_at=NOON - MINUTE),
    )
    first = await take(database, limit=3)
    assert keys(first) == [key("call"), key("recovery"), key("old vip")]
    assert keys(await take(database)) == [key("vip"), key("later"), key("late")]


async def test_a_limit_takes_those_due_longest(database: Database) -> None:
    await put(database, *(job(minutes, due_at=NOON - minutes * MINUTE) for minutes in range(9)))
    assert keys(await take(database, limit=2)) == [key(8), key(7)]
    assert keys(await take(database, limit=0)) == []


async def test_a_limit_holds_where_the_planner_thinks_the_table_nearly_empty(
    database: Database,
) -> None:
    await put(database, job("first"))
    async with database.write() as conn:
        await conn.execute(text("ANALYZE jobs"))
    await put(database, *many(30))
    assert len(await take(database, limit=1)) == 1
    assert len(await take(database, limit=2)) == 2


async def test_nothing_is_leased_before_it_is_due(database: Database) -> None:
    await put(database, job(1))
    assert await take(database, now=NOON - MOMENT) == []
    assert keys(await take(database, now=NOON)) == [key(1)]


async def test_only_the_kind_asked_for_is_leased(database: Database) -> None:
    await put(database, job(1), job(1, kind="test.other"))
    assert keys(await take(database, kind="test.other")) == ["test.other:1"]
    assert keys(await take(database)) == [key(1)]


async def test_what_is_leased_is_not_leased_again_until_the_lease_ends(database: Database) -> None:
    await put(database, job(1))
    [first] = await take(database)
    assert await take(database, now=first.leased_until - MOMENT) == []
    [second] = await take(database, now=first.leased_until)
    assert (second.job, second.attempt) == (first.job, 2)
    assert second.lease != first.lease


async def test_two_lessees_get_each_of_2000_jobs_exactly_once(database: Database) -> None:
    await put(database, *many(2_000))

    async def one() -> list[str]:
        got: list[str] = []
        while batch := await take(database, limit=70):
            assert len(batch) <= 70
            got.extend(keys(batch))
        return got

    first, second = await asyncio.gather(one(), one())
    assert sorted(first + second) == [each.key for each in many(2_000)]
    assert first
    assert second


async def test_three_processes_get_each_of_3000_jobs_exactly_once(
    database: Database, database_url: str
) -> None:
    await put(database, *many(3_000))
    async with asyncio.timeout(60):
        processes = [await _claimer(database_url) for _ in range(3)]
        for process in processes:
            assert process.stdout is not None
            assert (await process.stdout.readline()).decode().strip() == claimer.READY
        answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    claimed: list[list[str]] = [json.loads(out) for out, _ in answers]
    assert sorted(itertools.chain(*claimed)) == [each.key for each in many(3_000)]
    assert sum(bool(each) for each in claimed) >= 2


async def _claimer(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        claimer.__name__,
        url,
        KIND,
        NOON.isoformat(),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


# --- fencing --------------------------------------------------------------------------------------


async def test_an_old_lease_changes_nothing(database: Database) -> None:
    await put(database, job(1))
    [old] = await take(database)
    [new] = await take(database, now=old.leased_until)
    before = await rows(database)
    assert await finish(database, old) == set()
    await retry(database, old, NOON + MINUTE, error="late")
    await bury(database, old, "late")
    async with database.write() as conn:
        assert await store.extend(conn, [old], NOON + 9 * MINUTE) == set()
        assert await store.held(conn, [old, new]) == {key(1)}
        assert await store.held(conn, [old]) == set()
        assert await store.held(conn, [new, old]) == {key(1)}
    assert await rows(database) == before
    assert await finish(database, new) == {key(1)}


async def test_a_lease_does_not_speak_for_a_key_of_another_lease(database: Database) -> None:
    await put(database, job(1))
    [old] = await take(database)
    await put(database, job(2))
    new = {leased.job.key: leased for leased in await take(database, now=NOON + MINUTE)}
    assert set(new) == {key(1), key(2)}
    mixed = [old, new[key(2)]]
    async with database.write() as conn:
        assert await store.held(conn, mixed) == {key(2)}
        assert await store.unsettled(conn, mixed) == {key(2)}
        assert await store.extend(conn, mixed, NOON + 9 * MINUTE) == {key(2)}
        assert await store.finish(conn, mixed, NOON) == {key(2)}
    after = await rows(database)
    assert (after[key(1)].outcome, after[key(1)].run_at) == (None, NOON + 2 * MINUTE)


@pytest.mark.parametrize("verb", ["finish", "retry", "bury", "cancel"])
async def test_a_job_that_was_settled_is_settled_once(database: Database, verb: str) -> None:
    await put(database, job(1))
    [leased] = await take(database)
    match verb:
        case "finish":
            await finish(database, leased)
        case "retry":
            await retry(database, leased, NOON + MINUTE)
        case "bury":
            await bury(database, leased, "no use")
        case _:
            await cancel(database, key(1))
    before = await rows(database)
    assert await finish(database, leased) == set()
    await retry(database, leased, NOON + 5 * MINUTE, error="again")
    await bury(database, leased, "again")
    async with database.write() as conn:
        assert await store.extend(conn, [leased], NOON + 9 * MINUTE) == set()
        assert await store.held(conn, [leased]) == set()
        assert await store.unsettled(conn, [leased]) == set()
    assert await rows(database) == before


async def test_what_is_held_stays_ours_until_the_transaction_ends(database: Database) -> None:
    await put(database, job(1))
    [leased] = await take(database)
    async with asyncio.timeout(10):
        async with database.write() as conn:
            assert await store.held(conn, [leased]) == {key(1)}
            rival = asyncio.create_task(cancel(database, key(1)))
            await asyncio.sleep(0.05)
            assert not rival.done()
            assert await store.finish(conn, [leased], NOON) == {key(1)}
        assert await rival == set()
    assert (await rows(database))[key(1)].outcome == "done"


async def test_those_who_want_the_same_jobs_never_wait_in_a_ring(database: Database) -> None:
    wanted = many(400)
    for start in reversed(range(0, 400, 20)):  # so that the table's order is not that of the keys
        await put(database, *wanted[start : start + 20])
    batch = await take(database, limit=400, lease_for=timedelta(days=1))

    async def often(act: Callable[[Any], Awaitable[object]]) -> None:
        for _ in range(8):
            async with undone(database) as conn:
                await act(conn)

    dead = {leased.job.key: (leased, "no") for leased in reversed(batch)}
    again = [store.Again(leased=leased, at=NOON) for leased in reversed(batch)]
    async with asyncio.timeout(60):
        await asyncio.gather(
            often(lambda conn: store.held(conn, batch)),
            often(lambda conn: store.held(conn, batch[::-1])),
            often(lambda conn: store.cancel(conn, [each.key for each in wanted], NOON)),
            often(lambda conn: store.finish(conn, batch, NOON)),
            often(lambda conn: store.extend(conn, batch, NOON)),
            often(lambda conn: store.retry(conn, again)),
            often(lambda conn: store.bury(conn, dead, NOON)),
        )
    assert await finish(database, *batch) == {each.key for each in wanted}


# --- settling -------------------------------------------------------------------------------------


async def test_a_finished_job_is_over(database: Database) -> None:
    await put(database, job(1), job(2))
    batch = await take(database)
    async with database.write() as conn:
        assert await store.finish(conn, batch[:1], NOON, outcome="stale") == {key(1)}
        assert await store.unsettled(conn, batch) == {key(2)}
    row = (await rows(database))[key(1)]
    assert (row.done_at, row.outcome, row.lease) == (NOON, "stale", None)
    assert keys(await take(database, now=NOON + 9 * MINUTE)) == [key(2)]


async def test_two_who_finish_at_once_finish_once(database: Database) -> None:
    await put(database, *many(300))
    batch = await take(database, limit=300)
    ended = await asyncio.gather(finish(database, *batch), finish(database, *batch))
    assert sorted(map(len, ended)) == [0, 300]


async def test_an_extended_job_stays_out_of_reach(database: Database) -> None:
    await put(database, job(1))
    batch = await take(database)
    async with database.write() as conn:
        assert await store.extend(conn, batch, NOON + 5 * MINUTE) == {key(1)}
    assert await take(database, now=NOON + 5 * MINUTE - MOMENT) == []
    assert await finish(database, *batch) == {key(1)}


async def test_a_retried_job_waits_out_its_pause_and_counts_the_attempt(database: Database) -> None:
    await put(database, job(1))
    [first] = await take(database)
    await retry(database, first, NOON + 5 * MINUTE, error="x" * 600)
    assert (await rows(database))[key(1)].error == "x" * 500
    assert await take(database, now=NOON + 5 * MINUTE - MOMENT) == []
    [second] = await take(database, now=NOON + 5 * MINUTE)
    assert (second.attempt, second.job.due_at) == (2, NOON)


async def test_a_deferral_does_not_count_as_an_attempt(database: Database) -> None:
    await put(database, job(1), job(2))
    first, second = await take(database)
    await retry(database, first, NOON, burn=False)
    await retry(database, second, NOON)
    assert [leased.attempt for leased in await take(database)] == [1, 2]


async def test_dead_letters_come_newest_first_with_their_reason(database: Database) -> None:
    await put(database, *(job(number) for number in range(3)), job("well"))
    for number, leased in enumerate((await take(database))[:3]):
        await bury(database, leased, f"reason {number}", NOON + number * MINUTE)
    async with database.read() as conn:
        assert await deadletters.count(conn) == 3
        found = await deadletters.listed(conn, limit=2)
        assert [(letter.job, letter.error, letter.at) for letter in found] == [
            (job(2), "reason 2", NOON + 2 * MINUTE),
            (job(1), "reason 1", NOON + MINUTE),
        ]
    assert keys(await take(database, now=NOON + 9 * MINUTE)) == [key("well")]


async def test_a_cancelled_job_is_taken_away_from_its_holder(database: Database) -> None:
    await put(database, job(1), job(2))
    batch = await take(database, limit=1)
    assert await cancel(database, key(1), key(2), "unknown") == {key(1), key(2)}
    assert await cancel(database, key(1)) == set()
    assert await finish(database, *batch) == set()
    assert {row.outcome for row in (await rows(database)).values()} == {"cancelled"}
    assert await take(database, now=NOON + 9 * MINUTE) == []


async def test_nothing_at_all_may_be_handed_to_every_verb(database: Database) -> None:
    async with database.write() as conn:
        assert await store.enqueue(conn, []) == set()
        assert await waiting.agenda(conn, []) == {}
        assert await store.held(conn, []) == set()
        assert await store.unsettled(conn, []) == set()
        assert await store.finish(conn, [], NOON) == set()
        assert await store.extend(conn, [], NOON) == set()
        assert await store.cancel(conn, [], NOON) == set()
        assert await waiting.due_times(conn, []) == {}
        await store.retry(conn, [])
        await store.bury(conn, {}, NOON)


async def test_batches_larger_than_one_statement_are_settled_whole(database: Database) -> None:
    await put(database, *many(2_500))
    batch = await take(database, limit=2_500)
    async with database.write() as conn:
        assert len(await store.extend(conn, batch, NOON + 5 * MINUTE)) == 2_500
        assert len(await store.held(conn, batch)) == 2_500
        assert len(await store.finish(conn, batch[:1_200], NOON)) == 1_200
        assert await store.cancel(conn, [each.key for each in many(2_500)], NOON) == set(
            keys(batch[1_200:])
        )
        assert await store.unsettled(conn, batch) == set()


# --- looking --------------------------------------------------------------------------------------


async def test_the_agenda_tells_the_earliest_of_each_kind_and_priority(database: Database) -> None:
    await put(
        database,
        job(1, due_at=NOON + MINUTE),
        job(2, due_at=NOON + 2 * MINUTE),
        job(3, due_at=NOON + 3 * MINUTE, priority=Priority.VIP),
        job(4, due_at=NOON, kind="test.other"),
        job(5, due_at=NOON, kind="test.unasked"),
    )
    await cancel(database, "test.other:4")
    async with database.read() as conn:
        assert await waiting.agenda(conn, [KIND, "test.other", "test.empty"]) == {
            (KIND, Priority.NORMAL): NOON + MINUTE,
            (KIND, Priority.VIP): NOON + 3 * MINUTE,
        }


async def test_a_lease_moves_the_agenda_to_its_end(database: Database) -> None:
    await put(database, job(1))
    await take(database)
    async with database.read() as conn:
        assert await waiting.agenda(conn, [KIND]) == {(KIND, Priority.NORMAL): NOON + MINUTE}


async def test_due_times_tell_of_deferrals_and_leave_out_what_ended(database: Database) -> None:
    await put(database, *(job(number) for number in range(3)))
    first, second = await take(database, limit=2)
    await retry(database, first, NOON + 7 * MINUTE)
    await finish(database, second)
    asked = [key(number) for number in range(40_000)]
    async with database.read() as conn:
        assert await waiting.due_times(conn, asked) == {key(0): NOON + 7 * MINUTE, key(2): NOON}


async def test_counts_tell_what_waits_and_what_is_overdue(database: Database) -> None:
    await put(
        database,
        job(1),
        job(2),
        job(3),
        job(4, due_at=NOON + MINUTE),
        job(5, kind="test.other", due_at=NOON + MINUTE),
    )
    [leased] = await take(database, limit=1)
    await cancel(database, key(2))
    async with database.read() as conn:
        assert await waiting.counts(conn, NOON) == {KIND: (3, 1), "test.other": (1, 0)}
        assert await waiting.counts(conn, leased.leased_until) == {
            KIND: (3, 3),
            "test.other": (1, 1),
        }


async def test_purging_forgets_what_ended_long_ago_but_no_dead_letter(database: Database) -> None:
    await put(database, *(job(number) for number in range(6)))
    done, dead, _cancelled, stale, young, _waiting = await take(database)
    await bury(database, dead, "no use")
    await finish(database, done)
    await cancel(database, key(2))
    async with database.write() as conn:
        await store.finish(conn, [stale], NOON, outcome="stale")
        await store.finish(conn, [young], NOON + MINUTE)
        assert await store.purge(conn, NOON + MINUTE) == 3
    assert set(await rows(database)) == {key(1), key(4), key(5)}


async def test_what_a_dead_process_held_goes_before_what_fell_due_after_it(
    database: Database,
) -> None:
    await put(database, job("held"))
    assert keys(await take(database)) == [key("held")]
    await put(database, *(job(number, due_at=NOON + MOMENT) for number in range(3)))
    later = NOON + 2 * MINUTE
    async with database.write() as conn:
        assert await store.reclaim(conn, KIND, NOON, NOON + MINUTE - MOMENT) == 0
        assert await store.reclaim(conn, "test.other", NOON, later) == 0
        assert await store.reclaim(conn, KIND, NOON, later) == 1
    again = await take(database, limit=1, now=later)
    assert keys(again) == [key("held")]
    assert again[0].attempt == 2
    await finish(database, *again)
    assert keys(await take(database, now=later)) == [key(number) for number in range(3)]
