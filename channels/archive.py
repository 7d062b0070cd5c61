"""Keeps what came in and how it was read; what fits no question waits for somebody to say."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Address, Channel
from channels.tables import inbound
from kernel import cursors
from kernel.sql import insert_new
from kernel.vault import Vault

READINGS = ("unmatched", "opted_out")
ATTACHED, DISMISSED = "attached", "dismissed"
NOT_UNDERSTOOD = "not_understood"
"""Why a reply that was asked about again is kept with its thread: nobody could read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A message as it came; `thread` is the one it was taken for, `reason` why it did not fit."""

    id: str
    at: datetime
    channel: Channel
    sender: str
    text: str
    reading: str
    reason: str | None
    thread: str | None
    attached_to: str | None
    attached_by: str | None


def _unmatched(vault: Vault, row: Any) -> Unmatched:
    return Unmatched(
        id=row.id,
        at=row.at,
        channel=Channel(row.channel),
        sender=vault.open(row.address, f"inbound.address|{row.id}") or "",
        text=vault.open(row.text, f"inbound.text|{row.id}") or "",
        reading=row.reading,
        reason=row.reason,
        thread=row.thread,
        attached_to=row.attached_to,
        attached_by=row.attached_by,
    )


async def listed(
    conn: AsyncConnection, vault: Vault, *, after: cursors.Place | None, limit: int
) -> tuple[list[Unmatched], cursors.Place | None]:
    """Messages that fit nothing, newest first, and the place after which there are more, if any."""
    query = select(inbound).where(inbound.c.reading.in_(READINGS))
    if after is not None:
        same = and_(inbound.c.at == after.at, inbound.c.id < after.id)
        query = query.where(or_(inbound.c.at < after.at, same))
    ordered = query.order_by(inbound.c.at.desc(), inbound.c.id.desc())
    rows = (await conn.execute(ordered.limit(limit + 1))).all()
    items = [_unmatched(vault, row) for row in rows[:limit]]
    more = cursors.Place(at=items[-1].at, id=items[-1].id) if len(rows) > limit else None
    return items, more


async def find(conn: AsyncConnection, vault: Vault, id_: str) -> Unmatched | None:
    """A message by its id, however it was read."""
    row = (await conn.execute(select(inbound).where(inbound.c.id == id_))).one_or_none()
    return None if row is None else _unmatched(vault, row)


async def attach(conn: AsyncConnection, id_: str, thread: str, by: str, now: datetime) -> bool:
    """Say where a message belongs; False where it was said before, or needs no saying."""
    result = await conn.execute(
        update(inbound)
        .where(inbound.c.id == id_, inbound.c.reading.in_(READINGS))
        .values(
            reading=ATTACHED, thread=thread, attached_to=thread, attached_by=by, attached_at=now
        )
    )
    return bool(result.rowcount)


async def dismiss(conn: AsyncConnection, id_: str) -> bool:
    """Have a message wait for nobody; False where it does not."""
    waits = (inbound.c.id == id_, inbound.c.reading.in_(READINGS))
    result = await conn.execute(update(inbound).where(*waits).values(reading=DISMISSED))
    return bool(result.rowcount)


async def set_aside(conn: AsyncConnection, address: Address, thread: str) -> None:
    """Have what nobody could read in a thread wait for a person, once nobody is asked again."""
    await conn.execute(
        update(inbound)
        .where(
            inbound.c.address_ix == address.index,
            inbound.c.thread == thread,
            inbound.c.reading == "answer",
            inbound.c.reason == NOT_UNDERSTOOD,
        )
        .values(reading="unmatched")
    )


async def take_in(
    conn: AsyncConnection, vault: Vault, id: str, address: Address, text: str, at: datetime
) -> bool:
    """Write down what came in; False when it was there before."""
    row = {
        "id": id,
        "channel": address.channel.value,
        "address_ix": address.index,
        "address": vault.seal(address.value, f"inbound.address|{id}"),
        "text": vault.seal(text, f"inbound.text|{id}"),
        "at": at,
        "reading": "new",
    }
    return bool(await insert_new(conn, inbound, [row], ["id"]))


async def answer_of(conn: AsyncConnection, vault: Vault, id: str) -> str | None:
    """What was answered to an inbound message, as JSON; None while nothing was decided."""
    row = (await conn.execute(select(inbound.c.answer).where(inbound.c.id == id))).one_or_none()
    return vault.open(row.answer, f"inbound.answer|{id}") if row else None


async def settle_in(
    conn: AsyncConnection, vault: Vault, id: str, *, answer: str, **read: str | None
) -> None:
    """Keep how an inbound message was read (`reading`, `thread`, `reason`), and the answer."""
    sealed = vault.seal(answer, f"inbound.answer|{id}")
    await conn.execute(update(inbound).where(inbound.c.id == id).values(answer=sealed, **read))
