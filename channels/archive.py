"""Keeps what came in and how it was read; what fits no question waits for somebody to say."""

import base64
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import store
from channels.accounts import Alphabet
from channels.arrivals import Parted, Piece, place_of
from channels.model import Address, Channel
from channels.tables import contacts, inbound, parts, recordings
from kernel import cursors
from kernel.listing import newest
from kernel.sql import among, fetch_where, insert_new
from kernel.vault import Vault

_MOST_HEARD = 50  # texts of one number looked at
_MOST_LATE = 500  # parts read in one go; the rest are the next round's

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
    rows, more = await newest(conn, query, inbound.c.at, inbound.c.id, after, limit)
    return [_unmatched(vault, row) for row in rows], more


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came in, how it was read, and what was answered (JSON)."""

    id: str
    address: Address
    text: str
    at: datetime
    reading: str
    thread: str | None = None
    reason: str | None = None
    answer: str = "[]"


async def keep_all(conn: AsyncConnection, vault: Vault, received: Sequence[Received]) -> set[str]:
    """Write down what came in; the ids written.

    One that was there before is not: whatever was done for it meanwhile must be undone.
    """
    rows = [
        {
            "id": item.id,
            "channel": item.address.channel.value,
            "address_ix": item.address.index,
            "address": vault.seal(item.address.value, f"inbound.address|{item.id}"),
            "text": vault.seal(item.text, f"inbound.text|{item.id}"),
            "at": item.at,
            "reading": item.reading,
            "thread": item.thread,
            "reason": item.reason,
            "answer": vault.seal(item.answer, f"inbound.answer|{item.id}"),
        }
        for item in received
    ]
    return {row[0] for row in await insert_new(conn, inbound, rows, ["id"])}


async def answers_of(conn: AsyncConnection, vault: Vault, ids: Collection[str]) -> dict[str, str]:
    """What was answered to messages that came before, as JSON, by their ids."""
    rows = await fetch_where(conn, inbound.c.id, ids)
    return {row.id: vault.open(row.answer, f"inbound.answer|{row.id}") or "[]" for row in rows}


async def texts_of(conn: AsyncConnection, vault: Vault, ids: Collection[str]) -> dict[str, str]:
    """What was written in those of the messages whose words are kept."""
    rows = await fetch_where(conn, inbound.c.id, ids)
    opened = {row.id: vault.open(row.text, f"inbound.text|{row.id}") for row in rows}
    return {id_: text for id_, text in opened.items() if text}


async def known(conn: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Those of some messages that were taken in before."""
    rows = await conn.execute(select(inbound.c.id).where(among(conn, ids, inbound.c.id)))
    return {row.id for row in rows}


async def heard_since(
    conn: AsyncConnection, vault: Vault, ring: Collection[bytes], since: datetime
) -> list[str]:
    """The latest texts that came in from an address, by its indexes, after an instant."""
    later = among(conn, ring, inbound.c.address_ix), inbound.c.at > since
    query = select(inbound.c.id, inbound.c.text).where(*later).order_by(inbound.c.at.desc())
    rows = await conn.execute(query.limit(_MOST_HEARD))
    return [vault.open(row.text, f"inbound.text|{row.id}") or "" for row in rows]


async def unanswered(
    conn: AsyncConnection, vault: Vault, ring: Collection[bytes], since: datetime, until: datetime
) -> dict[str, str]:
    """What a number wrote by SMS in a period and was sent nothing after, oldest first; by id.

    Whoever was sent the next question may well answer it in the same words.
    """
    columns = (inbound.c.id, inbound.c.text)
    followed = contacts.c.sent_at.between(inbound.c.at, until)
    mine = (
        among(conn, ring, inbound.c.address_ix),
        inbound.c.channel == Channel.SMS.value,
        inbound.c.at.between(since, until),
        ~exists().where(among(conn, ring, contacts.c.address_ix), followed),
    )
    rows = await conn.execute(select(*columns).where(*mine).order_by(inbound.c.at, inbound.c.id))
    return {row.id: vault.open(row.text, f"inbound.text|{row.id}") or "" for row in rows}


