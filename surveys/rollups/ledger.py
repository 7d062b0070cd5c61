"""Marks what may count differently now, and folds what is marked into the sums."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among, among_those, family, insert, insert_all, lock_rows, upsert
from scheduler.hours import zone
from surveys.periods import day_of
from surveys.rollups import sql
from surveys.rollups.views import VIEWS, title
from surveys.tables import figure_cells, figure_facts, figure_marks, figure_state, invitations

PART = 5_000
"""Marks folded in one transaction."""

_STATE = 1  # the key of the one row
_IDS = "ids_"

# Statements are kept, for each kind of database and sign: to make one takes longer than to carry
# it out for a few invitations.
_ADDING: dict[tuple[str, int], list[Any]] = {}


async def mark(conn: AsyncConnection, changed: Collection[str]) -> None:
    """Say that invitations, or their responses, may count differently once this is committed.

    Marks are only ever added, so nobody waits for another's.
    """
    await insert_all(conn, figure_marks, [{"invitation": id_} for id_ in changed])


async def state(conn: AsyncConnection) -> tuple[str, int] | None:
    """In which zone days are cut, and how often all was counted anew; None: never."""
    row = (await conn.execute(select(figure_state))).one_or_none()
    return None if row is None else (row.zone, row.generation)


async def waiting(conn: AsyncConnection, most: int) -> int:
    """How many marks there are; counted no further than `most`."""
    some = select(literal(1)).select_from(figure_marks).limit(most).subquery()
    return int((await conn.execute(select(func.count()).select_from(some))).scalar_one())


async def begin_anew(conn: AsyncConnection, timezone: str) -> None:
    """Forget all sums and mark everything; days are those of `timezone` from now on.

    Figures stay right meanwhile: what is marked is counted from the rows.
    """
    # The row is there before it is locked, so that two who begin do so one after the other.
    first = insert(conn, figure_state).values(id=_STATE, zone=timezone, generation=0)
    await conn.execute(first.on_conflict_do_nothing())
    await _locked(conn)
    known = await state(conn)
    generation = known[1] + 1 if known else 1
    row = {"id": _STATE, "zone": timezone, "generation": generation}
    await upsert(conn, figure_state, [row], ["id"])
    for table in (figure_cells, figure_facts, figure_marks):
        await conn.execute(delete(table))
    # In order of time, so that a part of them makes up few cells.
    closed_at = func.coalesce(invitations.c.closed_at, invitations.c.due_at)
    all_ = select(invitations.c.id).order_by(closed_at)
    await conn.execute(insert(conn, figure_marks).from_select(["invitation"], all_))


async def fold(conn: AsyncConnection) -> int:
    """Count anew what is marked, a part of it; how many marks were settled.

    What was counted of it is taken out of the cells, then what is counted now put in. Marks are
    read before the rows: a change that comes between is seen, and its own mark stays. One at a
    time: the next waits for this commit.
    """
    place = await _locked(conn)
    if place is None:
        return 0
    query = select(figure_marks).order_by(figure_marks.c.id).limit(PART)
    marks = (await conn.execute(query)).all()
    if not marks:
        return 0
    ids = sorted({row.invitation for row in marks})
    chosen = among(conn, ids, figure_facts.c.invitation)
    emptied = await _days(conn, chosen)
    if emptied:
        await _add(conn, ids, -1)
        await conn.execute(delete(figure_facts).where(chosen))
    await insert_all(conn, figure_facts, await _counted(conn, ids, place))
    await _add(conn, ids, 1)
    if emptied:
        await _sweep(conn, emptied)
    await conn.execute(
        delete(figure_marks).where(among(conn, [row.id for row in marks], figure_marks.c.id))
    )
    return len(marks)


async def _locked(conn: AsyncConnection) -> ZoneInfo | None:
    """The zone of the days, once nobody else is at work on the sums; None: nothing is begun."""
    row = (await conn.execute(lock_rows(select(figure_state), conn))).one_or_none()
    return None if row is None else zone(row.zone) or ZoneInfo("UTC")


async def _days(conn: AsyncConnection, chosen: Any) -> set[datetime]:
    query = select(figure_facts.c.closed_on, figure_facts.c.answered_on).where(chosen)
    return {day for row in await conn.execute(query.distinct()) for day in row if day is not None}


async def _counted(conn: AsyncConnection, ids: Sequence[str], place: ZoneInfo) -> list[Any]:
    heads, truths = await sql.questions(conn)
    query = sql.facts(heads, truths).where(among(conn, ids, invitations.c.id))
    found = []
    for row in (await conn.execute(query)).mappings():
        days = {
            "closed_on": day_of(row["closed_at"], place),
            "answered_on": row["answered_at"] and day_of(row["answered_at"], place),
        }
        # Names of columns are texts of SQLAlchemy's own kind, which no JSON is written with.
        found.append({**{str(name): value for name, value in row.items()}, **days})
    return found


async def _add(conn: AsyncConnection, ids: Sequence[str], sign: int) -> None:
    """Add the facts of invitations to the cells of every view, or take them out."""
    made = _ADDING.setdefault((family(conn), sign), [])
    if not made:
        made += [_adding(conn, view, sign) for view in VIEWS]
    for statement in made:
        await conn.execute(statement, {_IDS: ids})


def _adding(conn: AsyncConnection, view: tuple[str, ...], sign: int) -> Any:
    summed = sql.sums(view, among_those(conn, figure_facts.c.invitation, _IDS), sign)
    into = ["view", *(each.name for each in summed.selected_columns)]
    given = select(literal(title(view)), *summed.subquery().c).where(literal(1) == 1)
    adding = insert(conn, figure_cells).from_select(into, given)
    total = {name: figure_cells.c[name] + adding.excluded[name] for name in sql.MEASURES}
    keys = [each.name for each in figure_cells.primary_key.columns]
    return adding.on_conflict_do_update(index_elements=keys, set_=total)


async def _sweep(conn: AsyncConnection, days: Collection[datetime]) -> None:
    """Forget cells that nothing is left in."""
    of = figure_cells.c
    await conn.execute(
        delete(figure_cells).where(
            of.view.in_([title(view) for view in VIEWS]),
            among(conn, days, of.day),
            of.n == 0,
            of.eligible == 0,
        )
    )
