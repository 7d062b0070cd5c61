"""Forgets what customers wrote, a part at a time, as a periodic duty asks; the scores stay."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.sql import among
from surveys.model import OPEN_STATES, InvitationState
from surveys.tables import answer_versions, answers, invitations, responses

PART = 2_000
"""Rows looked at in one go."""

_OPEN = [state.value for state in OPEN_STATES]


async def open_threads(conn: AsyncConnection, threads: Collection[str]) -> set[str]:
    """Those of the invitations that are not over."""
    query = select(invitations.c.id).where(
        among(conn, threads, invitations.c.id), invitations.c.state.in_(_OPEN)
    )
    return {row.id for row in await conn.execute(query)}


async def open_tickets(
    conn: AsyncConnection, which: Collection[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Those of the tickets (source, id) that have an invitation which is not over."""
    query = select(invitations.c.source, invitations.c.ticket).where(
        among(conn, which, invitations.c.source, invitations.c.ticket),
        invitations.c.state.in_(_OPEN),
    )
    return {(row.source, row.ticket) for row in await conn.execute(query)}


async def overdue(
    conn: AsyncConnection, after: str, before: datetime
) -> tuple[list[tuple[str, datetime]], str | None]:
    """Open invitations that should have ended before an instant, of the next `PART` ids, each with
    when that was; and the id to go on after, None at the end. What was never sent is over with its
    use.
    """
    of = invitations.c
    over = case((of.state == InvitationState.PLANNED.value, of.useful_until), else_=of.expires_at)
    query = select(of.id, of.state, over.label("over"))
    ordered = query.where(of.id > after).order_by(of.id).limit(PART)
    rows = (await conn.execute(ordered)).all()
    late = [
        (row.id, row.over)
        for row in rows
        if row.state in _OPEN and row.over is not None and row.over < before
    ]
    return late, rows[-1].id if rows else None


async def old_responses(
    conn: AsyncConnection, after: str, before: datetime
) -> tuple[list[tuple[str, str]], str | None]:
    """Responses begun before an instant, of the next `PART` ids, each with its invitation; and the
    id to go on after, None at the end.
    """
    query = select(responses.c.id, responses.c.invitation, responses.c.started_at)
    ordered = query.where(responses.c.id > after).order_by(responses.c.id).limit(PART)
    rows = (await conn.execute(ordered)).all()
    old = [(row.id, row.invitation) for row in rows if row.started_at < before]
    return old, rows[-1].id if rows else None


async def forget_words(conn: AsyncConnection, ids: Sequence[str], before: datetime) -> None:
    """Take the words out of answers given before an instant to these responses, whatever became of
    them since.
    """
    for table in (answers, answer_versions):
        await conn.execute(
            update(table)
            .where(
                among(conn, ids, table.c.response),
                table.c.words.is_not(None),
                table.c.at < before,
            )
            .values(words=None)
        )
