"""Lists closings with what they are credited to."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, and_, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tickets.tables import closures

FACTS = ("agent", "team", "region", "product", "category")


def closings() -> Any:
    """Every closing with its facts, to be narrowed and joined; `told_as` is how the journal names
    it where it earned no survey.
    """
    of = closures.c
    return select(
        *(of.source, of.ticket, of.cycle, of.closed_at),
        *(of.facts[name].as_string().label(name) for name in FACTS),
        (literal("closure:") + cast(of.cycle, String)).label("told_as"),
    )


async def closed(
    conn: AsyncConnection, since: datetime | None, until: datetime | None, most: int
) -> int:
    """How many closings there are of some time; counted no further than `most`.

    `since` is in, `until` is not; None: without that end.
    """
    at = closures.c.closed_at
    some = select(at).limit(most)
    some = some if since is None else some.where(at >= since)
    some = some if until is None else some.where(at < until)
    return int((await conn.execute(select(func.count()).select_from(some.subquery()))).scalar_one())


async def reasons(
    conn: AsyncConnection, fact: str, since: datetime, until: datetime
) -> dict[str, dict[str | None, int]]:
    """How many closings of a period gave which reason, by what they say of a fact."""
    of = closures.c.facts
    by = (of[fact].as_string(), of["close_reason"].as_string())
    query = select(*by, func.count()).where(*_within(since, until)).group_by(*by)
    found: dict[str, dict[str | None, int]] = defaultdict(dict)
    for name, reason, n in await conn.execute(query):
        if name is not None:
            found[name][reason] = n
    return found


async def handed_on(
    conn: AsyncConnection, fact: str, since: datetime, until: datetime
) -> dict[str, int]:
    """How many closings had to be closed again by somebody else, by who closed first."""
    source, first, second = _again_elsewhere(fact)
    query = select(first, func.count()).select_from(source)
    query = query.where(*_within(since, until), first != second).group_by(first)
    return {name: n for name, n in await conn.execute(query) if name is not None}


async def closed_by(
    conn: AsyncConnection,
    fact: str,
    name: str,
    since: datetime,
    until: datetime,
    *,
    reason: str | None,
    most: int,
) -> Sequence[tuple[datetime, str, str, int]]:
    """Closings that say `name` of a fact, newest first: when, source, ticket and cycle.

    Those with a close `reason`; without one, those that somebody else had to close again.
    """
    of = closures.c
    query = select(of.closed_at, of.source, of.ticket, of.cycle)
    if reason is None:
        source, first, second = _again_elsewhere(fact)
        query = query.select_from(source).where(first != second)
    else:
        query = query.where(of.facts["close_reason"].as_string() == reason)
    query = query.where(*_within(since, until), of.facts[fact].as_string() == name)
    ordered = query.order_by(of.closed_at.desc(), of.source, of.ticket, of.cycle).limit(most)
    return [(at, of_, ticket, cycle) for at, of_, ticket, cycle in await conn.execute(ordered)]


def _again_elsewhere(fact: str) -> tuple[Any, Any, Any]:
    """Closings joined to the next one of their ticket, and by whom each of both was closed."""
    later = closures.alias("later")
    same = and_(
        later.c.source == closures.c.source,
        later.c.ticket == closures.c.ticket,
        later.c.cycle == closures.c.cycle + 1,
    )
    first = closures.c.facts[fact].as_string()
    return closures.join(later, same), first, later.c.facts[fact].as_string()


def _within(since: datetime, until: datetime) -> tuple[Any, Any]:
    return closures.c.closed_at >= since, closures.c.closed_at < until
