"""Keeps the ledger of contacts: what we meant to send, what was sent, and what became of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Address, Channel, ContactState, MessageClass
from channels.policy import Past
from channels.store import Who
from channels.tables import contacts
from kernel.sql import (
    among,
    among_those,
    family,
    fetch,
    fetch_where,
    insert_new,
    lock_rows,
    overwrite,
)
from kernel.vault import Vault

#: States after which a contact may have reached somebody: these count for caps.
COUNTED = (
    ContactState.SENDING,
    ContactState.UNKNOWN,
    ContactState.SENT,
    ContactState.DELIVERED,
)
UNSETTLED = (ContactState.SENDING, ContactState.UNKNOWN)
_LATEST = 50  # contacts of an address that are looked at
_MOVING = ("state", "carrier_id", "segments", "error", "sent_at", "ended_at")
RANK = {
    ContactState.QUEUED: 0,
    ContactState.SENDING: 1,
    ContactState.UNKNOWN: 2,
    ContactState.SENT: 3,
    ContactState.DELIVERED: 4,
    ContactState.FAILED: 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A row of the ledger."""

    id: str
    message_class: MessageClass
    conversation: str
    thread: str
    source: str
    customer: str
    ticket: str | None
    address: Address
    text: str
    state: ContactState
    attempt: int
    intended_at: datetime
    carrier_id: str | None = None
    segments: int | None = None
    error: str | None = None
    sent_at: datetime | None = None

    @property
    def channel(self) -> Channel:
        """The channel it goes by."""
        return self.address.channel

    def answered(self, id: str, text: str, address: Address, now: datetime) -> "Contact":
        """What was said back in its thread, in the answer to a message from the address."""
        return replace(
            self,
            id=id,
            message_class=MessageClass.CONVERSATION,
            address=address,
            text=text,
            state=ContactState.SENT,
            attempt=1,
            intended_at=now,
            sent_at=now,
            carrier_id=None,
            segments=None,
            error=None,
        )


_RANG = and_(
    contacts.c.channel == Channel.VOICE.value,
    contacts.c.state == ContactState.FAILED.value,
    contacts.c.sent_at.is_not(None),
)
_REACHED = or_(contacts.c.state.in_([state.value for state in COUNTED]), _RANG)


async def past_of(
    conn: AsyncConnection, people: Collection[Who], indexes: Collection[bytes], since: datetime
) -> tuple[dict[Who, list[Past]], dict[bytes, list[Past]]]:
    """What was sent to people and to addresses since an instant, for the caps.

    A telephone that rang was a contact, whether or not anybody answered.
    """
    by_person: dict[Who, list[Past]] = defaultdict(list)
    by_address: dict[bytes, list[Past]] = defaultdict(list)
    if not people and not indexes:
        return by_person, by_address
    since_then = (contacts.c.intended_at > since, _REACHED)
    # Two questions, each with an index of its own: asked as one with OR, all rows would be read.
    if people:
        mine = among(conn, people, contacts.c.source, contacts.c.customer)
        query = select(
            contacts.c.source, contacts.c.customer, contacts.c.intended_at, contacts.c.message_class
        )
        for row in await fetch(conn, query.where(mine, *since_then)):
            by_person[row.source, row.customer].append(_past(row))
    if indexes:
        here = among(conn, indexes, contacts.c.address_ix)
        there = select(contacts.c.address_ix, contacts.c.intended_at, contacts.c.message_class)
        for found in await fetch(conn, there.where(here, *since_then)):
            by_address[found.address_ix].append(_past(found))
    return by_person, by_address


def _past(row: Any) -> Past:
    return Past(at=row.intended_at, message_class=MessageClass(row.message_class))


async def load(
    conn: AsyncConnection, vault: Vault, ids: Collection[str], *, lock: bool = False
) -> dict[str, Contact]:
    """Contacts by id."""
    if not ids:
        return {}
    rows = await fetch_where(conn, contacts.c.id, ids, lock=lock)
    return {row.id: _contact(vault, row) for row in rows}


def _contact(vault: Vault, row: Any) -> Contact:
    address = vault.open(row.address, f"contacts.address|{row.id}") or ""
    return Contact(
        id=row.id,
        message_class=MessageClass(row.message_class),
        conversation=row.conversation,
        thread=row.thread,
        source=row.source,
        customer=row.customer,
        ticket=row.ticket,
        address=Address(channel=Channel(row.channel), value=address, index=row.address_ix),
        text=vault.open(row.text, f"contacts.text|{row.id}") or "",
        state=ContactState(row.state),
        attempt=row.attempt,
        intended_at=row.intended_at,
        carrier_id=row.carrier_id,
        segments=row.segments,
        error=row.error,
        sent_at=row.sent_at,
    )


