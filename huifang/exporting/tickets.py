"""Reads closed tickets with all that followed their last closing, a page at a time, in columns."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.promises.tables import callbacks
from callbacks.tables import complaints
from kernel.journal import journal
from kernel.sql import among
from surveys.export import Columns
from surveys.listing import headed
from surveys.report import Selection, between
from surveys.tables import invitations, responses
from tickets.tables import closures, tickets

_FACTS = ("agent", "team", "region", "product", "category", "priority", "close_reason")
_ASKED = ("program", "survey", "version")
_ANSWERED = ("channel", "score", "rating", "low", "suspect", "late", "started_at")


async def _chosen(conn: AsyncConnection, wanted: Selection, columns: Sequence[Any]) -> Any:
    """Each closed ticket once: with its last closing, and what that earned."""
    later = closures.alias("later")
    of = closures.c
    again = (
        select(later.c.cycle)
        .where(
            later.c.source == of.source,
            later.c.ticket == of.ticket,
            later.c.cycle > of.cycle,
            later.c.superseded.is_(false()),
        )
        .exists()
    )
    owed = and_(
        invitations.c.source == of.source,
        invitations.c.ticket == of.ticket,
        invitations.c.cycle == of.cycle,
    )
    source = (
        closures.join(tickets, and_(tickets.c.source == of.source, tickets.c.id == of.ticket))
        .outerjoin(invitations, owed)
        .outerjoin(responses, responses.c.invitation == invitations.c.id)
    )
    query = select(*columns).select_from(source)
    query = query.where(of.superseded.is_(false()), ~again)
    query = query.where(between(of.closed_at, wanted.since, wanted.until))
    for name, value in wanted.equal.items():
        query = query.where(_column(name) == value)
    for name, flag in wanted.flags.items():
        query = query.where(responses.c[name].is_(flag))
    if wanted.rating is not None:
        query = query.where(responses.c.rating == wanted.rating)
    if wanted.kind is not None:
        query = query.where(await headed(conn, wanted.kind))
    return query


def _column(name: str) -> Any:
    if name in _FACTS:
        return closures.c.facts[name].as_string()
    return invitations.c[name] if name in _ASKED else responses.c[name]


async def extent(
    conn: AsyncConnection, wanted: Selection
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """How many tickets `pages` will read in this transaction; of which surveys and versions."""
    key = (invitations.c.survey, invitations.c.version)
    query = await _chosen(conn, wanted, (*key, func.count().label("n")))
    rows = (await conn.execute(query.group_by(*key))).all()
    versions = sorted((row.survey, row.version) for row in rows if row.survey is not None)
    return sum(row.n for row in rows), tuple(versions)


async def pages(conn: AsyncConnection, wanted: Selection, rows: int) -> AsyncIterator[Columns]:
    """Closed tickets in the order of their sources and ids, so many `rows` at a time.

    Times in `wanted` are about the last closing; names and flags are those of responses.
    """
    of = closures.c
    query = await _chosen(conn, wanted, _columns())
    query = query.order_by(of.source, of.ticket).limit(rows)
    last: Any = None
    while True:
        rest = (
            query
            if last is None
            else query.where(
                of.source >= last.source, or_(of.source > last.source, of.ticket > last.ticket)
            )
        )
        found = (await conn.execute(rest)).all()
        if found:
            yield await _whole(conn, found)
        if len(found) < rows:
            return
        last = found[-1]


def _columns() -> list[Any]:
    of = closures.c
    return [
        *(of.source, of.ticket, of.closed_at, of.customer),
        *(tickets.c.status, tickets.c.reopens, of.cycle.label("closure")),
        *(of.facts[name].as_string().label(name) for name in _FACTS),
        of.facts["channel"].as_string().label("ticket_channel"),
        *(invitations.c[name] for name in _ASKED),
        *(invitations.c[name].label(f"invitation_{name}") for name in ("state", "reason")),
        invitations.c.id.label("invitation"),
        invitations.c.channel.label("invitation_channel"),
        responses.c.id.label("response"),
        *(responses.c[name] for name in _ANSWERED),
        responses.c.excluded_at.label("excluded"),
    ]


async def _whole(conn: AsyncConnection, found: Sequence[Any]) -> Columns:
    """A page with what is kept elsewhere."""
    names = found[0]._fields
    page: dict[str, Sequence[Any]] = dict(zip(names, zip(*found, strict=True), strict=True))
    answered = [row.response is not None for row in found]
    page["excluded"] = [
        at is not None if there else None
        for at, there in zip(page["excluded"], answered, strict=True)
    ]
    which = [(row.source, row.ticket) for row in found]
    page |= await _decisions(conn, which, page["closure"])
    page |= await _complaints(conn, which)
    page |= await _callbacks(conn, which)
    return page


async def _decisions(
    conn: AsyncConnection, which: Sequence[tuple[str, str]], cycles: Sequence[int]
) -> Columns:
    """What was decided of the closings, last of all."""
    said = journal.c.detail
    query = (
        select(
            *(journal.c.source, journal.c.ticket, journal.c.at, said["cycle"].as_integer()),
            *(said[name].as_string() for name in ("verdict", "reason", "program")),
        )
        .where(journal.c.kind == "decision", among(conn, which, journal.c.source, journal.c.ticket))
        .order_by(journal.c.at, journal.c.id)
    )
    last = {(row[0], row[1], row[3]): row for row in (await conn.execute(query)).all()}
    none = (None,) * 7
    found = [last.get((*key, cycle), none) for key, cycle in zip(which, cycles, strict=True)]
    return {
        "decision": [row[4] for row in found],
        "decision_reason": [row[5] for row in found],
        "decided_at": [row[2] for row in found],
        "program": [row[6] for row in found],
    }


async def _complaints(conn: AsyncConnection, which: Sequence[tuple[str, str]]) -> Columns:
    """How many complaints there are of tickets, and the last of each."""
    of = complaints.c
    query = (
        select(of.source, of.ticket, of.id, of.state, of.classed, of.opened_at)
        .where(among(conn, which, of.source, of.ticket))
        .order_by(of.opened_at, of.id)
    )
    found = _by_ticket((await conn.execute(query)).all())
    last = [found[key][-1] if key in found else None for key in which]
    return {
        "complaints": [len(found.get(key, ())) for key in which],
        "complaint": [row and row.id for row in last],
        "complaint_state": [row and row.state for row in last],
        "complaint_class": [row and row.classed for row in last],
        "complaint_opened_at": [row and row.opened_at for row in last],
    }


async def _callbacks(conn: AsyncConnection, which: Sequence[tuple[str, str]]) -> Columns:
    """How many callbacks there are of tickets, and the last of each with its last outcome."""
    of = callbacks.c
    query = (
        select(of.source, of.ticket, of.id, of.state, of.attempts)
        .where(among(conn, which, of.source, of.ticket))
        .order_by(of.asked_at, of.id)
    )
    found = _by_ticket((await conn.execute(query)).all())
    last = [found[key][-1] if key in found else None for key in which]
    return {
        "callbacks": [len(found.get(key, ())) for key in which],
        "callback": [row and row.id for row in last],
        "callback_state": [row and row.state for row in last],
        "callback_outcome": [
            row.attempts[-1]["outcome"] if row and row.attempts else None for row in last
        ],
        "callback_attempts": [len(row.attempts) if row else None for row in last],
    }


def _by_ticket(rows: Sequence[Any]) -> dict[tuple[str, str], list[Any]]:
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        found[row.source, row.ticket].append(row)
    return found
