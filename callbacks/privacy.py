"""Finds what is kept of one customer's complaints and callbacks, and takes the customer out."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks import store as complaints_kept
from callbacks.dialling.tables import dials
from callbacks.promises import decide, follows
from callbacks.promises import store as promises
from callbacks.promises.service import keep
from callbacks.promises.tables import callbacks
from callbacks.tables import complaints
from kernel.erased import ERASED, NOBODY
from kernel.sql import among, lock_rows
from kernel.vault import Vault

Who = tuple[str, str]  # (source, customer id)

REASON = "erased"
_SPOKEN = ("comment", "how", "result")
_KEPT = ("phone", "notes", "reason")


async def complaint_ids(conn: AsyncConnection, asked: Collection[str]) -> list[str]:
    """The complaints that answers to these invitations opened."""
    query = select(complaints.c.id).where(among(conn, set(asked), complaints.c.invitation))
    return sorted(row.id for row in await conn.execute(query))


async def callback_ids(conn: AsyncConnection, who: Who) -> list[str]:
    """A customer's callbacks, open or not."""
    query = select(callbacks.c.id).where(
        callbacks.c.source == who[0], callbacks.c.customer == who[1]
    )
    return sorted(row.id for row in await conn.execute(query))


async def complaints_of(
    conn: AsyncConnection, vault: Vault, ids: Collection[str]
) -> list[dict[str, Any]]:
    """Complaints with all that was said in them."""
    found = await complaints_kept.load(conn, vault, ids)
    return [
        {
            "id": item.id,
            "ticket": item.ticket,
            "state": item.state,
            "class": item.classed,
            "opened_at": item.opened_at,
            "score": item.score,
            "rating": item.rating,
            "answers": dict(item.answers),
            "comment": item.comment,
            "how": item.how,
            "result": item.result,
        }
        for item in sorted(found.values(), key=lambda item: item.opened_at)
    ]


async def callbacks_of(
    conn: AsyncConnection, vault: Vault, ids: Collection[str]
) -> list[dict[str, Any]]:
    """Callbacks with the number, the notes, every attempt and every dial."""
    found = await promises.load(conn, vault, ids)
    rows = await conn.execute(
        select(dials).where(among(conn, set(ids), dials.c.callback)).order_by(dials.c.at)
    )
    rung: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        told = {"at": row.at, "outcome": row.outcome, "seconds": row.seconds, "agent": row.agent}
        rung.setdefault(row.callback, []).append(told)
    return [
        {
            "id": item.id,
            "ticket": item.ticket,
            "topic": item.topic,
            "reason": item.reason,
            "slot": {"from": item.slot.begin, "until": item.slot.end},
            "asked_at": item.asked_at,
            "state": item.state,
            "phone": item.phone,
            "notes": item.notes,
            "attempts": [
                {"at": each.at, "outcome": each.outcome, "by": each.by} for each in item.attempts
            ],
            "dials": rung.get(item.id, []),
        }
        for item in sorted(found.values(), key=lambda item: item.asked_at)
    ]


async def erase(
    conn: AsyncConnection,
    vault: Vault,
    asked: Collection[str],
    promised: Collection[str],
    now: datetime,
) -> dict[str, int]:
    """Take a customer's words out of complaints, which stay with their tickets, and end what they
    were promised. `asked` are their invitations, `promised` their callbacks.
    """
    whole = await _wordless(conn, asked)
    over = [decide.cancelled(item, REASON, now) for item in await _open(conn, vault, promised)]
    said = [follows.cancelled(item, now, REASON, tell=False) for item in over]
    await keep(conn, vault, {item.id: item for item in over}, said)
    mine = among(conn, set(promised), callbacks.c.id)
    nothing = dict.fromkeys(_KEPT)
    await conn.execute(
        update(callbacks).where(mine).values(customer=ERASED, reason_closed=REASON, **nothing)
    )
    rung = (among(conn, set(promised), dials.c.callback), dials.c.ended_at.is_not(None))
    await conn.execute(update(dials).where(*rung).values(phone_ix=NOBODY))
    return {"complaints": whole, "callbacks": len(set(promised)), "callbacks_cancelled": len(over)}


async def _wordless(conn: AsyncConnection, asked: Collection[str]) -> int:
    mine = among(conn, set(asked), complaints.c.invitation)
    query = select(complaints.c.id).where(mine).order_by(complaints.c.id)
    ids = [row.id for row in await conn.execute(lock_rows(query, conn))]
    spoken = or_(*(complaints.c[name].is_not(None) for name in _SPOKEN))
    chosen = among(conn, ids, complaints.c.id)
    await conn.execute(update(complaints).where(chosen, spoken).values(dict.fromkeys(_SPOKEN)))
    return len(ids)


async def _open(conn: AsyncConnection, vault: Vault, ids: Collection[str]) -> list[Any]:
    found = await promises.load(conn, vault, ids, lock=True)
    return [item for item in found.values() if item.closed_at is None]
