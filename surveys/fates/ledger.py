"""Marks closings that may be told otherwise now, and folds them into the sums of their fates."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, except_, func, literal, select, tuple_, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import insert_last
from kernel.journal import Entry, append
from kernel.sql import among, insert, latest_of
from surveys.fates.sql import CLOSING, KEPT, KEY, NAMES, TOLD, VIEWS, rows
from surveys.periods import day_of
from surveys.rollups.sql import written
from surveys.rollups.views import title
from surveys.tables import fate_cells, fate_facts, fate_marks, figure_state, invitations
from tickets.listing import closings

PART = 5_000
"""Marks folded in one transaction."""

_UNASKED = "closure:"  # how the journal names what earned no survey
_KEYS = [each.name for each in fate_cells.primary_key.columns]


async def keep(conn: AsyncConnection, decisions: Sequence[Entry]) -> None:
    """Write into the journal what was decided about closings that are being kept.

    Those that earned no invitation are marked; an invitation has its own mark.
    """
    await append(conn, decisions)
    unasked = (each for each in decisions if each.about.startswith(_UNASKED))
    marks = [
        {"source": each.source, "ticket": each.ticket, "cycle": each.detail["cycle"]}
        for each in unasked
    ]
    await insert_last(conn, fate_marks, marks)


async def state(conn: AsyncConnection) -> tuple[str, int] | None:
    """In which zone days are cut, and how often all was begun anew; None: nothing is begun."""
    row = (await conn.execute(select(figure_state))).one_or_none()
    return None if row is None or not row.fates else (row.zone, abs(row.generation))


async def waiting(conn: AsyncConnection, most: int) -> int:
    """How many marks there are; counted no further than `most`."""
    some = select(literal(1)).select_from(fate_marks).limit(most).subquery()
    return int((await conn.execute(select(func.count()).select_from(some))).scalar_one())


async def begin_anew(conn: AsyncConnection) -> None:
    """Forget all sums and mark every closing; the caller has locked the state."""
    for table in (fate_cells, fate_facts, fate_marks):
        await conn.execute(delete(table))
    every = closings().subquery().c
    marking = insert(conn, fate_marks).from_select(KEY, select(*(every[name] for name in KEY)))
    await conn.execute(marking)
    await conn.execute(update(figure_state).values(fates=True))


async def fold(conn: AsyncConnection, place: ZoneInfo) -> int | None:
    """Count a part of what is marked, and how many marks that were; None: nothing is left.

    The caller has locked the state. Marks are read before the rows: a change that comes between
    is seen, and its own mark stays.
    """
    of = fate_marks.c
    ids = (await conn.execute(select(of.id).order_by(of.id).limit(PART))).scalars().all()
    if not ids:
        return None
    marked = among(conn, ids, of.id)
    await _renew(conn, select(*(of[name] for name in KEY)).where(marked), place)
    await conn.execute(delete(fate_marks).where(marked))
    return len(ids)


async def renew(conn: AsyncConnection, invited: Collection[str], place: ZoneInfo) -> None:
    """Count the closings anew of which some invitations may have changed."""
    of = invitations.c
    keys = select(*(of[name] for name in KEY)).where(among(conn, invited, of.id))
    await _renew(conn, keys, place)


async def _renew(conn: AsyncConnection, keys: Any, place: ZoneInfo) -> None:
    """Take what is told otherwise now out of the cells, then put it in as it is now.

    Most changes of an invitation are none of its closing's fate.
    """
    changed = await _changed(conn, keys)
    if not changed:
        return
    mine = among(conn, [row[: len(KEY)] for row in changed], *(KEPT[name] for name in KEY))
    emptied = set((await conn.execute(select(KEPT.closed_on).where(mine).distinct())).scalars())
    if emptied:
        await conn.execute(_adding(conn, mine, -1))
        await conn.execute(delete(fate_facts).where(mine))
    now = among(conn, [row[: len(KEY)] for row in changed], *(CLOSING[name] for name in KEY))
    await _count(conn, now, sorted({day_of(row.closed_at, place) for row in changed}))
    await conn.execute(_adding(conn, mine, 1))
    if emptied:
        empty = (fate_cells.c.view.in_([title(view) for view in VIEWS]), fate_cells.c.n == 0)
        await conn.execute(delete(fate_cells).where(among(conn, emptied, fate_cells.c.day), *empty))


async def _changed(conn: AsyncConnection, keys: Any) -> Sequence[Any]:
    """The keys of closings, with when they were, that are not as they were counted last."""
    now = rows(tuple_(*(CLOSING[name] for name in KEY)).in_(keys)).subquery().c
    kept = select(*(KEPT[name] for name in TOLD)).where(
        tuple_(*(KEPT[name] for name in KEY)).in_(keys)
    )
    unlike = except_(select(*(now[name] for name in TOLD)), kept).subquery().c
    query = select(*(unlike[name] for name in (*KEY, "closed_at")))
    return (await conn.execute(query)).all()


async def _count(conn: AsyncConnection, chosen: Any, days: Sequence[datetime]) -> None:
    """Write the facts of closings as their rows are now."""
    of = rows(chosen).subquery().c
    given = select(*(of[name] for name in TOLD), latest_of(conn, days, of.closed_at))
    await conn.execute(insert(conn, fate_facts).from_select([*TOLD, "closed_on"], given))


def _adding(conn: AsyncConnection, chosen: Any, sign: int) -> Any:
    """Adds facts to the cells of every view, or takes them out."""
    of = select(fate_facts).where(chosen).cte("counted").prefix_with("MATERIALIZED").c
    every = union_all(*(summed(of, view, sign) for view in VIEWS)).subquery().c
    # One of the databases takes what follows for a join unless there is a condition.
    given = select(*every).where(literal(1) == 1)
    adding = insert(conn, fate_cells).from_select([each.name for each in every], given)
    total = fate_cells.c.n + adding.excluded.n
    return adding.on_conflict_do_update(index_elements=_KEYS, set_={"n": total})


def summed(of: Any, view: tuple[str, ...], sign: int) -> Any:
    """The cells of a view that facts make up; `of`: their columns."""
    names = {name: written(of[name]) if name in view else literal("") for name in NAMES}
    by = [of.closed_on, of.fate, *(of[name] for name in view)]
    return select(
        literal(title(view)).label("view"),
        of.closed_on.label("day"),
        of.fate,
        *(each.label(name) for name, each in names.items()),
        (func.count() * literal(sign)).label("n"),
    ).group_by(*by)
