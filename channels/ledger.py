"""Keeps the ledger of contacts: what we meant to send, what was sent, and what became of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Address, Channel, ContactState, MessageClass
from channels.policy import Past
from channels.store import Who
from channels.tables import contacts, inbound
from kernel.sql import insert_new, lock_rows
from kernel.vault import Vault

#: States after which a contact may have reached somebody: these count for caps.
COUNTED = (
    ContactState.SENDING,
    ContactState.UNKNOWN,
    ContactState.SENT,
    ContactState.DELIVERED,
)
UNSETTLED = (ContactState.SENDING, ContactState.UNKNOWN)
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


async def past_of(
    conn: AsyncConnection, people: Collection[Who], indexes: Collection[bytes], since: datetime
) -> tuple[dict[Who, list[Past]], dict[bytes, list[Past]]]:
    """What was sent to people and to addresses since an instant, for the caps."""
    by_person: dict[Who, list[Past]] = defaultdict(list)
    by_address: dict[bytes, list[Past]] = defaultdict(list)
    if not people and not indexes:
        return by_person, by_address
    rows = await conn.execute(
        select(
            contacts.c.source,
            contacts.c.customer,
            contacts.c.address_ix,
            contacts.c.intended_at,
            contacts.c.message_class,
        ).where(
            contacts.c.intended_at > since,
            contacts.c.state.in_([state.value for state in COUNTED]),
            or_(
                tuple_(contacts.c.source, contacts.c.customer).in_(sorted(people)),
                contacts.c.address_ix.in_(sorted(indexes)),
            ),
        )
    )
    for row in rows:
        past = Past(at=row.intended_at, message_class=MessageClass(row.message_class))
        by_person[row.source, row.customer].append(past)
        by_address[row.address_ix].append(past)
    return by_person, by_address


async def load(
    conn: AsyncConnection, vault: Vault, ids: Collection[str], *, lock: bool = False
) -> dict[str, Contact]:
    """Contacts by id."""
    if not ids:
        return {}
    query = select(contacts).where(contacts.c.id.in_(sorted(ids))).order_by(contacts.c.id)
    rows = await conn.execute(lock_rows(query, conn) if lock else query)
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
    taken: set[str] = set()
    for item in sorted(wanted, key=lambda one: one.id):
        rows = await conn.execute(
            update(contacts)
            .where(
                contacts.c.id == item.id,
                contacts.c.attempt == item.attempt - 1,
                contacts.c.state == ContactState.QUEUED.value,
            )
            .values(
                state=ContactState.SENDING.value,
                attempt=item.attempt,
                intended_at=item.intended_at,
                channel=item.channel.value,
                address_ix=item.address.index,
                address=vault.seal(item.address.value, f"contacts.address|{item.id}"),
                text=vault.seal(item.text, f"contacts.text|{item.id}"),
                error=None,
            )
            .returning(contacts.c.id)
        )
        taken.update(row.id for row in rows)
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A step forward of a contact; `None` leaves what is known."""

    id: str
    state: ContactState
    at: datetime
    carrier_id: str | None = None
    segments: int | None = None
    error: str | None = None


async def advance(conn: AsyncConnection, steps: Sequence[Progress]) -> set[str]:
    """Move contacts forward, never back; the ids that moved."""
    moved: set[str] = set()
    for step in sorted(steps, key=lambda one: one.id):
        below = [state.value for state, rank in RANK.items() if rank < RANK[step.state]]
        values: dict[str, Any] = {"state": step.state.value}
        if step.carrier_id is not None:
            values["carrier_id"] = step.carrier_id
        if step.segments is not None:
            values["segments"] = step.segments
        if step.error is not None:
            values["error"] = step.error
        if step.state is ContactState.SENT:
            values["sent_at"] = step.at
        if step.state in (ContactState.DELIVERED, ContactState.FAILED):
            values["ended_at"] = step.at
        rows = await conn.execute(
            update(contacts)
            .where(contacts.c.id == step.id, contacts.c.state.in_(below))
            .values(**values)
            .returning(contacts.c.id)
        )
        moved.update(row.id for row in rows)
    return moved


async def give_back(conn: AsyncConnection, tried: Sequence[tuple[str, int]], error: str) -> None:
    """Contacts that surely did not go out wait for another attempt: (id, the attempt that failed).

    An attempt of somebody else in the meantime is left alone.
    """
    for contact, attempt in sorted(tried):
        await conn.execute(
            update(contacts)
            .where(
                contacts.c.id == contact,
                contacts.c.attempt == attempt,
                contacts.c.state.in_([state.value for state in UNSETTLED]),
            )
            .values(state=ContactState.QUEUED.value, error=error)
        )


async def set_carrier_id(conn: AsyncConnection, ids: Sequence[tuple[str, str]]) -> None:
    """Keep the carrier's ids of contacts that a receipt had already moved forward."""
    if ids:
        await conn.execute(
            update(contacts)
            .where(contacts.c.id == bindparam("c"), contacts.c.carrier_id.is_(None))
            .values(carrier_id=bindparam("sid")),
            [{"c": contact, "sid": carrier_id} for contact, carrier_id in ids],
        )


async def carrier_ids_at(
    conn: AsyncConnection, indexes: Collection[bytes], since: datetime
) -> frozenset[str]:
    """The carrier's ids that the ledger already has for addresses."""
    rows = await conn.execute(
        select(contacts.c.carrier_id).where(
            contacts.c.address_ix.in_(sorted(indexes)),
            contacts.c.intended_at >= since,
            contacts.c.carrier_id.is_not(None),
        )
    )
    return frozenset(row.carrier_id for row in rows)


async def of_address(
    conn: AsyncConnection, vault: Vault, ring: Collection[bytes], since: datetime, limit: int = 50
) -> list[Contact]:
    """The latest contacts of an address, by its indexes, newest first."""
    rows = await conn.execute(
        select(contacts)
        .where(contacts.c.address_ix.in_(sorted(ring)), contacts.c.intended_at >= since)
        .order_by(contacts.c.intended_at.desc(), contacts.c.id)
        .limit(limit)
    )
    return [_contact(vault, row) for row in rows]


async def of_thread(
    conn: AsyncConnection, vault: Vault, thread: str, *, lock: bool = False
) -> list[Contact]:
    """The contacts of a thread, newest first; locked in order of their ids when `lock`."""
    query = select(contacts).where(contacts.c.thread == thread).order_by(contacts.c.id)
    rows = await conn.execute(lock_rows(query, conn) if lock else query)
    found = [_contact(vault, row) for row in rows]
    return sorted(found, key=lambda contact: contact.intended_at, reverse=True)


async def threads_with(
    conn: AsyncConnection, people: Collection[Who], indexes: Collection[bytes], since: datetime
) -> dict[str, set[str]]:
    """The threads in which people, or addresses, were contacted since; by conversation."""
    rows = await conn.execute(
        select(contacts.c.conversation, contacts.c.thread)
        .where(
            contacts.c.intended_at >= since,
            or_(
                tuple_(contacts.c.source, contacts.c.customer).in_(sorted(people)),
                contacts.c.address_ix.in_(sorted(indexes)),
            ),
        )
        .distinct()
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row.conversation].add(row.thread)
    return found


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
    conn: AsyncConnection, vault: Vault, id: str, *, reading: str, thread: str | None, answer: str
) -> None:
    """Keep how an inbound message was read and what was answered."""
    await conn.execute(
        update(inbound)
        .where(inbound.c.id == id)
        .values(reading=reading, thread=thread, answer=vault.seal(answer, f"inbound.answer|{id}"))
    )