async def keep_piece(
    conn: AsyncConnection, vault: Vault, piece: Piece, now: datetime
) -> Parted | None:
    """Keep a part of a long text; its message once nothing is missing, until `parts_read`."""
    ix = vault.index(piece.sender)
    # Two parts may come over two lines at once: whoever is second sees the first.
    await store.add_addresses(conn, [ix])
    await store.lock_addresses(conn, [ix])
    same = (
        parts.c.address_ix == ix,
        parts.c.destination == piece.destination,
        parts.c.reference == piece.reference,
    )
    held = _joined(vault, await conn.execute(select(parts).where(*same)))
    mine = place_of(piece, held, now)
    if mine is None:
        mine = Parted(id=f"smpp-{uuid4().hex}", since=now, read=False, pieces={})
    found = Parted(
        id=mine.id,
        since=mine.since,
        read=mine.read,
        pieces={**mine.pieces, piece.number: piece},
    )
    row = {
        "message": found.id,
        "number": piece.number,
        "address_ix": ix,
        "destination": piece.destination,
        "reference": piece.reference,
        "at": found.since,
        "read": found.read,
        "piece": vault.seal(_written(piece), _place(found.id, piece.number)),
    }
    await insert_new(conn, parts, [row])
    return found if found.whole and not found.read else None


async def late_parts(conn: AsyncConnection, vault: Vault, before: datetime) -> list[Parted]:
    """Messages which nobody has read of which the first part came before an instant."""
    late = select(parts.c.message).where(parts.c.at < before, parts.c.read.is_(False))
    which = late.order_by(parts.c.at).limit(_MOST_LATE)
    return _joined(
        vault, await conn.execute(select(parts).where(parts.c.message.in_(which.scalar_subquery())))
    )


async def parts_read(conn: AsyncConnection, messages: Collection[str]) -> None:
    """These messages were read; their parts are kept to be known again."""
    chosen = among(conn, messages, parts.c.message)
    await conn.execute(update(parts).where(chosen).values(read=True))


async def forget_parts(conn: AsyncConnection, before: datetime) -> None:
    """Delete the parts of what was read and began before an instant."""
    await conn.execute(delete(parts).where(parts.c.at < before, parts.c.read.is_(True)))


def _joined(vault: Vault, rows: Iterable[Any]) -> list[Parted]:
    """Messages from their parts, newest first."""
    by_message: dict[str, list[Any]] = {}
    for row in rows:
        by_message.setdefault(row.message, []).append(row)
    found = [
        Parted(
            id=message,
            since=some[0].at,
            read=some[0].read,
            pieces={row.number: _read(vault, row) for row in some},
        )
        for message, some in by_message.items()
    ]
    return sorted(found, key=lambda parted: parted.since, reverse=True)


def _place(message: str, number: int) -> str:
    return f"parts.piece|{message}|{number}"


def _written(piece: Piece) -> str:
    return json.dumps({**asdict(piece), "octets": base64.b64encode(piece.octets).decode()})


def _read(vault: Vault, row: Any) -> Piece:
    given = json.loads(vault.open(row.piece, _place(row.message, row.number)) or "{}")
    alphabet, octets = Alphabet(given.pop("alphabet")), base64.b64decode(given.pop("octets"))
    return Piece(**given, alphabet=alphabet, octets=octets)


async def recordings_of(conn: AsyncConnection, threads: Collection[str]) -> list[Any]:
    """The rows of what customers left on the phone in some threads, oldest first."""
    query = select(recordings).where(recordings.c.thread.in_(sorted(threads)))
    return list(await conn.execute(query.order_by(recordings.c.at, recordings.c.id)))


async def recording(conn: AsyncConnection, id_: str) -> Any | None:
    """The row of one recording; None: there is none, or its time is over."""
    query = select(recordings).where(recordings.c.id == id_)
    return (await conn.execute(query)).one_or_none()
