"""Lists responses, newest first, by what they are credited to and what became of them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.cursors import Place
from surveys.report import Selection, between, credited
from surveys.tables import invitations, responses

_COLUMNS = (
    responses.c.id,
    responses.c.invitation,
    responses.c.started_at,
    responses.c.excluded_at,
)


async def page(
    conn: AsyncConnection, wanted: Selection, after: Place | None, limit: int
) -> tuple[dict[str, bool], Place | None]:
    """The invitations of responses begun at some instant of `wanted`, each with whether its
    response is excluded; and the place after which there are more, if any.
    """
    query = select(*_COLUMNS).where(between(responses.c.started_at, wanted.since, wanted.until))
    if "program" in wanted.equal:
        query = query.join(invitations, invitations.c.id == responses.c.invitation)
    for name, value in wanted.equal.items():
        query = query.where(credited(responses, name) == value)
    for name, flag in wanted.flags.items():
        query = query.where(responses.c[name].is_(flag))
    if after is not None:
        at = responses.c.started_at
        query = query.where(or_(at < after.at, and_(at == after.at, responses.c.id < after.id)))
    ordered = query.order_by(responses.c.started_at.desc(), responses.c.id.desc())
    rows = (await conn.execute(ordered.limit(limit + 1))).all()
    shown = rows[:limit]
    more = Place(at=shown[-1].started_at, id=shown[-1].id) if len(rows) > limit else None
    return _excluded(shown), more


async def one(conn: AsyncConnection, response: str) -> Mapping[str, bool]:
    """The invitation of a response, with whether that is excluded; empty: there is none."""
    return _excluded(
        (await conn.execute(select(*_COLUMNS).where(responses.c.id == response))).all()
    )


def _excluded(rows: Any) -> dict[str, bool]:
    return {row.invitation: row.excluded_at is not None for row in rows}
