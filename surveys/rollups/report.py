"""Counts all anew and tells where what is kept differs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import Database
from scheduler.hours import zone
from surveys.periods import day_of
from surveys.report import between
from surveys.rollups import ledger, sql
from surveys.rollups.views import NAMES, VIEWS, title
from surveys.tables import figure_cells, figure_facts, figure_marks, invitations

PART = 20_000
"""Invitations looked at in one statement."""

SLICE = 200_000
"""What of a view is summed in one statement, about: some seconds."""

MOST = 1_000
"""Differences of one kind that are told; the first are enough to see what is wrong."""

_Days = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where what is kept is not what was counted.

    Of a fact the `invitation` or the `closing` (source, ticket and cycle); of a cell its `view`,
    `day` and `names`. `off_by`: by how much what is kept exceeds what was counted, by measure.
    """

    invitation: str | None = None
    closing: str | None = None
    view: str | None = None
    day: datetime | None = None
    names: dict[str, str | None] | None = None
    off_by: dict[str, int] | None = None


async def steps(database: Database) -> int:
    """How many parts `differences` will look at, about."""
    async with database.read() as conn:
        slices = len(await _slices(conn, SLICE))
        return await ledger.size(conn) // PART + 1 + slices * len(VIEWS)


async def differences(database: Database, at_once: int = SLICE) -> AsyncIterator[list[Difference]]:
    """What differs, part by part: facts from the rows, then cells from the facts, so many `at_once`
    as far as days allow.

    Each part is one statement that sees one state, so that nothing differs for being at work; what
    is marked is counted from the rows until it is folded, and is left out.
    """
    after: str | None = ""
    while after is not None:
        async with database.read() as conn:
            found, after = await _facts(conn, after)
        yield found[:MOST]
    async with database.read() as conn:
        slices = await _slices(conn, at_once)
    for view in VIEWS:
        for days in slices:
            async with database.read() as conn:
                yield await _cells(conn, view, days)


async def _slices(conn: AsyncConnection, at_once: int) -> list[_Days]:
    """All of time cut at days, about as much in each; nothing falls between, be it wrong."""
    of = figure_cells.c
    summed = func.sum(of.n + of.eligible)
    query = select(of.day, summed.label("n")).where(of.view == title(())).group_by(of.day)
    cuts: list[datetime] = []
    size = 0
    for row in await conn.execute(query.order_by(of.day)):
        if size >= at_once:
            cuts.append(row.day)
            size = 0
        size += int(row.n)
    return list(pairwise([None, *cuts, None]))


async def _facts(conn: AsyncConnection, after: str) -> tuple[list[Difference], str | None]:
    query = select(invitations.c.id).where(invitations.c.id > after).order_by(invitations.c.id)
    last = (await conn.execute(query.offset(PART - 1).limit(1))).scalar_one_or_none()
    heads, truths = await sql.questions(conn)
    rows = sql.facts(heads, truths).subquery().c
    names = [each.name for each in rows]

    def part(of: Any, sign: int) -> Any:
        within = [of.invitation > after, *([of.invitation <= last] if last is not None else [])]
        unmarked = of.invitation.not_in(select(figure_marks.c.invitation))
        given = [of[name] for name in names]
        return select(*given, literal(sign).label("sign")).where(*within, unmarked)

    both = union_all(part(rows, 1), part(figure_facts.c, -1)).subquery().c
    by = [both[name] for name in names]
    unlike = select(both.invitation).group_by(*by).having(func.sum(both.sign) != 0)
    found = {row.invitation for row in await conn.execute(unlike.limit(2 * MOST))}
    found |= await _misplaced(conn, after, last)
    return [Difference(invitation=each) for each in sorted(found)], last


async def _misplaced(conn: AsyncConnection, after: str, last: str | None) -> set[str]:
    """The facts that stand on a day which is not theirs."""
    known = await ledger.state(conn)
    place = zone(known[0]) if known else None
    of = figure_facts.c
    within = [of.invitation > after, *([of.invitation <= last] if last is not None else [])]
    rows = await conn.execute(
        select(of.invitation, of.closed_at, of.closed_on, of.answered_at, of.answered_on).where(
            *within
        )
    )
    return {row.invitation for row in rows if not _in_place(row, place or ZoneInfo("UTC"))}


def _in_place(row: Any, place: ZoneInfo) -> bool:
    answered = row.answered_at and day_of(row.answered_at, place)
    return bool(row.closed_on == day_of(row.closed_at, place) and row.answered_on == answered)


async def _cells(conn: AsyncConnection, view: tuple[str, ...], days: _Days) -> list[Difference]:
    keys = ["day", *NAMES, "kind"]
    facts = sql.counted(figure_facts.c, literal(-1, Integer), days).subquery().c
    counted = sql.sums(view, facts).subquery().c
    of = figure_cells.c
    kept = select(*(of[name] for name in (*keys, *sql.MEASURES))).where(of.view == title(view))
    kept = kept.where(between(of.day, *days))
    own = select(*(counted[name] for name in (*keys, *sql.MEASURES)))
    both = union_all(kept, own).subquery().c
    by = [both[name] for name in keys]
    total = [func.sum(both[name]).label(name) for name in sql.MEASURES]
    unlike = select(*by, *total).group_by(*by).having(or_(*(each != 0 for each in total)))
    return [
        Difference(
            view=title(view),
            day=row.day,
            names={name: getattr(row, name)[1:] or None for name in (*view, "kind")},
            off_by={name: int(off) for name in sql.MEASURES if (off := getattr(row, name))},
        )
        for row in await conn.execute(unlike.order_by(*by).limit(MOST))
    ]
