"""Holds the job store to a plain model in Python, whatever is done to it and in whatever order."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import Database, open_database
from scheduler import store
from scheduler import waiting as waiting_jobs
from scheduler.job import Job, Leased, Priority
from scheduler.tables import jobs

T = TypeVar("T")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KINDS = ("test.one", "test.two")
NAMES = st.integers(0, 11)
MINUTES = st.integers(0, 6).map(lambda minutes: timedelta(minutes=minutes))
WHICH = st.lists(st.integers(0, 15), max_size=5)
KEYS = st.builds(lambda kind, name: f"{kind}:{name}", st.sampled_from(KINDS), NAMES)


@dataclass
class Row:
    """What the model knows of a job."""

    job: Job
    run_at: datetime
    attempt: int = 0
    lease: str | None = None
    outcome: str | None = None
    error: str | None = None
    done_at: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.outcome is None

    def ends(self, outcome: str, now: datetime) -> None:
        self.outcome, self.done_at, self.lease = outcome, now, None


class JobStoreMachine(RuleBasedStateMachine):
    """The store on one side, `rows` on the other; `now` only moves forward."""

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner, self.database = runner, database
        self.now = NOON
        self.rows: dict[str, Row] = {}
        self.handed: list[Leased] = []  # all that were ever handed out, stale ones too
        self.tokens = (f"{number:032x}" for number in itertools.count())

    def do(self, act: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async def transaction() -> T:
            async with self.database.write() as conn:
                return await act(conn)

        return self.runner.run(transaction())

    def pick(self, which: Sequence[int]) -> list[Leased]:
        """Some of what was handed out, counted from the latest."""
        return [self.handed[-1 - number % len(self.handed)] for number in which if self.handed]

    def ours(self, batch: Sequence[Leased]) -> list[Row]:
        rows = {
            leased.job.key: self.rows[leased.job.key] for leased in batch if self.is_ours(leased)
        }
        return list(rows.values())

    def is_ours(self, leased: Leased) -> bool:
        row = self.rows.get(leased.job.key)
        return row is not None and row.waits and row.lease == leased.lease

    @initialize()
    def begin(self) -> None:
        self.do(lambda conn: conn.execute(delete(jobs)))

    @rule(by=MINUTES)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(
        wanted=st.lists(
            st.tuples(
                st.sampled_from(KINDS), NAMES, st.sampled_from(list(Priority)), MINUTES, MINUTES
            ),
            max_size=8,
        )
    )
    def enqueue(self, wanted: list[tuple[str, int, Priority, timedelta, timedelta]]) -> None:
        new = [
            Job(
                key=f"{kind}:{name}",
                kind=kind,
                due_at=self.now + ahead - ago,
                priority=priority,
                payload={"name": name},
            )
            for kind, name, priority, ahead, ago in wanted
        ]
        fresh: dict[str, Job] = {}
        for job in new:
            if job.key not in self.rows:
                fresh.setdefault(job.key, job)
        assert self.do(lambda conn: store.enqueue(conn, new)) == set(fresh)
        self.rows |= {key: Row(job=job, run_at=job.due_at) for key, job in fresh.items()}

    @rule(kind=st.sampled_from(KINDS), limit=st.integers(0, 6), lease_for=MINUTES)
    def lease(self, kind: str, limit: int, lease_for: timedelta) -> None:
        token, until = next(self.tokens), self.now + lease_for
        got = self.do(
            lambda conn: store.lease(
                conn, kind, limit=limit, now=self.now, lease_for=lease_for, token=token
            )
        )
        due = sorted(
            (row.job.priority, row.run_at)
            for row in self.rows.values()
            if row.waits and row.job.kind == kind and row.run_at <= self.now
        )
        taken = [self.rows[leased.job.key] for leased in got]
        assert sorted((row.job.priority, row.run_at) for row in taken) == due[:limit]
        order = [(row.job.priority, row.job.due_at, row.job.key) for row in taken]
        assert order == sorted(order)
        assert len(set(order)) == len(order)
        for row, leased in zip(taken, got, strict=True):
            row.lease, row.run_at, row.attempt = token, until, row.attempt + 1
            assert leased == Leased(
                job=row.job,
                attempt=row.attempt,
                lease=token,
                leased_until=until,
                reason=row.error,
            )
        self.handed.extend(got)

    @rule(which=WHICH)
    def look(self, which: list[int]) -> None:
        batch = self.pick(which)
        ours = {row.job.key for row in self.ours(batch)}
        assert self.do(lambda conn: store.held(conn, batch)) == ours
        assert self.do(lambda conn: store.unsettled(conn, batch)) == ours

    @rule(which=WHICH, outcome=st.sampled_from(["done", "stale"]))
    def finish(self, which: list[int], outcome: str) -> None:
        batch = self.pick(which)
        ours = self.ours(batch)
        ended = self.do(lambda conn: store.finish(conn, batch, self.now, outcome=outcome))
        assert ended == {row.job.key for row in ours}
        for row in ours:
            row.ends(outcome, self.now)

    @rule(which=WHICH, by=MINUTES)
    def extend(self, which: list[int], by: timedelta) -> None:
        batch = self.pick(which)
        ours, until = self.ours(batch), self.now + by
        kept = self.do(lambda conn: store.extend(conn, batch, until))
        assert kept == {row.job.key for row in ours}
        for row in ours:
            row.run_at = until

    @rule(which=WHICH, pauses=st.lists(st.tuples(MINUTES, st.booleans()), min_size=5, max_size=5))
    def retry(self, which: list[int], pauses: list[tuple[timedelta, bool]]) -> None:
        again = [
            store.Again(leased=leased, at=self.now + pause, error=f"after {pause}", burn=burn)
            for leased, (pause, burn) in zip(self.pick(which), pauses, strict=False)
        ]
        self.do(lambda conn: store.retry(conn, again))
        for item in again:
            if self.is_ours(item.leased):
                row = self.rows[item.leased.job.key]
                row.run_at, row.error, row.lease = item.at, item.error, None
                row.attempt -= 0 if item.burn else 1

    @rule(which=WHICH)
    def bury(self, which: list[int]) -> None:
        batch = self.pick(which)
        dead = {leased.job.key: (leased, f"buried at {self.now}") for leased in batch}
        self.do(lambda conn: store.bury(conn, dead, self.now))
        for leased, why in dead.values():
            if self.is_ours(leased):
                row = self.rows[leased.job.key]
                row.ends("dead", self.now)
                row.error = why

    @rule(keys=st.lists(KEYS, max_size=4))
    def cancel(self, keys: list[str]) -> None:
        known = {key for key in keys if key in self.rows and self.rows[key].waits}
        assert self.do(lambda conn: store.cancel(conn, keys, self.now)) == known
        for key in known:
            self.rows[key].ends("cancelled", self.now)

    @rule(ago=MINUTES)
    def purge(self, ago: timedelta) -> None:
        before = self.now - ago
        gone = {
            key
            for key, row in self.rows.items()
            if row.outcome != "dead" and row.done_at is not None and row.done_at < before
        }
        assert self.do(lambda conn: store.purge(conn, before)) == len(gone)
        for key in gone:
            del self.rows[key]

    @invariant()
    def the_store_says_what_the_model_says(self) -> None:
        waiting = [row for row in self.rows.values() if row.waits]
        earliest: dict[tuple[str, Priority], datetime] = {}
        counts: dict[str, tuple[int, int]] = {}
        for row in waiting:
            which, kind = (row.job.kind, row.job.priority), row.job.kind
            earliest[which] = min(earliest.get(which, row.run_at), row.run_at)
            all_, late = counts.get(kind, (0, 0))
            counts[kind] = (all_ + 1, late + (row.run_at <= self.now))
        table = {
            key: (row.run_at, row.attempt, row.lease, row.outcome, row.error, row.done_at)
            for key, row in self.rows.items()
        }
        due_times = {row.job.key: row.run_at for row in waiting}
        assert self.runner.run(self._told()) == (table, earliest, counts, due_times)

    async def _told(self) -> tuple[Any, ...]:
        columns = (jobs.c.run_at, jobs.c.attempt, jobs.c.lease, jobs.c.outcome, jobs.c.error)
        async with self.database.read() as conn:
            rows = await conn.execute(select(jobs.c.key, *columns, jobs.c.done_at))
            return (
                {row.key: tuple(row[1:]) for row in rows},
                await waiting_jobs.agenda(conn, KINDS),
                await waiting_jobs.counts(conn, self.now),
                await waiting_jobs.due_times(conn, list(self.rows)),
            )


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 12), ("postgresql", 6)])
def test_the_store_keeps_step_with_a_plain_model(
    request: pytest.FixtureRequest, kind: str, examples: int
) -> None:
    url: str = request.getfixturevalue(f"{kind}_url")
    with asyncio.Runner() as runner:
        database = open_database(url)

        class Machine(JobStoreMachine):
            def __init__(self) -> None:
                super().__init__(runner, database)

        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
        runner.run(database.close())
