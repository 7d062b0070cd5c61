"""Counts and lists what became of closings, and proves what is kept of it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.cursors import Place
from kernel.engine import Database
from kernel.listing import newest, ordered
from scheduler.hours import zone
from surveys.fates import ledger
from surveys.fates.sql import CLOSING, KEPT, KEY, NAMES, TOLD, UNDECIDED, VIEWS, rows
from surveys.periods import day_of, whole_days
from surveys.report import Group, Selection, between
from surveys.rollups import ledger as figures
from surveys.rollups.report import MOST, PART, Difference
from surveys.rollups.sql import read
from surveys.rollups.views import covering, title
from surveys.tables import fate_cells, fate_facts, fate_marks, figure_marks, invitations
from tickets.listing import closed, closings

_MOST_CLOSED = 1_000_000_000  # closings, counted no further
_MOST_MARKS = 100_000  # beyond, all rows are counted sooner than those that are marked
_LISTED = ("source", "ticket", "cycle", "closed_at", "fate", "program", "team", "agent")

_Range = tuple[datetime | None, datetime | None]


async def is_kept(conn: AsyncConnection) -> bool:
    """Whether closings are counted from sums, so that it takes no longer the more there are."""
    return (await _state(conn))[0] is not None


async def counts(
    conn: AsyncConnection, wanted: Selection, groups: Sequence[str], limit: int
) -> dict[Group, dict[str, int]]:
    """How many closings of some time had which fate, by what they are credited to; names are
    `NAMES`, others of `wanted` are not looked at. No more than `limit` sums are read.
    """
    known, marked = await _state(conn)
    found = await _summed(conn, _parts(known, marked, wanted, groups), groups, limit)
    if known is not None and (await _state(conn))[0] != known:
        # All was begun anew between the two statements; the rows always tell.
        found = await _summed(conn, _parts(None, False, wanted, groups), groups, limit)
    return found


async def _state(conn: AsyncConnection) -> tuple[tuple[str, int] | None, bool]:
    """What is kept, unless the rows are counted sooner; and whether anything is marked."""
    known = await ledger.state(conn)
    waiting = await ledger.waiting(conn, _MOST_MARKS) + await figures.waiting(conn, _MOST_MARKS)
    return (known if waiting < _MOST_MARKS else None), waiting > 0


async def _summed(
    conn: AsyncConnection, parts: Sequence[Any], groups: Sequence[str], limit: int
) -> dict[Group, dict[str, int]]:
    every = union_all(*parts).subquery().c
    by = [*(every[f"by_{name}"] for name in groups), every.fate]
    n = cast(func.sum(every.n), BigInteger).label("n")
    query = select(*by, n).group_by(*by).having(n != 0).limit(limit)
    found: dict[Group, dict[str, int]] = defaultdict(dict)
    for *group, fate, number in await conn.execute(query):
        found[tuple(group)][fate] = int(number)
    return found


def _parts(
    known: tuple[str, int] | None, marked: bool, wanted: Selection, groups: Sequence[str]
) -> list[Any]:
    """What adds up to what is wanted: cells of whole days, facts of the rest, and of what is marked
    the rows in the place of its facts.
    """
    when = (wanted.since, wanted.until)
    if known is None:
        return [_part(rows(*_at(CLOSING, when)).subquery().c, 1, wanted, groups)]
    view = covering({*groups, *_chosen(wanted)}, VIEWS)
    days = whole_days(*when, zone(known[0]) or ZoneInfo("UTC")) if view is not None else None
    edges: list[_Range] = [when]
    parts = []
    if view is not None and days is not None:
        edges = [side for side in ((when[0], days[0]), (days[1], when[1])) if side[0] != side[1]]
        parts.append(_cells(view, days, wanted, groups))
    parts += [_part(KEPT, 1, wanted, groups, *_at(KEPT, edge)) for edge in edges]
    if marked:
        fresh = rows(_is_marked(CLOSING), *_at(CLOSING, when)).cte("fresh")
        stale = select(fate_facts).where(_is_marked(KEPT), *_at(KEPT, when)).cte("stale")
        parts.append(_part(fresh.prefix_with("MATERIALIZED").c, 1, wanted, groups))
        parts.append(_part(stale.prefix_with("MATERIALIZED").c, -1, wanted, groups))
    return parts


def _at(of: Any, when: _Range) -> list[Any]:
    return [between(of.closed_at, *when)]


def _chosen(wanted: Selection) -> dict[str, str]:
    return {name: value for name, value in wanted.equal.items() if name in NAMES}


def _is_marked(of: Any) -> Any:
    """Whether a closing may be told otherwise than it was counted."""
    own = select(*(fate_marks.c[name] for name in KEY))
    of_invited = select(*(invitations.c[name] for name in KEY))
    changed = invitations.c.id.in_(select(figure_marks.c.invitation))
    key = tuple_(*(of[name] for name in KEY))
    return key.in_(own.union(of_invited.where(changed)))


def _part(of: Any, sign: int, wanted: Selection, groups: Sequence[str], *conditions: Any) -> Any:
    """Closings, by what is asked, each counting `sign`."""
    by = [*(of[name].label(f"by_{name}") for name in groups), of.fate]
    chosen = [of[name] == value for name, value in _chosen(wanted).items()]
    n = (func.count() * literal(sign)).label("n")
    return select(*by, n).where(*conditions, *chosen).group_by(*by)


def _cells(view: tuple[str, ...], days: _Range, wanted: Selection, groups: Sequence[str]) -> Any:
    of = fate_cells.c
    by = [*(read(of[name]).label(f"by_{name}") for name in groups), of.fate]
    chosen = [of[name] == "=" + value for name, value in _chosen(wanted).items()]
    here = (of.view == title(view), between(of.day, *days))
    return select(*by, of.n).where(*here, *chosen)


async def listed(
    conn: AsyncConnection,
    wanted: Selection,
    fates: Collection[str],
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Any], Place | None]:
    """The closings of some fates, newest first, each with key, time, fate, program, team and agent;
    and the place after which there are more, if any.
    """
    known, marked = await _state(conn)
    found = await _newest(conn, _told(known, marked, wanted), wanted, fates, after, limit)
    if known is not None and (await _state(conn))[0] != known:
        # All was begun anew between the two statements; the rows always tell.
        found = await _newest(conn, _told(None, False, wanted), wanted, fates, after, limit)
    return found


def _told(known: tuple[str, int] | None, marked: bool, wanted: Selection) -> list[Any]:
    """What makes up all closings of a time: facts, and in the place of those marked the rows."""
    when = _at(CLOSING, (wanted.since, wanted.until))
    if known is None:
        return [select(rows(*when).subquery())]
    if not marked:
        return [select(fate_facts)]
    fresh = rows(_is_marked(CLOSING), *when).subquery()
    return [select(fate_facts).where(~_is_marked(KEPT)), select(fresh)]


async def _newest(
    conn: AsyncConnection,
    parts: Sequence[Any],
    wanted: Selection,
    fates: Collection[str],
    after: Place | None,
    limit: int,
) -> tuple[Sequence[Any], Place | None]:
    """All parts in one statement: a fold between two would hide what it counts."""
    found = []
    for part in parts:
        of = part.selected_columns
        key = of.ticket + literal(" ") + cast(of.cycle, String) + literal(" ") + of.source
        chosen = [of[name] == value for name, value in _chosen(wanted).items()]
        query = part.with_only_columns(*(of[name] for name in _LISTED), key.label("key")).where(
            of.fate.in_(sorted(fates)), between(of.closed_at, wanted.since, wanted.until), *chosen
        )
        # Each has an index of its own to begin with, so each is cut off by itself.
        found.append(select(ordered(query, of.closed_at, key, after, limit).subquery()))
    every = union_all(*found).subquery().c
    return await newest(conn, select(*every), every.closed_at, every.key, None, limit)


async def steps(conn: AsyncConnection) -> int:
    """How many parts `differences` will look at, about."""
    return await closed(conn, None, None, _MOST_CLOSED) // PART + 1 + len(VIEWS)


async def differences(database: Database) -> AsyncIterator[list[Difference]]:
    """What differs of closings: facts from the rows, part by part, then cells from the facts.

    What is marked is counted from the rows until it is folded, and is left out; so is a decision
    that the journal has forgotten, which the facts remember.
    """
    after: tuple[Any, ...] | None = ("", "", 0)
    while after is not None:
        async with database.read() as conn:
            found, after = await _facts(conn, after)
        yield found
    for view in VIEWS:
        async with database.read() as conn:
            yield await _unlike(conn, view)


async def _facts(
    conn: AsyncConnection, after: tuple[Any, ...]
) -> tuple[list[Difference], tuple[Any, ...] | None]:
    of = closings().subquery().c
    key = tuple_(*(of[name] for name in KEY))
    query = select(*(of[name] for name in KEY)).where(key > after).order_by(*key)
    last = (await conn.execute(query.offset(PART - 1).limit(1))).one_or_none()
    own = (_part_of(CLOSING, after, last), ~_is_marked(CLOSING))
    kept = select(*(KEPT[name] for name in TOLD), literal(-1).label("sign"))
    kept = kept.where(_part_of(KEPT, after, last), ~_is_marked(KEPT))
    both = union_all(_remembered(rows(*own)), kept).subquery().c
    query = select(*(both[name] for name in KEY)).group_by(*(both[name] for name in TOLD))
    query = query.having(func.sum(both.sign) != 0).limit(2 * MOST)
    unlike = {tuple(row) for row in await conn.execute(query)}
    unlike |= await _misplaced(conn, after, last)
    told = [Difference(closing=" ".join(map(str, each))) for each in sorted(unlike)]
    return told[:MOST], tuple(last) if last is not None else None


def _part_of(of: Any, after: tuple[Any, ...], last: Any) -> Any:
    key = tuple_(*(of[name] for name in KEY))
    return and_(key > after, *([key <= tuple(last)] if last is not None else []))


def _remembered(now: Any) -> Any:
    """Rows as they are now, each 1; what the journal has forgotten is taken as it was counted."""
    of = now.subquery().c
    mine = and_(*(KEPT[name] == of[name] for name in KEY))
    told = {
        name: case((of.fate == UNDECIDED, func.coalesce(KEPT[name], of[name])), else_=of[name])
        for name in ("program", "fate")
    }
    columns = (told.get(name, of[name]).label(name) for name in TOLD)
    joined = of.fate.table.outerjoin(fate_facts, mine)
    return select(*columns, literal(1).label("sign")).select_from(joined)


async def _misplaced(
    conn: AsyncConnection, after: tuple[Any, ...], last: Any
) -> set[tuple[Any, ...]]:
    """The facts that stand on a day which is not theirs."""
    known = await ledger.state(conn)
    place = (zone(known[0]) if known else None) or ZoneInfo("UTC")
    columns = (KEPT[name] for name in (*KEY, "closed_at", "closed_on"))
    found = await conn.execute(select(*columns).where(_part_of(KEPT, after, last)))
    return {row[: len(KEY)] for row in found if row.closed_on != day_of(row.closed_at, place)}


async def _unlike(conn: AsyncConnection, view: tuple[str, ...]) -> list[Difference]:
    """The cells of a view that are not what their facts make up."""
    of = fate_cells.c
    keys = ["day", "fate", *NAMES]
    kept = select(*(of[name] for name in keys), of.n).where(of.view == title(view))
    own = ledger.summed(KEPT, view, -1).subquery().c
    both = union_all(kept, select(*(own[name] for name in keys), own.n)).subquery().c
    by = [both[name] for name in keys]
    off = cast(func.sum(both.n), BigInteger).label("off")
    query = select(*by, off).group_by(*by).having(off != 0).order_by(*by).limit(MOST)
    return [
        Difference(
            view=f"fate,{title(view)}".rstrip(","),
            day=row.day,
            names={"fate": row.fate, **{name: getattr(row, name)[1:] or None for name in view}},
            off_by={"closings": int(row.off)},
        )
        for row in await conn.execute(query)
    ]
