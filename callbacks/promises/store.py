"""Keeps callbacks; every verb takes and returns many."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callbacks.promises.model import (
    Attempt,
    Callback,
    CallbackState,
    CallOutcome,
    Origin,
    Slot,
    Urgency,
)
from callbacks.promises.tables import callback_books, callbacks
from kernel import cursors
from kernel.sql import among, insert_new, lock_rows, upsert
from kernel.vault import Vault

Which = tuple[str, str]  # (source, ticket id) or (source, customer id)
Key = tuple[str, str, str]  # source, customer and topic

_OPEN = callbacks.c.closed_at.is_(None)
_ORDER = (callbacks.c.slot_from, callbacks.c.priority, callbacks.c.asked_at, callbacks.c.id)
_BOOK = "centre"
_FORGOTTEN = 1_000  # rows in one transaction
_FIRST = datetime.min.replace(tzinfo=UTC)


def _place(id_: str, column: str) -> str:
    return f"callbacks.{column}|{id_}"


async def add(conn: AsyncConnection, vault: Vault, new: Sequence[Callback]) -> set[str]:
    """Write callbacks; the ids written. Not so one known already, or a second open one of a key."""
    rows = [_row(vault, item) for item in new]
    return {row[0] for row in await insert_new(conn, callbacks, rows, ["id"])}


async def save(conn: AsyncConnection, vault: Vault, changed: Sequence[Callback]) -> None:
    """Overwrite callbacks whose rows the caller has locked."""
    await upsert(conn, callbacks, [_row(vault, item) for item in changed], ["id"])


def _row(vault: Vault, item: Callback) -> dict[str, Any]:
    return {
        "id": item.id,
        "source": item.source,
        "customer": item.customer,
        "ticket": item.ticket,
        "topic": item.topic,
        "reason": vault.seal(item.reason, _place(item.id, "reason")),
        "slot_from": item.slot.begin,
        "slot_until": item.slot.end,
        "asked_at": item.asked_at,
        "chosen": item.chosen,
        "phone": vault.seal(item.phone, _place(item.id, "phone")),
        "state": item.state.value,
        "attempts": [
            {"at": each.at.isoformat(), "outcome": each.outcome.value, "by": each.by}
            for each in item.attempts
        ],
        "priority": int(item.priority),
        "agent": item.agent,
        "notes": vault.seal(item.notes, _place(item.id, "notes")),
        "origin": item.origin.value,
        "complaint": item.complaint,
        "cycle": item.cycle,
        "attempt_at": item.attempt_at,
        "claimed_until": item.claimed_until,
        "rung": item.rung,
        "revision": item.revision,
        "missed": item.missed,
        "closed_at": item.closed_at,
        "reason_closed": item.reason_closed,
    }


def _callback(vault: Vault, row: Any) -> Callback:
    return Callback(
        id=row.id,
        source=row.source,
        customer=row.customer,
        ticket=row.ticket,
        topic=row.topic,
        reason=vault.open(row.reason, _place(row.id, "reason")),
        slot=Slot(begin=row.slot_from, end=row.slot_until),
        asked_at=row.asked_at,
        chosen=row.chosen,
        phone=vault.open(row.phone, _place(row.id, "phone")),
        state=CallbackState(row.state),
        attempts=tuple(_attempt(each) for each in row.attempts),
        priority=Urgency(row.priority),
        agent=row.agent,
        notes=vault.open(row.notes, _place(row.id, "notes")),
        origin=Origin(row.origin),
        complaint=row.complaint,
        cycle=row.cycle,
        attempt_at=row.attempt_at,
        claimed_until=row.claimed_until,
        rung=row.rung,
        revision=row.revision,
        missed=row.missed,
        closed_at=row.closed_at,
        reason_closed=row.reason_closed,
    )


def _attempt(given: Any) -> Attempt:
    at = datetime.fromisoformat(given["at"])
    return Attempt(at=at, outcome=CallOutcome(given["outcome"]), by=given["by"])


async def load(
    conn: AsyncConnection, vault: Vault, ids: Collection[str], *, lock: bool = False
) -> dict[str, Callback]:
    """Callbacks by id; locked in order when `lock`."""
    if not ids:
        return {}
    query = select(callbacks).where(among(conn, set(ids), callbacks.c.id)).order_by(callbacks.c.id)
    rows = await conn.execute(lock_rows(query, conn) if lock else query)
    return {row.id: _callback(vault, row) for row in rows}


async def lock_open(conn: AsyncConnection, vault: Vault, who: Collection[Which]) -> list[Callback]:
    """The open callbacks of customers (source, id), locked in order."""
    if not who:
        return []
    query = (
        select(callbacks)
        .where(among(conn, set(who), callbacks.c.source, callbacks.c.customer), _OPEN)
        .order_by(callbacks.c.id)
    )
    return [_callback(vault, row) for row in await conn.execute(lock_rows(query, conn))]


async def lock_open_of_tickets(
    conn: AsyncConnection, vault: Vault, which: Collection[Which]
) -> list[Callback]:
    """The open callbacks about tickets (source, id), locked in order."""
    if not which:
        return []
    query = select(callbacks).where(_about(conn, which), _OPEN).order_by(callbacks.c.id)
    return [_callback(vault, row) for row in await conn.execute(lock_rows(query, conn))]


async def open_tickets(conn: AsyncConnection, which: Collection[Which]) -> set[Which]:
    """Those of the tickets that an open callback is about."""
    if not which:
        return set()
    query = select(callbacks.c.source, callbacks.c.ticket).where(_about(conn, which), _OPEN)
    return {(row.source, row.ticket) for row in await conn.execute(query)}


def _about(conn: AsyncConnection, which: Collection[Which]) -> Any:
    return among(conn, set(which), callbacks.c.source, callbacks.c.ticket)


async def open_of(
    conn: AsyncConnection, vault: Vault, keys: Collection[Key]
) -> dict[Key, Callback]:
    """The open callback of each key (source, customer, topic) that has one."""
    if not keys:
        return {}
    columns = (callbacks.c.source, callbacks.c.customer, callbacks.c.topic)
    query = select(callbacks).where(among(conn, set(keys), *columns), _OPEN)
    found = [_callback(vault, row) for row in await conn.execute(query)]
    return {item.key: item for item in found}


async def talked_since(conn: AsyncConnection, who: Which, since: datetime) -> bool:
    """Whether a call of ours reached a customer (source, id) from an instant on."""
    query = select(callbacks.c.id).where(
        callbacks.c.closed_at >= since,
        callbacks.c.state == CallbackState.DONE.value,
        callbacks.c.source == who[0],
        callbacks.c.customer == who[1],
    )
    return (await conn.execute(query.limit(1))).first() is not None


async def asked_since(conn: AsyncConnection, who: Which, since: datetime) -> bool:
    """Whether a customer (source, id) is promised a call that was asked for from an instant on."""
    query = select(callbacks.c.id).where(
        callbacks.c.asked_at >= since,
        callbacks.c.source == who[0],
        callbacks.c.customer == who[1],
        _OPEN,
    )
    return (await conn.execute(query.limit(1))).first() is not None


async def of_tickets(
    conn: AsyncConnection, vault: Vault, which: Collection[Which]
) -> dict[Which, list[Callback]]:
    """Callbacks by ticket, in the order they were asked for."""
    found: dict[Which, list[Callback]] = defaultdict(list)
    if which:
        query = (
            select(callbacks)
            .where(_about(conn, which))
            .order_by(callbacks.c.asked_at, callbacks.c.id)
        )
        for row in await conn.execute(query):
            found[row.source, row.ticket].append(_callback(vault, row))
    return found


async def lock_book(conn: AsyncConnection) -> None:
    """Be the only one who gives slots away, until the transaction ends.

    Taken before any callback is locked, so that two never wait in a ring.
    """
    await insert_new(conn, callback_books, [{"id": _BOOK}])
    await conn.execute(lock_rows(select(callback_books), conn))


async def booked(conn: AsyncConnection, begin: datetime, end: datetime) -> list[Slot]:
    """The slots promised by open callbacks that touch a stretch of time, one for each promise."""
    query = select(callbacks.c.slot_from, callbacks.c.slot_until).where(
        callbacks.c.slot_from < end, callbacks.c.slot_until > begin, _OPEN
    )
    return [Slot(begin=row.slot_from, end=row.slot_until) for row in await conn.execute(query)]


async def ready(
    conn: AsyncConnection, vault: Vault, now: datetime, *, agent: str | None = None, most: int = 100
) -> list[Callback]:
    """What nobody holds and is due to be dialled, by promise and then priority; not locked.

    A claim that ran out holds nothing. `agent`: rather what this agent holds.
    """
    claimed = callbacks.c.state == CallbackState.CLAIMED.value
    held = and_(claimed, callbacks.c.agent == agent, callbacks.c.claimed_until > now)
    free = or_(
        callbacks.c.state.in_([CallbackState.PROMISED.value, CallbackState.DUE.value]),
        and_(claimed, callbacks.c.claimed_until <= now),
    )
    query = (
        select(callbacks)
        .where(_OPEN, callbacks.c.attempt_at <= now, free if agent is None else held)
        .order_by(*_ORDER)
        .limit(most)
    )
    return [_callback(vault, row) for row in await conn.execute(query)]


async def listed(
    conn: AsyncConnection,
    vault: Vault,
    *,
    states: Collection[CallbackState] = (),
    agent: str | None = None,
    after: cursors.Place | None = None,
    limit: int = 100,
) -> tuple[list[Callback], cursors.Place | None]:
    """Callbacks, the earliest promise first and then by priority, and where there are more."""
    query = select(callbacks).order_by(*_ORDER)
    if states:
        query = query.where(callbacks.c.state.in_(sorted(state.value for state in states)))
    if agent is not None:
        query = query.where(callbacks.c.agent == agent)
    if after is not None:
        query = query.where(_beyond(after))
    rows = (await conn.execute(query.limit(limit + 1))).all()
    items = [_callback(vault, row) for row in rows[:limit]]
    if len(rows) <= limit:
        return items, None
    last = items[-1]
    rank = f"{int(last.priority)}:{last.asked_at.timestamp():.6f}:{last.id}"
    return items, cursors.Place(at=last.slot.begin, id=rank)


def _beyond(place: cursors.Place) -> Any:
    """What comes after a place, whose id is that of the row behind its priority and asking."""
    number, _, rest = place.id.partition(":")
    stamp, _, id_ = rest.partition(":")
    rank = int(number[:9]) if number.isascii() and number.isdigit() else 0
    asked = _instant(stamp)
    of = callbacks.c
    later = or_(of.asked_at > asked, and_(of.asked_at == asked, of.id > id_))
    beside = or_(of.priority > rank, and_(of.priority == rank, later))
    return or_(of.slot_from > place.at, and_(of.slot_from == place.at, beside))


def _instant(stamp: str) -> datetime:
    """An instant of a cursor; the first of all where somebody wrote the cursor themselves."""
    try:
        return datetime.fromtimestamp(float(stamp), UTC)
    except (ValueError, OverflowError, OSError):
        return _FIRST


async def counts(conn: AsyncConnection, now: datetime) -> tuple[dict[str, int], int]:
    """How many are open by state, and the slots of how many have ended."""
    by_state = await conn.execute(
        select(callbacks.c.state, func.count().label("number"))
        .where(_OPEN)
        .group_by(callbacks.c.state)
    )
    late = select(func.count()).select_from(callbacks).where(_OPEN, callbacks.c.slot_until <= now)
    return {row.state: row.number for row in by_state}, int((await conn.execute(late)).scalar_one())


async def forget(conn: AsyncConnection, before: datetime) -> int:
    """Forget the numbers and words of some callbacks that ended before `before`; how many."""
    kept = (callbacks.c.phone, callbacks.c.notes, callbacks.c.reason)
    old = (
        select(callbacks.c.id)
        .where(callbacks.c.closed_at < before, or_(*(each.is_not(None) for each in kept)))
        .limit(_FORGOTTEN)
    )
    nothing = {each.name: None for each in kept}
    done = await conn.execute(update(callbacks).where(callbacks.c.id.in_(old)).values(nothing))
    return int(done.rowcount)
