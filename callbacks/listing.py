"""Lists what supervisors watch: complaints and callbacks, the most overdue first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints_store
from callbacks.complaint import MET_BY, is_past
from callbacks.model import Complaint, ComplaintState
from callbacks.promises import store as promises
from callbacks.promises.model import Callback
from callbacks.promises.tables import callbacks
from callbacks.tables import complaints
from kernel.cursors import Place
from kernel.vault import Vault

_ENDS = {
    "respond": complaints.c.respond_by,
    "resolve": complaints.c.resolve_by,
    "tell": complaints.c.tell_by,
}
#: The deadline that a state waits for; of what was told nothing is owed any more.
_next = case(
    (complaints.c.state == ComplaintState.REGISTERED.value, complaints.c.respond_by),
    (
        complaints.c.state.in_(
            [ComplaintState.ACKNOWLEDGED.value, ComplaintState.IN_PROGRESS.value]
        ),
        complaints.c.resolve_by,
    ),
    else_=complaints.c.tell_by,
)
_settled = case((complaints.c.state == ComplaintState.TOLD.value, 1), else_=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which matters; None: whatever it is. Without a `state` those that are not closed.

    `owners` are agents and teams, any of which will do.
    """

    state: ComplaintState | None = None
    owners: Collection[str] | None = None
    classed: str | None = None
    late: bool = False


async def complained(
    conn: AsyncConnection,
    vault: Vault,
    wanted: Wanted,
    now: datetime,
    *,
    after: Place | None = None,
    limit: int,
) -> tuple[list[Complaint], Place | None]:
    """Complaints by their next deadline, and the place after which there are more, if there are.

    What was told comes last; where the closed ones are asked for, the newest come first.
    """
    closed = wanted.state is ComplaintState.CLOSED
    rank, due, id_ = _settled.label("rank"), _next.label("due"), complaints.c.id
    query = select(id_, rank, due).where(*_conditions(wanted, now))
    query = query.order_by(*((due.desc(), id_.desc()) if closed else (rank, due, id_)))
    if after is not None:
        query = query.where(_beyond(after, closed))
    rows = (await conn.execute(query.limit(limit + 1))).all()
    ids = [row.id for row in rows[:limit]]
    found = await complaints_store.load(conn, vault, ids)
    last = rows[limit - 1] if len(rows) > limit else None
    more = None if last is None else Place(at=last.due, id=f"{last.rank}:{last.id}")
    return [found[each] for each in ids if each in found], more


def _conditions(wanted: Wanted, now: datetime) -> list[Any]:
    state = complaints.c.state
    conditions = [
        state == wanted.state.value if wanted.state else state != ComplaintState.CLOSED.value
    ]
    if wanted.owners is not None:
        conditions.append(complaints.c.owner.in_(sorted(wanted.owners)))
    if wanted.classed is not None:
        conditions.append(complaints.c.classed == wanted.classed)
    if wanted.late:
        conditions.append(or_(*(_unmet(name, now) for name in _ENDS)))
    return conditions


def _unmet(deadline: str, now: datetime) -> Any:
    before = [state.value for state in ComplaintState if is_past(MET_BY[deadline], state)]
    return and_(_ENDS[deadline] <= now, complaints.c.state.in_(before))


def _beyond(place: Place, closed: bool) -> Any:
    """What comes after a place, whose id is that of the row behind its rank."""
    number, _, id_ = place.id.partition(":")
    if closed:
        same = and_(_next == place.at, complaints.c.id < id_)
        return or_(_next < place.at, same)
    rank = 1 if number == "1" else 0
    later = or_(_next > place.at, and_(_next == place.at, complaints.c.id > id_))
    return or_(_settled > rank, and_(_settled == rank, later))


async def promised(
    conn: AsyncConnection, vault: Vault, wanted: Wanted, now: datetime, *, limit: int
) -> tuple[list[Callback], bool]:
    """Open callbacks by their promise, and whether there are more; an owner is their agent."""
    query = select(callbacks.c.id).where(callbacks.c.closed_at.is_(None))
    if wanted.owners is not None:
        query = query.where(callbacks.c.agent.in_(sorted(wanted.owners)))
    if wanted.late:
        query = query.where(callbacks.c.slot_until <= now)
    ordered = query.order_by(callbacks.c.slot_from, callbacks.c.priority, callbacks.c.id)
    ids = [row.id for row in await conn.execute(ordered.limit(limit + 1))]
    found = await promises.load(conn, vault, ids[:limit])
    return [found[each] for each in ids[:limit] if each in found], len(ids) > limit