async def intend(conn: AsyncConnection, vault: Vault, wanted: Sequence[Contact]) -> set[str]:
    """Write contacts that are new; the ids written. One that exists is somebody else's."""
    rows = [
        {
            "id": item.id,
            "message_class": item.message_class.value,
            "conversation": item.conversation,
            "thread": item.thread,
            "source": item.source,
            "customer": item.customer,
            "ticket": item.ticket,
            "channel": item.channel.value,
            "address_ix": item.address.index,
            "address": vault.seal(item.address.value, f"contacts.address|{item.id}"),
            "text": vault.seal(item.text, f"contacts.text|{item.id}"),
            "state": item.state.value,
            "attempt": item.attempt,
            "intended_at": item.intended_at,
            "sent_at": item.sent_at,
            "segments": item.segments,
        }
        for item in wanted
    ]
    return {row[0] for row in await insert_new(conn, contacts, rows, ["id"])}


async def intend_again(conn: AsyncConnection, vault: Vault, wanted: Sequence[Contact]) -> set[str]:
    """Turn contacts that were proven unsent back to `sending`; the ids that were ours to turn.

    `attempt` is the attempt now beginning: only one of two that try can take it.
    """
    rows = await _locked(conn, [item.id for item in wanted])
    ours = [
        item
        for item in wanted
        if (row := rows.get(item.id)) is not None
        and row.attempt == item.attempt - 1
        and row.state == ContactState.QUEUED.value
    ]
    changed = [
        {
            "id": item.id,
            "state": ContactState.SENDING.value,
            "attempt": item.attempt,
            "intended_at": item.intended_at,
            "channel": item.channel.value,
            "address_ix": item.address.index,
            "address": vault.seal(item.address.value, f"contacts.address|{item.id}"),
            "text": vault.seal(item.text, f"contacts.text|{item.id}"),
            "error": None,
        }
        for item in ours
    ]
    await overwrite(conn, contacts, changed, "id")
    return {item.id for item in ours}


