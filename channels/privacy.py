"""Takes one person out of what was sent and what came in; a stop stays, as the hash it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from channels import store
from channels.errors import SendError
from channels.jobs import WIPE, Wipe
from channels.model import Channel, OptOut, OptOutState, Person
from channels.ports import Carrier, Eraser, Recorder
from channels.store import Who
from channels.tables import addresses, calls, contacts, customers, inbound, opt_outs, parts
from channels.tables import recordings as kept
from kernel.engine import Database
from kernel.erased import ERASED, NOBODY
from kernel.sql import among, lock_rows
from kernel.vault import Vault, derived_id
from scheduler import store as jobs
from scheduler.job import Job, Leased

log = structlog.get_logger("channels")

_OVER = frozenset({"sent", "delivered", "failed"})
_BEFORE = "do_not_contact"
#: How a stop was said, where we say it ourselves; anything else is somebody's own words.
_HOW = frozenset({_BEFORE, "agent", "api", "call", "carrier", "keyword", "mail", "page", "reply"})
_RECORDED = "recorded"
#: Messages that have a copy at a carrier which can be asked to delete it.
_AT_CARRIER = ("SM", "MM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a person: `rings` are the hashes, under every key, of each number and
    mailbox that they have or had; `alone` those that nobody else has. `threads` are theirs.
    """

    who: Who
    person: Person | None
    values: tuple[str, ...]
    rings: Mapping[str, tuple[bytes, ...]]
    alone: frozenset[bytes]
    threads: frozenset[str]

    @property
    def every(self) -> frozenset[bytes]:
        """All hashes."""
        return frozenset(ix for ring in self.rings.values() for ix in ring)


async def known(conn: AsyncConnection, vault: Vault, who: Who, threads: Collection[str]) -> Known:
    """All that leads to a person, who is locked, and then the rows of their addresses.

    `threads`: those of their invitations, complaints and callbacks.
    """
    person = (await store.load_people(conn, vault, [who], lock=True)).get(who)
    values = {value for value in (person.phone, person.email) if value} if person else set()
    mine = _of_person(conn, who, threads)
    used = await conn.execute(
        select(contacts.c.id, contacts.c.thread, contacts.c.address).where(mine)
    )
    found = set(threads)
    for row in used:
        found.add(row.thread)
        values |= {vault.open(row.address, f"contacts.address|{row.id}") or ""}
    rings = {value: vault.indexes(value) for value in sorted(values - {""})}
    every = {ix for ring in rings.values() for ix in ring}
    await store.lock_addresses(conn, every)
    shared = await _owned_by_others(conn, who, every)
    alone = {ix for ring in rings.values() if shared.isdisjoint(ring) for ix in ring}
    return Known(
        who=who,
        person=person,
        values=tuple(rings),
        rings=rings,
        alone=frozenset(alone),
        threads=frozenset(found),
    )


async def _owned_by_others(conn: AsyncConnection, who: Who, every: Collection[bytes]) -> set[bytes]:
    if not every:
        return set()
    query = select(customers.c.phone_ix, customers.c.email_ix).where(
        or_(
            among(conn, every, customers.c.phone_ix),
            among(conn, every, customers.c.email_ix),
        ),
        or_(customers.c.source != who[0], customers.c.id != who[1]),
    )
    return {ix for row in await conn.execute(query) for ix in row if ix in every}


def _of_person(conn: AsyncConnection, who: Who, threads: Collection[str]) -> Any:
    own = and_(contacts.c.source == who[0], contacts.c.customer == who[1])
    return or_(own, among(conn, set(threads), contacts.c.thread)) if threads else own


def _heard(conn: AsyncConnection, found: Known) -> Any:
    """What came from an address of theirs alone, or in a thread of theirs."""
    return or_(
        among(conn, found.alone, inbound.c.address_ix),
        among(conn, found.threads, inbound.c.thread),
    )


async def is_known(conn: AsyncConnection, who: Who) -> bool:
    """Whether anything is kept of a person, or of what was sent to them."""
    person = select(customers.c.id).where(customers.c.source == who[0], customers.c.id == who[1])
    sent = select(contacts.c.id).where(contacts.c.source == who[0], contacts.c.customer == who[1])
    for query in (person, sent.limit(1)):
        if (await conn.execute(query)).first() is not None:
            return True
    return False


async def contacts_of(
    conn: AsyncConnection, vault: Vault, found: Known, most: int
) -> list[dict[str, Any]]:
    """What was sent to a person, oldest first, with its text; `most` of it."""
    query = select(contacts).where(_of_person(conn, found.who, found.threads))
    rows = await conn.execute(query.order_by(contacts.c.intended_at, contacts.c.id).limit(most))
    return [
        {
            "id": row.id,
            "class": row.message_class,
            "ticket": row.ticket,
            "channel": row.channel,
            "address": vault.open(row.address, f"contacts.address|{row.id}"),
            "text": vault.open(row.text, f"contacts.text|{row.id}"),
            "state": row.state,
            "at": row.intended_at,
            "sent_at": row.sent_at,
            "error": row.error,
        }
        for row in rows
    ]


