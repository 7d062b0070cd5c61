"""Keeps complaints; every verb takes and returns many."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.model import Complaint, ComplaintState
from callbacks.tables import complaints
from kernel.sql import insert_new, lock_rows, upsert
from kernel.vault import Vault

Which = tuple[str, str]  # (source, ticket id)


def _place(id_: str) -> str:
    return f"complaints.comment|{id_}"


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
