"""Keeps jobs: enqueue, lease, extend, settle; every verb takes and returns many."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import announce
from kernel.sql import (
    among,
    among_those,
    family,
    fetch,
    insert_new,
    lock_rows,
    skip_locked,
)
from scheduler.job import Job, Leased, Priority
from scheduler.shares import kept
from scheduler.tables import jobs

_WAITING = jobs.c.done_at.is_(None)
_ERROR_LENGTH = 500
_KEYS = 1_000  # keys named in one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A job to be tried at `at`, as another `kind` if given; `burn`: whether the attempt counts."""

    leased: Leased
    at: datetime
    error: str | None = None
    burn: bool = True
    kind: str | None = None


async def enqueue(conn: AsyncConnection, wanted: Iterable[Job]) -> set[str]:
    """Save jobs whose key is new; the keys written. A key known before is left as it is."""
    ordered = sorted(wanted, key=lambda job: job.key)
    announce(conn, {job.kind for job in ordered})
    rows = [
        {
            "key": job.key,
            "kind": job.kind,
            "priority": int(job.priority),
            "due_at": job.due_at,
            "run_at": job.due_at,
            "not_after": job.not_after,
            "payload": dict(job.payload),
            "attempt": 0,
        }
        # In one order, so that two who save the same jobs never wait for each other in a ring.
        for job in ordered
    ]
    return {row[0] for row in await insert_new(conn, jobs, rows, ["key"])}


async def lease(
    conn: AsyncConnection,
    kind: str,
    *,
    limit: int,
    now: datetime,
    lease_for: timedelta,
    token: str,
    due: Sequence[Priority] = tuple(Priority),
    served: int = 0,
    ahead: timedelta = timedelta(0),
) -> list[Leased]:
    """Take up to `limit` due jobs of a kind until now + `lease_for`, most urgent first.

    With `ahead` also what falls due within it for the first time, to be waited for until `due_at`.

    `token` must be new for each call: it fences off whoever held these jobs before. `due` names
    the priorities to look at, `served` how many jobs were leased before: some places are kept
    for the less urgent (`scheduler.shares`).
    """
    taken: list[Leased] = []
    when = {"now": now, "soon": now + ahead, "until": now + lease_for}
    for priority, places in kept(due, limit, served).items():
        taken.extend(await _take(conn, kind, priority, places, when, token))
    for priority in sorted(due):
        room = limit - len(taken)
        if room <= 0:
            break
        taken.extend(await _take(conn, kind, priority, room, when, token))
    return sorted(taken, key=lambda item: (item.job.priority, item.job.due_at, item.job.key))


async def _take(
    conn: AsyncConnection,
    kind: str,
    priority: Priority,
    limit: int,
    when: Mapping[str, datetime],
    token: str,
) -> list[Leased]:
    given = {"whose": kind, "rank": int(priority), "most": limit, "token": token}
    found = await fetch(conn, _made(_taking, conn), {**given, **when})
    return [_leased(row, when["until"]) for row in found]


# To make a statement takes longer than the database takes to carry it out for a few jobs, so they
# are kept, for each kind of database.
_kept: dict[tuple[str, str], Any] = {}


def _made(make: Callable[[AsyncConnection], Any], conn: AsyncConnection) -> Any:
    name = (make.__name__, family(conn))
    if name not in _kept:
        _kept[name] = make(conn)
    return _kept[name]


def _taking(conn: AsyncConnection) -> Any:
    mine = (jobs.c.kind == bindparam("whose"), jobs.c.priority == bindparam("rank"))
    first_try = jobs.c.run_at == jobs.c.due_at
    soon = (jobs.c.run_at <= bindparam("soon"), or_(jobs.c.run_at <= bindparam("now"), first_try))
    due = select(jobs.c.key).where(_WAITING, *mine, *soon)
    first = due.order_by(jobs.c.run_at).limit(bindparam("most", type_=Integer))
    taken = update(jobs).where(jobs.c.key.in_(_once(skip_locked(first, conn))))
    lease: dict[str, Any] = {"lease": bindparam("token"), "run_at": bindparam("until")}
    return taken.values(**lease, attempt=jobs.c.attempt + 1).returning(jobs)


def _finishing(conn: AsyncConnection) -> Any:
    end: dict[str, Any] = {"done_at": bindparam("now"), "outcome": bindparam("how"), "lease": None}
    mine = jobs.c.key.in_(_once(_holding(conn)))
    return update(jobs).where(mine).values(**end).returning(jobs.c.key)


def _extending(conn: AsyncConnection) -> Any:
    mine = jobs.c.key.in_(_once(_holding(conn)))
    return update(jobs).where(mine).values(run_at=bindparam("until")).returning(jobs.c.key)