async def inbound_of(
    conn: AsyncConnection, vault: Vault, found: Known, most: int
) -> list[dict[str, Any]]:
    """What came from a person, oldest first, and how it was read and answered; `most` of it."""
    query = select(inbound).where(_heard(conn, found))
    rows = await conn.execute(query.order_by(inbound.c.at, inbound.c.id).limit(most))
    return [
        {
            "id": row.id,
            "channel": row.channel,
            "address": vault.open(row.address, f"inbound.address|{row.id}"),
            "text": vault.open(row.text, f"inbound.text|{row.id}"),
            "at": row.at,
            "reading": row.reading,
            "answer": vault.open(row.answer, f"inbound.answer|{row.id}"),
        }
        for row in rows
    ]


async def calls_of(conn: AsyncConnection, vault: Vault, found: Known) -> list[dict[str, Any]]:
    """Calls with a person, and what we said in them."""
    query = select(calls).where(among(conn, found.threads, calls.c.thread)).order_by(calls.c.at)
    return [
        {
            "id": row.id,
            "at": row.at,
            "inbound": row.inbound,
            "said": vault.open(row.said, f"calls.said|{row.id}"),
        }
        for row in await conn.execute(query)
    ]


async def recordings_of(
    conn: AsyncConnection, vault: Vault, found: Known, most: int
) -> list[dict[str, Any]]:
    """What a person left as recordings: the octets in base64; `most` of them."""
    query = select(kept).where(among(conn, found.threads, kept.c.thread))
    return [
        {
            "id": row.id,
            "question": row.question,
            "at": row.at,
            "seconds": row.seconds,
            "media": row.media,
            "base64": vault.open(row.audio, f"recordings.audio|{row.id}"),
        }
        for row in await conn.execute(query.order_by(kept.c.at).limit(most))
    ]


async def opt_outs_of(conn: AsyncConnection, found: Known) -> list[dict[str, Any]]:
    """Every stop of a person's addresses, in force or not, with its proof."""
    value_of = {ix: value for value, ring in found.rings.items() for ix in ring}
    query = select(opt_outs).where(among(conn, found.every, opt_outs.c.address_ix))
    return [
        {
            "address": value_of[row.address_ix],
            "channel": row.channel,
            "state": row.state,
            "at": row.at,
            "how": row.how,
            "proof": row.proof,
            "ended_at": row.ended_at,
            "ended_how": row.ended_how,
        }
        for row in await conn.execute(query.order_by(opt_outs.c.at, opt_outs.c.id))
    ]


async def erase(
    conn: AsyncConnection, found: Known, index_key: str, now: datetime
) -> tuple[dict[str, int], list[Job]]:
    """Take a person, locked with their addresses, out of all that was sent and heard: what it was,
    counted, and the jobs that have the carriers forget their copies.

    Times, states and segments stay, and so do stops, under the hash that the first key writes;
    whoever wanted no contact at all is stopped by address from now on. `index_key` names that key.
    """
    await _keep_stops(conn, found, index_key, now)
    copies, said = await _forget_sent(conn, found)
    heard, more = await _forget_heard(conn, found)
    spoken, voices = await _forget_spoken(conn, found)
    await conn.execute(
        delete(customers).where(customers.c.source == found.who[0], customers.c.id == found.who[1])
    )
    await _forget_addresses(conn, found)
    counted = {
        "person": int(found.person is not None),
        "contacts": said,
        "inbound": heard,
        "recordings": spoken,
    }
    wanted = [_wipe(each, now) for each in sorted({*copies, *more, *voices})]
    return counted | {"carrier_copies": len(wanted)}, wanted


def _wipe(copy: tuple[str, str], now: datetime) -> Job:
    kind, carrier_id = copy
    return WIPE.job(derived_id("w_", kind, carrier_id), Wipe(what=kind, id=carrier_id), due_at=now)


async def _keep_stops(conn: AsyncConnection, found: Known, index_key: str, now: datetime) -> None:
    person = found.person
    for ring in found.rings.values():
        before = await store.opt_outs_of(conn, ring)
        stops = [stop for ix in ring for stop in before.get(ix, ())]
        sole = found.alone.issuperset(ring)
        if sole:
            # What somebody wrote of it goes, and so do stops that ended.
            await conn.execute(delete(opt_outs).where(among(conn, ring, opt_outs.c.address_ix)))
            stops = [_bare(stop) for stop in stops]
            if person is not None and person.do_not_contact:
                stops.append(_never(now))
            await store.opt_out(conn, [(ring[0], stop) for stop in _firmest_first(stops)])
            await conn.execute(
                update(opt_outs).where(opt_outs.c.address_ix == ring[0]).values(index_key=index_key)
            )


