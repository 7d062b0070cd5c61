"""Finds the versions of surveys that were ever used; none is changed or forgotten."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among
from surveys.tables import survey_versions


async def ids_kept(conn: AsyncConnection, after: str, limit: int) -> list[str]:
    """The ids of surveys that were ever used, in order, from `after` on."""
    query = (
        select(survey_versions.c.id)
        .distinct()
        .where(survey_versions.c.id > after)
        .order_by(survey_versions.c.id)
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def newest_versions(
    conn: AsyncConnection, ids: Collection[str], most: int
) -> dict[str, list[tuple[str, datetime]]]:
    """(version, first used at) by survey, newest first, so many of each."""
    if not ids:
        return {}
    table = survey_versions.c
    newest = (table.first_used_at.desc(), table.version.desc())
    rank = func.row_number().over(partition_by=table.id, order_by=newest).label("rank")
    ranked = (
        select(table.id, table.version, table.first_used_at, rank)
        .where(among(conn, ids, table.id))
        .subquery()
    )
    rows = await conn.execute(
        select(ranked).where(ranked.c.rank <= most).order_by(ranked.c.id, ranked.c.rank)
    )
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for row in rows:
        found[row.id].append((row.version, row.first_used_at))
    return found


async def versions_page(
    conn: AsyncConnection, survey: str, after: tuple[datetime, str] | None, limit: int
) -> list[tuple[str, datetime]]:
    """(version, first used at) of a survey, newest first, from a place in that order on."""
    table = survey_versions.c
    query = select(table.version, table.first_used_at).where(table.id == survey)
    if after is not None:
        at, version = after
        query = query.where(
            or_(
                table.first_used_at < at,
                and_(table.first_used_at == at, table.version < version),
            )
        )
    query = query.order_by(table.first_used_at.desc(), table.version.desc()).limit(limit)
    return [(row.version, row.first_used_at) for row in await conn.execute(query)]


async def first_used(
    conn: AsyncConnection, wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], datetime]:
    """When versions, by (survey, version), were first used; those that never were are left out."""
    if not wanted:
        return {}
    table = survey_versions.c
    query = select(table.id, table.version, table.first_used_at)
    rows = await conn.execute(query.where(among(conn, wanted, table.id, table.version)))
    return {(row.id, row.version): row.first_used_at for row in rows}