async def _locked(conn: AsyncConnection, ids: Collection[str]) -> dict[str, Any]:
    """What moves of contacts, by id, locked in everybody's order."""
    if not ids:
        return {}
    moving = (contacts.c.id, contacts.c.attempt, *(contacts.c[name] for name in _MOVING))
    rows = await fetch_where(conn, contacts.c.id, set(ids), *moving, lock=True)
    return {row.id: row for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A step forward of a contact; `None` leaves what is known.

    `attempt`: the one that came to this, where it says nothing of another attempt.
    """

    id: str
    state: ContactState
    at: datetime
    attempt: int | None = None
    carrier_id: str | None = None
    segments: int | None = None
    error: str | None = None


async def advance(conn: AsyncConnection, steps: Sequence[Progress]) -> set[str]:
    """Move contacts forward, never back; the ids that moved. One step for each contact."""
    rows = await _locked(conn, [step.id for step in steps])
    ahead = [
        (step, rows[step.id])
        for step in steps
        if step.id in rows and _is_ahead(step, rows[step.id])
    ]
    await overwrite(conn, contacts, [_moved(step, row) for step, row in ahead], "id")
    return {step.id for step, _ in ahead}


def _is_ahead(step: Progress, row: Any) -> bool:
    if step.attempt not in (None, row.attempt):
        return False
    if step.state is ContactState.UNKNOWN:
        # What was given back meanwhile was proven absent: doubt that comes late is none.
        return bool(row.state == ContactState.SENDING.value)
    return RANK[ContactState(row.state)] < RANK[step.state]


def _moved(step: Progress, row: Any) -> dict[str, Any]:
    over = step.state in (ContactState.DELIVERED, ContactState.FAILED)
    return {
        "id": step.id,
        "state": step.state.value,
        "carrier_id": row.carrier_id if step.carrier_id is None else step.carrier_id,
        "segments": row.segments if step.segments is None else step.segments,
        "error": row.error if step.error is None else step.error,
        "sent_at": step.at if step.state is ContactState.SENT else row.sent_at,
        "ended_at": step.at if over else row.ended_at,
    }


async def give_back(conn: AsyncConnection, tried: Sequence[tuple[str, int, str]]) -> set[str]:
    """Contacts that surely did not go out wait for another attempt: (id, attempt, error).

    `attempt` is the one that failed; what somebody else tries in the meantime is left alone.
    """
    rows = await _locked(conn, [contact for contact, _, _ in tried])
    unsettled = {state.value for state in UNSETTLED}
    back = [
        {"id": contact, "state": ContactState.QUEUED.value, "error": error}
        for contact, attempt, error in tried
        if contact in rows and rows[contact].attempt == attempt and rows[contact].state in unsettled
    ]
    await overwrite(conn, contacts, back, "id")
    return {row["id"] for row in back}


async def uncount(conn: AsyncConnection, ids: Collection[str]) -> None:
    """Failed contacts that never left the carrier: they count for nothing. Lock them before."""
    failed = contacts.c.state == ContactState.FAILED.value
    query = update(contacts).where(among(conn, ids, contacts.c.id), failed)
    await conn.execute(query.values(sent_at=None))


async def set_carrier_id(conn: AsyncConnection, ids: Sequence[tuple[str, str]]) -> None:
    """Keep the carrier's ids of contacts that a receipt had already moved forward."""
    rows = await _locked(conn, [contact for contact, _ in ids])
    missing = [
        {"id": contact, "carrier_id": carrier_id}
        for contact, carrier_id in ids
        if contact in rows and rows[contact].carrier_id is None
    ]
    await overwrite(conn, contacts, missing, "id")


async def known_as(
    conn: AsyncConnection, carrier_ids: Collection[str]
) -> dict[str, tuple[str, ContactState]]:
    """The contacts of the carrier's ids, each with its state."""
    query = select(contacts.c.carrier_id, contacts.c.id, contacts.c.state)
    found = await conn.execute(query.where(among(conn, carrier_ids, contacts.c.carrier_id)))
    return {row.carrier_id: (row.id, ContactState(row.state)) for row in found}


async def of_address(
    conn: AsyncConnection, vault: Vault, ring: Collection[bytes], since: datetime
) -> list[Contact]:
    """The latest contacts of an address, by its indexes, newest first."""
    return (await of_addresses(conn, vault, [ring], since))[0]


async def of_addresses(
    conn: AsyncConnection, vault: Vault, rings: Sequence[Collection[bytes]], since: datetime
) -> list[list[Contact]]:
    """The latest contacts of each of several addresses, by their indexes, newest first."""
    whose = {ix: number for number, ring in enumerate(rings) for ix in ring}
    found: list[list[Contact]] = [[] for _ in rings]
    for row in await fetch(conn, _latest(conn), {"ring": sorted(whose), "since": since}):
        mine = found[whose[row.address_ix]]
        if len(mine) < _LATEST:
            mine.append(_contact(vault, row))
    return found


_kept: dict[str, Any] = {}


def _latest(conn: AsyncConnection) -> Any:
    """The statement, which is kept: to make it takes longer than to carry it out."""
    if (kind := family(conn)) not in _kept:
        newest = (contacts.c.intended_at.desc(), contacts.c.id)
        place = func.row_number().over(partition_by=contacts.c.address_ix, order_by=newest)
        here = among_those(conn, contacts.c.address_ix, "ring")
        lately = contacts.c.intended_at >= bindparam("since")
        last = select(contacts, place.label("n")).where(here, lately).subquery().c
        query = select(*last).where(last.n <= _LATEST)
        _kept[kind] = query.order_by(last.intended_at.desc(), last.id)
    return _kept[kind]


async def of_thread(
    conn: AsyncConnection, vault: Vault, thread: str, *, lock: bool = False
) -> list[Contact]:
    """The contacts of a thread, newest first; locked in order of their ids when `lock`."""
    query = select(contacts).where(contacts.c.thread == thread).order_by(contacts.c.id)
    rows = await conn.execute(lock_rows(query, conn) if lock else query)
    found = [_contact(vault, row) for row in rows]
    return sorted(found, key=lambda contact: contact.intended_at, reverse=True)


async def made(conn: AsyncConnection, threads: Collection[str]) -> dict[str, set[str]]:
    """The contacts of threads that may have reached somebody, our answers aside, by thread."""
    found: dict[str, set[str]] = defaultdict(set)
    if threads:
        query = select(contacts.c.thread, contacts.c.id).where(
            among(conn, threads, contacts.c.thread),
            contacts.c.message_class != MessageClass.CONVERSATION.value,
            contacts.c.state.in_(COUNTED) | contacts.c.sent_at.is_not(None),
        )
        for row in await conn.execute(query):
            found[row.thread].add(row.id)
    return found


async def threads_with(
    conn: AsyncConnection, people: Collection[Who], indexes: Collection[bytes], since: datetime
) -> dict[str, set[str]]:
    """The threads in which people, or addresses, were contacted since; by conversation."""
    found: dict[str, set[str]] = defaultdict(set)
    for those in (
        among(conn, people, contacts.c.source, contacts.c.customer),
        among(conn, indexes, contacts.c.address_ix),
    ):
        query = select(contacts.c.conversation, contacts.c.thread).distinct()
        for row in await conn.execute(query.where(contacts.c.intended_at >= since, those)):
            found[row.conversation].add(row.thread)
    return found
