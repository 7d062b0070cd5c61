"""Finds the responses with a comment that are asked about, the newest first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among
from surveys import listing
from surveys.report import Selection, credited
from surveys.tables import answers, invitations, responses


@dataclass(frozen=True, slots=True, kw_only=True)
class Commented:
    """A response in which something was said; `group` is what it is credited to."""

    id: str
    group: str | None
    score: float | None


async def commented(
    conn: AsyncConnection, wanted: Selection, by: str, group: str, most: int
) -> tuple[list[Commented], int]:
    """The newest `most` responses with a comment, and how many there are; `by` as for
    `listing.page`, `group` one of `GROUPS`.
    """
    of = responses.c
    named = credited(responses, group).label("credited")
    rows = await _chosen(conn, wanted, by, group, (of.id, of.score, named))
    newest = rows.order_by(of.started_at.desc(), of.id.desc()).limit(most)
    found = [
        Commented(id=row.id, group=row.credited, score=row.score)
        for row in await conn.execute(newest)
    ]
    if len(found) < most:
        return found, len(found)
    counted = await _chosen(conn, wanted, by, "survey", (func.count(),))
    return found, (await conn.execute(counted)).scalar_one()


async def _chosen(
    conn: AsyncConnection, wanted: Selection, by: str, group: str, columns: Sequence[Any]
) -> Select[Any]:
    query = await listing.chosen(conn, wanted, by, *columns)
    if group == "program" and "program" not in wanted.equal:
        query = query.join(invitations, invitations.c.id == responses.c.invitation)
    said = exists().where(answers.c.response == responses.c.id, answers.c.words.is_not(None))
    return query.where(said)


async def invitations_of(conn: AsyncConnection, ids: Collection[str]) -> dict[str, str]:
    """The invitation of each of some responses."""
    of = responses.c
    query = select(of.id, of.invitation).where(among(conn, ids, of.id))
    return {row.id: row.invitation for row in await conn.execute(query)}
