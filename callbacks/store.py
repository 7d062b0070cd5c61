"""Keeps complaints; every verb takes and returns many."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.complaint import MET_BY, is_past
from callbacks.model import Complaint, ComplaintState, Telling
from callbacks.tables import complaints
from kernel import cursors
from kernel.listing import newest
from kernel.sql import among, insert_new, lock_rows, upsert
from kernel.vault import Vault

Which = tuple[str, str]  # (source, ticket id)


_ENDS = {
    "respond": complaints.c.respond_by,
    "resolve": complaints.c.resolve_by,
    "tell": complaints.c.tell_by,
}
# Each by its name: an index answers what is equal, not what differs.
_OPEN = complaints.c.state.in_(
    [each.value for each in ComplaintState if each is not ComplaintState.CLOSED]
)


def _place(id_: str, column: str = "comment") -> str:
    return f"complaints.{column}|{id_}"


async def add(conn: AsyncConnection, vault: Vault, new: Sequence[Complaint]) -> set[str]:
    """Write complaints; the ids written. A response makes one complaint at most."""
    rows = [_row(vault, item) for item in new]
    return {row[0] for row in await insert_new(conn, complaints, rows, ["id"])}


async def save(conn: AsyncConnection, vault: Vault, changed: Sequence[Complaint]) -> None:
    """Overwrite complaints whose rows the caller has locked."""
    await upsert(conn, complaints, [_row(vault, item) for item in changed], ["id"])


def _row(vault: Vault, item: Complaint) -> dict[str, Any]:
    return {
        "id": item.id,
        "source": item.source,
        "ticket": item.ticket,
        "cycle": item.cycle,
        "invitation": item.invitation,
        "response": item.response,
        "state": item.state.value,
        "classed": item.classed,
        "owner": item.owner,
        "opened_at": item.opened_at,
        "respond_by": item.respond_by,
        "resolve_by": item.resolve_by,
        "tell_by": item.tell_by,
        "score": item.score,
        "rating": item.rating,
        "question": item.question,
        "version": item.version,
        "answers": dict(item.answers),
        "comment": vault.seal(item.comment, _place(item.id)),
        "reopen": item.reopen,
        "follow_up": item.follow_up,
        "attention": item.attention,
        "revision": item.revision,
        "by_hand": item.by_hand,
        "how": vault.seal(item.how, _place(item.id, "how")),
        "result": vault.seal(item.result, _place(item.id, "result")),
        "tellings": item.tellings,
        "telling": item.telling.value,
    }


def _complaint(vault: Vault, row: Any) -> Complaint:
    return Complaint(
        id=row.id,
        source=row.source,
        ticket=row.ticket,
        cycle=row.cycle,
        invitation=row.invitation,
        response=row.response,
        state=ComplaintState(row.state),
        classed=row.classed,
        owner=row.owner,
        opened_at=row.opened_at,
        respond_by=row.respond_by,
        resolve_by=row.resolve_by,
        tell_by=row.tell_by,
        score=row.score,
        rating=row.rating,
        question=row.question,
        version=row.version,
        answers=row.answers,
        comment=vault.open(row.comment, _place(row.id)),
        reopen=row.reopen,
        follow_up=row.follow_up,
        attention=row.attention,
        revision=row.revision,
        by_hand=row.by_hand,
        how=vault.open(row.how, _place(row.id, "how")),
        result=vault.open(row.result, _place(row.id, "result")),
        tellings=row.tellings,
        telling=Telling(row.telling),
    )


async def load(
    conn: AsyncConnection, vault: Vault, ids: Collection[str], *, lock: bool = False
) -> dict[str, Complaint]:
    """Complaints by id; locked in order when `lock`."""
    if not ids:
        return {}
    query = select(complaints).where(complaints.c.id.in_(sorted(ids))).order_by(complaints.c.id)
    rows = await conn.execute(lock_rows(query, conn) if lock else query)
    return {row.id: _complaint(vault, row) for row in rows}


async def open_complaints(conn: AsyncConnection, which: Collection[Which]) -> set[Which]:
    """Those of the tickets that have a complaint which is not closed."""
    if not which:
        return set()
    rows = await conn.execute(
        select(complaints.c.source, complaints.c.ticket).where(
            among(conn, which, complaints.c.source, complaints.c.ticket),
            _OPEN,
        )
    )
    return {(row.source, row.ticket) for row in rows}


async def concerned(
    conn: AsyncConnection, which: Collection[Which], new: Collection[Which]
) -> set[Which]:
    """Those of the tickets that have a complaint which is not closed, or follow one that has.

    `new`: those of them nobody had told of, of which nobody can have complained yet.
    """
    if not which:
        return set()
    table, known = complaints.c, set(which) - set(new)
    about = among(conn, which, table.source, table.follow_up)
    if known:
        about = or_(about, among(conn, known, table.source, table.ticket))
    rows = await conn.execute(
        select(table.source, table.ticket, table.follow_up).where(about, _OPEN)
    )
    found = {(row.source, ticket) for row in rows for ticket in (row.ticket, row.follow_up)}
    return found & set(which)


async def of_tickets(
    conn: AsyncConnection, vault: Vault, which: Collection[Which]
) -> dict[Which, list[Complaint]]:
    """Complaints by ticket, oldest first."""
    found: dict[Which, list[Complaint]] = defaultdict(list)
    if which:
        key = tuple_(complaints.c.source, complaints.c.ticket)
        query = (
            select(complaints)
            .where(key.in_(sorted(which)))
            .order_by(complaints.c.opened_at, complaints.c.id)
        )
        for row in await conn.execute(query):
            found[row.source, row.ticket].append(_complaint(vault, row))
    return found


async def lock_open(
    conn: AsyncConnection, vault: Vault, which: Collection[Which]
) -> list[Complaint]:
    """The complaints that are not closed of tickets, or of those they follow, locked in order."""
    if not which:
        return []
    about = (
        among(conn, which, complaints.c.source, ticket)
        for ticket in (complaints.c.ticket, complaints.c.follow_up)
    )
    query = select(complaints).where(or_(*about), _OPEN).order_by(complaints.c.id)
    return [_complaint(vault, row) for row in await conn.execute(lock_rows(query, conn))]


#: Those that somebody has still to work on.
_BUSY = complaints.c.state.in_(
    [
        ComplaintState.REGISTERED.value,
        ComplaintState.ACKNOWLEDGED.value,
        ComplaintState.IN_PROGRESS.value,
    ]
)
_WAITS = complaints.c.reopen == "waiting"
_MOST_WAITING = 500  # looked at in one round


async def busy(conn: AsyncConnection) -> int:
    """How many complaints are worked on, those aside whose reopening waits."""
    query = select(func.count()).select_from(complaints).where(_BUSY, ~_WAITS)
    return int((await conn.execute(query)).scalar_one())


async def lock_waiting(conn: AsyncConnection, vault: Vault) -> list[Complaint]:
    """Some whose reopening waits, locked; the oldest first, and of the same age the worst."""
    query = (
        select(complaints)
        .where(_BUSY, _WAITS)
        .order_by(complaints.c.opened_at, complaints.c.score, complaints.c.id)
        .limit(_MOST_WAITING)
    )
    return [_complaint(vault, row) for row in await conn.execute(lock_rows(query, conn))]


async def listed(
    conn: AsyncConnection,
    vault: Vault,
    now: datetime,
    *,
    state: ComplaintState | None = None,
    owner: str | None = None,
    late: bool | str | None = None,
    after: cursors.Place | None = None,
    limit: int = 100,
) -> tuple[list[Complaint], cursors.Place | None]:
    """Complaints, newest first, and the place after which there are more, if there are.

    `late`: only those with a deadline unmet at `now`, or with the one named, or only the others.
    """
    query = select(complaints)
    if state is not None:
        query = query.where(complaints.c.state == state.value)
    if owner is not None:
        query = query.where(complaints.c.owner == owner)
    if late is not None:
        names = [late] if isinstance(late, str) else [*_ENDS]
        unmet = or_(*(_unmet(name, now) for name in names))
        query = query.where(unmet if late else ~unmet)
    rows, more = await newest(conn, query, complaints.c.opened_at, complaints.c.id, after, limit)
    return [_complaint(vault, row) for row in rows], more


def _unmet(deadline: str, now: datetime) -> Any:
    before = [state.value for state in ComplaintState if is_past(MET_BY[deadline], state)]
    return and_(_ENDS[deadline] <= now, complaints.c.state.in_(before))


async def counts(conn: AsyncConnection, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """How many are open by state, and how many have passed each deadline unmet."""
    by_state = await conn.execute(
        select(complaints.c.state, func.count().label("number"))
        .where(_OPEN)
        .group_by(complaints.c.state)
    )
    unmet = await conn.execute(
        select(
            *(func.count().filter(_unmet(name, now)).label(name) for name in _ENDS),
        ).where(_OPEN)
    )
    late = unmet.one()._mapping
    return {row.state: row.number for row in by_state}, {name: late[name] for name in _ENDS}
