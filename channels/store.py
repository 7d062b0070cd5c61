"""Keeps people and their addresses; every verb takes and returns many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, case, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.model import Channel, OptOut, OptOutState, Person
from channels.preferences import Known, Told, learn
from channels.tables import addresses, customers, opt_outs
from kernel.sql import among, fetch, fetch_where, insert_new, lock_rows, overwrite, upsert
from kernel.vault import Vault

ALL_CHANNELS = "all"

QUESTION_FOR = timedelta(days=400)
"""How long a question is open: it ends with its survey, this is the backstop."""

CALL_FOR = timedelta(hours=1)
"""How long a call keeps a number to itself: it asks while it lasts, and nothing afterwards."""

Who = tuple[str, str]  # (source, customer id)

_KEPT = ("phone_ix", "email_ix", "told_at", "channels_at", "blocked_at")  # but not told of a person
_PERSON = tuple(each for each in customers.c if each.name not in _KEPT)
_STANDS = opt_outs.c.ended_at.is_(None)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_STRANGER = Known(
    person=Person(source="", id=""), told_at=_NEVER, channels_at=_NEVER, blocked_at=_NEVER
)


def address_of(person: Person, channel: Channel) -> str | None:
    """The number or mailbox by which a channel reaches a person."""
    return person.email if channel is Channel.EMAIL else person.phone


def place(column: str, source: str, customer: str) -> str:
    """Where a sealed value of a customer stands; a value moved elsewhere does not open."""
    return f"customers.{column}|{source}|{customer}"


async def learn_people(
    conn: AsyncConnection, vault: Vault, told: Mapping[Who, Sequence[tuple[Told, datetime]]]
) -> dict[Who, Known]:
    """Merge what is told, each with the time it was true, with what is known; what is known now.

    Whom nobody knew is written at once, all others are locked first.
    """
    learnt = {who: _learnt(_STRANGER, told[who]) for who in sorted(told)}
    rows = [_row(vault, known) for known in learnt.values()]
    new = {(row[0], row[1]) for row in await insert_new(conn, customers, rows, ["source", "id"])}
    before = await lock_known(conn, vault, learnt.keys() - new)
    merged = {who: _learnt(known, told[who]) for who, known in before.items()}
    changed = [_row(vault, known) for known in merged.values()]
    await upsert(conn, customers, changed, ["source", "id"])
    fresh = [row for row in rows if (row["source"], row["id"]) in new]
    await _add_addresses_of(conn, [*fresh, *changed])
    return learnt | merged


def _learnt(known: Known, told: Sequence[tuple[Told, datetime]]) -> Known:
    for facts, at in told:
        known = learn(known, facts, at)
    return known


async def lock_known(conn: AsyncConnection, vault: Vault, who: Collection[Who]) -> dict[Who, Known]:
    """Known customers with the times they were last told of, locked in order.

    What is told of a customer is merged with what is known; without the lock two events at once
    would each merge with the past, and a wish not to be contacted could be overwritten.
    """
    return await _locked(conn, vault, _among(conn, who)) if who else {}


async def lock_owners(
    conn: AsyncConnection, vault: Vault, channel: Channel, ring: Collection[bytes]
) -> dict[Who, Known]:
    """The customers who have a number or mailbox, by its indexes, locked in order."""
    column = customers.c.email_ix if channel is Channel.EMAIL else customers.c.phone_ix
    return await _locked(conn, vault, among(conn, ring, column))


async def owners_of(conn: AsyncConnection, numbers: Collection[bytes]) -> list[Who]:
    """The customers who have one of these numbers, by their indexes."""
    if not numbers:
        return []
    mine = among(conn, numbers, customers.c.phone_ix)
    rows = await conn.execute(select(customers.c.source, customers.c.id).where(mine))
    return [(row.source, row.id) for row in rows]


async def sole_owners(conn: AsyncConnection, rings: Sequence[Sequence[bytes]]) -> list[Who]:
    """The customers who have one of these numbers, each a ring of indexes, for themselves."""
    ring_of = {ix: place for place, ring in enumerate(rings) for ix in ring}
    if not ring_of:
        return []
    columns = (customers.c.phone_ix, customers.c.source, customers.c.id)
    rows = await conn.execute(select(*columns).where(among(conn, ring_of, customers.c.phone_ix)))
    owners: dict[int, set[Who]] = {}
    for row in rows:
        owners.setdefault(ring_of[row.phone_ix], set()).add((row.source, row.id))
    return [who for some in owners.values() if len(some) == 1 for who in some]


async def _locked(conn: AsyncConnection, vault: Vault, which: Any) -> dict[Who, Known]:
    query = select(customers).where(which).order_by(customers.c.source, customers.c.id)
    rows = await fetch(conn, lock_rows(query, conn))
    return {
        (row.source, row.id): Known(
            person=_person(vault, row),
            told_at=row.told_at,
            channels_at=row.channels_at,
            blocked_at=row.blocked_at,
        )
        for row in rows
    }


async def save_people(conn: AsyncConnection, vault: Vault, people: Sequence[Known]) -> None:
    """Overwrite customers that the caller has locked."""
    rows = [_row(vault, known) for known in people]
    await upsert(conn, customers, rows, ["source", "id"])
    await _add_addresses_of(conn, rows)


async def _add_addresses_of(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    indexes = {row[name] for row in rows for name in ("phone_ix", "email_ix")} - {None}
    await add_addresses(conn, indexes)


def _row(vault: Vault, known: Known) -> dict[str, Any]:
    person = known.person

    def sealed(column: str, value: str | None) -> bytes | None:
        return vault.seal(value, place(column, person.source, person.id))

    return {
        "source": person.source,
        "id": person.id,
        "name": sealed("name", person.name),
        "phone": sealed("phone", person.phone),
        "email": sealed("email", person.email),
        "phone_ix": vault.index(person.phone) if person.phone else None,
        "email_ix": vault.index(person.email) if person.email else None,
        "locale": person.locale,
        "timezone": person.timezone,
        "region": person.region,
        "tier": person.tier,
        "channels": list(person.channels),
        "do_not_contact": person.do_not_contact,
        "paused_until": person.paused_until,
        "window": list(person.window) if person.window else None,
        "chosen": {name: at.isoformat() for name, at in person.chosen.items()} or None,
        "told_at": known.told_at,
        "channels_at": known.channels_at,
        "blocked_at": known.blocked_at,
    }


async def load_people(
    conn: AsyncConnection, vault: Vault, who: Collection[Who], *, lock: bool = False
) -> dict[Who, Person]:
    """Customers by (source, id); locked in order when `lock`, so that caps can be counted."""
    if not who:
        return {}
    first, *others = {source for source, _ in who}
    if others:
        places = (customers.c.source, customers.c.id)
        query = select(*_PERSON).where(_among(conn, who)).order_by(*places)
        rows = await fetch(conn, lock_rows(query, conn) if lock else query)
    else:
        ids, mine = {id_ for _, id_ in who}, _of_source(first)
        rows = await fetch_where(conn, customers.c.id, ids, *_PERSON, lock=lock, also=mine)
    return {(row.source, row.id): _person(vault, row) for row in rows}


@lru_cache
def _of_source(source: str) -> Any:
    """The condition by which the statement for a source is kept; there are few sources."""
    return customers.c.source == source


def _person(vault: Vault, row: Any) -> Person:
    def opened(column: str) -> str | None:
        return vault.open(getattr(row, column), place(column, row.source, row.id))

    return Person(
        source=row.source,
        id=row.id,
        name=opened("name"),
        phone=opened("phone"),
        email=opened("email"),
        locale=row.locale,
        timezone=row.timezone,
        region=row.region,
        tier=row.tier,
        channels=tuple(row.channels),
        do_not_contact=row.do_not_contact,
        paused_until=row.paused_until,
        window=(row.window[0], row.window[1]) if row.window else None,
        chosen={name: datetime.fromisoformat(at) for name, at in (row.chosen or {}).items()},
    )


def _among(conn: AsyncConnection, who: Collection[Who]) -> Any:
    return among(conn, who, customers.c.source, customers.c.id)


async def sources_of(conn: AsyncConnection, customer: str) -> list[str]:
    """The sources in which a customer id is known."""
    rows = await conn.execute(select(customers.c.source).where(customers.c.id == customer))
    return sorted(row.source for row in rows)


async def add_addresses(conn: AsyncConnection, indexes: Iterable[bytes]) -> None:
    """Make the rows of addresses that are new."""
    wanted = set(indexes)
    # Nearly all are there: to look costs the database a third of what being refused one does.
    known = await fetch_where(conn, addresses.c.ix, wanted, addresses.c.ix)
    new = wanted - {row.ix for row in known}
    await insert_new(conn, addresses, [{"ix": ix, "dead": False} for ix in sorted(new)])


async def lock_addresses(conn: AsyncConnection, indexes: Collection[bytes]) -> dict[bytes, Any]:
    """The rows of addresses (`dead`, `open_thread`, `open_conversation`, `open_until`), locked."""
    if not indexes:
        return {}
    return {row.ix: row for row in await fetch_where(conn, addresses.c.ix, indexes, lock=True)}


def is_open(row: Any, at: datetime) -> bool:
    """Whether the question of an address, if it has one, is open at an instant."""
    return bool(row.open_thread) and (row.open_until is None or row.open_until > at)


async def asked_elsewhere(
    conn: AsyncConnection, indexes: Collection[bytes], thread: str, now: datetime
) -> bool:
    """Whether another thread has its question open on one of these addresses."""
    if not indexes:
        return False
    rows = await conn.execute(select(addresses).where(among(conn, indexes, addresses.c.ix)))
    return any(is_open(row, now) and row.open_thread != thread for row in rows)


async def open_questions(
    conn: AsyncConnection, questions: Mapping[bytes, tuple[str, str, datetime]]
) -> None:
    """Set the one open question of addresses: (conversation, thread, until)."""
    rows = [
        {"ix": ix, "open_conversation": conversation, "open_thread": thread, "open_until": until}
        for ix, (conversation, thread, until) in sorted(questions.items())
    ]
    await overwrite(conn, addresses, rows, "ix")


async def lock_threads(
    conn: AsyncConnection, threads: Collection[str], also: Collection[bytes] = ()
) -> None:
    """Lock the addresses on which these threads have their question open, in order.

    `also`: addresses to be locked with them.
    """
    if threads:
        asked = among(conn, threads, addresses.c.open_thread)
        which = or_(asked, among(conn, also, addresses.c.ix)) if also else asked
        query = select(addresses.c.ix).where(which).order_by(addresses.c.ix)
        await conn.execute(lock_rows(query, conn))


async def close_questions(conn: AsyncConnection, threads: Collection[str]) -> list[bytes]:
    """Nothing is awaited any more in these threads; the addresses that this freed."""
    if not threads:
        return []
    rows = await conn.execute(
        update(addresses)
        .where(among(conn, threads, addresses.c.open_thread))
        .values(open_conversation=None, open_thread=None, open_until=None)
        .returning(addresses.c.ix)
    )
    return [row.ix for row in rows]


async def mark_dead(conn: AsyncConnection, indexes: Collection[bytes], channel: str) -> None:
    """These addresses reach nobody by a channel; after a second one, by none."""
    if indexes:
        by_another = addresses.c.dead & addresses.c.dead_channel.is_distinct_from(channel)
        query = update(addresses).where(among(conn, indexes, addresses.c.ix))
        only = case((by_another, null()), else_=channel)
        await conn.execute(query.values(dead=True, dead_channel=only))


async def revive(conn: AsyncConnection, indexes: Collection[bytes]) -> None:
    """Somebody wrote from these addresses: they are not dead."""
    if indexes:
        query = update(addresses).where(among(conn, indexes, addresses.c.ix))
        await conn.execute(query.values(dead=False, dead_channel=None))


async def opt_outs_of(
    conn: AsyncConnection, indexes: Collection[bytes]
) -> dict[bytes, tuple[OptOut, ...]]:
    """The opt-outs in force, by address."""
    if not indexes:
        return {}
    found: dict[bytes, list[OptOut]] = defaultdict(list)
    for row in await fetch_where(conn, opt_outs.c.address_ix, indexes, also=_STANDS):
        found[row.address_ix].append(_opt_out(row))
    return {ix: tuple(items) for ix, items in found.items()}


async def opt_out(
    conn: AsyncConnection, stops: Sequence[tuple[bytes, OptOut]]
) -> list[tuple[bytes, str]]:
    """Record opt-outs, the firmest first; (address, channel) of those new. A final one hardens a
    provisional one that was there.
    """
    rows = [
        {
            "address_ix": ix,
            "channel": stop.channel,
            "state": stop.state.value,
            "at": stop.at,
            "how": stop.how,
            "proof": stop.proof,
        }
        for ix, stop in stops
    ]
    written = await insert_new(conn, opt_outs, rows, ["address_ix", "channel"])
    new = [(row[0], row[1]) for row in written]
    for ix, stop in stops:
        if stop.state is OptOutState.FINAL and (ix, stop.channel) not in new:
            await conn.execute(
                update(opt_outs)
                .where(_in_force(ix, [stop.channel]), opt_outs.c.state != OptOutState.FINAL.value)
                .values(state=OptOutState.FINAL.value, how=stop.how, proof=stop.proof)
            )
    return new


async def opt_in(
    conn: AsyncConnection,
    indexes: Collection[bytes],
    channels: Sequence[str],
    how: str,
    now: datetime,
) -> list[tuple[bytes, OptOut]]:
    """End the opt-outs of addresses by an explicit opt-in; those ended, by address."""
    if not indexes:
        return []
    rows = await conn.execute(
        update(opt_outs)
        .where(
            among(conn, indexes, opt_outs.c.address_ix),
            opt_outs.c.channel.in_(list(channels)),
            opt_outs.c.ended_at.is_(None),
        )
        .values(ended_at=now, ended_how=how)
        .returning(opt_outs)
    )
    return [(row.address_ix, _opt_out(row)) for row in rows]


async def opted_in_since(
    conn: AsyncConnection, indexes: Collection[bytes], channel: Channel, since: datetime
) -> bool:
    """Whether a stop that bound a channel at an address, by its indexes, was ended after an
    instant.
    """
    query = select(opt_outs.c.id).where(
        among(conn, indexes, opt_outs.c.address_ix),
        opt_outs.c.channel.in_([channel.value, ALL_CHANNELS]),
        opt_outs.c.ended_at > since,
    )
    return (await conn.execute(query.limit(1))).first() is not None


def _opt_out(row: Any) -> OptOut:
    return OptOut(
        channel=row.channel,
        at=row.at,
        how=row.how,
        state=OptOutState(row.state),
        proof=row.proof,
    )


def _in_force(ix: bytes, channels: Sequence[str]) -> Any:
    return and_(
        opt_outs.c.address_ix == ix,
        opt_outs.c.channel.in_(list(channels)),
        opt_outs.c.ended_at.is_(None),
    )
