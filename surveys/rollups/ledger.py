"""Marks what may count differently now, and folds what is marked into the sums."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, bindparam, delete, func, literal, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.engine import insert_last
from kernel.sql import (
    UtcDateTime,
    among,
    among_those,
    family,
    insert,
    latest_of,
    lock_rows,
    upsert,
)
from scheduler.hours import zone
from surveys.fates import ledger as fates
from surveys.periods import day_after, day_of
from surveys.rollups import sql
from surveys.rollups.views import VIEWS, title
from surveys.tables import figure_cells, figure_facts, figure_marks, figure_state, invitations

PART = 5_000
"""Marks folded in one transaction."""

_STATE = 1  # the key of the one row
_IDS, _SIGN, _SINCE, _UNTIL = "ids_", "sign_", "since_", "until_"

_KEYS = [each.name for each in figure_cells.primary_key.columns]

# Statements for each kind of database: to make one takes longer than to carry it out for a few
# invitations.
_KEPT: dict[tuple[str, str], Any] = {}


async def mark(conn: AsyncConnection, changed: Collection[str]) -> None:
    """Say that invitations, or their responses, may count differently once this is committed.

    Marks are only ever added, so nobody waits for another's.
    """
    await insert_last(conn, figure_marks, [{"invitation": id_} for id_ in changed])


async def begun(conn: AsyncConnection) -> str | None:
    """In which zone days are cut, be it that not all is counted yet; None: nothing is begun."""
    return (await conn.execute(select(figure_state.c.zone))).scalar_one_or_none()


async def state(conn: AsyncConnection) -> tuple[str, int] | None:
    """In which zone days are cut, and how often all was counted anew; None: there are no sums yet,
    or not of everything.
    """
    row = (await conn.execute(select(figure_state))).one_or_none()
    return None if row is None or row.generation < 0 else (row.zone, row.generation)


async def waiting(conn: AsyncConnection, most: int) -> int:
    """How many marks there are; counted no further than `most`."""
    some = select(literal(1)).select_from(figure_marks).limit(most).subquery()
    return int((await conn.execute(select(func.count()).select_from(some))).scalar_one())


async def size(conn: AsyncConnection) -> int:
    """How many invitations there are to be counted."""
    return int((await conn.execute(select(func.count()).select_from(invitations))).scalar_one())


async def begin_anew(conn: AsyncConnection, timezone: str) -> None:
    """Forget all sums, to count everything again; days are those of `timezone` from now on.

    Figures stay right meanwhile: they are counted from the rows until all sums are there.
    """
    # The row is there before it is locked, so that two who begin do so one after the other.
    first = insert(conn, figure_state).values(id=_STATE, zone=timezone, generation=0)
    await conn.execute(first.on_conflict_do_nothing())
    known = await _locked(conn)
    # Below nothing until all is counted.
    generation = -1 - abs(known.generation if known else 0)
    row = {"id": _STATE, "zone": timezone, "generation": generation}
    await upsert(conn, figure_state, [row], ["id"])
    for table in (figure_cells, figure_facts, figure_marks):
        await conn.execute(delete(table))
    # All others are found by their time.
    old = select(invitations.c.id).where(invitations.c.closed_at.is_(None))
    await conn.execute(insert(conn, figure_marks).from_select(["invitation"], old))
    await fates.begin_anew(conn)


async def begin_fates(conn: AsyncConnection) -> None:
    """Have the fates of closings counted, where the sums of figures are there without them."""
    known = await _locked(conn)
    if known is not None and not known.fates:
        await fates.begin_anew(conn)


async def fold(conn: AsyncConnection) -> int | None:
    """Count a part of what is to be counted, and how many invitations or closings that were; None:
    nothing is left. One at a time: the next waits for this commit.
    """
    known = await _locked(conn)
    if known is None:
        return None
    place = zone(known.zone) or ZoneInfo("UTC")
    counted = await (_renew if known.generation > 0 else _go_on)(conn, place)
    return await fates.fold(conn, place) if counted is None else counted


async def _renew(conn: AsyncConnection, place: ZoneInfo) -> int | None:
    """Count anew what is marked.

    What was counted of it is taken out of the cells, then what is counted now put in. Marks are
    read before the rows: a change that comes between is seen, and its own mark stays.
    """
    query = select(figure_marks).order_by(figure_marks.c.id).limit(PART)
    marks = (await conn.execute(query)).all()
    if not marks:
        return None
    ids = sorted({row.invitation for row in marks})
    chosen = among(conn, ids, figure_facts.c.invitation)
    emptied = await _days(conn, chosen)
    if emptied:
        await _add(conn, ids, -1)
        await conn.execute(delete(figure_facts).where(chosen))
    await _count(conn, ids, place)
    await _add(conn, ids, 1)
    if emptied:
        await _sweep(conn, emptied)
    await fates.renew(conn, ids, place)
    await conn.execute(
        delete(figure_marks).where(among(conn, [row.id for row in marks], figure_marks.c.id))
    )
    return len(ids)


async def _go_on(conn: AsyncConnection, place: ZoneInfo) -> int:
    """Go on counting everything: facts in the order of time, then the cells, each written once.

    What changes meanwhile is marked, and renewed when all cells are there.
    """
    made = select(func.max(figure_cells.c.day)).where(figure_cells.c.view == title(()))
    last = (await conn.execute(made)).scalar_one()
    counted = 0 if last else await _more_facts(conn, place)
    if counted < PART and not await _more_cells(conn, place, last):
        whole = update(figure_state).values(generation=-figure_state.c.generation)
        await conn.execute(whole)
    return counted


async def _more_facts(conn: AsyncConnection, place: ZoneInfo) -> int:
    kept = figure_facts.c
    newest = select(kept.closed_at, kept.invitation)
    newest = newest.order_by(kept.closed_at.desc(), kept.invitation.desc()).limit(1)
    last = (await conn.execute(newest)).one_or_none()
    at, id_ = invitations.c.closed_at, invitations.c.id
    query = select(id_).where(at.is_not(None))
    if last is not None:
        later = or_(at > last.closed_at, id_ > last.invitation)
        query = query.where(at >= last.closed_at, later)
    ids = (await conn.execute(query.order_by(at, id_).limit(PART))).scalars().all()
    await _count(conn, ids, place)
    return len(ids)


async def _more_cells(conn: AsyncConnection, place: ZoneInfo, last: datetime | None) -> bool:
    """Write the cells of some days after `last`, as of a part of the facts; False: none is left."""
    of, ends = figure_facts.c, []
    for at in (of.closed_at, of.answered_at):
        query = select(func.min(at), func.max(at))
        found = await conn.execute(query.where(at >= day_after(last, place)) if last else query)
        ends += [each for each in found.one() if each is not None]
    if not ends:
        return False
    begins = day_of(min(ends), place)
    query = select(of.closed_at).where(of.closed_at >= begins).order_by(of.closed_at)
    far = (await conn.execute(query.offset(PART).limit(1))).scalar_one_or_none()
    until = day_of(far, place) if far else day_after(day_of(max(ends), place), place)
    if until <= begins:
        until = day_after(begins, place)
    await conn.execute(_writing(conn), {_SINCE: begins, _UNTIL: until})
    return True


async def _locked(conn: AsyncConnection) -> Any:
    """The one row, once nobody else is at work on the sums; None: nothing is begun."""
    return (await conn.execute(lock_rows(select(figure_state), conn))).one_or_none()


async def _days(conn: AsyncConnection, chosen: Any) -> set[datetime]:
    query = select(figure_facts.c.closed_on, figure_facts.c.answered_on).where(chosen)
    return {day for row in await conn.execute(query.distinct()) for day in row if day is not None}


async def _count(conn: AsyncConnection, ids: Sequence[str], place: ZoneInfo) -> None:
    """Write the facts of invitations as their rows are now."""
    rows = sql.facts(*await sql.questions(conn)).where(among(conn, ids, invitations.c.id))
    of = rows.subquery().c
    instants = await conn.execute(select(of.closed_at, of.answered_at))
    days = sorted({day_of(at, place) for row in instants for at in row if at is not None})
    if not days:
        return
    cut = [latest_of(conn, days, at) for at in (of.closed_at, of.answered_at)]
    into = [*(each.name for each in of), "closed_on", "answered_on"]
    given = select(*of, *cut).where(literal(1) == 1)
    writing = insert(conn, figure_facts).from_select(into, given)
    # Of what is there already, something changed while all is counted: it is marked.
    await conn.execute(writing.on_conflict_do_nothing())


async def _add(conn: AsyncConnection, ids: Sequence[str], sign: int) -> None:
    """Add the facts of invitations to the cells of every view, or take them out."""
    await conn.execute(_adding(conn), {_IDS: ids, _SIGN: sign})


def _adding(conn: AsyncConnection) -> Any:
    """Adds facts to the cells."""
    key = family(conn), _IDS
    if key not in _KEPT:
        facts = select(figure_facts).where(among_those(conn, figure_facts.c.invitation, _IDS))
        every = _every(sql.counted(facts.subquery().c, bindparam(_SIGN, type_=Integer)))
        # One of the databases takes what follows for a join unless there is a condition.
        given = select(*every).where(literal(1) == 1)
        adding = insert(conn, figure_cells).from_select([each.name for each in every], given)
        total = {name: figure_cells.c[name] + adding.excluded[name] for name in sql.MEASURES}
        _KEPT[key] = adding.on_conflict_do_update(index_elements=_KEYS, set_=total)
    return _KEPT[key]


def _writing(conn: AsyncConnection) -> Any:
    """Writes the cells of days of which there are none yet, in their order: that costs half."""
    key = family(conn), _SINCE
    if key not in _KEPT:
        since, until = (bindparam(name, type_=UtcDateTime()) for name in (_SINCE, _UNTIL))
        every = _every(sql.counted(figure_facts.c, literal(1, Integer), (since, until)))
        given = select(*every).order_by(*(every[name] for name in _KEYS))
        names = [each.name for each in every]
        _KEPT[key] = insert(conn, figure_cells).from_select(names, given)
    return _KEPT[key]


def _every(counted: Any) -> Any:
    """The cells of all views that what is counted makes up."""
    of = counted.cte("counted").prefix_with("MATERIALIZED").c
    summed = ((title(view), sql.sums(view, of).subquery().c) for view in VIEWS)
    parts = (select(literal(name).label("view"), *each) for name, each in summed)
    return union_all(*parts).subquery().c


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
