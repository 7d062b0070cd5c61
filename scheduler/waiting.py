"""Says which jobs wait, and for when."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, column, func, literal_column, select, text, values
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import Database
from kernel.sql import UtcDateTime, among, family, fetch
from scheduler.job import Priority
from scheduler.tables import jobs

_WAITING = jobs.c.done_at.is_(None)
_KEYS = 1_000  # named in one statement


#: The earliest instant at which a job of a kind and priority may be taken up.
Agenda = dict[tuple[str, Priority], datetime]


async def agenda(conn: AsyncConnection, kinds: Sequence[str]) -> Agenda:
    """The earliest `run_at` of each kind and priority that has anything waiting.

    One index probe each, however many wait.
    """
    if not kinds:
        return {}
    rows = await fetch(conn, _asking(conn, tuple(kinds)))
    return {(row.kind, Priority(row.priority)): row.run_at for row in rows if row.run_at}


@dataclass(slots=True, kw_only=True)
class Lookout:
    """Looks what waits for all lanes of a process: those who ask at once share one look.

    A bell that rings for all of them would otherwise have each ask the database the same.
    """

    database: Database
    _every: set[str] = field(default_factory=set)  # kind that anybody asks about
    _next: asyncio.Task[Agenda] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def join(self, kinds: Collection[str]) -> None:
        """Say what will be asked about: who looks asks for all, so that it is one statement."""
        self._every.update(kinds)

    async def agenda(self, kinds: Collection[str]) -> Agenda:
        """What `agenda` says of the kinds at some instant from now on."""
        self.join(kinds)
        if self._next is None:
            self._next = asyncio.create_task(self._look())
        # Shielded: whoever is cancelled takes no answer from the others.
        found = await asyncio.shield(self._next)
        return {what: at for what, at in found.items() if what[0] in kinds}

    async def _look(self) -> Agenda:
        async with self._turn:
            # Whoever asks from here on must not be told of what was before: theirs is the next.
            self._next = None
            async with self.database.glance() as conn:
                return await agenda(conn, sorted(self._every))


# By the kind of database and the kinds of job. As texts: of a list of values the library would make
# the statement anew each time, which takes it longer than the database to answer.
_kept: dict[tuple[str, tuple[str, ...]], Any] = {}


def _asking(conn: AsyncConnection, kinds: tuple[str, ...]) -> Any:
    which = (family(conn), kinds)
    if which not in _kept:
        literal = {"literal_binds": True}
        made = str(_probes(kinds).compile(conn.engine.sync_engine, compile_kwargs=literal))
        names = (column("kind", String), column("priority", Integer), column("run_at", UtcDateTime))
        _kept[which] = text(made.replace(":", r"\:")).columns(*names)
    return _kept[which]


def _probes(kinds: tuple[str, ...]) -> Any:
    # Not min() with GROUP BY: both databases would walk through all that wait. Nor a query for
    # each: to plan two dozen takes longer than to carry them out. Without parameters the plan is
    # kept as well.
    columns = (column("kind", String), column("priority", Integer))
    asked = [(kind, int(priority)) for kind in kinds for priority in Priority]
    each = values(*columns, literal_binds=True).data(asked).cte("each")
    here = (_WAITING, jobs.c.kind == each.c.kind, jobs.c.priority == each.c.priority)
    first = select(jobs.c.run_at).where(*here).order_by(jobs.c.run_at).limit(literal_column("1"))
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