def _bare(stop: OptOut) -> OptOut:
    how = stop.how if stop.how in _HOW else _RECORDED
    return OptOut(channel=stop.channel, at=stop.at, how=how, state=stop.state, proof=None)


def _never(now: datetime) -> OptOut:
    return OptOut(
        channel=store.ALL_CHANNELS, at=now, how=_BEFORE, state=OptOutState.FINAL, proof=None
    )


def _firmest_first(stops: Sequence[OptOut]) -> list[OptOut]:
    return sorted(stops, key=lambda stop: (stop.state is not OptOutState.FINAL, stop.at))


async def _forget_sent(conn: AsyncConnection, found: Known) -> tuple[list[tuple[str, str]], int]:
    mine = _of_person(conn, found.who, found.threads)
    columns = (contacts.c.id, contacts.c.channel, contacts.c.carrier_id, contacts.c.state)
    query = select(*columns).where(mine).order_by(contacts.c.id)
    rows = (await conn.execute(lock_rows(query, conn))).all()
    copies = [
        ("call" if row.channel == "voice" else "message", row.carrier_id)
        for row in rows
        if row.carrier_id and (row.channel == "voice" or row.carrier_id.startswith(_AT_CARRIER))
    ]
    chosen = among(conn, [row.id for row in rows], contacts.c.id)
    await conn.execute(
        update(contacts)
        .where(chosen)
        .values(customer=ERASED, address_ix=NOBODY, address=None, text=None)
    )
    # One whose fate is open has none any more: nobody could be asked about it.
    await conn.execute(
        update(contacts)
        .where(chosen, contacts.c.state.not_in(sorted(_OVER)))
        .values(state="failed", error="erased")
    )
    return copies, len(rows)


async def _forget_heard(conn: AsyncConnection, found: Known) -> tuple[int, list[tuple[str, str]]]:
    query = (
        select(inbound.c.id, inbound.c.channel).where(_heard(conn, found)).order_by(inbound.c.id)
    )
    rows = (await conn.execute(query)).all()
    copies = [("message", row.id) for row in rows if row.id.startswith(_AT_CARRIER)]
    chosen = among(conn, [row.id for row in rows], inbound.c.id)
    await conn.execute(
        update(inbound)
        .where(chosen)
        .values(address=None, text=None, answer=None, address_ix=NOBODY, reading="erased")
    )
    await conn.execute(delete(parts).where(among(conn, found.alone, parts.c.address_ix)))
    return len(rows), copies


async def _forget_spoken(conn: AsyncConnection, found: Known) -> tuple[int, list[tuple[str, str]]]:
    mine = among(conn, found.threads, calls.c.thread)
    held = [row.id for row in await conn.execute(select(calls.c.id).where(mine))]
    await conn.execute(update(calls).where(mine).values(said=None))
    theirs = among(conn, found.threads, kept.c.thread)
    left = [row.id for row in await conn.execute(select(kept.c.id).where(theirs))]
    await conn.execute(delete(kept).where(theirs))
    return len(left), [*(("call", id_) for id_ in held), *(("recording", id_) for id_ in left)]


async def _forget_addresses(conn: AsyncConnection, found: Known) -> None:
    """Nothing is known of an address any more, unless it is stopped, or dead."""
    stopped = select(opt_outs.c.address_ix).where(
        among(conn, found.alone, opt_outs.c.address_ix), opt_outs.c.ended_at.is_(None)
    )
    await conn.execute(
        delete(addresses).where(
            among(conn, found.alone, addresses.c.ix),
            addresses.c.dead.is_(False),
            addresses.c.open_thread.is_(None),
            addresses.c.ix.not_in(stopped),
        )
    )


@dataclass(slots=True, kw_only=True)
class Wiping:
    """Handles `carrier.wipe` jobs; one that fails is left to its ladder."""

    database: Database
    carriers: Mapping[Channel, Carrier]

    async def __call__(self, batch: Sequence[Leased], now: datetime) -> None:
        """Have each copy deleted; where no carrier keeps any there is nothing to do."""
        for leased in batch:
            wanted = WIPE.read(leased.job)
            try:
                await self._wipe(wanted)
            except SendError as error:
                log.warning("carrier.not_wiped", what=wanted.what, error=error.kind)
                continue
            async with self.database.write() as conn:
                await jobs.require(conn, [leased])
                await jobs.finish(conn, [leased], now)

    async def _wipe(self, wanted: Wipe) -> None:
        voice = wanted.what != "message"
        carrier: object = self.carriers.get(Channel.VOICE if voice else Channel.SMS)
        if wanted.what == "recording":
            if isinstance(carrier, Recorder):
                await carrier.forget(wanted.id)
        elif isinstance(carrier, Eraser):
            await carrier.erase(wanted.id)