def _once(query: Any) -> Any:
    """The keys of a query that locks rows, asked only once.

    PostgreSQL may ask a plain IN (SELECT … LIMIT … FOR UPDATE) anew for every row of the table,
    and then more rows are taken than the limit says.
    """
    return select(query.cte("once").c.key)


def _holding(conn: AsyncConnection) -> Any:
    """The keys of `_still_held`, locked in one order: two never wait for each other in a ring."""
    return lock_rows(_still_held(conn), conn)


def _still_held(conn: AsyncConnection) -> Any:
    """The keys, of those given as `keys`, of jobs that are still held by the lease `token`."""
    asked = among_those(conn, jobs.c.key, "keys")
    held_on = (_WAITING, asked, jobs.c.lease == bindparam("token"))
    # In their order: without it all that wait might be looked through.
    return select(jobs.c.key).where(*held_on).order_by(jobs.c.key)


def _held(part: Sequence[Leased]) -> dict[str, Any]:
    """What `_still_held` is given for jobs of one lease."""
    return {"keys": sorted(item.job.key for item in part), "token": part[0].lease}


def _in_order(conn: AsyncConnection, *which: Any) -> Any:
    """Waiting jobs' keys, locked in one order, so that two never wait for each other in a ring."""
    query = select(jobs.c.key).where(_WAITING, *which).order_by(jobs.c.key)
    return _once(lock_rows(query, conn))


def _leased(row: Any, until: datetime) -> Leased:
    return Leased(
        job=read_job(row),
        attempt=row.attempt,
        lease=row.lease,
        leased_until=until,
        reason=row.error,
    )


def read_job(row: Any) -> Job:
    """A job of its row."""
    return Job(
        key=row.key,
        kind=row.kind,
        due_at=row.due_at,
        not_after=row.not_after,
        priority=Priority(row.priority),
        payload=row.payload,
    )


async def held(conn: AsyncConnection, batch: Sequence[Leased]) -> set[str]:
    """The keys of `batch` whose lease is still ours; locked until the transaction ends."""
    query = _made(_holding, conn)
    return {row.key for part in _parts(batch) for row in await fetch(conn, query, _held(part))}


class LeaseLost(Exception):
    """Others hold jobs of this batch by now; what was about to be written must be dropped."""


async def require(conn: AsyncConnection, batch: Sequence[Leased]) -> None:
    """Lock the jobs of a batch; LeaseLost unless every one is still ours."""
    if len(await held(conn, batch)) < len(batch):
        raise LeaseLost


async def unsettled(conn: AsyncConnection, batch: Sequence[Leased]) -> set[str]:
    """The keys of `batch` that are neither ended, given back, nor taken by someone else."""
    query = _made(_still_held, conn)
    return {row.key for part in _parts(batch) for row in await fetch(conn, query, _held(part))}


async def finish(
    conn: AsyncConnection, batch: Sequence[Leased], now: datetime, *, outcome: str = "done"
) -> set[str]:
    """End jobs that are still ours; the keys ended."""
    ended: set[str] = set()
    for part in _parts(batch):
        given = {**_held(part), "now": now, "how": outcome}
        rows = await conn.execute(_made(_finishing, conn), given)
        ended.update(rows.scalars())
    return ended


async def retry(conn: AsyncConnection, again: Sequence[Again]) -> None:
    """Give jobs back for a later attempt, where they are still ours."""
    if not again:
        return
    announce(conn, {item.kind for item in again if item.kind})
    await held(conn, [item.leased for item in again])  # locks them in the order of all others
    await conn.execute(
        update(jobs)
        .where(jobs.c.key == bindparam("k"), jobs.c.lease == bindparam("l"), _WAITING)
        .values(
            run_at=bindparam("at"),
            error=bindparam("why"),
            attempt=bindparam("tries"),
            kind=bindparam("whose"),
            lease=None,
        ),
        [
            {
                "k": item.leased.job.key,
                "l": item.leased.lease,
                "at": item.at,
                "why": _short(item.error),
                "tries": item.leased.attempt - (0 if item.burn else 1),
                "whose": item.kind or item.leased.job.kind,
            }
            for item in again
        ],
    )


async def bury(
    conn: AsyncConnection, dead: Mapping[str, tuple[Leased, str]], now: datetime
) -> None:
    """End jobs as dead letters, by key, each with its reason."""
    if not dead:
        return
    await held(conn, [leased for leased, _ in dead.values()])  # locks them in the order of all
    await conn.execute(
        update(jobs)
        .where(jobs.c.key == bindparam("k"), jobs.c.lease == bindparam("l"), _WAITING)
        .values(done_at=bindparam("now"), outcome="dead", error=bindparam("why"), lease=None),
        [
            {"k": key, "l": leased.lease, "now": now, "why": _short(why)}
            for key, (leased, why) in dead.items()
        ],
    )


