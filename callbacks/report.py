"""Tells when complaints were opened, and when they were acknowledged and resolved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.tables import complaints
from kernel.journal import journal
from kernel.sql import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """A complaint about the answer to an invitation: by when what was due, and when it was first
    done; None: not yet.
    """

    invitation: str
    opened_at: datetime
    respond_by: datetime
    resolve_by: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None


async def handled(
    conn: AsyncConnection, since: datetime | None, until: datetime | None, limit: int
) -> list[Handled]:
    """The newest complaints opened from `since` on and before `until`, at most `limit`.

    None: no end.
    """
    of = complaints.c
    query = select(
        of.invitation,
        of.opened_at,
        of.respond_by,
        of.resolve_by,
        _first("complaint.acknowledged").label("acknowledged_at"),
        _first("complaint.resolved").label("resolved_at"),
    )
    query = query.order_by(of.opened_at.desc(), of.id).limit(limit)
    if since is not None:
        query = query.where(of.opened_at >= since)
    if until is not None:
        query = query.where(of.opened_at < until)
    return [Handled(**row._asdict()) for row in await fetch(conn, query)]


def _first(kind: str) -> Any:
    """When a complaint's story first tells of something."""
    told = select(func.min(journal.c.at)).where(
        journal.c.about == complaints.c.id, journal.c.kind == kind
    )
    return told.correlate(complaints).scalar_subquery()
