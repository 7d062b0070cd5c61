"""Keeps what the watch found, and since when it is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from huifang import decisions
from huifang.watching.model import SKIPPED, Known, Matter, Seen, Spot
from huifang.watching.tables import watch_findings
from kernel.cursors import Place
from kernel.listing import newest
from kernel.sql import lock_rows, upsert
from surveys.report import Selection
from surveys.watch import Finding, Hits
from tickets import listing

_MOST_ROWS = 500


async def standing(conn: AsyncConnection) -> dict[str, Known]:
    """All findings, also those that are over, locked in order."""
    query = lock_rows(select(watch_findings).order_by(watch_findings.c.id), conn)
    return {row.id: known(row) for row in await conn.execute(query)}


async def keep(conn: AsyncConnection, found: Sequence[Known]) -> None:
    """Write findings as they are now."""
    rows = [_row(each) for each in found]
    await upsert(conn, watch_findings, sorted(rows, key=lambda row: row["id"]), ["id"])


async def end(conn: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
    """Note that findings are not there any more."""
    here = watch_findings.c.id.in_(ids)
    await conn.execute(update(watch_findings).where(here).values(over_at=now))


async def listed(
    conn: AsyncConnection,
    *,
    current: bool | None,
    matter: str | None,
    after: Place | None,
    limit: int,
) -> tuple[list[Known], Place | None]:
    """Findings, newest first, and the place after which there are more, if any."""
    of = watch_findings.c
    query = select(watch_findings)
    if current is not None:
        query = query.where(of.over_at.is_(None) if current else of.over_at.is_not(None))
    if matter is not None:
        query = query.where(of.kind == matter)
    rows, more = await newest(conn, query, of.found_at, of.id, after, limit)
    return [known(row) for row in rows], more


async def one(conn: AsyncConnection, id_: str) -> Known | None:
    """A finding; None: there is none."""
    row = (
        await conn.execute(select(watch_findings).where(watch_findings.c.id == id_))
    ).one_or_none()
    return None if row is None else known(row)


async def rows_behind(conn: AsyncConnection, seen: Seen) -> list[Mapping[str, Any]]:
    """The closings that a finding about closings rests on, newest first, as many as 500."""
    spot = seen.spot
    if spot.matter is Matter.UNASKED:
        wanted = Selection(since=seen.since, until=seen.until, equal={spot.dimension: spot.name})
        passed, _ = await decisions.listed(conn, wanted, SKIPPED, None, _MOST_ROWS)
        return [_closing((each.closed_at, each.source, each.ticket, each.cycle)) for each in passed]
    closed = await listing.closed_by(
        conn,
        spot.dimension,
        spot.name,
        seen.since,
        seen.until,
        reason=None if spot.matter is Matter.HANDED_ON else spot.close_reason,
        most=_MOST_ROWS,
    )
    return [_closing(each) for each in closed]


def _closing(of: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(("closed_at", "source", "ticket", "closure"), of, strict=True))


def _row(of: Known) -> dict[str, Any]:
    seen, finding = of.seen, of.seen.finding
    return {
        "id": seen.spot.id,
        "kind": seen.spot.matter.value,
        "dimension": seen.spot.dimension,
        "name": seen.spot.name,
        "close_reason": seen.spot.close_reason,
        "hits": finding.now.hits,
        "n": finding.now.n,
        "usual_hits": finding.usual.hits,
        "usual_n": finding.usual.n,
        "limit": finding.limit,
        "chance": finding.chance,
        "since": seen.since,
        "until": seen.until,
        "found_at": of.found_at,
        "seen_at": of.seen_at,
        "over_at": of.over_at,
        "told_at": of.told_at,
        "told_hits": of.told.hits,
        "told_n": of.told.n,
        "told_usual": of.told_usual,
    }


def known(row: Any) -> Known:
    """A row of findings as what it says."""
    spot = Spot(
        matter=Matter(row.kind),
        dimension=row.dimension,
        name=row.name,
        close_reason=row.close_reason,
    )
    finding = Finding(
        now=Hits(hits=row.hits, n=row.n),
        usual=Hits(hits=row.usual_hits, n=row.usual_n),
        limit=row.limit,
        chance=row.chance,
    )
    return Known(
        seen=Seen(spot=spot, finding=finding, since=row.since, until=row.until),
        found_at=row.found_at,
        seen_at=row.seen_at,
        over_at=row.over_at,
        told_at=row.told_at,
        told=Hits(hits=row.told_hits, n=row.told_n),
        told_usual=row.told_usual,
    )
