"""Says which jobs wait, and for when."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among, fetch
from scheduler.job import Priority
from scheduler.tables import jobs

_WAITING = jobs.c.done_at.is_(None)
_KEYS = 1_000  # named in one statement


async def agenda(
    conn: AsyncConnection, kinds: Sequence[str]
) -> dict[tuple[str, Priority], datetime]:
    """The earliest `run_at` of each kind and priority that has anything waiting.

    One index probe each, however many wait.
    """
    if not kinds:
        return {}
    rows = await fetch(conn, _probes(tuple(kinds)))
    return {(row.kind, Priority(row.priority)): row.run_at for row in rows if row.run_at}


@lru_cache(maxsize=32)
def _probes(kinds: tuple[str, ...]) -> Any:
    # Not min() with GROUP BY: both databases would walk through all that wait. Nor a query for
    # each: to plan two dozen takes longer than to carry them out.
    asked = union_all(
        *(
            select(literal(kind).label("kind"), literal(int(priority)).label("priority"))
            for kind in kinds
            for priority in Priority
        )
    )
    each = asked.subquery("each")
    here = (_WAITING, jobs.c.kind == each.c.kind, jobs.c.priority == each.c.priority)
    first = select(jobs.c.run_at).where(*here).order_by(jobs.c.run_at).limit(1)
    return select(each, first.correlate(each).scalar_subquery().label("run_at"))


async def due_times(conn: AsyncConnection, keys: Sequence[str]) -> dict[str, datetime]:
    """When each waiting job will next be tried, deferrals included."""
    times: dict[str, datetime] = {}
    for start in range(0, len(keys), _KEYS):
        part = list(keys[start : start + _KEYS])
        rows = await conn.execute(
            select(jobs.c.key, jobs.c.run_at).where(among(conn, part, jobs.c.key), _WAITING)
        )
        times.update((row.key, row.run_at) for row in rows)
    return times


async def counts(conn: AsyncConnection, now: datetime) -> dict[str, tuple[int, int]]:
    """Waiting and overdue jobs by kind."""
    overdue = func.count().filter(jobs.c.run_at <= now)
    found = select(jobs.c.kind, func.count().label("waiting"), overdue.label("overdue"))
    rows = await conn.execute(found.where(_WAITING).group_by(jobs.c.kind))
    return {row.kind: (row.waiting, row.overdue) for row in rows}