async def extend(conn: AsyncConnection, batch: Sequence[Leased], until: datetime) -> set[str]:
    """Hold what is still ours until `until`; the keys extended."""
    kept: set[str] = set()
    for part in _parts(batch):
        rows = await conn.execute(_made(_extending, conn), {**_held(part), "until": until})
        kept.update(row.key for row in rows)
    return kept


async def cancel(conn: AsyncConnection, keys: Iterable[str], now: datetime) -> set[str]:
    """End jobs that nobody wants any more, leased or not; the keys ended.

    Whoever holds one finds its lease gone and drops the effects.
    """
    ended: set[str] = set()
    wanted = list(keys)
    for start in range(0, len(wanted), _KEYS):
        rows = await conn.execute(
            update(jobs)
            .where(
                jobs.c.key.in_(
                    _in_order(conn, among(conn, wanted[start : start + _KEYS], jobs.c.key))
                )
            )
            .values(done_at=now, outcome="cancelled", lease=None)
            .returning(jobs.c.key)
        )
        ended.update(row.key for row in rows)
    return ended


async def bring_forward(
    conn: AsyncConnection,
    kind: str,
    because: Collection[str],
    at: datetime,
    *,
    limit: int,
    keys: Collection[str] | None = None,
) -> int:
    """Have up to `limit` jobs put off, of `keys` if given, looked at again at `at`; how many.

    Put off is what waits beyond `at` with one of the reasons `because` as its error; what pauses
    after a failure keeps its pause. The reason is taken off: nobody brings a job forward twice.
    """
    moved = 0
    announce(conn, [kind])
    for priority in Priority:
        # From the far end, where those that were moved before are not in the way.
        query = (
            select(jobs.c.key)
            .where(
                _WAITING,
                jobs.c.lease.is_(None),
                jobs.c.kind == kind,
                jobs.c.priority == int(priority),
                jobs.c.run_at > at,
                jobs.c.due_at <= at,
                jobs.c.error.in_(sorted(because)),
                *(() if keys is None else (among(conn, keys, jobs.c.key),)),
            )
            .order_by(jobs.c.run_at.desc())
            .limit(limit - moved)
        )
        rows = await conn.execute(
            update(jobs)
            .where(jobs.c.key.in_(_once(skip_locked(query, conn))))
            .values(run_at=at, error=None)
            .returning(jobs.c.key)
        )
        moved += len(rows.all())
    return moved


async def reclaim(conn: AsyncConnection, kind: str, since: datetime, now: datetime) -> int:
    """Give jobs whose lease ran out after `since` their old place in the queue; how many.

    A lease moves its jobs behind whatever fell due meanwhile. What its dead holder may have half
    done, such as a message on its way, must not wait until a backlog is worked off.
    """
    moved = 0
    for priority in Priority:
        left = (
            select(jobs.c.key)
            .where(
                _WAITING,
                jobs.c.kind == kind,
                jobs.c.priority == int(priority),
                jobs.c.run_at > since,
                jobs.c.run_at <= now,
                jobs.c.lease.is_not(None),
                jobs.c.due_at < jobs.c.run_at,
            )
            .limit(_KEYS)
        )
        rows = await conn.execute(
            update(jobs)
            .where(jobs.c.key.in_(_once(skip_locked(left, conn))))
            .values(run_at=jobs.c.due_at)
            .returning(jobs.c.key)
        )
        moved += len(rows.all())
    return moved


async def purge(conn: AsyncConnection, before: datetime) -> int:
    """Forget some jobs that ended before `before`; how many. Dead letters wait for someone."""
    old = select(jobs.c.key).where(jobs.c.done_at < before, jobs.c.outcome != "dead").limit(_KEYS)
    result = await conn.execute(delete(jobs).where(jobs.c.key.in_(old)))
    return int(result.rowcount)


def _parts(batch: Sequence[Leased]) -> Iterator[Sequence[Leased]]:
    """Parts of bounded size, each of one lease: a key never goes with the lease of another."""
    by_lease: dict[str, list[Leased]] = {}
    for item in batch:
        by_lease.setdefault(item.lease, []).append(item)
    for same in by_lease.values():
        yield from (same[start : start + _KEYS] for start in range(0, len(same), _KEYS))


def _short(error: str | None) -> str | None:
    return None if error is None else error[:_ERROR_LENGTH]
