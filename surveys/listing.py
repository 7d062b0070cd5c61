"""Lists responses, newest first, by what they are credited to and what became of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, false, select, tuple_, union
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.cursors import Place
from kernel.listing import newest
from kernel.sql import among, fetch
from surveys.fates.sql import VIEWS as FATE_VIEWS
from surveys.report import Group, Selection, between, closed_in, credited
from surveys.rollups import sql
from surveys.rollups.views import VIEWS, covering, title
from surveys.tables import fate_cells, figure_cells, invitations, responses

BASES = ("started", "counted")
"""What a time may be about: when a response was begun, or from when on it counts."""

_PART = 5_000  # complaints looked up in one statement

_COLUMNS = (
    responses.c.id,
    responses.c.invitation,
    responses.c.started_at,
    responses.c.excluded_at,
)


async def page(
    conn: AsyncConnection,
    wanted: Selection,
    after: Place | None,
    limit: int,
    *,
    by: str = "started",
    only: Collection[str] | None = None,
) -> tuple[dict[str, bool], Place | None]:
    """The invitations of responses, each with whether its response is excluded; and the place after
    which there are more, if any.

    Those begun at some instant of `wanted`; `by` `counted` those that the figures of that time
    count, and no others. `only`: no other responses than these.
    """
    query = await chosen(conn, wanted, by, *_COLUMNS)
    if only is not None:
        query = query.where(among(conn, only, responses.c.id))
    of = responses.c
    rows, more = await newest(conn, query, of.started_at, of.id, after, limit)
    return _excluded(rows), more


async def chosen(conn: AsyncConnection, wanted: Selection, by: str, *columns: Any) -> Select[Any]:
    """A query for columns of the responses that are meant, in no order; `by` as for `page`."""
    query = select(*columns)
    if by == "counted":
        query = query.where(await _counted(conn, wanted))
    else:
        query = query.where(between(responses.c.started_at, wanted.since, wanted.until))
    if "program" in wanted.equal:
        query = query.join(invitations, invitations.c.id == responses.c.invitation)
    for name, value in wanted.equal.items():
        query = query.where(credited(responses, name) == value)
    for name, flag in wanted.flags.items():
        query = query.where(responses.c[name].is_(flag))
    if wanted.rating is not None:
        query = query.where(responses.c.rating == wanted.rating)
    if wanted.kind is not None:
        query = query.where(await headed(conn, wanted.kind))
    return query


async def headed(conn: AsyncConnection, kind: str) -> Any:
    """Whether a response is of a version whose headline is of a kind."""
    heads, _ = await sql.questions(conn)
    versions = [(survey, version) for survey, version, _, its in heads if its == kind]
    return tuple_(responses.c.survey, responses.c.version).in_(versions)


async def invited(
    conn: AsyncConnection, wanted: Selection, step: str, after: Place | None, limit: int
) -> tuple[dict[str, datetime], Place | None]:
    """The invitations that the funnel's `step` counts for the closings of some time, each with when
    its ticket was closed; and the place after which there are more, if any.
    """
    of = sql.facts(*await sql.questions(conn)).where(closed_in(wanted.since, wanted.until))
    found = of.subquery().c
    query = select(found.invitation, found.closed_at)
    if step != "eligible":
        query = query.where(found[step] == 1)
    for name, value in wanted.equal.items():
        query = query.where(sql.credited(found, name, by_answer=False) == value)
    rows, more = await newest(conn, query, found.closed_at, found.invitation, after, limit)
    return {row.invitation: row.closed_at for row in rows}, more


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The scores before and after a complaint, and what its invitation is credited to.

    `settled`: the answer after it, given at `answered_at`, was not low again; None: there is none,
    or its headline was passed over.
    """

    group: Group
    before: float | None = None
    after: float | None = None
    settled: bool | None = None
    answered_at: datetime | None = None


async def pairs(
    conn: AsyncConnection,
    complained: Sequence[str],
    groups: Sequence[str],
    equal: Mapping[str, str],
) -> dict[str, Pair]:
    """What customers said before and after they complained, by the invitation complained of.

    After: to the first recovery survey of a later closing whose headline was answered. Late,
    suspect and excluded answers are left out.
    """
    later, after = invitations.alias("later"), responses.alias("after")
    again = and_(
        later.c.source == invitations.c.source,
        later.c.ticket == invitations.c.ticket,
        later.c.cycle > invitations.c.cycle,
        later.c.terms["recovery"].as_boolean(),
    )
    query = (
        select(
            invitations.c.id,
            *(credited(invitations, name).label(f"by_{name}") for name in groups),
            responses.c.score.label("before"),
            after.c.score.label("after"),
            after.c.low,
            after.c.started_at,
        )
        .outerjoin(responses, and_(responses.c.invitation == invitations.c.id, *_valid(responses)))
        .outerjoin(later, again)
        .outerjoin(after, and_(after.c.invitation == later.c.id, *_valid(after)))
        .where(*(credited(invitations, name) == value for name, value in equal.items()))
        .order_by(invitations.c.id, later.c.cycle)
    )
    found: dict[str, Pair] = {}
    for start in range(0, len(complained), _PART):
        part = among(conn, complained[start : start + _PART], invitations.c.id)
        for row in await fetch(conn, query.where(part)):
            if row.id not in found or found[row.id].settled is None:
                found[row.id] = _pair(row, groups)
    return found


def _valid(of: Any) -> tuple[Any, ...]:
    return of.c.excluded_at.is_(None), of.c.late.is_(false()), of.c.suspect.is_(false())


def _pair(row: Any, groups: Sequence[str]) -> Pair:
    # Whoever passed over the headline did not say that it was good; other answers may be low.
    is_said = row.low is not None and (row.low or row.after is not None)
    return Pair(
        group=tuple(getattr(row, f"by_{name}") for name in groups),
        before=row.before,
        after=row.after,
        settled=not row.low if is_said else None,
        answered_at=row.started_at if is_said else None,
    )


async def _counted(conn: AsyncConnection, wanted: Selection) -> Any:
    """Whether a response counts at some instant of `wanted`."""
    heads, truths = await sql.questions(conn)
    at = sql.HEAD.c.at
    counted = sql.facts(heads, truths).where(
        between(at, wanted.since, wanted.until), at.is_not(None)
    )
    of = counted.subquery().c
    return responses.c.invitation.in_(select(of.invitation).where(of.answered_at.is_not(None)))


async def known(conn: AsyncConnection, name: str, most: int) -> list[str]:
    """What responses, invitations or closings were ever credited to, by one of `GROUPS`, in order.

    As far as sums are kept: what was not folded yet may be missing. No more than `most` are read.
    """
    kept = []
    for cells, views in ((figure_cells.c, VIEWS), (fate_cells.c, FATE_VIEWS)):
        view = covering({name}, views)
        if view is not None:
            named = select(cells[name]).where(cells.view == title(view), cells[name] != "")
            kept.append(named.distinct())
    found = (await conn.execute(union(*kept).limit(most))).scalars()
    return sorted(written.removeprefix("=") for written in found)


async def one(conn: AsyncConnection, response: str) -> Mapping[str, bool]:
    """The invitation of a response, with whether that is excluded; empty: there is none."""
    return _excluded(
        (await conn.execute(select(*_COLUMNS).where(responses.c.id == response))).all()
    )


def _excluded(rows: Any) -> dict[str, bool]:
    return {row.invitation: row.excluded_at is not None for row in rows}
